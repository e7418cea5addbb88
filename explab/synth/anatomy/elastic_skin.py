"""Skin as an elastic sheet: what the rest of the face does when a few of its vertices are pulled.

Waters (1987) lets the pull of a muscle fade with distance and angle alone, so it reaches over the mouth, the lids and
the nose. Here it fades along the skin instead, as in the layered skin of Terzopoulos and Waters (1990), reduced to one
linear sheet: openings part it, and what is fixed to bone holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs.mesh import MIRROR
from explab.synth.anatomy.surface import N_SKIN, TRIANGLES

_SKIN = CANONICAL[:N_SKIN]
SKIN_MIRROR: NDArray[np.int64] = MIRROR[:N_SKIN]


@cache
def _laplacian() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Stiffness matrix (468, 468) of the sheet and the area (468,) around each vertex."""
    stiffness = np.zeros((N_SKIN, N_SKIN))
    area = np.zeros(N_SKIN)
    for a, b, c in TRIANGLES.tolist():
        for p, q, r in ((a, b, c), (b, c, a), (c, a, b)):
            u, v = _SKIN[p] - _SKIN[r], _SKIN[q] - _SKIN[r]
            twice_area = np.linalg.norm(np.cross(u, v)) + 1e-6
            # Slivers around the nostrils have cotangents without bound, of either sign.
            stiffness[[p, q], [q, p]] += 0.5 * np.clip(u @ v / twice_area, 0.1, 3.0)
            area[r] += twice_area / 6
    # A dozen triangles are not mirrored in the mesh; the sheet shall be.
    stiffness = (stiffness + stiffness[SKIN_MIRROR][:, SKIN_MIRROR]) / 2
    area = (area + area[SKIN_MIRROR]) / 2
    return np.diag(stiffness.sum(1)) - stiffness, np.maximum(area, 1e-3)


def response(handles: Sequence[int], spread: float, held: Sequence[int] = ()) -> NDArray[np.float64]:
    """How far each vertex follows each handle: (468, len(handles)), 1 at the handle itself.

    The sheet is bent as little as possible (thin plate) and tied to the bone below by springs, so that a pull fades
    over about `spread` inter-ocular units.

    Args:
        handles: vertices that are moved.
        spread: reach of the pull in inter-ocular units.
        held: vertices that do not move.
    """
    laplacian, area = _laplacian()
    screened = laplacian + np.diag(area / spread**2)
    energy = screened @ (screened / area[:, None])
    moved = np.asarray(handles, np.int64)
    free = np.setdiff1d(np.arange(N_SKIN), np.concatenate([moved, np.asarray(held, np.int64)]))
    follow = np.zeros((N_SKIN, len(moved)))
    follow[free] = -np.linalg.solve(energy[np.ix_(free, free)], energy[np.ix_(free, moved)])
    follow[np.abs(follow) < 1e-3] = 0  # what has faded to a thousandth is over: lids do not stir the mouth
    follow[moved, np.arange(len(moved))] = 1
    return follow


def between(known: Mapping[int, float]) -> NDArray[np.float64]:
    """(468,) weights as `known` by vertex, and as even as the skin allows in between (harmonic)."""
    laplacian, _ = _laplacian()
    given = np.array(list(known))
    weights = np.zeros(N_SKIN)
    weights[given] = list(known.values())
    free = np.setdiff1d(np.arange(N_SKIN), given)
    pulled = laplacian[np.ix_(free, given)] @ weights[given]
    weights[free] = -np.linalg.solve(laplacian[np.ix_(free, free)], pulled)
    return weights


@cache
def normals() -> NDArray[np.float64]:
    """(468, 3) outward unit normals of the canonical face, smoothed once and exactly symmetric."""
    corner = _SKIN[TRIANGLES]
    flat = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    rough = np.zeros((N_SKIN, 3))
    for k in range(3):
        np.add.at(rough, TRIANGLES[:, k], flat)
    rough += rough[SKIN_MIRROR] * [-1, 1, 1]
    rough /= np.linalg.norm(rough, axis=1, keepdims=True)
    laplacian, _ = _laplacian()
    smooth = rough - 0.5 * laplacian @ rough / np.diag(laplacian)[:, None]
    return np.asarray(smooth / np.linalg.norm(smooth, axis=1, keepdims=True))
