"""Shoulders in a top with a collar."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.eyes import strip
from explab.synth.anatomy.head import fitted
from explab.synth.anatomy.parts import Material, Part
from explab.synth.appearance.person import Collar, Looks

Array = NDArray[np.float64]

# Closed rings from the neck outwards: half width, depth in front of and behind the neck's axis, and height in front, at
# the sides and behind. Bones of the shoulders 400 mm apart, pit of the throat 65 mm below the chin.
_BODY = np.array(
    [
        [1.16, 0.98, 1.0, 2.86, 2.56, 2.36],
        [1.5, 1.02, 1.08, 3.05, 2.72, 2.55],
        [2.15, 1.05, 1.15, 3.45, 2.95, 2.9],
        [2.75, 1.1, 1.2, 3.9, 3.2, 3.3],
        [3.15, 1.25, 1.25, 4.5, 3.7, 4.0],
        [3.3, 1.45, 1.3, 5.3, 4.6, 5.0],
        [3.3, 1.5, 1.3, 7.0, 7.0, 7.0],
    ]
)
# Collars, from inside the neckline to where the body begins: the same six numbers, added to the first ring of the body.
_COLLARS = {
    Collar.CREW: [
        [-0.16, -0.1, -0.14, 0.08, 0.08, 0.08],
        [-0.13, -0.06, -0.1, -0.04, -0.05, -0.05],
        [-0.05, -0.0, -0.02, -0.03, -0.03, -0.03],
    ],
    Collar.V_NECK: [
        [-0.14, -0.08, -0.12, 0.08, 0.08, 0.08],
        [-0.11, -0.04, -0.08, -0.02, -0.03, -0.03],
        [-0.05, -0.0, -0.02, -0.02, -0.02, -0.02],
    ],
    Collar.SHIRT: [
        [-0.19, -0.05, -0.12, 0.0, -0.2, -0.24],
        [-0.15, 0.0, -0.08, -0.08, -0.32, -0.36],
        [0.06, 0.14, 0.09, 0.02, 0.0, -0.02],
    ],
    Collar.ROLL: [
        [-0.22, -0.08, -0.14, -0.42, -0.42, -0.42],
        [-0.17, -0.02, -0.08, -0.5, -0.48, -0.48],
        [-0.11, 0.03, -0.02, -0.1, -0.1, -0.1],
    ],
}
_AXIS_Z = 1.5


def _around(levels: int) -> Array:
    """Angles around the neck, from the front to the subject's left; closer together in front."""
    count = 16 * levels
    even = np.arange(count) * 2 * np.pi / count
    return np.asarray(even - 0.35 * np.sin(even))


@cache
def _rings(levels: int) -> Array:
    """(len(Collar), rings, around, 3) the canonical torso with every collar."""
    turn = _around(levels)
    sine, cosine = np.sin(turn), np.cos(turn)
    away = np.abs(np.angle(np.exp(1j * turn)))
    torsos = []
    for collar in Collar:
        rings = np.concatenate([_BODY[0] + np.array(_COLLARS[collar]), _BODY])
        width, front, back, low, middle, high = (rings[:, k, None] for k in range(6))
        # Round about the neck, squarer where the arms hang.
        power = 1 - 0.35 * np.clip((width - 1.5) / 1.5, 0, 1)
        x = width * np.sign(sine) * np.abs(sine) ** power
        z = _AXIS_Z - np.where(cosine > 0, front, back) * np.sign(cosine) * np.abs(cosine) ** power
        y = low + (high - low) * (1 - cosine) / 2 + (middle - (low + high) / 2) * sine**2
        neckline = np.array([1, 1, 1, 0.9, 0.35, 0, 0, 0, 0, 0])[:, None]
        if collar == Collar.V_NECK:
            y = y + 0.6 * neckline * np.clip(1 - away / 0.75, 0, 1)
        if collar == Collar.SHIRT:
            # Two leaves with their points in front, open at the throat.
            y = y + 0.3 * neckline * np.clip(1 - away / 0.5, 0, 1)
            y[2] += 0.16 * np.clip(1 - away / 0.9, 0, 1) + 0.16 * np.exp(-(((away - 0.38) / 0.18) ** 2))
        torsos.append(np.stack([x, y, z], -1))
    return np.array(torsos)


@cache
def torso_part(levels: int) -> Part:
    """Collar, shoulders, chest and back as one surface."""
    body = _rings(levels)[0]
    count, around = body.shape[:2]
    rings = [np.arange(around) + k * around for k in range(count)]
    triangles = np.concatenate([strip(b, a) for a, b in pairwise(rings)])
    turn = np.angle(np.exp(1j * _around(levels)))
    down = np.linalg.norm(np.diff(body, axis=0, prepend=body[:1]), axis=-1).mean(1).cumsum()
    attributes = np.zeros((count, around, 3), np.float32)
    attributes[..., 0] = turn * 2.0
    attributes[..., 1] = down[:, None]
    return Part("torso", Material.CLOTH, triangles.astype(np.int32), attributes.reshape(-1, 3))


def torso_points(neutral: Array, looks: Looks, levels: int) -> Array:
    """(n, V, 3) vertices of `torso_part(levels)` below heads that look straight ahead."""
    rings = _rings(levels)[looks.collar]
    n = len(rings)
    broad = (0.9 + 0.14 * looks.masculine)[:, None, None]
    outwards = np.clip((np.abs(rings[..., 0]) - 1.0) / 1.5, 0, 1)
    rings = rings.copy()
    rings[..., 0] *= 1 + outwards * (broad - 1)
    return fitted(rings.reshape(n, -1, 3), neutral)
