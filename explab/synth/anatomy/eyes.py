"""The eyes: two eyeballs that turn, and the flesh between lids and eyeball."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.head import rim
from explab.synth.anatomy.parts import Material, Motion, Part
from explab.synth.anatomy.surface import EYE_LOOPS, eyeballs

_DEGREES = (0, 14, 29, 44, 60, 78, 100)
"""Rings of the eyeball, from the pupil backwards; 29 degrees is the edge of the iris."""


@cache
def eyes_part(levels: int) -> Part:
    """Both eyeballs, right one first, as far back as a turned eye shows them."""
    around = 10 * levels
    polar = np.radians(_DEGREES if levels == 1 else np.interp(np.arange(0, 6.1, 0.5), range(7), _DEGREES))
    turn = np.arange(around) * 2 * np.pi / around
    ring = np.stack([np.cos(turn), np.sin(turn), np.zeros(around)], 1)
    rings = [np.array([[0.0, 0, -1]])] + [np.sin(p) * ring - [0, 0, np.cos(p)] for p in polar[1:]]
    vectors = np.concatenate(rings)
    fan = [(0, 1 + (i + 1) % around, 1 + i) for i in range(around)]
    rows = [
        strip(1 + k * around + np.arange(around), 1 + (k + 1) * around + np.arange(around))
        for k in range(len(polar) - 2)
    ]
    one = np.concatenate([np.array(fan), *rows])
    triangles = np.concatenate([one, one + len(vectors)])
    return Part("eyes", Material.EYE, triangles.astype(np.int32), np.tile(vectors, (2, 1)).astype(np.float32))


def strip(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Triangles between two closed rings of equally many vertices: (2 m, 3)."""
    a, b, c, d = first, np.roll(first, -1), second, np.roll(second, -1)
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])


def eyes_points(motion: Motion, levels: int) -> NDArray[np.float64]:
    """(n, V, 3) vertices of `eyes_part(levels)`."""
    centre, radius = seated(motion)
    own = eyes_part(levels).attributes.astype(np.float64)
    own = own[: len(own) // 2]
    yaw, pitch = np.radians(motion.gaze[..., 0, None]), np.radians(motion.gaze[..., 1, None])
    x, y, z = own.T
    # Pitch first, then yaw, as the eye's own muscles combine (Fick's order).
    y, z = y * np.cos(pitch) + z * np.sin(pitch), z * np.cos(pitch) - y * np.sin(pitch)
    x, z = x * np.cos(yaw) - z * np.sin(yaw), z * np.cos(yaw) + x * np.sin(yaw)
    turned = np.stack([x, y, z], -1)
    points = centre[:, :, None] + radius[:, :, None, None] * turned
    return np.asarray(points.reshape(len(points), -1, 3))


_LOOPS = np.array(EYE_LOOPS)
_CLEARANCE = 0.006


def seated(motion: Motion) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eyeballs as in `surface.eyeballs`, pushed back where a lid would cut into them."""
    centre, radius = eyeballs(motion.neutral)
    lids = motion.points[:, _LOOPS]
    across = (lids - centre[:, :, None])[..., :2]
    reach = np.sqrt(np.maximum((radius[..., None] + _CLEARANCE) ** 2 - (across**2).sum(-1), 0))
    # Where the sphere stands behind a lid's edge, its front must not come nearer than that edge.
    deepest = np.where(reach > 0, lids[..., 2] + reach, -np.inf).max(-1)
    centre[..., 2] = np.maximum(centre[..., 2], deepest)
    return centre, radius


_WALL = np.array([1.0, 0.3, -0.12])
"""Rings of the flesh: where they lie between the edge of the lid (1) and the surface of the eyeball (0)."""


@cache
def socket_part(levels: int) -> Part:
    """Thickness of the lids' edges, and the flesh at the corners of the eyes."""
    m = rim(EYE_LOOPS[0], levels).shape[0]
    rings = [np.arange(m) + k * m for k in range(len(_WALL))]
    right = np.concatenate([strip(a, b) for a, b in pairwise(rings)])
    n = m * len(_WALL)
    # The left loop is the mirrored right one, so it runs the other way round.
    triangles = np.concatenate([right[:, ::-1], right + n])
    return Part("sockets", Material.SOCKET, triangles.astype(np.int32), np.zeros((2 * n, 3), np.float32))


def socket_points(motion: Motion, levels: int) -> NDArray[np.float64]:
    """(n, V, 3) vertices of `socket_part(levels)`: joined to the edges of the lids."""
    centre, radius = seated(motion)
    edge = rim(EYE_LOOPS[0], levels).astype(np.float64) @ motion.points[:, _LOOPS]
    out = edge - centre[:, :, None]
    distance = np.linalg.norm(out, axis=-1, keepdims=True)
    shares = _WALL[:, None, None]
    size = shares * distance[:, :, None] + (1 - shares) * radius[:, :, None, None, None]
    rings = centre[:, :, None, None] + (out / distance)[:, :, None] * size
    rings[:, :, 0] = edge
    return np.asarray(rings.reshape(len(edge), -1, 3))
