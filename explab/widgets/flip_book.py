"""Frames of a face whose units move, drawn beforehand: a report has no kernel to draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face import codebook_expression
from explab.facs import CODES, UNITS, AUs, sided
from explab.facs.units import parse
from explab.progress import progress
from explab.widgets.lessons import UNITS_SHOWN
from explab.widgets.pictures import sprite, webp
from explab.widgets.words import suggested

Images = NDArray[np.uint8]

EVIDENCE_SIZE = 64
BATCH = 16


def drawn(
    seed: int, faces: Sequence[Mapping[str, float]], size: int, yaw: float = 0.0, pitch: float = 0.0
) -> Images:
    """One person in one light doing different things, without blur and noise: (n, size, size, 3) uint8 RGB.

    Raises as `explab.synth.face`.
    """
    from explab.synth.anatomy.units import acts_matrix, given
    from explab.synth.assembly import people, photograph
    from explab.synth.make import checked_pose
    from explab.synth.randomness import Draws, face_seeds
    from explab.synth.render import shot

    acts = acts_matrix([given(aus) for aus in faces])
    seeds = np.repeat(face_seeds(seed, 1), len(faces))
    shots = shot.sample(Draws(seeds), **checked_pose(yaw=yaw, pitch=pitch, roll=0.0))
    return photograph(people(seeds, acts, shots), size, clean=True).images


def recipes(units: Sequence[str], presets: list[dict[str, Any]], sides: bool) -> dict[str, dict[str, float]]:
    """What each track of the flip-book shows at its end."""
    ends: dict[str, dict[str, float]] = {}
    for code in units:
        ends[code] = dict.fromkeys(sided(code), 1.0)
        if sides and two_sided(code):
            ends |= {side: {side: 1.0} for side in sided(code)}
    return ends | {preset["label"]: preset["aus"] for preset in presets}


def tracks(
    seed: int, size: int, levels: int, ends: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, Any]]:
    """Frames by track, from the faintest to the strongest, what they say, and the evidence of the strongest."""
    steps = np.arange(1, levels + 1) / levels
    frames = [
        (name, {code: float(step * value) for code, value in recipe.items()})
        for name, recipe in ends.items()
        for step in steps
    ]
    rest = drawn(seed, [{}], size)[0]
    drawn_tracks: dict[str, dict[str, Any]] = {
        "Neutral": {"frames": [{"src": webp(rest), "says": says({})}], "evidence": None}
    }
    for start in progress(range(0, len(frames), BATCH), "drawing frames", unit="batch"):
        batch = frames[start : start + BATCH]
        for (name, aus), image in zip(batch, drawn(seed, [a for _, a in batch], size), strict=True):
            track = drawn_tracks.setdefault(name, {"frames": [], "evidence": None})
            track["frames"].append({"src": webp(image), "says": says(aus)})
            track["evidence"] = evidence(rest, image)
    return drawn_tracks


def two_sided(code: str) -> bool:
    """Whether a unit is also shown on the left and on the right alone."""
    return UNITS[code].sides == "both" and UNITS[code].part != "gaze"


def says(aus: Mapping[str, float]) -> str:
    """What these AUs suggest, in a sentence or two."""
    quiet = {code: 0.0 for code in CODES if parse(code)[0] in UNITS_SHOWN}
    if not any(aus.values()):
        return "The face is at rest."
    return " ".join(suggested(codebook_expression(AUs(quiet).replace(aus)))[:2])


def evidence(without: Images, with_it: Images) -> dict[str, Any] | None:
    """The pixels that changed, as `explab.synth.counterfactual` gives them, small; None where none did."""
    import cv2

    change = np.abs(with_it.astype(np.int16) - without.astype(np.int16)).max(-1).astype(np.float32)
    if not change.any():
        return None
    small = cv2.resize(change / change.max(), (EVIDENCE_SIZE, EVIDENCE_SIZE), interpolation=cv2.INTER_AREA)
    return {"sprite": sprite([np.asarray(small / small.max(), np.float32)])}
