"""Head pose and perspective: from the canonical frame to px of a picture.

Pose has the conventions of `explab.face.align.Pose`: yaw positive to the subject's own left, pitch positive up, roll
positive towards the subject's own left shoulder (clockwise in the picture); degrees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL, EYE_LINE, EYES_APART, RIGID

Array = NDArray[np.float64]

PIVOT = np.array([0.0, 0.55, 0.95])
"""The head turns around the top of the neck's spine, behind and below the eyes."""


def rotation(yaw: Array, pitch: Array, roll: Array | None = None) -> Array:
    """(n,) degrees -> (n, 3, 3): Rz(roll) Ry(-yaw) Rx(-pitch) in the frame x right, y down, z away."""
    y, p = np.radians(-np.asarray(yaw, float)), np.radians(-np.asarray(pitch, float))
    r = np.zeros_like(y) if roll is None else np.radians(np.asarray(roll, float))
    zero, one = np.zeros_like(y), np.ones_like(y)

    def matrix(*rows: tuple[Array, Array, Array]) -> Array:
        return np.stack([np.stack(row, -1) for row in rows], -2)

    rx = matrix((one, zero, zero), (zero, np.cos(p), -np.sin(p)), (zero, np.sin(p), np.cos(p)))
    ry = matrix((np.cos(y), zero, np.sin(y)), (zero, one, zero), (-np.sin(y), zero, np.cos(y)))
    rz = matrix((np.cos(r), -np.sin(r), zero), (np.sin(r), np.cos(r), zero), (zero, zero, one))
    return np.asarray(rz @ ry @ rx)


MEASURED_FROM = 20.0
"""Distance in inter-ocular distances (about 1.25 m) of the camera whose pictures gave CANONICAL its outlines."""


def turned(points: Array, turn: Array) -> Array:
    """(n, V, 3) points of heads in the canonical frame, turned around the pivot by (n, 3, 3).

    What lies further back looks smaller in the pictures that the canonical face was measured in; that is undone first.
    """
    solid = points * np.stack([1 + points[..., 2] / MEASURED_FROM] * 2 + [np.ones(points.shape[:-1])], -1)
    return np.asarray((solid - PIVOT) @ turn.transpose(0, 2, 1) + PIVOT)


def seen(points: Array, distance: Array) -> Array:
    """Perspective: (n, V, 3) -> (n, V, 3) with x and y as a camera at z = -distance (n,) sees them; z stays."""
    nearer = distance[:, None] / np.maximum(distance[:, None] + points[..., 2], 0.25 * distance[:, None])
    return np.concatenate([points[..., :2] * nearer[..., None], points[..., 2:]], -1)


def crop_placement(skin: Array, size: int) -> tuple[Array, Array]:
    """Scale (n,) in px per unit and shift (n, 2) in px that lay seen faces (n, 478, 3) into a crop as `read_face` does.

    Least squares over the rigid points; the picture is not rotated.
    """
    source = skin[:, RIGID, :2]
    target = CANONICAL[RIGID, :2] * (size * EYES_APART) + np.array([size / 2, size * EYE_LINE])
    centre_s, centre_t = source.mean(1, keepdims=True), target.mean(0)
    s, t = source - centre_s, target - centre_t
    scale = (s * t).sum((1, 2)) / (s**2).sum((1, 2))
    return scale, centre_t - scale[:, None] * centre_s[:, 0]


def placed(points: Array, scale: Array, shift: Array, roll: Array, centre: Array) -> Array:
    """Seen points (n, V, 3) -> px: scaled, shifted, then rolled by `roll` (n,) degrees about `centre` (2,)."""
    r = np.radians(roll)
    turn = np.stack([np.stack([np.cos(r), -np.sin(r)], -1), np.stack([np.sin(r), np.cos(r)], -1)], -2)
    xy = points[..., :2] * scale[:, None, None] + shift[:, None]
    xy = (xy - centre) @ turn.transpose(0, 2, 1) + centre
    return np.concatenate([xy, points[..., 2:] * scale[:, None, None]], -1)
