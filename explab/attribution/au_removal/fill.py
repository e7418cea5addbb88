"""What hidden pixels show instead."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

BASELINES = ("blur", "mean")
FILLS = ("inpaint", *BASELINES)
BLUR = 14
"""A blurred picture is blurred with a standard deviation of this fraction of its side (16 px of 224): mouth and brows
can no longer be read, while light and skin stay."""


def covered(x: Tensor, share: Tensor, fill: str, behind: Tensor | None = None) -> Tensor:
    """Pictures with some of their pixels hidden.

    Args:
        x: (N, C, H, W) pictures.
        share: (N, 1, H, W) in [0, 1], how far each pixel is replaced.
        fill: "inpaint", the surroundings smoothly continued inwards, which adds nothing a face would not have; "blur",
            the blurred picture, which still tells light and skin; "mean", the picture's mean colour.
        behind: (N, C, H, W) what is shown instead, where it has been made before: `backdrop(x, fill)`.
    """
    if behind is None:
        behind = inpainted(x, 1 - share) if fill == "inpaint" else backdrop(x, fill)
    return x + share * (behind - x)


def backdrop(x: Tensor, baseline: str) -> Tensor:
    """(N, C, H, W) -> what lies behind hidden pixels: the blurred picture, or the mean of each of its channels."""
    if baseline == "mean":
        return x.mean((2, 3), keepdim=True).expand_as(x)
    return _blurred(_blurred(x, 2), 3)


def _blurred(x: Tensor, axis: int) -> Tensor:
    side = x.shape[axis]
    sigma = side / BLUR
    reach = min(round(3 * sigma), side - 1)
    steps = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    bell = torch.exp(-0.5 * (steps / sigma) ** 2)
    lines = x.transpose(axis, 3)
    flat = lines.reshape(-1, 1, side)
    padded = nn.functional.pad(flat, (reach, reach), mode="reflect") if reach else flat
    done = nn.functional.conv1d(padded, (bell / bell.sum())[None, None])
    return done.reshape(lines.shape).transpose(axis, 3)


def inpainted(x: Tensor, known: Tensor) -> Tensor:
    """Pictures with unknown pixels filled in from their surroundings, by push and pull (Gortler et al., SIGGRAPH 1996).

    Known pixels are averaged down a pyramid, each level counting what is known; on the way back up, holes of each
    level are filled from the coarser one.

    Args:
        x: (N, C, H, W) pictures; where `known` is 0 their values do not matter.
        known: (N, 1, H, W) in [0, 1], how far each pixel may be used.
    """
    height, width = x.shape[2:]
    if max(height, width) == 1:
        return x
    share = avg_pool2d(known, 2, ceil_mode=True)
    coarse = avg_pool2d(x * known, 2, ceil_mode=True) / share.clamp(min=torch.finfo(x.dtype).tiny)
    below = inpainted(coarse, (4 * share).clamp(max=1))
    above = interpolate(below, (height, width), mode="bilinear", align_corners=False)
    return known * x + (1 - known) * above
