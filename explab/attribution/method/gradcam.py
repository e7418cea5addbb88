"""GradCAM."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import ChannelCAM, Seen


class GradCAM(ChannelCAM):
    """Each channel weighs its mean gradient."""

    name: ClassVar = "gradcam"
    source: ClassVar = "Selvaraju et al., ICCV 2017"
    graded: ClassVar = True

    def weights(self, seen: Seen) -> Tensor:
        """(B, C) mean of the gradient over each map."""
        return seen.gradients.mean((2, 3))
