"""XGradCAM."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import ChannelCAM, Seen

EPSILON = 1e-7
"""Keeps a map that is 0 everywhere from a division by 0."""


class XGradCAM(ChannelCAM):
    """Each channel weighs its gradient, averaged where the channel is active."""

    name: ClassVar = "xgradcam"
    source: ClassVar = "Fu et al., BMVC 2020"
    graded: ClassVar = True

    def weights(self, seen: Seen) -> Tensor:
        """(B, C) sum of gradient times activation over the sum of the activation."""
        total = seen.activations.sum((2, 3))
        return (seen.gradients * seen.activations).sum((2, 3)) / (total + EPSILON)
