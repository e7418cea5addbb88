"""The geometry of a face as numbers: where brows, lids, nose and lips stand, freed from pose, place and size.

A mesh is laid over the canonical face by a similarity in three dimensions, fitted to the points that expressions
hardly move, so that the same face gives the same numbers however it is turned. Everything is in inter-ocular distances
and told twice: as seen from the right half of the face, and as seen from the left half, as its mirror image tells it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL, RIGID
from explab.facs.mesh import MIRROR

Array = NDArray[np.float64]

_MIRROR_X = np.array([-1.0, 1.0, 1.0])

# Vertices of the right half whose place is told; those of the left half are their mirror images.
_OUTER_CORNER, _INNER_CORNER = 33, 133
_BROW = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
_UPPER_LID = (246, 161, 160, 159, 158, 157, 173)
_LOWER_LID = (7, 163, 144, 145, 153, 154, 155)
_LID_FOLD = (30, 29, 27, 28, 56)
_LID_POUCH = (110, 24, 23, 22, 26)
_IRIS = 468
_IRIS_RIM = (469, 470, 471, 472)
_CHEEK = (228, 230, 117, 118, 119, 101, 50, 36, 205, 187, 207)
_NOSE = (129, 102, 64, 48, 98, 97)
_FOLD = (203, 206, 216, 212, 202, 204, 214)
_MOUTH = (61, 185, 40, 39, 37, 146, 91, 181, 84, 78, 191, 80, 81, 82, 95, 88, 178, 87)
_JAW = (172, 136, 150, 149, 176, 148)
_MIDLINE = (0, 13, 14, 17, 18, 200, 199, 175, 152, 164, 2, 1, 4, 8, 9, 151)
_DEEP = (61, 39, 37, 181, 84, 82, 87)
_DEEP_MIDLINE = (0, 13, 14, 17, 200, 152)
_HALF = np.array([*_BROW, *_LID_FOLD, *_LID_POUCH, *_CHEEK, *_NOSE, *_FOLD, *_MOUTH, *_JAW])


def laid(points: NDArray[Any]) -> tuple[Array, Array]:
    """Meshes laid over the canonical face.

    Args:
        points: (n, 478, 3) px, x right, y down, z on the same scale and negative towards the camera.

    Returns:
        (n, 478, 3) in the frame of CANONICAL (inter-ocular distance about 1, origin between the eyes), and (n, 3, 3)
        rotations that turn the canonical face as the meshes are turned.
    """
    points = np.asarray(points, np.float64)
    target = CANONICAL[RIGID] - CANONICAL[RIGID].mean(0)
    rigid = points[:, RIGID]
    centre = rigid.mean(1, keepdims=True)
    u, values, vt = np.linalg.svd(np.swapaxes(rigid - centre, 1, 2) @ target)
    sign = np.ones((len(points), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = (u * sign[:, None]) @ vt
    # Umeyama (1991): the scale that takes the canonical points to those of the mesh.
    scale = (values * sign).sum(1) / (target**2).sum()
    straight = (points - centre) @ turn / np.maximum(scale, 1e-9)[:, None, None]
    return straight + CANONICAL[RIGID].mean(0), turn


def described(points: NDArray[Any]) -> Array:
    """Meshes as numbers.

    Args:
        points: (n, 478, 3) as for `laid`.

    Returns:
        (2, n, F): seen from the right half and from the left half. First what is near, then the other half, then the
        midline, then the sines of yaw and pitch. A mirrored mesh gives the same with the first axis reversed.
    """
    straight, turn = laid(points)
    mirrored = straight[:, MIRROR] * _MIRROR_X
    right, left = np.split(_half(np.concatenate([straight, mirrored])), 2)
    middle, angles = _middle(straight), turn[:, 2, :2]
    return np.stack(
        [
            np.concatenate([right, left, middle, _leaning(straight), angles], 1),
            np.concatenate([left, right, middle, -_leaning(straight), angles * (-1, 1)], 1),
        ]
    )


def _half(p: Array) -> Array:
    """(n, F) places and distances on the right half."""
    outer, inner = p[:, _OUTER_CORNER, :2], p[:, _INNER_CORNER, :2]
    eye = (outer + inner) / 2
    width = np.linalg.norm(inner - outer, axis=1)
    along = (inner - outer) / width[:, None]
    down = np.stack([-along[:, 1], along[:, 0]], 1)

    def in_eye(vertices: tuple[int, ...]) -> tuple[Array, Array]:
        """Place along and across the line between the corners of the eye, in widths of the eye."""
        away = (p[:, vertices, :2] - eye[:, None]) / width[:, None, None]
        return np.einsum("nvc,nc->nv", away, along), np.einsum("nvc,nc->nv", away, down)

    _, upper = in_eye(_UPPER_LID)
    _, lower = in_eye(_LOWER_LID)
    iris_x, iris_y = in_eye((_IRIS,))
    rim_x, rim_y = in_eye(_IRIS_RIM)
    corner, wing = p[:, 61], p[:, 129]
    seam = p[:, (13, 14)].mean(1)
    return np.concatenate(
        [
            p[:, _HALF, :2].reshape(len(p), -1),
            p[:, _DEEP, 2],
            upper,
            lower,
            lower - upper,
            iris_x,
            iris_y,
            rim_x.mean(1, keepdims=True),
            rim_y.mean(1, keepdims=True),
            np.ptp(rim_y, axis=1)[:, None],
            iris_y - upper[:, 2:5].mean(1, keepdims=True),
            lower[:, 2:5].mean(1, keepdims=True) - iris_y,
            width[:, None],
            along,
            # Brow above the eye, its slant, and its ends apart from the corners of the eye.
            (p[:, _BROW, 1] - eye[:, None, 1]),
            (p[:, (55, 107), 1].mean(1) - p[:, (46, 70), 1].mean(1))[:, None],
            (p[:, (65, 66), 1].mean(1) - p[:, (53, 63), 1].mean(1))[:, None],
            # Upper lid to brow, and lower lid to cheek.
            (p[:, (159, 158, 160), 1].mean(1) - p[:, (52, 65), 1].mean(1))[:, None],
            (p[:, (118, 119, 101), 1].mean(1) - p[:, (145, 144, 153), 1].mean(1))[:, None],
            # The corner of the mouth against the seam of the lips, the wing of the nose and the eye.
            (corner - seam),
            (corner - wing)[:, :2],
            (corner[:, :2] - outer),
            (wing[:, :2] - inner),
            _gaps(p, ((82, 87), (81, 178), (80, 88), (191, 95))),
            _gaps(p, ((37, 82), (39, 81), (40, 80), (185, 191))),
            _gaps(p, ((87, 84), (178, 181), (88, 91), (95, 146))),
        ],
        1,
    )


def _middle(p: Array) -> Array:
    """(n, F) heights and distances on the midline."""
    mouth = p[:, 291, 0] - p[:, 61, 0]
    inner = p[:, 308, 0] - p[:, 78, 0]
    gap = p[:, 14, 1] - p[:, 13, 1]
    lips = p[:, 17, 1] - p[:, 0, 1]
    return np.concatenate(
        [
            p[:, _MIDLINE, 1],
            p[:, _DEEP_MIDLINE, 2],
            np.stack([mouth, inner, gap, lips, gap / inner, lips / mouth, mouth * lips], 1),
            _gaps(p, ((0, 13), (14, 17), (2, 0), (17, 200), (17, 152), (2, 152), (13, 152), (2, 13))),
            (p[:, 285, 0] - p[:, 55, 0])[:, None],
            (p[:, 336, 0] - p[:, 107, 0])[:, None],
            (p[:, 358, 0] - p[:, 129, 0])[:, None],
            (p[:, 327, 0] - p[:, 98, 0])[:, None],
        ],
        1,
    )


def _leaning(p: Array) -> Array:
    """(n, 3) how far chin and lips lean to the subject's left against the nose."""
    return p[:, (152, 14, 13), 0] - p[:, 1, None, 0]


def _gaps(p: Array, pairs: tuple[tuple[int, int], ...]) -> Array:
    """(n, len(pairs)) how far the second vertex is below the first."""
    above, below = np.array(pairs).T
    return np.asarray(p[:, below, 1] - p[:, above, 1])
