"""LayerCAM."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import Method, Seen


class LayerCAM(Method):
    """Activation times positive gradient, pixel by pixel; also for shallow layers."""

    name: ClassVar = "layercam"
    source: ClassVar = "Jiang et al., IEEE TIP 2021"
    graded: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w), cut off at 0."""
        return (seen.gradients.relu() * seen.activations).sum(1).relu()
