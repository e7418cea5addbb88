"""HiResCAM."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import Method, Seen


class HiResCAM(Method):
    """Activation times gradient, pixel by pixel, so that no gradient is averaged away."""

    name: ClassVar = "hirescam"
    source: ClassVar = "Draelos and Carin, arXiv 2011.08891"
    graded: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w), cut off at 0."""
        return (seen.gradients * seen.activations).sum(1).relu()
