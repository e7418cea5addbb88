"""The scalp as a grid: columns run from the crown outwards, the way hair lies, and end below the hairline.

`data/hairline.csv` is a natural hairline on the left side of the canonical head, and how far each place of it recedes.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from explab.synth.anatomy.head import HEAD, head_surface

Array = NDArray[np.float64]

CENTRE = np.array([0.0, -0.45, 1.25])
"""Middle of the cranium: the scalp is seen from here, in directions from the crown outwards."""
_CROWN_TILT = np.radians(12)
AXIS_Z = 1.3
"""Depth of the vertical axis of the head; hair hangs from where the head is widest around it."""
_LOW_FRINGE = -0.6
"""No hair on the forehead below this height: brows, even raised ones, stay free."""

# Columns: degrees around the crown from straight ahead; denser about temples and ears.
_COLUMNS = (0, 17, 33, 47, 58, 68, 78, 88, 99, 113, 133, 156, 180)
_ROWS = 8


class Scalp(NamedTuple):
    """The grid on the canonical head: (columns, rows) throughout.

    close, hanging: weights (columns, rows, N_HEAD) of the head's vertices; a hanging strand leaves the head where it
    is widest, `drop` is how far below that place it has come. normal: outward (columns, rows, 3). along: distance from
    the crown. turn: (columns,) radians around the crown, negative on the subject's right. line, recedes: (columns,)
    where along the strands the hairline is, and how much nearer to the crown full recession puts it. place: positions.
    """

    close: Array
    hanging: Array
    drop: Array
    normal: Array
    along: Array
    turn: Array
    line: Array
    recedes: Array
    place: Array


def _directions(turn: Array, tilt: Array) -> Array:
    """Unit vectors from the middle of the cranium: `tilt` radians from the crown, `turn` around it from ahead."""
    crown = np.array([0.0, -np.cos(_CROWN_TILT), np.sin(_CROWN_TILT)])
    ahead = np.array([0.0, -np.sin(_CROWN_TILT), -np.cos(_CROWN_TILT)])
    side = np.array([1.0, 0.0, 0.0])
    flat = np.cos(turn)[..., None] * ahead + np.sin(turn)[..., None] * side
    return np.asarray(np.cos(tilt)[..., None] * crown + np.sin(tilt)[..., None] * flat)


def _seen_from_centre(points: Array) -> tuple[Array, Array]:
    """The inverse of `_directions`: (n, 3) points -> turn, tilt."""
    away = points - CENTRE
    away /= np.linalg.norm(away, axis=-1, keepdims=True)
    crown, ahead, _ = (_directions(np.array(a), np.array(b)) for a, b in ((0, 0), (0, np.pi / 2), (0, 0)))
    return np.arctan2(away[..., 0], away @ ahead), np.arccos(np.clip(away @ crown, -1, 1))


def _cast(directions: Array) -> tuple[Array, Array]:
    """Where rays from the middle of the cranium leave the canonical head.

    (n, 3) unit vectors -> weights (n, N_HEAD) of the head's vertices, and outward normals (n, 3).
    """
    surface = head_surface(1)
    fine = surface.matrix @ HEAD
    corner = fine[surface.triangles]
    flat = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.zeros_like(fine)
    for k in range(3):
        np.add.at(normals, surface.triangles[:, k], flat)
    # direction * t = a + v (b - a) + w (c - a): solved for every ray and triangle.
    weights = np.zeros((len(directions), surface.matrix.shape[1]))
    outward = np.zeros((len(directions), 3))
    a, b, c = (corner[:, k] - CENTRE for k in range(3))
    volume = np.einsum("ti,ti->t", a, np.cross(b, c))
    around = [np.cross(b, c), np.cross(c, a), np.cross(a, b)]
    with np.errstate(divide="ignore", invalid="ignore"):
        for i, ray in enumerate(directions):
            share = np.stack([n @ ray for n in around], 1)
            inside = (share * np.sign(volume)[:, None] >= -1e-9).all(1)
            distance = np.where(inside, volume / share.sum(1), 0)
            hit = int(distance.argmax())
            bary = share[hit] / share[hit].sum()
            weights[i] = bary @ surface.matrix[surface.triangles[hit]]
            outward[i] = bary @ normals[surface.triangles[hit]]
    return weights, outward / np.linalg.norm(outward, axis=1, keepdims=True)


@cache
def scalp_grid(levels: int) -> Scalp:
    """25 columns and 9 rows at level 1, about twice as many of each at level 2."""
    with (files("explab.synth") / "data" / "hairline.csv").open(encoding="utf-8") as lines:
        table = np.array([[float(cell) for cell in row] for row in list(csv.reader(lines))[1:]])
    at, line_tilt = _seen_from_centre(table[:, :3])
    half = np.radians(
        np.interp(
            np.linspace(0, len(_COLUMNS) - 1, levels * (len(_COLUMNS) - 1) + 1),
            range(len(_COLUMNS)),
            _COLUMNS,
        )
    )
    turn = np.concatenate([-half[:0:-1], half])
    # Sideburns and the place above the ear share few degrees: keep the hairline a function of the turn.
    at = np.maximum.accumulate(at) + 1e-4 * np.arange(len(at))
    tilt = PchipInterpolator(at, line_tilt)(np.clip(np.abs(turn), at[0], at[-1]))
    recedes = np.interp(np.abs(turn), at, table[:, 3])
    # The grid reaches below the hairline: for a fringe, for low hairlines, for stubble in the nape.
    _, fringe_tilt = _seen_from_centre(np.array([[0.0, _LOW_FRINGE, -0.25]]))
    margin = np.interp(
        np.degrees(np.abs(turn)), [0, 35, 60, 90, 180], [fringe_tilt[0] - line_tilt[0], 0.18, 0.1, 0.1, 0.12]
    )
    rows = _ROWS * levels
    share = np.linspace(0, 1, rows + 1)[1:] ** 0.9
    share = np.concatenate([[0.0], share])
    tilts = share * (tilt + margin)[:, None]
    turns = np.broadcast_to(turn[:, None], tilts.shape)
    weights, normal = _cast(_directions(turns, tilts).reshape(-1, 3))
    close = weights.reshape(*tilts.shape, -1)
    place = close @ HEAD
    step = np.linalg.norm(np.diff(place, axis=1), axis=-1)
    along = np.concatenate([np.zeros((len(turn), 1)), step.cumsum(1)], 1)
    line = np.array([np.interp(t, ts, ls) for t, ts, ls in zip(tilt, tilts, along, strict=True)])
    # A hanging strand keeps to the widest place it has passed.
    wide = np.hypot(place[..., 0], place[..., 2] - AXIS_Z)
    widest = wide.argmax(1)
    left = np.minimum(np.arange(tilts.shape[1]), widest[:, None])
    column = np.arange(len(turn))[:, None]
    return Scalp(
        close=close,
        hanging=close[column, left],
        drop=along - along[column, left],
        normal=normal.reshape(*tilts.shape, 3),
        along=along,
        turn=turn,
        line=line,
        recedes=recedes,
        place=place,
    )
