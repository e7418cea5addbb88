"""The causal map of the action units, as a method among the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from explab.attribution.au_removal.effects import unit_effects
from explab.attribution.au_removal.regions import UNITS
from explab.attribution.errors import AttributionError
from explab.attribution.method.base import Method, Seen


@dataclass(frozen=True)
class AUAblation(Method):
    """How far the target's log-odds fall when the region of each action unit is hidden, laid over the regions.

    Attributes:
        units: codes of the units; the default is those that tell expressions.
        fill: what hidden regions show: "inpaint", "blur" or "mean".
    """

    units: tuple[str, ...] = UNITS
    fill: str = "inpaint"

    name: ClassVar = "au_ablation"
    source: ClassVar = "explab; occlusion after Zeiler and Fergus, ECCV 2014"
    reads: ClassVar = "landmarks"
    signed: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, H, W) in log-odds; see `UnitEffects.maps`."""
        if seen.landmarks is None:
            raise AttributionError(
                "au_ablation hides regions of a face and needs its landmarks; use attribute()"
            )
        faces = (seen.pictures, seen.logits, seen.landmarks, seen.targets)
        return unit_effects(
            seen.module, *faces, self.units, self.fill, multi_label=seen.multi_label, chunk=seen.chunk
        ).maps()
