"""The inside of the mouth: teeth with gums, tongue, and the lining behind the lips.

Sizes follow dental anatomy on eyes 63 mm apart: crowns of the incisors 10 mm high, an arch 52 mm wide (Wheeler's Dental
Anatomy, chapter 1), the upper teeth 2 mm before the lower ones and 2 mm below the resting lip.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from explab.facs.mesh import CONTOURS
from explab.synth.anatomy.eyes import strip
from explab.synth.anatomy.head import rim
from explab.synth.anatomy.parts import Material, Motion, Part

_INNER = np.array(CONTOURS["inner lips"])
_UPPER, _LOWER = _INNER[1:10], _INNER[:10:-1]
"""Inner rims of the lips without the corners, both from the subject's right to left."""

_HALF_ARCH = 0.41
_ARCH_DEGREES = 78.0
_CROWN = 0.16

# Rows of the teeth from the gums' back to the inner side of the edge: height over the edge in crowns, depth behind the
# teeth's face, and the attribute that says where the gum begins.
_ROWS = np.array(
    [
        [1.75, 0.05, 0.0],
        [1.15, -0.004, 0.0],
        [0.9, 0.008, 0.2],
        [0.45, -0.006, 0.6],
        [0.0, 0.004, 1.0],
        [0.05, 0.05, 0.9],
    ]
)


def _columns(levels: int) -> NDArray[np.float64]:
    return np.linspace(-1, 1, 10 * levels + 1)


@cache
def teeth_part(levels: int) -> Part:
    """Upper and lower teeth with their gums."""
    along = _columns(levels)
    rows, columns = len(_ROWS), len(along)
    place = np.broadcast_to(along, (rows, columns))
    height = np.broadcast_to(_ROWS[:, 2:], (rows, columns))
    attributes = np.stack([place, height, np.zeros_like(place)], -1).reshape(-1, 3)
    upper = _grid(rows, columns)
    # Lower teeth stand on their heads.
    triangles = np.concatenate([upper, upper[:, ::-1] + rows * columns])
    return Part("teeth", Material.TEETH, triangles, np.tile(attributes, (2, 1)).astype(np.float32))


def _grid(rows: int, columns: int) -> NDArray[np.int32]:
    """Triangles of a grid of vertices whose rows go down and columns to the right, facing the camera."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    right, below, across = corner + 1, corner + columns, corner + columns + 1
    triangles = [np.stack([corner, below, right], 1), np.stack([right, below, across], 1)]
    grid: NDArray[np.int32] = np.concatenate(triangles).astype(np.int32)
    return grid


def teeth_points(motion: Motion, levels: int) -> NDArray[np.float64]:
    """(n, V, 3) vertices of `teeth_part(levels)`: the upper ones fixed to the skull, the lower ones to the jaw."""
    rest = motion.neutral[:, _INNER]
    line = motion.neutral[:, [13, 14], 1].mean(1)
    corners = rest[:, [0, 10]]
    # How fast the lips curve back from the middle to the corners; the arch of the teeth keeps to it.
    half = np.abs(corners[:, 0, 0] - corners[:, 1, 0]) / 2
    front = motion.neutral[:, [13, 14], 2].max(1)
    curve = np.clip((corners[..., 2].mean(1) - front) / half**2, 0.9, 1.9)
    width = _HALF_ARCH * np.sqrt(half / 0.36)
    deep = np.clip(2 * width**2 * curve, 0.3, 0.65)

    turn = np.radians(_ARCH_DEGREES) * _columns(levels)
    arch = []
    for lower in (False, True):
        narrow = 0.94 if lower else 1.0
        x = width[:, None] * narrow * np.sin(turn)
        z = (front + (0.115 if lower else 0.085))[:, None] + deep[:, None] * (1 - np.cos(turn))
        over = _ROWS[:, :1] * _CROWN * (0.9 if lower else 1.0) * (1 - 0.25 * (1 - np.cos(turn)))
        edge = (0.005 if lower else 0.035) - 0.03 * (1 - np.cos(turn))
        y = line[:, None, None] + (edge + over if lower else edge - over)
        out = np.stack([np.sin(turn), 0 * turn, -np.cos(turn)], -1)
        points = np.stack(np.broadcast_arrays(x[:, None], y, z[:, None]), -1) - _ROWS[:, 1, None, None] * out
        if lower:
            points = _with_jaw(motion.jaw, points)
        arch.append(points)
    teeth = np.stack(arch, 1)
    teeth[..., 2] += _behind_lips(motion.points, teeth)[:, :, None, None]
    return np.asarray(teeth.reshape(len(teeth), -1, 3))


def _with_jaw(jaw: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, a, b, 3) points -> where the jaw takes them."""
    turned = np.einsum("nij,nabj->nabi", jaw[:, :, :3], points)
    return np.asarray(turned + jaw[:, None, None, :, 3])


_GAP = 0.045


def _behind_lips(points: NDArray[np.float64], teeth: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) how far the upper and the lower teeth must go back to stay behind the lips that lie before them."""
    face = teeth[:, :, 3:5]  # (n, 2 arches, middle and edge of the crowns, columns, 3)
    push = np.zeros((len(points), 2))
    for lip in (_UPPER, _LOWER):
        at = points[:, None, None, lip]  # (n, 1, 1, 9, 3)
        away = np.abs(face[:, :, :, None, :, 0] - at[..., None, 0])
        nearest = np.take_along_axis(face[:, :, :, None], away.argmin(-1)[..., None, None], 4)[..., 0, :]
        # Lips that have drawn back from the teeth's edges are in nobody's way.
        beyond = (at[..., 1] - nearest[:, :, 1:, :, 1]) * np.array([1, -1])[:, None, None]
        before = np.clip(1.5 - beyond / 0.06, 0, 1)
        push = np.maximum(push, (before * (at[..., 2] + _GAP - nearest[..., 2])).max((2, 3)))
    return push


# Rings of the lining: how far behind the lips, how far beyond the upper and the lower lip, width, depth attribute.
_LINING = np.array(
    [
        [0.0, 0.0, 0.0, 1.0, 0.0],
        [0.05, 0.012, 0.012, 1.0, 0.1],
        [0.08, 0.13, 0.045, 1.0, 0.3],
        [0.35, 0.22, 0.15, 1.05, 0.5],
        [1.0, 0.15, 0.12, 0.5, 1.0],
    ]
)
_TONGUE = (8, 8)
"""Rings of the tongue from root to tip, and vertices around each."""


@cache
def mouth_part(levels: int) -> Part:
    """Lining of the mouth, joined to the lips, and tongue."""
    m = rim(CONTOURS["inner lips"], levels).shape[0]
    rings = [np.arange(m) + k * m for k in range(len(_LINING))]
    last = rings[-1]
    # The throat: the last ring folds together, its upper half onto its lower one.
    half = m // 2
    fold = [
        t
        for k in range(half - 1)
        for t in ((last[k], last[-k], last[k + 1]), (last[k + 1], last[-k], last[-k - 1]))
        if len(set(t)) == 3
    ]
    fold.append((last[half - 1], last[half + 1], last[half]))
    lining = np.concatenate([*(strip(a, b) for a, b in pairwise(rings)), np.array(fold)])
    start = m * len(_LINING)
    rows, around = _TONGUE[0], _TONGUE[1]
    tongue = [start + np.arange(around) + k * around for k in range(rows)]
    tip = start + rows * around
    body = np.concatenate(
        [
            *(strip(a, b) for a, b in pairwise(tongue)),
            np.stack([tongue[-1], np.roll(tongue[-1], -1), np.full(around, tip)], 1),
        ]
    )
    attributes = np.zeros((tip + 1, 3), np.float32)
    attributes[:start, 0] = np.repeat(_LINING[:, 4], m)
    attributes[start:, 0] = np.append(np.repeat(np.linspace(0.8, 0.1, rows), around), 0.1)
    attributes[start:, 1] = 1
    return Part("mouth", Material.MOUTH, np.concatenate([lining, body]).astype(np.int32), attributes)


def mouth_points(motion: Motion, levels: int) -> NDArray[np.float64]:
    """(n, V, 3) vertices of `mouth_part(levels)`."""
    edge = rim(CONTOURS["inner lips"], levels).astype(np.float64) @ motion.points[:, _INNER]
    n, m = edge.shape[:2]
    middle = edge.mean(1, keepdims=True)
    turn = 2 * np.pi * np.arange(m) / m
    # The loop starts at the right corner and runs along the upper lip first.
    down = -np.sin(turn)
    back, above, below, wide = (_LINING[:, k, None] for k in range(4))
    beyond = np.where(down > 0, below, above)
    # Behind the lower lip the lining goes with the jaw, or it would come out at the chin.
    offset = np.stack(np.broadcast_arrays(0.0, beyond * down, back), -1)
    swung = np.einsum("nij,kmj->nkmi", motion.jaw[:, :, :3], offset)
    offset = offset + np.maximum(down, 0)[:, None] * (swung - offset)
    rings = edge[:, None] + offset
    rings[..., 0] += (wide - 1) * (edge - middle)[:, None, :, 0]
    deep = np.clip((_LINING[:, 0] - 0.3) / 0.6, 0, 1)[:, None]
    rings[..., 2] += deep * (middle[:, None, :, 2] + 0.15 - edge[:, None, :, 2])
    return np.concatenate([rings.reshape(n, -1, 3), _tongue(motion)], 1)


@cache
def _along() -> NDArray[np.float64]:
    """(rings, 5) the rings of the tongue on a smooth curve through five places."""
    return np.asarray(
        CubicSpline(np.linspace(0, 1, 5), np.eye(5), bc_type="natural")(np.linspace(0, 1, _TONGUE[0]))
    )


def _tongue(motion: Motion) -> NDArray[np.float64]:
    """(n, rings * around + 1, 3): lies behind the lower teeth; comes out between the lips as far as these are apart."""
    n = len(motion.points)
    line = motion.neutral[:, [13, 14], 1].mean(1)
    front = motion.neutral[:, [13, 14], 2].max(1)
    upper, lower = motion.points[:, 13], motion.points[:, 14]
    gap = np.maximum(lower[:, 1] - upper[:, 1], 0)
    out = motion.tongue * np.clip((gap - 0.03) / 0.08, 0, 1)

    # Five places along the tongue, root to tip: at rest behind the lower teeth, and out over teeth and lip.
    rest = np.zeros((n, 1, 5, 3))
    rest[:, 0, :, 1] = line[:, None] + [0.3, 0.12, 0.08, 0.12, 0.15]
    rest[:, 0, :, 2] = front[:, None] + [0.85, 0.7, 0.5, 0.3, 0.2]
    edge = np.zeros((n, 1, 1, 3))
    edge[:, 0, 0, 1] = line + 0.005
    edge[:, 0, 0, 2] = front + 0.13
    rest = _with_jaw(motion.jaw, rest)[:, 0]
    tooth = _with_jaw(motion.jaw, edge)[:, 0, 0]
    thick = np.minimum(0.075, 0.02 + 0.4 * gap)
    outside = rest.copy()
    outside[:, 2] = tooth + np.stack([0 * gap, -1.3 * thick, 0.1 + 0 * gap], 1)
    outside[:, 3] = np.stack([0 * gap, np.minimum(tooth[:, 1], lower[:, 1]) - thick, lower[:, 2] - 0.06], 1)
    outside[:, 4] = lower + [0, 0.2, -0.3]
    places = rest + out[:, None, None] * (outside - rest)
    s = np.linspace(0, 1, _TONGUE[0])
    path = np.asarray(_along() @ places)

    taper = np.sqrt(np.clip(1 - np.clip((s - 0.55) / 0.46, 0, 1) ** 3, 0, 1))
    half_width = (0.27 - 0.03 * out[:, None]) * taper * (0.75 + 0.25 * np.clip(s / 0.3, 0, 1))
    half_height = (0.3 + 0.7 * taper) * np.where(out > 0, thick, 0.075)[:, None]
    turn = 2 * np.pi * np.arange(_TONGUE[1]) / _TONGUE[1]
    along = np.gradient(path, axis=1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    across = np.stack([0 * along[..., 0], along[..., 2], -along[..., 1]], -1)
    ring = path[:, :, None] + half_height[..., None, None] * np.sin(turn)[:, None] * across[:, :, None]
    ring[..., 0] += half_width[..., None] * np.cos(turn)
    # The groove along the middle of the back of the tongue.
    groove = np.exp(-((np.cos(turn) / 0.35) ** 2)) * (np.sin(turn) > 0)
    ring -= 0.3 * (half_height[..., None] * groove)[..., None] * across[:, :, None]
    tip = path[:, -1:] + 0.02 * along[:, -1:]
    return np.concatenate([ring.reshape(n, -1, 3), tip], 1)
