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
    classless: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w), cut off at 0; the sign that the decomposition leaves open follows the mean activation.

        NaN for a face whose activations are not finite: the decomposition would refuse the whole batch.
        """
        pixels = seen.activations.flatten(2)
        sound = pixels.isfinite().all(2).all(1)[:, None]
        pixels = torch.where(sound[..., None], pixels, 0)
        pixels = pixels - pixels.mean(2, keepdim=True)
        _, _, components = torch.linalg.svd(pixels.transpose(1, 2), full_matrices=False)
        maps = torch.einsum("bcp,bc->bp", pixels, components[:, 0])
        agrees = (maps * pixels.mean(1)).sum(1, keepdim=True) >= 0
        maps = torch.where(agrees, maps, -maps).relu()
        return torch.where(sound, maps, torch.nan).view(-1, *seen.activations.shape[2:])
