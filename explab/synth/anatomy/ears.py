"""The ears: a shell of skin each, set into the side of the head.

About 60 mm high and 34 mm wide on eyes 63 mm apart, between the heights of brows and nose, standing off the head by 20
degrees: the middle of what Farkas (1994, Anthropometry of the Head and Face) measured.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from explab.face.align import CANONICAL
from explab.synth.anatomy.eyes import strip
from explab.synth.anatomy.parts import Material, Part
from explab.synth.anatomy.surface import unrolled

Array = NDArray[np.float64]

# Outline in the plane of the ear: backwards and down from the ear canal. From the root of the helix over the top, down
# the back to the lobe, and up to the tragus.
_OUTLINE = np.array(
    [
        *([-0.02, -0.12], [0.03, -0.32], [0.15, -0.47], [0.31, -0.48], [0.43, -0.36], [0.475, -0.17]),
        *([0.44, 0.04], [0.34, 0.22], [0.24, 0.37], [0.11, 0.43], [0.015, 0.34], [-0.04, 0.14]),
    ]
)
_CONCHA = np.array([0.12, 0.02])

# Rings from the bottom of the concha outwards and back behind the ear: share of the way to the outline, and height over
# the plane of the ear at the folded rim (top and back), at the lobe, and at the tragus, which lies on the cheek.
_RINGS = np.array(
    [
        [0.0, 0.0, 0.0, 0.0],
        [0.42, 0.01, 0.03, 0.0],
        [0.62, 0.115, 0.08, 0.05],
        [0.80, 0.07, 0.09, 0.05],
        [0.94, 0.125, 0.08, 0.02],
        [1.0, 0.09, 0.04, -0.04],
        [0.86, 0.0, -0.02, -0.1],
        [0.45, -0.16, -0.16, -0.16],
    ]
)
_CANAL = np.array([1.12, 0.27, 1.02])
"""Place of the left ear canal on the canonical head."""
_STANDS_OFF = np.radians(20)
_LEANS_BACK = np.radians(10)


@cache
def _left(levels: int) -> Array:
    """(V, 3) the canonical left ear."""
    corners = len(_OUTLINE)
    curve = CubicSpline(np.arange(corners + 1), np.append(_OUTLINE, _OUTLINE[:1], 0), bc_type="periodic")
    at = np.arange(corners * levels) / levels
    outline = curve(at)
    rings = CubicSpline(np.arange(len(_RINGS)), _RINGS)(np.arange(0, len(_RINGS) - 1 + 1e-9, 1 / levels))
    # The helix folds from its root over the top to where the lobe begins; tragus and root of the helix lie in front.
    folded = np.clip(np.minimum(at - 0.2, 8.5 - at) / 1.5, 0, 1)
    ahead = np.clip(1.6 - np.abs((at - 11.4 + 6) % 12 - 6), 0, 1) * (1 - folded)
    share, rim, lobe, tragus = (rings[1:, k, None] for k in range(4))
    flat = _CONCHA + share[..., None] * (outline - _CONCHA)
    height = lobe + (rim - lobe) * folded + (tragus - lobe) * ahead
    flat = np.concatenate([_CONCHA[None], flat.reshape(-1, 2)])
    height = np.append(rings[0, 1], height.ravel())
    back, down = flat.T
    # Forward parts lie on the cheek, those behind stand off.
    leant = (
        back * np.cos(_LEANS_BACK) - down * np.sin(_LEANS_BACK),
        down * np.cos(_LEANS_BACK) + back * np.sin(_LEANS_BACK),
    )
    x = leant[0] * np.sin(_STANDS_OFF) + height * np.cos(_STANDS_OFF)
    z = leant[0] * np.cos(_STANDS_OFF) - height * np.sin(_STANDS_OFF)
    return np.asarray(_CANAL + np.stack([x, leant[1], z], -1))


_HIDDEN = 0.25
"""Share of the sky that the head hides from an ear."""


@cache
def ears_part(levels: int) -> Part:
    """Both ears, the right one first."""
    left = _left(levels)
    m = len(_OUTLINE) * levels
    count = (len(left) - 1) // m
    rings = [1 + k * m + np.arange(m) for k in range(count)]
    fan = np.stack([np.zeros(m, int), rings[0], np.roll(rings[0], -1)], 1)
    one = np.concatenate([fan, *(strip(a, b)[:, ::-1] for a, b in pairwise(rings))])
    triangles = np.concatenate([one, one[:, ::-1] + len(left)])
    both = np.concatenate([left * [-1, 1, 1], left])
    attributes = np.concatenate([np.clip(unrolled(both), 0, 1), np.full((len(both), 1), _HIDDEN)], 1)
    return Part("ears", Material.SKIN, triangles.astype(np.int32), attributes.astype(np.float32))


# The rim of the face in front of each ear, right and left.
_BEFORE = np.array([[127, 234, 93], [356, 454, 323]])


def ears_points(neutral: Array, levels: int) -> Array:
    """(n, 468 or more, 3) faces at rest -> (n, V, 3) vertices of `ears_part(levels)`: ears do not act."""
    shift = (neutral[:, _BEFORE] - CANONICAL[_BEFORE]).mean(2)
    left = _left(levels)
    both = np.stack([left * [-1, 1, 1], left]) + shift[:, :, None]
    return np.asarray(both.reshape(len(neutral), -1, 3))
