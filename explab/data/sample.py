"""`Sample`: one record of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explab.facs import AUs

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One record: whatever the dataset has, the rest None.

    Attributes:
        name: stable id within its dataset: "train_00001", "fer0032220", "SN001/17".
        split: "train", "validation" or "test".
        pixels: reads the picture; see `image`.
        path: the picture's file; of pixels that lie inside a table or a video, that file; None for synthetic faces.
        label: a name from EXPRESSIONS or COMPOUNDS.
        aus: intensities in [0, 1]; where a dataset only says present or absent, 1 or 0.
        landmarks: (k, 2) float32 in px of `image`: 68 points in the iBUG order; of synthetic faces (478, 3).
        box: (4,) float32 x0, y0, x1, y1 of the face in px of `image`.
        votes: expression -> share in [0, 1] of the people asked; they add up to less than 1 where some chose no
            expression.
        text: a sentence about the face.
        subject: who it is, as far as the dataset says.
    """

    name: str
    split: str
    pixels: Callable[[], Pixels] = field(repr=False)
    path: Path | None = None
    label: str | None = None
    aus: AUs | None = None
    landmarks: NDArray[np.float32] | None = field(default=None, repr=False)
    box: NDArray[np.float32] | None = field(default=None, repr=False)
    votes: Mapping[str, float] | None = None
    text: str | None = None
    subject: str | None = None

    @property
    def image(self) -> Pixels:
        """(H, W, 3) uint8 RGB, upright; decoded anew at every call.

        Raises:
            PictureError: the file is missing or damaged.
        """
        return self.pixels()
