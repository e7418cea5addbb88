"""Maps stretched to [0, 1], and maps at another size; for arrays and tensors alike."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

Maps = TypeVar("Maps", Tensor, np.ndarray[Any, Any])


def normalised(maps: Maps) -> Maps:
    """(..., h, w) -> the same, each map stretched to [0, 1] by its minimum and maximum; a constant map becomes 0.

    Methods give maps as they define them. Stretched ones are for looking at and for scores that compare shapes: how
    strong a map was, and of signed maps where 0 was, is lost.
    """
    values = torch.as_tensor(maps)
    low, high = values.amin((-2, -1), keepdim=True), values.amax((-2, -1), keepdim=True)
    stretched = (values - low) / torch.where(high > low, high - low, 1)
    return stretched if isinstance(maps, Tensor) else stretched.numpy()


def resized(maps: Maps, size: tuple[int, int]) -> Maps:
    """(..., h, w) -> (..., *size), bilinear (align_corners=False), averaging where maps shrink."""
    values = torch.as_tensor(maps)
    if values.shape[-2:] != tuple(size):
        flat = values.reshape(-1, 1, *values.shape[-2:])
        flat = interpolate(flat, size, mode="bilinear", align_corners=False, antialias=True)
        values = flat.reshape(*values.shape[:-2], *size)
    return values if isinstance(maps, Tensor) else values.numpy()
