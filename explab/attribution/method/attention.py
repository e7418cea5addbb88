"""Attention as the mean over the channels of a layer."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import Method, Seen


class Attention(Method):
    """The plain mean over the layer's channels, which guided training aligns with AU maps. Knows no target."""

    name: ClassVar = "attention"
    source: ClassVar = "Belharbi et al., FG 2024"
    signed: ClassVar = True
    classless: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w); never negative where the layer ends with a ReLU."""
        return seen.activations.mean(1)
