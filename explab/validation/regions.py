"""Does the region of a unit find the pixels that the unit changes? Faces that can be made again without it tell.

`explab bench regions` prints it. A person acts some expression; one unit is set to an intensity and to 0, in the same
light, before the same camera. The map of the unit, drawn by the `face` profile on the true landmarks of the face that
acts it, is judged as a detector of the pixels that differ. The floor on the same faces is a map that knows nothing of
the unit: the mean map of all units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics.regions import auc
from explab.facs.regions import REGIONS, UNPROVEN
from explab.heatmaps import render
from explab.progress import progress
from explab.statistics import Interval, bootstrap
from explab.synth.anatomy.units import columns
from explab.synth.assembly import people, photograph
from explab.synth.counterfactual import change
from explab.synth.expressions import sample
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import shot

Array = NDArray[np.float64]

SEED = 9009
"""Of the people of `explab bench regions`."""

ENOUGH = 0.80
"""Area under the ROC curve that the map of a unit should reach, at every intensity."""

CHANGED = 0.1
"""A pixel counts as changed from this share of the largest change on: less is hardly seen, and skin is elastic."""

INTENSITIES = (0.5, 1.0)

ONE_SIDED = {"AD30": "AD30L"}
"""Units whose sides undo each other are judged on one."""


@dataclass(frozen=True, eq=False)
class RegionAgreement:
    """How well the map of a unit finds the pixels that the unit changes.

    Attributes:
        unit: its code.
        intensities: (k,) it was acted at.
        auc: (k, n) area under the ROC curve, by intensity and person, 0.5 is chance; NaN where no pixel changed, as
            when the eyes are closed and the gaze turns.
        floor: (k, n) the same of the mean map of all units.
    """

    unit: str
    intensities: tuple[float, ...]
    auc: Array
    floor: Array

    @property
    def means(self) -> Array:
        """(k,) mean over the people, by intensity."""
        return np.asarray(np.nanmean(self.auc, axis=1))

    @property
    def proven(self) -> bool:
        """Whether the mean reaches ENOUGH at every intensity."""
        return bool((self.means >= ENOUGH).all())

    def interval(self, k: int) -> Interval | None:
        """95 % bootstrap interval of the mean at intensity number k."""
        return bootstrap(self.auc[k])


def unit_changes(
    unit: str, seeds: NDArray[np.uint64], acts: Array, intensities: Sequence[float], size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a unit changes in the pictures of some people, everything else as it was.

    Args:
        unit: a code that synthetic faces act.
        seeds: (n,) of the people, as from `face_seeds`.
        acts: (n, len(ACTS)) what else they do.
        intensities: (k,) of the unit, on both sides, in the pictures that are compared with the one without it.
        size: side of the pictures in px.

    Returns:
        (k, n, size, size) float32 evidence in [0, 1], as of `explab.synth.counterfactual`, and the landmarks
        (k, n, 478, 3) px of the faces that act the unit.
    """
    k, n = len(intensities), len(seeds)
    acted = np.tile(acts, (k + 1, 1))
    acted[:, columns(unit)] = np.repeat([0.0, *intensities], n)[:, None]
    everybody = np.tile(seeds, k + 1)
    taken = shot.sample(Draws(everybody), yaw=0, pitch=0, roll=0)
    pictures = photograph(people(everybody, acted, taken), size, clean=True)
    without = np.tile(pictures.images[:n], (k, 1, 1, 1))
    evidence = change(without, pictures.images[n:]).reshape(k, n, size, size)
    return evidence, pictures.landmarks[n:].reshape(k, n, -1, 3)


def region_agreements(
    units: Sequence[str] | None = None,
    n: int = 24,
    *,
    seed: int = SEED,
    size: int = 128,
    intensities: Sequence[float] = INTENSITIES,
) -> list[RegionAgreement]:
    """The agreement of every unit that has a region and can be acted, on n people who act expressions as well.

    Args:
        units: codes; left out, all that can be measured: those of `REGIONS` that are not in `UNPROVEN`.
        n: people.
        seed: of the people and their expressions; the block is put aside for this check.
        size: side of the pictures in px.
        intensities: to act each unit at, above 0 up to 1.
    """
    seeds = face_seeds(seed, n)
    acts = sample(Draws(seeds)).acts
    shown = tuple(REGIONS)
    judged = [unit for unit in shown if unit not in UNPROVEN] if units is None else list(units)
    agreements = []
    for unit in progress(judged, "acting units", unit="unit"):
        code = ONE_SIDED.get(unit, unit)
        evidence, landmarks = unit_changes(code, seeds, acts, intensities, size)
        changed = evidence.reshape(-1, size, size) > CHANGED
        points = landmarks.reshape(-1, *landmarks.shape[2:])
        own, valid = render(points, (code,), (size, size))
        template, _ = render(points, shown, (size, size))
        usable = valid[:, 0] & changed.any((1, 2))
        scores = [
            auc(maps, changed, usable).reshape(len(intensities), n) for maps in (own[:, 0], template.mean(1))
        ]
        agreements.append(RegionAgreement(unit, tuple(intensities), *scores))
    return agreements


def lines(agreements: Sequence[RegionAgreement]) -> Iterator[str]:
    """A table for people: one row a unit, mean and 95 % interval by intensity, then what could not be measured."""
    heads = "".join(f"{f'at {x:g}':>25}{'floor':>7}" for x in agreements[0].intensities)
    yield f"{'unit':6}{heads}"
    for agreement in agreements:
        row = f"{agreement.unit:6}"
        for k, mean in enumerate(agreement.means):
            interval = agreement.interval(k)
            spread = "" if interval is None else f" ({interval[0]:.3f} to {interval[1]:.3f})"
            row += f"{f'{mean:.3f}{spread}':>25}{np.nanmean(agreement.floor[k]):7.3f}"
        yield row + ("" if agreement.proven else f"  below {ENOUGH:g}")
    for unit, reason in UNPROVEN.items():
        yield f"{unit:6}  not measured: {reason}"


def main(n: int = 24) -> None:
    """Print the figures."""
    agreements = region_agreements(n=n)
    print(
        f"area under the ROC curve of each unit's map as a detector of the pixels that the unit changes by more than "
        f"{CHANGED:.0%} of the largest change; {n} synthetic people acting expressions; floor: mean map of all units"
    )
    for line in lines(agreements):
        print(line)
    short = [agreement.unit for agreement in agreements if not agreement.proven]
    print(f"{len(agreements) - len(short)} of {len(agreements)} units reach {ENOUGH:g} at every intensity")
