"""Maps stretched to [0, 1], and maps at another size; for arrays and tensors alike."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from explab.scaling import min_max

Maps = TypeVar("Maps", Tensor, np.ndarray[Any, Any])


def normalised(maps: Maps) -> Maps:
    """(..., h, w) -> the same, each map stretched to [0, 1] by its minimum and maximum; a constant map becomes 0.

    Methods give maps as they define them. Stretched ones are for looking at and for scores that compare shapes: how
    strong a map was, and of signed maps where 0 was, is lost.
    """
    return min_max(maps)


def resized(maps: Maps, size: tuple[int, int]) -> Maps:
    """(..., h, w) -> (..., *size), bilinear (align_corners=False), averaging where maps shrink."""
    values = torch.as_tensor(maps)
    if values.shape[-2:] != tuple(size):
        flat = values.reshape(-1, 1, *values.shape[-2:])
        flat = interpolate(flat, size, mode="bilinear", align_corners=False, antialias=True)
        values = flat.reshape(*values.shape[:-2], *size)
    return values if isinstance(maps, Tensor) else values.numpy()


def resized_as_attention(maps: Maps, size: tuple[int, int]) -> Maps:
    """(..., h, w) -> (..., *size) as Belharbi et al. (FG 2024) bring attention and AU map to one size.

    Bilinear with the centres of the outer pixels aligned (align_corners=True), antialiased, clamped to each map's own
    range; the authors' `scale_to_attention`.
    """
    values: Tensor = torch.as_tensor(maps)
    if not values.numel():
        values = values.new_zeros((*values.shape[:-2], *size))
    elif values.shape[-2:] != tuple(size):
        flat = values.reshape(-1, 1, *values.shape[-2:])
        low, high = flat.amin((2, 3), keepdim=True), flat.amax((2, 3), keepdim=True)
        flat = interpolate(flat, size, mode="bilinear", align_corners=True, antialias=True)
        values = torch.minimum(torch.maximum(flat, low), high).reshape(*values.shape[:-2], *size)
    return values if isinstance(maps, Tensor) else values.numpy()
