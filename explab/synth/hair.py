"""Hair: two shells over the cranium that begin at the crown and end below the hairline, or hang to the shoulders.

A shell is a grid: columns run from the crown outwards, the way hair lies, rows follow one another along the strands.
Its first rows lie over the scalp of each head, as thick as the style wants; the last ones fall freely. Where hair ends
(hairline, tips) the `cover` of the vertices drops from 1 to 0, and the renderer lets through what lies behind, strand
by strand. `data/hairline.csv` is a natural hairline on the left side of the canonical head, and how far each place
recedes.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from explab.synth.eyes import strip
from explab.synth.head import HEAD, fitted, head_points, head_surface
from explab.synth.looks import HairStyle, Looks
from explab.synth.parts import Material, Part

Array = NDArray[np.float64]

_CENTRE = np.array([0.0, -0.45, 1.25])
"""Middle of the cranium: the scalp is seen from here, in directions from the crown outwards."""
_CROWN_TILT = np.radians(12)
_AXIS_Z = 1.3
"""Depth of the vertical axis of the head; hair hangs from where the head is widest around it."""
_LOW_FRINGE = -0.6
"""No hair on the forehead below this height: brows, even raised ones, stay free."""

# Columns: degrees around the crown from straight ahead; denser about temples and ears.
_COLUMNS = (0, 17, 33, 47, 58, 68, 78, 88, 99, 113, 133, 156, 180)
_SCALP_ROWS, _FALL_ROWS = 8, 3
_LAYERS = 2


class _Scalp(NamedTuple):
    """The grid on the canonical head: (columns, rows) throughout.

    close, hanging: weights (columns, rows, N_HEAD) of the head's vertices; a hanging strand leaves the head where it
    is widest, `drop` is how far below that place it has come. normal: outward (columns, rows, 3). along: distance from
    the crown. turn: (columns,) radians around the crown, negative on the subject's right. line, recedes: (columns,)
    where along the strands the hairline is, and how much nearer to the crown full recession puts it. place: positions.
    """

    close: NDArray[np.float32]
    hanging: NDArray[np.float32]
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
    away = points - _CENTRE
    away /= np.linalg.norm(away, axis=-1, keepdims=True)
    crown, ahead, _ = (_directions(np.array(a), np.array(b)) for a, b in ((0, 0), (0, np.pi / 2), (0, 0)))
    return np.arctan2(away[..., 0], away @ ahead), np.arccos(np.clip(away @ crown, -1, 1))


def _cast(directions: Array) -> tuple[NDArray[np.float32], Array]:
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
    weights = np.zeros((len(directions), surface.matrix.shape[1]), np.float32)
    outward = np.zeros((len(directions), 3))
    a, b, c = (corner[:, k] - _CENTRE for k in range(3))
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
def _scalp(levels: int) -> _Scalp:
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
    rows = _SCALP_ROWS * levels
    share = np.linspace(0, 1, rows + 1)[1:] ** 0.9
    share = np.concatenate([[0.03], share])
    tilts = share * (tilt + margin)[:, None]
    turns = np.broadcast_to(turn[:, None], tilts.shape)
    weights, normal = _cast(_directions(turns, tilts).reshape(-1, 3))
    close = weights.reshape(*tilts.shape, -1)
    place = close.astype(np.float64) @ HEAD
    step = np.linalg.norm(np.diff(place, axis=1), axis=-1)
    along = np.concatenate([np.zeros((len(turn), 1)), step.cumsum(1)], 1)
    line = np.array([np.interp(t, ts, ls) for t, ts, ls in zip(tilt, tilts, along, strict=True)])
    # A hanging strand keeps to the widest place it has passed.
    wide = np.hypot(place[..., 0], place[..., 2] - _AXIS_Z)
    widest = wide.argmax(1)
    left = np.minimum(np.arange(tilts.shape[1]), widest[:, None])
    column = np.arange(len(turn))[:, None]
    return _Scalp(
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


_TURN_PER_LENGTH = 0.12
"""Strands turn a little around the crown as they run outwards: the whorl."""


@cache
def hair_part(levels: int) -> Part:
    """Both shells, the inner one first."""
    scalp = _scalp(levels)
    columns, on_scalp = scalp.along.shape
    falling = _FALL_ROWS * levels
    rows = on_scalp + falling
    corner = (np.arange(columns - 1)[:, None] * rows + np.arange(rows - 1)).ravel()
    beside = corner + rows
    grid = np.concatenate([np.stack([corner, corner + 1, beside], 1), np.stack([beside, corner + 1, beside + 1], 1)])
    fall = scalp.along[:, -1:] + np.arange(1, falling + 1) * 2.4 / falling
    along = np.concatenate([scalp.along, fall], 1)
    across = (scalp.turn[:, None] + _TURN_PER_LENGTH * along) * 1.25
    shells = [
        np.stack([across + 7 * layer, along, np.full(along.shape, depth)], -1).reshape(-1, 3)
        for layer, depth in enumerate((0.35, 0.0))
    ]
    triangles = np.concatenate([grid + layer * columns * rows for layer in range(_LAYERS)])
    return Part("hair", Material.HAIR, triangles.astype(np.int32), np.concatenate(shells).astype(np.float32))


def _rise(low: float, high: float, x: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


class _Cut(NamedTuple):
    """How n people wear their hair: bool (n,). parted: neither combed forward nor tied without a parting."""

    hangs: NDArray[np.bool_]
    fringe: NDArray[np.bool_]
    parted: NDArray[np.bool_]


def _cut(looks: Looks) -> _Cut:
    hangs = np.isin(looks.hair_style, [HairStyle.MEDIUM, HairStyle.LONG])
    fringe = (looks.hair_style == HairStyle.MEDIUM) & (np.abs(looks.parting) < 0.25)
    return _Cut(hangs, fringe, (hangs | (looks.hair_style == HairStyle.BUN)) & ~fringe)


def _curtain(scalp: _Scalp) -> Array:
    """(columns,) 0 where hair ends on the forehead to 1 where long hair hangs down, from the temples backwards."""
    return _rise(np.radians(50), np.radians(64), np.abs(scalp.turn))


def hair_points(neutral: Array, looks: Looks, levels: int) -> tuple[Array, Array]:
    """Hair of n heads.

    Args:
        neutral: (n, 468 or more, 3) faces at rest.
        looks: of the same n people.
        levels: as of `hair_part`.

    Returns:
        (n, V, 3) vertices of `hair_part(levels)` and (n, V) cover, 0 where there is no hair to 1 where it is dense.
    """
    scalp = _scalp(levels)
    cut = _cut(looks)
    cage = head_points(neutral, neutral).astype(np.float32)
    n = len(cage)
    columns, rows = scalp.along.shape
    flat = cage.transpose(1, 0, 2).reshape(cage.shape[1], -1)

    def laid(weights: NDArray[np.float32]) -> Array:
        points = weights.reshape(columns * rows, -1) @ flat
        return np.asarray(points.reshape(columns, rows, n, 3).transpose(2, 0, 1, 3), np.float64)

    close, hanging = laid(scalp.close), laid(scalp.hanging)
    hanging[..., 1] += scalp.drop
    free = cut.hangs[:, None, None] * _curtain(scalp)[:, None]
    base = close + free[..., None] * (hanging - close)
    fall, fall_cover = _falling(scalp, looks, cut, base[:, :, -1], levels)
    strands = _spread(scalp, looks, free, np.concatenate([base, fall], 2))
    line = _line(scalp, looks, cut)
    thick = _thickness(scalp, looks, cut, line)
    cover = np.concatenate([np.maximum(_rise(-0.05, 0.11, line[:, :, None] - scalp.along), free), fall_cover], 2)

    # Below the scalp a strand keeps the thickness and the direction in which it left.
    thick = np.concatenate([thick, np.repeat(thick[:, :, -1:], fall.shape[2], 2)], 2)
    level = scalp.normal[:, -1:] * [1, 0, 1]
    normal = np.concatenate([scalp.normal, np.repeat(level, fall.shape[2], 1)], 1)
    points = [strands + (thick * size)[..., None] * normal for size in (0.72, 1.04)]
    covers = [cover, 0.62 * cover]
    return (
        np.concatenate([p.reshape(n, -1, 3) for p in points], 1),
        np.concatenate([c.reshape(n, -1) for c in covers], 1),
    )


def _thickness(scalp: _Scalp, looks: Looks, cut: _Cut, line: Array) -> Array:
    """(n, columns, rows) from the scalp to the surface of the hair."""
    x, y, z = np.moveaxis(scalp.place, -1, 0)
    length, volume = looks.hair_length[:, None, None], looks.hair_volume[:, None, None]
    top = _rise(0.4, 1.4, -y)
    short = 0.03 + 0.05 * length + top * (0.05 + 0.14 * length * (0.4 + volume))
    lumps = np.sin(9 * x + 3 * z) * np.sin(8 * y + 2) * np.sin(9 * z + 5 * x + 1)
    curls = (0.12 + 0.36 * length + 0.18 * volume) * (0.5 + 0.5 * top) * (1 + 0.22 * lumps)
    hanging = 0.09 + 0.15 * volume + 0.03 * top
    tied = 0.045 + 0.04 * volume + 0.0 * top
    kinds = np.stack(np.broadcast_arrays(short, short, hanging, hanging, curls, tied))
    thick = kinds[looks.hair_style, np.arange(len(length))]
    edge = 0.2 + 0.8 * _rise(-0.1, 0.4, line[:, :, None] - scalp.along)
    # The parting: a furrow from the hairline towards the crown.
    beside = (x - 0.5 * looks.parting[:, None, None]) / 0.09
    furrow = np.exp(-(beside**2)) * _rise(1.0, 1.3, -y) * _rise(-1.7, -1.0, -z)
    return np.asarray(thick * np.maximum(edge, cut.hangs[:, None, None] * _curtain(scalp)[:, None]) * (1 - 0.7 * cut.parted[:, None, None] * furrow))


def _line(scalp: _Scalp, looks: Looks, cut: _Cut) -> Array:
    """(n, columns) how far along its strands each column's hairline is."""
    degrees = np.degrees(scalp.turn)
    ahead = 1 - _rise(40, 75, np.abs(degrees))
    line = scalp.line - looks.recession[:, None] * scalp.recedes - ahead * looks.hair_line[:, None]
    fringe = (0.2 + looks.hair_line)[:, None] * (1 - _rise(28, 60, np.abs(degrees)))
    # Hair swept over the forehead, away from the parting.
    towards = -34 * np.sign(looks.parting)[:, None]
    swept = 0.3 * np.abs(looks.parting)[:, None] * np.exp(-(((degrees - towards) / 17) ** 2))
    return np.asarray(line + cut.fringe[:, None] * fringe + (cut.hangs & ~cut.fringe)[:, None] * swept)


def _falling(scalp: _Scalp, looks: Looks, cut: _Cut, start: Array, levels: int) -> tuple[Array, Array]:
    """Free ends: (n, columns, fall rows, 3) straight down from where they start, and cover (n, columns, fall rows)."""
    count = _FALL_ROWS * levels
    share = np.arange(1, count + 1) / count
    long = looks.hair_style == HairStyle.LONG
    end = np.where(long, 2.2 + 1.2 * looks.hair_length, 0.95 + 0.7 * looks.hair_length)
    reach = np.maximum(end[:, None] - start[..., 1], 0.05) * cut.hangs[:, None]
    points = np.repeat(start[:, :, None], count, 2)
    points[..., 1] += reach[..., None] * share
    cover = cut.hangs[:, None, None] * _curtain(scalp)[:, None] * (1 - 0.9 * _rise(0.7, 1.0, share))
    return points, np.asarray(cover)


def _spread(scalp: _Scalp, looks: Looks, free: Array, strands: Array) -> Array:
    """Hanging hair, rounded: wider below the ears, its front edge towards the cheeks, its tips inwards again."""
    free = free[..., :1]
    y = strands[..., 1]
    long = (looks.hair_style == HairStyle.LONG)[:, None, None]
    below = _rise(-0.4, 0.9, y)
    tips = np.where(long, 0.25 * _rise(1.7, 3.2, y), 0.3 * _rise(0.7, 1.6, y))
    front = (1 - _rise(np.radians(60), np.radians(95), np.abs(scalp.turn)))[:, None]
    wide = 1 + free * ((0.03 + 0.12 * looks.hair_volume[:, None, None]) * below * (1 - front) - tips * 0.5 - 0.08 * front * below)
    moved = strands.copy()
    moved[..., 0] *= wide
    moved[..., 2] = _AXIS_Z + (moved[..., 2] - _AXIS_Z) * (1 - free * tips * (1 - front)) - free * front * (0.08 * below + long * 0.3 * _rise(1.6, 2.8, y))
    return moved


_BUN_RADIUS = 0.34


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
    return Part("bun", Material.HAIR, triangles.astype(np.int32), attributes.reshape(-1, 3).astype(np.float32))


def bun_points(neutral: Array, looks: Looks, levels: int) -> Array:
    """(n, V, 3) vertices of `bun_part(levels)`: high on the head for a hair length of 1, in the nape for 0."""
    rings, around = 4 * levels, 8 * levels
    polar = np.linspace(0.02, 0.72 * np.pi, rings)[:, None]
    turn = 2 * np.pi * np.arange(around) / around
    bumpy = 1 + 0.06 * np.sin(3 * turn + 4 * polar)
    ball = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar) + 0 * turn], -1)
    ball *= bumpy[..., None]
    tilt = np.radians(25 + 95 * (1 - looks.hair_length))
    out = np.stack([0 * tilt, -np.cos(tilt), np.sin(tilt)], -1)
    across = np.stack([0 * tilt, np.sin(tilt), np.cos(tilt)], -1)
    frame = np.stack([np.broadcast_to([1.0, 0, 0], out.shape), across, out], 1)
    size = (_BUN_RADIUS * (0.75 + 0.5 * looks.hair_volume))[:, None, None]
    centre = _CENTRE + out * (1.45 + 0.12 * looks.hair_volume[:, None])
    points = centre[:, None] + size * (ball.reshape(-1, 3) @ frame)
    return fitted(points, neutral)


def has_hair(looks: Looks) -> NDArray[np.bool_]:
    """(n,) False for the bald."""
    return np.asarray(looks.hair_style != HairStyle.BALD)


def has_bun(looks: Looks) -> NDArray[np.bool_]:
    """(n,) True for those who tie their hair."""
    return np.asarray(looks.hair_style == HairStyle.BUN)


def shows_ears(looks: Looks) -> NDArray[np.bool_]:
    """(n,) False where hair hangs over the ears."""
    return ~_cut(looks).hangs
