"""Counterfactuals: the same face with other AUs, and the pixels that this changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.synth.anatomy.units import acts_matrix, given
from explab.synth.assembly import people, photograph
from explab.synth.make import made
from explab.synth.randomness import Draws
from explab.synth.render import shot


def counterfactual(face: Face, **aus: float) -> tuple[Face, NDArray[np.float32]]:
    """The same person, light, camera and chance, with some AUs set anew: `counterfactual(face, AU12=0)`.

    Args:
        face: a face from `face` or `faces`.
        aus: intensities in [0, 1] by code; units that are not named stay as they are.

    Returns:
        The changed face, and its evidence map: (S, S) float32 in [0, 1], by how much each pixel changed (the largest
        change of a colour channel, before blur, noise and JPEG), 1 where it changed most; all 0 where no pixel did.

    Raises:
        ValueError: a face that was not made by `synth` or was mirrored since; and as `explab.synth.face`.
    """
    truth = face.truth
    if truth is None or truth.recipe is None or truth.aus is None:
        raise ValueError(
            f"{face.source.name}: only a face made by explab.synth can be made again with other AUs; "
            "a mirrored one is mirrored after the change, not before"
        )
    changed = truth.aus.replace(given(aus))
    seeds = np.array([truth.recipe["seed"]] * 2, np.uint64)
    yaw, pitch, roll = truth.recipe["pose"]
    taken = shot.sample(Draws(seeds), yaw, pitch, roll)
    both = people(seeds, acts_matrix([truth.aus, changed]), taken)
    size = truth.recipe["size"]
    before, after = photograph(both, size, clean=True).images
    evidence = change(before[None], after[None])[0]
    who = people(seeds[:1], acts_matrix([changed]), shot.sample(Draws(seeds[:1]), yaw, pitch, roll))
    return made(who, size, [face.source.name])[0], evidence


def change(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Evidence maps of n pairs of clean pictures (n, S, S, 3): (n, S, S) float32 in [0, 1], see `counterfactual`."""
    steps = np.abs(after.astype(np.int16) - before).max(-1)
    # One step of the 8 bits may be rounding.
    difference = np.maximum(steps - 1, 0).astype(np.float32)
    return np.asarray(difference / np.maximum(difference.max((1, 2), keepdims=True), 1))
