"""`au_effects`: how much of a prediction hangs on each action unit's place in the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explab.attribution.au_removal.effects import unit_effects
from explab.attribution.au_removal.regions import UNITS
from explab.attribution.capture import at_rest
from explab.attribution.look import class_numbers
from explab.attribution.outputs import CHUNK, ask
from explab.attribution.run import Explainable, batches, checked
from explab.face import Face


@dataclass(frozen=True, eq=False)
class AUEffects:
    """What hiding each unit's region takes from each face's target; positive where the region spoke for it.

    Attributes:
        units: codes of the units.
        log_odds: (B, n_units) float32 log(p / (1 - p)) before, minus after; NaN where the unit is not in the picture.
        probability: (B, n_units) float32 p before, minus after, in [-1, 1]; NaN alike.
        targets: (B,) int64, number of the class that is explained.
        classes: names of the model's classes.
        maps: (B, H, W) float32 in log-odds: the effects laid over the regions, as `UnitEffects.maps` does it.
        fill: what hidden regions showed.
    """

    units: tuple[str, ...]
    log_odds: NDArray[np.float32]
    probability: NDArray[np.float32]
    targets: NDArray[np.int64]
    classes: tuple[str, ...]
    maps: NDArray[np.float32] = field(repr=False)
    fill: str = "inpaint"

    def ranked(self, face: int = 0) -> list[tuple[str, float]]:
        """Units of one face with the log-odds that hiding them takes away, most first; those without place left out."""
        effects = zip(self.units, self.log_odds[face], strict=True)
        placed = [(unit, float(effect)) for unit, effect in effects if np.isfinite(effect)]
        return sorted(placed, key=lambda item: -item[1])


def au_effects(
    model: Explainable,
    faces: Face | Sequence[Face],
    units: Sequence[str] = UNITS,
    target: Any = None,
    fill: str = "inpaint",
) -> AUEffects:
    """Hide the region of one action unit after another, and see what becomes of the prediction.

    Args:
        model: a classifier; see `Explainable`.
        faces: one or several.
        units: codes, with a side ("AU12L") or without; the default is those that tell expressions.
        target: as of `attribute`.
        fill: "inpaint", "blur" or "mean"; see `fill.covered`, and `regions.hidden` for how far a region is hidden.

    Raises:
        AttributionError, UnknownUnit, HeatmapError: what does not exist or does not fit.
    """
    group = checked(model, faces)
    shown, chosen = [], []
    with torch.no_grad(), at_rest(model.module):
        for part, numbers in batches(model, group, target, "hiding action units"):
            x = model.prepare(part)
            logits = ask(model.module, x)
            targets = class_numbers(numbers, logits)
            points, own = model.landmarks(part), getattr(model, "multi_label", False)
            chunk = getattr(model, "batch_size", None) or CHUNK
            effects = unit_effects(model.module, x, logits, points, targets, units, fill, own, chunk)
            shown.append([t.cpu().numpy() for t in (effects.log_odds, effects.probability, effects.maps())])
            chosen.append(targets.cpu().numpy())
    log_odds, probability, maps = (np.concatenate(parts) for parts in zip(*shown, strict=True))
    return AUEffects(
        tuple(units), log_odds, probability, np.concatenate(chosen), tuple(model.classes), maps, fill
    )
