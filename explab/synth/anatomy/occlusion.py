"""How much of the sky the head hides from its own skin: what darkens the throat and the skin behind the jaw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RAYS = 96
REACH = 1.5
"""Inter-ocular distances within which something hides the sky."""


def hidden(points: Array, normals: Array, corners: Array) -> Array:
    """(m,) share of the light of a sky that is brightest above, in [0, 1], that triangles keep from a surface.

    Rays are spread over each point's hemisphere with the cosine as density; those from above count more. They are cut
    with every triangle (Moeller and Trumbore 1997).

    Args:
        points: (m, 3).
        normals: (m, 3) unit, outwards.
        corners: (t, 3, 3) the triangles.
    """
    # A Fibonacci spiral: even, and the same for every point.
    k = np.arange(RAYS) + 0.5
    radius, turn = np.sqrt(k / RAYS), k * np.pi * (3 - np.sqrt(5))
    local = np.stack([radius * np.cos(turn), radius * np.sin(turn), np.sqrt(1 - radius**2)], 1)
    aside = np.where(np.abs(normals[:, :1]) < 0.7, [[1.0, 0, 0]], [[0, 1.0, 0]])
    first = np.cross(normals, aside)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    frame = np.stack([first, np.cross(normals, first), normals], 1)  # (m, 3, 3)
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    found = np.zeros(len(points))
    for i, start in enumerate(points + 0.02 * normals):
        rays = local @ frame[i]
        p = np.cross(rays[:, None], ac)  # (RAYS, t, 3)
        inverse = 1 / (np.einsum("rtk,tk->rt", p, ab) + 1e-12)
        away = start - a
        u = np.einsum("rtk,tk->rt", p, away) * inverse
        q = np.cross(away, ab)
        v = (rays @ q.T) * inverse
        distance = np.einsum("tk,tk->t", q, ac) * inverse
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 1e-3) & (distance < REACH)
        sky = (1 - rays[:, 1]) ** 3  # y is down
        found[i] = (hit.any(1) * sky).sum() / sky.sum()
    return found
