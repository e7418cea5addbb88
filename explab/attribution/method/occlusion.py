"""Occlusion by a sliding window, by captum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.method.base import Method, Seen


@dataclass(frozen=True)
class Occlusion(Method):
    """How much the logit falls when a grey square hides a place, averaged over the squares that hide it.

    Attributes:
        window: side of the square as a share of the picture's; it moves by half its side.
    """

    window: float = 1 / 7

    name: ClassVar = "occlusion"
    source: ClassVar = "Zeiler and Fergus, ECCV 2014"
    reads: ClassVar = "picture"
    signed: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, H, W); the square is 0 after normalisation, the mean colour of the training data."""
        from captum.attr import Occlusion as Captum

        sides = [max(2, round(self.window * side)) for side in seen.size]
        channels = seen.pictures.shape[1]
        with torch.no_grad():
            falls: Tensor = Captum(seen.answer).attribute(
                seen.pictures,
                sliding_window_shapes=(channels, *sides),
                strides=(channels, *(side // 2 for side in sides)),
                target=seen.targets,
                perturbations_per_eval=max(1, seen.chunk // len(seen.pictures)),
            )
        return falls[:, 0].float()  # the square hides all channels, so they all say the same
