"""The maps of the `paper` profile for training: each picture's drawn once, enlarged and merged a batch at a time.

A map of the authors passes a bottleneck of 28 x 28 pixels for each unit, and the units are merged only after they were
enlarged again. What is kept of a face are therefore the small pictures of its expression's units, up to 9 of 3 kB each;
the rest is the work of the device that trains.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explab.facs.codebooks import codebook
from explab.facs.mesh import IBUG68
from explab.heatmaps import paper
from explab.progress import progress_bar

BOOK = "paper"
"""The codebook that goes with the profile."""

TOGETHER = 64
"""Faces enlarged at a time: more would wait for memory."""


class PaperMaps:
    """The authors' AU maps of n faces, each of its own expression.

    Args:
        points: (n, 478, 2 or 3) landmarks in px of square pictures; NaN where no face was found, which has no map.
        labels: n expressions, none of which the paper lacks (Contempt).
        size: side of the pictures in px. The ellipses are fixed numbers of pixels, so it decides how large they are on
            the face; the paper's is 224.

    Raises:
        NotInCodebook: an expression that the paper does not have.
    """

    def __init__(self, points: NDArray[np.float32], labels: Sequence[str], size: int) -> None:
        units = {name: codebook(BOOK).units(name) for name in dict.fromkeys(labels)}
        most = max(map(len, units.values()), default=0)
        self.size = size
        self._small = np.zeros((len(labels), most, *paper.BOTTLENECK), np.float32)
        self._valid = np.zeros(len(labels), bool)
        self._units = np.array([len(units[name]) for name in labels], np.int64)

        def draw(row: int) -> None:
            landmarks = points[row][IBUG68, :2]
            if not np.isfinite(landmarks).all():
                return
            canvas = paper.place(landmarks, (size, size))
            for small, unit in zip(self._small[row], units[labels[row]], strict=False):
                drawn = paper.through_bottleneck(canvas, unit)
                if drawn is not None:
                    small[:] = drawn
                    self._valid[row] = True

        with (
            progress_bar(len(labels), "drawing the paper's maps", "face") as bar,
            ThreadPoolExecutor() as pool,
        ):
            for _ in pool.map(draw, range(len(labels))):
                bar.update()

    def __len__(self) -> int:
        return len(self._small)

    def batch(self, rows: NDArray[np.int64], device: torch.device) -> tuple[Tensor, Tensor]:
        """Maps (B, size, size) float32 in [0, 1] of some faces, as `paper.expression_map` draws them, and valid (B,).

        Not valid, and 0, is what has no map: Neutral, faces that were not found, and those outside the picture.
        """
        small = torch.from_numpy(self._small[rows]).to(device)
        maps = small.new_zeros(len(small), self.size, self.size)
        for start in range(0, len(small), TOGETHER):
            part = maps[start : start + TOGETHER]
            # One unit at a time, and not those that none of these faces has.
            for unit in range(self._units[rows[start : start + TOGETHER]].max(initial=0)):
                torch.maximum(part, _enlarged(small[start : start + TOGETHER, unit], self.size), out=part)
            low, high = part.amin((1, 2), keepdim=True), part.amax((1, 2), keepdim=True)
            part.sub_(low).div_(torch.where(high > low, high - low, torch.ones_like(high)))
        return maps, torch.from_numpy(self._valid[rows]).to(device)


def _enlarged(small: Tensor, size: int) -> Tensor:
    """(B, h, h) -> (B, size, size), bilinear with the pixels' outer edges aligned, as OpenCV resizes.

    By sums alone, so that autocast, which halves the precision of products of matrices, leaves it as it is.
    """
    side = small.shape[-1]
    place = ((torch.arange(size, device=small.device) + 0.5) * (side / size) - 0.5).clamp(0, side - 1)
    before = place.long().clamp(max=side - 2)
    share = place - before
    wide = torch.lerp(small[:, :, before], small[:, :, before + 1], share)
    return torch.lerp(wide[:, before], wide[:, before + 1], share[:, None])
