"""Maps as they come in: arrays or tensors of any size, some of them not valid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class MetricError(ValueError):
    """Maps, regions or options that no metric can work with. Its text says what was wrong and what to do."""


def as_array(values: Any) -> NDArray[Any]:
    """An array of an array, a list or a tensor on any device."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def as_maps(maps: Any, name: str = "maps") -> Values:
    """(B, h, w) float64. Raises `MetricError` for another number of axes and for empty pictures."""
    given = as_array(maps).astype(np.float64, copy=False)
    if given.ndim != 3 or 0 in given.shape[1:]:
        hint = f"; for one map give {name}[None]" if given.ndim == 2 else ""
        raise MetricError(f"{name} have shape {given.shape}; expected (faces, height, width){hint}")
    return given


def as_valid(valid: Any, faces: int) -> NDArray[np.bool_]:
    """(B,) bool, all True where nothing is said. Raises `MetricError` for another length."""
    if valid is None:
        return np.ones(faces, bool)
    given = as_array(valid).astype(bool)
    if given.shape != (faces,):
        raise MetricError(f"valid has shape {given.shape}; expected ({faces},), one for each face")
    return given


def finite(maps: Values) -> NDArray[np.bool_]:
    """(B,) whether every pixel of a map is a number."""
    return np.asarray(np.isfinite(maps).all((1, 2)))


def resampled(maps: Values, size: tuple[int, int]) -> Values:
    """(B, h, w) -> (B, *size), bilinear with the pixels' outer edges aligned, as the paper resizes CAMs.

    `scaling.resized` is for looking at: it averages where maps shrink, which would change the paper's figures.
    """
    if maps.shape[1:] == tuple(size):
        return maps
    if not len(maps):
        return np.zeros((0, *size))
    import torch
    from torch.nn.functional import interpolate

    done = interpolate(
        torch.from_numpy(np.ascontiguousarray(maps))[:, None],
        size=tuple(size),
        mode="bilinear",
        align_corners=False,
    )
    # Rounding would give a constant map a pattern.
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    return np.clip(done[:, 0].numpy(), low, high)


def paired(maps: Any, reference: Any, valid: Any, *, what: str) -> tuple[Values, Values, NDArray[np.bool_]]:
    """Maps at the size of their reference maps, both flat (B, pixels), and which faces can be scored (B,).

    What cannot be scored, a map that is not finite or a reference that is not valid, is 0 in both.
    """
    regions = as_maps(reference, what)
    given = as_maps(maps)
    if len(given) != len(regions):
        raise MetricError(f"{len(given)} maps but {len(regions)} {what}")
    usable = as_valid(valid, len(given)) & finite(given) & finite(regions)
    drawn = resampled(np.where(usable[:, None, None], given, 0), (regions.shape[1], regions.shape[2]))
    regions = np.where(usable[:, None, None], regions, 0)
    return drawn.reshape(len(drawn), -1), regions.reshape(len(regions), -1), usable


def ratio(above: Values, below: Values, usable: NDArray[np.bool_]) -> Values:
    """above / below; NaN where a face is not usable or there is nothing below."""
    fine = usable & (below > 0)
    return np.divide(above, below, out=np.full(len(above), np.nan), where=fine)
