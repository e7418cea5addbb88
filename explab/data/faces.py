"""Samples as aligned `Face`s, from landmarks that were measured before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.data.sample import Pixels, Sample
from explab.face import Face, Source, Truth, align
from explab.face.align import CROP_SIZE
from explab.facs.expressions import EXPRESSIONS


def aligned(sample: Sample, image: Pixels, points: NDArray[np.float32], size: int = CROP_SIZE) -> Face:
    """A sample's face in an upright crop, labelled with what the dataset says of it.

    Args:
        sample: what is known.
        image: its decoded picture.
        points: (478, 3) px of the picture, as from `landmarks`.
        size: side of the crop in px.
    """
    matrix = align.crop_transform(points, size)
    box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)]).astype(np.float32)
    height, width = image.shape[:2]
    return Face(
        image=align.warp(image, matrix, (size, size), fill=True),
        landmarks=align.apply(matrix, points),
        transform=matrix,
        box=box,
        pose=align.estimate_pose(points),
        source=Source(str(sample.path or sample.name), size=(width, height)),
        truth=Truth(expression=sample.label if sample.label in EXPRESSIONS else None, aus=sample.aus),
    )
