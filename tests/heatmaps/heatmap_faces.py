"""Faces for the heatmap tests: the canonical mesh, turned and placed in a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs.mesh import MIRROR


def mesh(
    size: int = 224,
    yaw: float = 0.0,
    roll: float = 0.0,
    iod: float = 0.32,
    shift: tuple[float, float] = (0.0, 0.0),
) -> NDArray[np.float64]:
    """(478, 2) the canonical face in a picture of `size` px; degrees, and fractions of the picture."""
    y, r = np.deg2rad([yaw, roll])
    turn = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    middle = np.array([0.5, 0.42]) + shift
    return np.asarray((CANONICAL @ turn.T @ tilt.T)[:, :2] * iod * size + middle * size)


def mirrored(points: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """The landmarks of the mirrored picture, re-indexed."""
    flipped = points.copy()
    flipped[..., 0] = width - flipped[..., 0]
    return np.asarray(flipped[..., MIRROR, :])


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    x, y = a.ravel().astype(np.float64), b.ravel().astype(np.float64)
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))
