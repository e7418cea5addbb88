"""The CPU kernel of the `face` profile: writes only the pixels under each blob, row by row.

Imported when the first map is drawn, because numba takes a while to import; compiled once and cached on disk.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba import config, njit
from numpy.typing import NDArray

PARALLEL_FROM = 1 << 20
"""Pixels of output from which threads pay."""

LANES = 8
"""Rows are cut at multiples of a vector register, so that no pixel is left to slow scalar code."""


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _draw(
    maps: NDArray[np.float32],
    blobs: NDArray[np.float32],
    starts: NDArray[np.int64],
    columns: NDArray[np.float32],
    stretch: bool,
    first: int,
    last: int,
) -> None:
    units, height, width = maps.shape[1:]
    zero, one, half = np.float32(0), np.float32(1), np.float32(0.5)
    bottom, right = np.float32(height), np.float32(width)
    for job in range(first, last):
        face, unit = job // units, job % units
        maps[face, unit] = zero
        for blob in range(starts[unit], starts[unit + 1]):
            strength, cx, cy, a, b, c = blobs[face, blob]
            if strength <= zero:
                continue
            slope, narrow = b / a, one / a
            across = c - b * slope
            reach_y = np.sqrt(one / across)
            y0 = int(np.ceil(max(cy - reach_y - half, zero)))
            y1 = int(np.ceil(min(cy + reach_y - half, bottom)))
            for y in range(y0, y1):
                dy = np.float32(y) + half - cy
                ridge = one - across * dy * dy  # the bell's base at the widest point of this row
                if ridge <= zero:
                    continue
                reach_x = np.sqrt(ridge * narrow)
                middle = cx - slope * dy
                x0 = int(min(max(middle - reach_x, zero), right)) // LANES * LANES
                x1 = min((int(max(min(middle + reach_x, right), zero)) // LANES + 1) * LANES, width)
                row, xs = maps[face, unit, y, x0:x1], columns[x0:x1]
                for i in range(x1 - x0):
                    dx = xs[i] - middle
                    base = max(ridge - a * dx * dx, zero)
                    value = base * base * base * strength
                    # The zero changes nothing, but without it the compiler emits masked stores, far slower.
                    row[i] = max(row[i], value, zero)
        if stretch:
            pixels = maps[face, unit].reshape(height * width)
            low = high = pixels[0]
            for i in range(height * width):
                low, high = min(low, pixels[i]), max(high, pixels[i])
            scale = one / (high - low) if high > low else zero
            for i in range(height * width):
                pixels[i] = (pixels[i] - low) * scale


def draw(
    blobs: NDArray[np.float32],
    starts: NDArray[np.int64],
    size: tuple[int, int],
    out: NDArray[np.float32] | None = None,
    *,
    stretch: bool = False,
) -> NDArray[np.float32]:
    """(B, n_places, 6) blobs, grouped by map as `starts` says -> (B, n_maps, height, width), in `out` if
    given.

    Large batches are shared out over NUMBA_NUM_THREADS threads (default: the cores this process may use).
    """
    shape = (len(blobs), len(starts) - 1, *size)
    # Not np.zeros: numpy asks for huge pages only in np.empty, and small ones cost more than all the drawing.
    maps = np.empty(shape, dtype=np.float32) if out is None else out
    columns = np.arange(size[1], dtype=np.float32) + np.float32(0.5)
    common = (maps, blobs, starts, columns, stretch)
    jobs, workers = shape[0] * shape[1], int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    if workers == 1 or maps.size < PARALLEL_FROM:
        _draw(*common, 0, jobs)
        return maps
    # Plain threads, not numba's own: those may not be entered from two threads at once, nor survive a fork.
    cuts = np.linspace(0, jobs, 4 * workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        parts = [pool.submit(_draw, *common, begin, end) for begin, end in pairwise(cuts)]
        for part in parts:
            part.result()
    return maps
