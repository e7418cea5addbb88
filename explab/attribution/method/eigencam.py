"""EigenCAM."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.method.base import Method, Seen


class EigenCAM(Method):
    """What the layer's channels have most in common: their first principal component. Knows no target."""

    name: ClassVar = "eigencam"
    source: ClassVar = "Muhammad and Yeasin, IJCNN 2020"

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w), cut off at 0; the sign that the decomposition leaves open follows the mean activation."""
        pixels = seen.activations.flatten(2)
        pixels = pixels - pixels.mean(2, keepdim=True)
        _, _, components = torch.linalg.svd(pixels.transpose(1, 2), full_matrices=False)
        found = torch.einsum("bcp,bc->bp", pixels, components[:, 0])
        agrees = (found * pixels.mean(1)).sum(1, keepdim=True) >= 0
        return torch.where(agrees, found, -found).relu().view(-1, *seen.activations.shape[2:])
