"""Glasses: rims around the eyes, bridge and temples, fitted to each face."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.parts import Material, Part
from explab.synth.anatomy.surface import N_SKIN, eyeballs
from explab.synth.appearance.person import Glasses, Looks

Array = NDArray[np.float64]

# By kind: half width and half height of a lens, how square it is (2 is an ellipse), thickness of the frame, and how far
# the lower half is cut away towards the nose.
_KINDS = np.array(
    [
        [0.40, 0.38, 2.1, 0.017, 0.06],  # none: never shown
        [0.40, 0.38, 2.1, 0.017, 0.06],
        [0.45, 0.29, 4.0, 0.022, 0.15],
        [0.46, 0.36, 3.0, 0.045, 0.13],
    ]
)
_BELOW = 0.04
"""The middle of a lens lies below the middle of the eye."""
_TILT = 0.12
"""The lower edge stands back towards the cheeks (slope; pantoscopic angle of 7 degrees)."""
_WRAP = 0.10
"""The outer edge stands back (slope)."""
_CLEAR = 0.05
_BRIDGE, _TEMPLE = 4, 6
_AROUND = 4
"""Corners of the cross-section of a tube."""


def _corners(levels: int) -> int:
    return 14 * levels


@cache
def glasses_part(levels: int) -> Part:
    """Right and left rim, bridge, right and left temple: tubes of four sides."""
    m = _corners(levels)
    triangles, start = [], 0
    for count, closed in ((m, True), (m, True), (_BRIDGE, False), (_TEMPLE, False), (_TEMPLE, False)):
        here = start + np.arange(count if closed else count - 1)
        nearby = start + (np.arange(len(here)) + 1) % count
        for k in range(_AROUND):
            a, b = here * _AROUND + k, nearby * _AROUND + k
            c, d = here * _AROUND + (k + 1) % _AROUND, nearby * _AROUND + (k + 1) % _AROUND
            triangles += [np.stack([a, c, b], 1), np.stack([c, d, b], 1)]
        start += count
    count = start * _AROUND
    return Part(
        "glasses",
        Material.FRAME,
        np.concatenate(triangles).astype(np.int32),
        np.zeros((count, 3), np.float32),
    )


def glasses_points(neutral: Array, looks: Looks, levels: int) -> Array:
    """(n, 478, 3) faces at rest -> (n, V, 3) vertices of `glasses_part(levels)`."""
    n = len(neutral)
    half, tall, square, thick, cut = _KINDS[looks.glasses].T
    centre, _ = eyeballs(neutral)
    turn = 2 * np.pi * np.arange(_corners(levels)) / _corners(levels)
    power = 2 / square[:, None]
    outline = np.stack(
        [
            half[:, None] * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power,
            tall[:, None] * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power,
        ],
        -1,
    )
    # Towards the nose the lower half is cut away.
    nose = np.clip(-np.cos(turn), 0, 1) * np.clip(np.sin(turn) + 0.2, 0, 1)
    outline[..., 0] += cut[:, None] * nose
    # Both lenses at one height, and symmetric about the middle of the eyes.
    apart = np.maximum((centre[:, 1, 0] - centre[:, 0, 0]) / 2, half + 0.1)
    middle = centre.mean(1)
    sides = np.array([-1.0, 1.0])
    rims = np.zeros((n, 2, len(turn), 3))
    rims[..., 0] = middle[:, None, None, 0] + sides[:, None] * (apart[:, None, None] + outline[:, None, :, 0])
    rims[..., 1] = middle[:, None, None, 1] + _BELOW + outline[:, None, :, 1]
    rims[..., 2] = _plane(middle, rims[..., 0], rims[..., 1])
    forward = _in_front(neutral, middle, apart + half, tall, thick)
    rims[..., 2] -= forward[:, None, None]

    inner, outer = len(turn) // 2, 0
    share = np.linspace(0, 1, _BRIDGE)
    bridge = rims[:, 0, None, inner] + share[:, None] * (rims[:, 1, None, inner] - rims[:, 0, None, inner])
    bridge[..., 1] -= 0.35 * tall[:, None] * 1.0 + 0.05 * np.sin(np.pi * share)
    bridge[..., 2] -= 0.05 * np.sin(np.pi * share)
    temples = _temples(neutral, rims[:, :, outer], tall)
    return np.concatenate(
        [
            *(_tube(rims[:, k], thick, closed=True) for k in range(2)),
            _tube(bridge, thick, closed=False),
            *(_tube(temples[:, k], thick, closed=False) for k in range(2)),
        ],
        1,
    )


def _plane(middle: Array, x: Array, y: Array) -> Array:
    """Depth of the lenses' surface where it passes through the middle of the eyes."""
    away = np.abs(x - middle[:, None, None, 0])
    return np.asarray(middle[:, None, None, 2] + _WRAP * away + _TILT * (y - middle[:, None, None, 1]))


def _in_front(neutral: Array, middle: Array, half: Array, tall: Array, thick: Array) -> Array:
    """(n,) how far the lenses stand forward so that lids, brows and cheeks lie behind them."""
    skin = neutral[:, None, :N_SKIN]
    out = np.abs(skin[..., 0] - middle[:, None, None, 0])
    down = np.abs(skin[..., 1] - middle[:, None, None, 1] - _BELOW)
    behind = (out > 0.21) & (out < half[:, None, None] + 0.05) & (down < tall[:, None, None] + 0.05)
    need = _plane(middle, skin[..., 0], skin[..., 1]) - skin[..., 2]
    return np.asarray(np.where(behind, need, -np.inf).max((1, 2)) + _CLEAR + thick)


def _temples(neutral: Array, hinge: Array, tall: Array) -> Array:
    """(n, 2, _TEMPLE, 3) from the outer edges of the rims over the ears, and down behind them."""
    rim = neutral[:, [[127, 234], [356, 454]]]
    sides = np.array([-1.0, 1.0])
    path = np.zeros((len(neutral), 2, _TEMPLE, 3))
    path[:, :, 0] = hinge
    path[:, :, 0, 1] -= 0.3 * tall[:, None]
    ear = rim.mean(2)
    ear[..., 1] = rim[:, :, 0, 1] - 0.12
    out = np.abs(rim[..., 0]).max(2)
    for k, (share, outward, y, z) in enumerate(
        [
            (0.25, 0.04, 0, 0),
            (1.0, 0.07, -0.06, -0.25),
            (1.0, 0.12, -0.02, 0.25),
            (1.0, 0.1, 0.06, 0.42),
            (1.0, 0.03, 0.25, 0.55),
        ],
        1,
    ):
        path[:, :, k, 0] = sides * (
            np.abs(path[:, :, 0, 0])
            + share * (out + outward - np.abs(path[:, :, 0, 0]))
            + (outward if share < 1 else 0)
        )
        path[:, :, k, 1] = path[:, :, 0, 1] + share * (ear[..., 1] + y - path[:, :, 0, 1])
        path[:, :, k, 2] = path[:, :, 0, 2] + 0.02 if k == 1 else ear[..., 2] + z
    return path


def _tube(path: Array, thick: Array, *, closed: bool) -> Array:
    """(n, k, 3) -> (n, k * _AROUND, 3): a square rod around the path."""
    along = np.roll(path, -1, 1) - np.roll(path, 1, 1) if closed else np.gradient(path, axis=1)
    along = along / np.linalg.norm(along, axis=-1, keepdims=True)
    # Rims and bridge lie in the picture plane, temples go back: y and z cross them both well enough.
    first = np.cross(along, [0.0, 0.0, 1.0]) + 1e-6 * np.array([0, 1.0, 0])
    steep = np.linalg.norm(first, axis=-1, keepdims=True)
    first = np.where(steep > 0.35, first, np.cross(along, [1.0, 0.0, 0.0]))
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    second = np.cross(along, first)
    corner = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], float)
    around = corner[:, :1] * first[:, :, None] + corner[:, 1:] * second[:, :, None]
    rod = path[:, :, None] + thick[:, None, None, None] * around
    return np.asarray(rod.reshape(len(path), -1, 3))


def has_glasses(looks: Looks) -> NDArray[np.bool_]:
    """(n,) False for those without."""
    return np.asarray(looks.glasses != Glasses.NONE)
