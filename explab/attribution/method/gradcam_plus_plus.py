"""GradCAM++."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.method.base import ChannelCAM, Seen


@dataclass(frozen=True)
class GradCAMPlusPlus(ChannelCAM):
    """Each channel weighs its positive gradients, every pixel of them by how much of the evidence it carries.

    With g the gradient of the logit and S the sum of a map (equation 19 for the score exp(logit), whose higher
    derivatives are powers of g): alpha = g^2 / (2 g^2 + S g^3), weight = sum of alpha * max(0, g).

    Attributes:
        epsilon: added to the denominator of alpha. The default is that of pytorch-grad-cam, so that maps compare with
            published ones; where gradients are below its root, 1e-3, as on large maps, it decides alpha. 0 is
            the paper's formula, in which alpha does not change with the scale of the network's maps.
    """

    epsilon: float = 1e-6

    name: ClassVar = "gradcam++"
    source: ClassVar = "Chattopadhyay et al., WACV 2018"
    graded: ClassVar = True

    def weights(self, seen: Seen) -> Tensor:
        """(B, C)."""
        g = seen.gradients
        total = seen.activations.sum((2, 3), keepdim=True)
        below = 2 * g**2 + total * g**3 + self.epsilon
        alpha = torch.where((g == 0) | (below == 0), 0, g**2 / below)
        return (alpha * g.relu()).sum((2, 3))
