"""Noisy linear imputation (Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods", ICML
2022), without its noise: a missing pixel is the weighted mean of its eight neighbours, missing ones among them.

That is a linear system with one unknown per missing pixel. Its matrix depends on the mask alone, so it is factorised
once for all channels, and once for all pictures with the same mask.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from explab.attribution.metrics.maps import MetricError
from explab.words import count

DIRECT, DIAGONAL = 1 / 6, 1 / 12
NEIGHBOURS = tuple(
    (down, right, DIRECT if 0 in (down, right) else DIAGONAL)
    for down in (-1, 0, 1)
    for right in (-1, 0, 1)
    if (down, right) != (0, 0)
)
"""Steps to the neighbours of a pixel and their weights, which add up to 1."""

THREADS = min(8, os.cpu_count() or 1)
"""Systems solved at a time; each takes up to 100 MB for a picture of 224 px."""


def imputed(pictures: NDArray[Any], keep: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pictures with their missing pixels filled in from those that are kept.

    Args:
        pictures: (B, C, H, W).
        keep: (B, H, W) False where a pixel is missing. At the border the weights of neighbours outside the picture go
            to those inside.

    Returns:
        (B, C, H, W) float64. Raises `MetricError` where no pixel of a picture is kept.
    """
    empty = ~keep.any((1, 2))
    if empty.any():
        raise MetricError(f"{count(int(empty.sum()), 'picture')} without a pixel to fill the others in from")
    done = pictures.astype(np.float64)
    masks, which = np.unique(np.packbits(keep.reshape(len(keep), -1), axis=1), axis=0, return_inverse=True)
    alike = [np.flatnonzero(which.ravel() == i) for i in range(len(masks))]

    def fill(rows: NDArray[np.int64]) -> None:
        missing = ~keep[rows[0]]
        if missing.any():
            some = done[rows]
            some[:, :, missing] = _solved(some, missing)
            done[rows] = some

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(fill, alike))
    return done


def _solved(pictures: NDArray[np.float64], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(b, C, H, W) pictures that miss the same n pixels -> their values (b, C, n)."""
    n = int(missing.sum())
    rows, columns = np.nonzero(missing)
    # A frame of -2 stands for outside, -1 for pixels that are kept.
    number = np.full((missing.shape[0] + 2, missing.shape[1] + 2), -2)
    number[1:-1, 1:-1] = -1
    number[rows + 1, columns + 1] = np.arange(n)
    known = np.pad(np.where(missing, 0, pictures), ((0, 0), (0, 0), (1, 1), (1, 1)))
    weights = np.zeros(n)
    given = np.zeros((*pictures.shape[:2], n))
    entries = []
    for down, right, weight in NEIGHBOURS:
        row, column = rows + 1 + down, columns + 1 + right
        other = number[row, column]
        weights += weight * (other > -2)
        given += weight * known[:, :, row, column]
        linked = np.flatnonzero(other >= 0)
        entries.append((linked, other[linked], np.full(len(linked), -weight)))
    entries.append((np.arange(n), np.arange(n), weights))
    at, to, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    # Symmetric and diagonally dominant: no pivoting is needed, and the order can follow the symmetry.
    factors = splu(
        csc_matrix((value, (at, to)), shape=(n, n)),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    solved: NDArray[np.float64] = factors.solve(given.reshape(-1, n).T.copy())
    return solved.T.reshape(given.shape)
