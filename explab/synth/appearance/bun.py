"""A bun: the ball of those who tie their hair."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.eyes import strip
from explab.synth.anatomy.head import fitted
from explab.synth.anatomy.parts import Material, Part
from explab.synth.appearance.person import HairStyle, Looks
from explab.synth.appearance.scalp import CENTRE

Array = NDArray[np.float64]

_RADIUS = 0.34


@cache
def bun_part(levels: int) -> Part:
    """A ball of hair for those who tie it."""
    around, rings = 8 * levels, 4 * levels
    turn = 2 * np.pi * np.arange(around) / around
    corner = np.arange(rings)[:, None] * around + np.arange(around)
    triangles = np.concatenate([strip(a, b) for a, b in pairwise(corner)])
    across = np.broadcast_to(turn * 0.5, corner.shape)
    along = np.broadcast_to(np.linspace(0, 0.8, rings)[:, None], corner.shape)
    attributes = np.stack([along * 2 + 0.2 * across, across, 0.2 * along], -1)
    return Part(
        "bun", Material.HAIR, triangles.astype(np.int32), attributes.reshape(-1, 3).astype(np.float32)
    )


def bun_points(neutral: Array, looks: Looks, levels: int) -> Array:
    """(n, V, 3) vertices of `bun_part(levels)`: high on the head for a hair length of 1, in the nape for 0."""
    rings, around = 4 * levels, 8 * levels
    polar = np.linspace(0.02, 0.72 * np.pi, rings)[:, None]
    turn = 2 * np.pi * np.arange(around) / around
    bumpy = 1 + 0.06 * np.sin(3 * turn + 4 * polar)
    ball = np.stack(
        [np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar) + 0 * turn], -1
    )
    ball *= bumpy[..., None]
    tilt = np.radians(25 + 95 * (1 - looks.hair_length))
    out = np.stack([0 * tilt, -np.cos(tilt), np.sin(tilt)], -1)
    across = np.stack([0 * tilt, np.sin(tilt), np.cos(tilt)], -1)
    frame = np.stack([np.broadcast_to([1.0, 0, 0], out.shape), across, out], 1)
    size = (_RADIUS * (0.75 + 0.5 * looks.hair_volume))[:, None, None]
    centre = CENTRE + out * (1.45 + 0.12 * looks.hair_volume[:, None])
    points = centre[:, None] + size * (ball.reshape(-1, 3) @ frame)
    return fitted(points, neutral)


def has_bun(looks: Looks) -> NDArray[np.bool_]:
    """(n,) True for those who tie their hair."""
    return np.asarray(looks.hair_style == HairStyle.BUN)
