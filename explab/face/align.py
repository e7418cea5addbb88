"""Alignment to the canonical face, and pose: all closed-form fits to one template.

Coordinates are continuous px: the first pixel spans 0 to 1, x right, y down, z away from the camera.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from explab.words import join

CROP_SIZE = 384
EYES_APART = 0.26
"""Inter-ocular distance in a crop, as a share of its side: forehead and a dropped jaw stay inside."""
EYE_LINE = 0.40
"""Height of the eyes in a crop, from its top, as a share of its side."""


class Pose(NamedTuple):
    """Head pose in degrees; all 0 for a face that looks straight into a level camera.

    yaw: positive when the subject turns to their own left (the nose moves to the right of the picture).
    pitch: positive when the subject looks up.
    roll: positive when the head tilts to the subject's own left shoulder (clockwise in the picture).
    """

    yaw: float
    pitch: float
    roll: float

    @property
    def frontal(self) -> bool:
        """No angle reaches 10 degrees."""
        return max(map(abs, self)) < 10

    def flip(self) -> Pose:
        """The pose in a mirror."""
        return Pose(-self.yaw, self.pitch, -self.roll)

    def words(self) -> str:
        """ "from the front", or "turned 23° to its left and tilted 12° to its right"; less than 10° is not said."""
        turns = (
            (self.yaw, "turned {}° to its left", "turned {}° to its right"),
            (self.pitch, "raised by {}°", "lowered by {}°"),
            (self.roll, "tilted {}° to its left", "tilted {}° to its right"),
        )
        phrases = [
            (up if angle > 0 else down).format(round(abs(angle)))
            for angle, up, down in turns
            if abs(angle) >= 10
        ]
        return join(phrases) or "from the front"


def _read_canonical() -> NDArray[np.float64]:
    with (files("explab.face") / "data" / "canonical_mesh.csv").open(encoding="utf-8") as lines:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(lines))[1:]])


CANONICAL: NDArray[np.float64] = _read_canonical()
"""(478, 3) neutral, symmetric, frontal face; unit = inter-ocular distance, origin midway between the eye centres."""

# Bone under thin skin, and the corners of the eyes: what an expression moves least.
RIGID: NDArray[np.int64] = np.array(
    [
        *(33, 133, 362, 263),  # corners of the eyes
        *(168, 6, 197, 195, 5, 4, 1),  # bridge and tip of the nose
        *(98, 327, 2),  # base of the nose
        *(10, 109, 338, 67, 297, 151),  # forehead
        *(127, 356, 162, 389, 234, 454),  # temples
    ]
)


def eye_centres(points: NDArray[Any]) -> NDArray[Any]:
    """Right and left eye centre, each the mean of the two corners: (..., 478, d) -> (..., 2, d)."""
    right = points[..., RIGHT_EYE_CORNERS, :].mean(-2)
    left = points[..., LEFT_EYE_CORNERS, :].mean(-2)
    return np.stack([right, left], -2)


def interocular(points: NDArray[Any]) -> float:
    """Distance of the eye centres in the picture plane, in px: (478, 2 or 3) -> float."""
    right, left = eye_centres(points[:, :2])
    return float(np.linalg.norm(left - right))


def crop_transform(points: NDArray[Any], size: int) -> NDArray[np.float64]:
    """The similarity that lays a face over the canonical one in a square crop.

    Least squares over the rigid points (Umeyama 1991), so neither a smile nor a blink moves the crop.

    Args:
        points: (478, 2 or 3) px of the source picture.
        size: side of the crop in px.

    Returns:
        (2, 3) matrix M with `crop_xy = M @ (x, y, 1)`.
    """
    unit = size * EYES_APART
    target = CANONICAL[RIGID, :2] * unit + np.array([size / 2, size * EYE_LINE])
    source = np.asarray(points, np.float64)[RIGID, :2]
    matrix, _ = similarity(source, target)
    return matrix


def estimate_pose(points: NDArray[Any]) -> Pose:
    """Yaw, pitch and roll of a mesh: the rotation that best lays the canonical rigid points over it.

    Args:
        points: (478, 3) px, z on the scale of x.
    """
    _, rotation = similarity(CANONICAL[RIGID], np.asarray(points, np.float64)[RIGID])
    # R = Rz(roll) Ry(-yaw) Rx(-pitch), in the frame x right, y down, z away: roll is outermost, so that turning
    # the picture changes nothing else.
    yaw = np.arcsin(np.clip(rotation[2, 0], -1, 1))
    pitch = -np.arctan2(rotation[2, 1], rotation[2, 2])
    roll = np.arctan2(rotation[1, 0], rotation[0, 0])
    return Pose(*(round(float(np.degrees(angle)), 2) for angle in (yaw, pitch, roll)))


def misfit(points: NDArray[Any]) -> float:
    """How far a mesh is from the canonical face, laid over it: RMS distance in inter-ocular units."""
    points = np.asarray(points, np.float64)
    matrix, _ = similarity(CANONICAL, points)
    laid = CANONICAL @ matrix[:, :3].T + matrix[:, 3]
    return float(np.sqrt(((laid - points)[:, :2] ** 2).sum(1).mean()) / max(interocular(points), 1e-6))


def apply(matrix: NDArray[Any], points: NDArray[Any]) -> NDArray[np.float32]:
    """Map (..., 2 or 3) points by a (2, 3) similarity; a third coordinate is scaled along."""
    xy = points[..., :2] @ matrix[:, :2].T + matrix[:, 2]
    if points.shape[-1] == 2:
        return np.asarray(xy, np.float32)
    z = points[..., 2:] * np.sqrt(np.abs(np.linalg.det(matrix[:, :2])))
    return np.asarray(np.concatenate([xy, z], -1), np.float32)


def invert(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """The inverse of a (2, 3) affine matrix."""
    linear = np.linalg.inv(np.asarray(matrix[:, :2], np.float64))
    return np.concatenate([linear, -linear @ matrix[:, 2:]], 1)


def warp(
    rgb: NDArray[np.uint8], matrix: NDArray[Any], size: tuple[int, int], *, fill: bool = False
) -> NDArray[np.uint8]:
    """Resample a picture by a source -> target similarity, without aliasing when it shrinks.

    Args:
        rgb: (H, W, 3) uint8.
        matrix: (2, 3) source px -> target px.
        size: (width, height) of the target.
        fill: True paints what lies outside the picture grey; False repeats its border.
    """
    import cv2

    matrix = np.asarray(matrix, np.float64)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 0.5:
        # Bilinear sampling reads only four pixels: average down to about the target's resolution first.
        height, width = rgb.shape[:2]
        small = (max(1, round(width * scale * 1.5)), max(1, round(height * scale * 1.5)))
        rgb = cv2.resize(rgb, small, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([width / small[0], height / small[1], 1.0])
    # cv2 puts integer coordinates on pixel centres, explab on pixel corners.
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return cv2.warpAffine(  # type: ignore[no-any-return]
        rgb,
        shifted,
        size,
        flags=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT if fill else cv2.BORDER_REPLICATE,
        borderValue=(128, 128, 128),
    )


def similarity(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least-squares similarity (n, d) -> (n, d) after Umeyama (1991): (d, d + 1) matrix and its rotation."""
    centre_s, centre_t = source.mean(0), target.mean(0)
    s, t = source - centre_s, target - centre_t
    u, values, vt = np.linalg.svd(t.T @ s)
    sign = np.ones(len(values))
    sign[-1] = np.sign(np.linalg.det(u @ vt))
    rotation = u @ np.diag(sign) @ vt
    scale = (values * sign).sum() / max((s**2).sum(), 1e-12)
    shift = centre_t - scale * rotation @ centre_s
    return np.concatenate([scale * rotation, shift[:, None]], 1), rotation
