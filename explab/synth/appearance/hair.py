"""Hair: two shells over the scalp that end at the hairline, or hang down to the shoulders.

A shell is a grid. Its first rows lie over the scalp of each head, as thick as the style wants; the last ones fall
freely.
Where hair ends (hairline, tips) the `cover` of the vertices drops from 1 to 0, and the renderer lets through what lies
behind, strand by strand.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.head import head_points
from explab.synth.anatomy.parts import Material, Part
from explab.synth.appearance.person import HairStyle, Looks
from explab.synth.appearance.scalp import AXIS_Z, Scalp, scalp_grid

Array = NDArray[np.float64]

_FALL_ROWS = 3
_LAYERS = 2


def _flow(turn: Array) -> Array:
    """How far strands turn around the crown as they run outwards: a whorl, and hair combed sideways in front."""
    return np.asarray(0.12 + 0.4 * np.exp(-((turn / np.radians(50)) ** 2)))


@cache
def hair_part(levels: int) -> Part:
    """Both shells, the inner one first."""
    scalp = scalp_grid(levels)
    columns, on_scalp = scalp.along.shape
    falling = _FALL_ROWS * levels
    rows = on_scalp + falling
    corner = (np.arange(columns - 1)[:, None] * rows + np.arange(rows - 1)).ravel()
    beside = corner + rows
    grid = np.concatenate(
        [np.stack([corner, corner + 1, beside], 1), np.stack([beside, corner + 1, beside + 1], 1)]
    )
    fall = scalp.along[:, -1:] + np.arange(1, falling + 1) * 2.4 / falling
    along = np.concatenate([scalp.along, fall], 1)
    across = (scalp.turn + _flow(scalp.turn) * along.T).T * 1.25
    shells = [
        np.stack([across + 7 * layer, along, np.full(along.shape, depth)], -1).reshape(-1, 3)
        for layer, depth in enumerate((0.25, 0.0))
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


def _front(scalp: Scalp) -> Array:
    """(columns, 1) 1 at the front edge of hair that hangs down, to 0 behind the ears."""
    return (1 - _rise(np.radians(60), np.radians(95), np.abs(scalp.turn)))[:, None]


def _curtain(scalp: Scalp) -> Array:
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
    scalp = scalp_grid(levels)
    cut = _cut(looks)
    cage = head_points(neutral, neutral)
    n = len(cage)
    columns, rows = scalp.along.shape
    flat = cage.transpose(1, 0, 2).reshape(cage.shape[1], -1)

    def laid(weights: Array) -> Array:
        points = weights.reshape(columns * rows, -1) @ flat
        return np.asarray(points.reshape(columns, rows, n, 3).transpose(2, 0, 1, 3))

    close, hanging = laid(scalp.close), laid(scalp.hanging)
    hanging[..., 1] += scalp.drop
    free = cut.hangs[:, None, None] * _curtain(scalp)[:, None]
    base = close + free[..., None] * (hanging - close)
    fall, fall_cover = _falling(scalp, looks, cut, base[:, :, -1], levels)
    strands = _spread(scalp, looks, free, np.concatenate([base, fall], 2))
    behind = _line(scalp, looks, cut)[:, :, None] - scalp.along
    thick = _thickness(scalp, looks, cut, behind)
    cover = np.concatenate([np.maximum(_rise(0.0, 0.22, behind), free), fall_cover], 2)
    # The outer shell begins behind the hairline: hair rises from its roots.
    outer = np.concatenate([np.maximum(_rise(0.1, 0.4, behind), free), fall_cover], 2)

    # Below the scalp a strand keeps the thickness and the direction in which it left.
    thick = np.concatenate([thick, np.repeat(thick[:, :, -1:], fall.shape[2], 2)], 2)
    level = scalp.normal[:, -1:] * [1, 0, 1]
    normal = np.concatenate([scalp.normal, np.repeat(level, fall.shape[2], 1)], 1)
    # A coarse grid cuts its corners: lift it so that the scalp stays below.
    lift = 0.035 / levels**2
    shells = np.stack([strands + (thick * size + lift)[..., None] * normal for size in (0.8, 1.0)], 1)
    covers = np.stack([cover, 0.75 * outer], 1)
    # The mesh combs hair to the subject's left; a parting on that side turns it round.
    other = looks.parting > 0
    shells[other], covers[other] = shells[other, :, ::-1], covers[other, :, ::-1]
    return shells.reshape(n, -1, 3), covers.reshape(n, -1)


def _thickness(scalp: Scalp, looks: Looks, cut: _Cut, behind: Array) -> Array:
    """(n, columns, rows) from the scalp to the surface of the hair."""
    x, y, z = np.moveaxis(scalp.place, -1, 0)
    length, volume = looks.hair_length[:, None, None], looks.hair_volume[:, None, None]
    top = _rise(0.4, 1.4, -y)
    short = 0.03 + 0.05 * length + top * (0.05 + 0.14 * length * (0.4 + volume))
    curls = (0.10 + 0.42 * length + 0.16 * volume) * (0.55 + 0.45 * top)
    hanging = 0.09 + 0.15 * volume + 0.03 * top
    tied = 0.045 + 0.04 * volume + 0.0 * top
    kinds = np.stack(np.broadcast_arrays(short, short, hanging, hanging, curls, tied))
    thick = kinds[looks.hair_style, np.arange(len(length))]
    # Hair that hangs keeps its thickness, but its front edge lies on the cheek.
    hanging = cut.hangs[:, None, None] * _curtain(scalp)[:, None] * (1 - 0.7 * _front(scalp))
    edge = np.maximum(0.12 + 0.88 * _rise(-0.05, 0.5, behind), hanging)
    # The parting: a furrow from the hairline towards the crown.
    beside = (x - 0.5 * looks.parting[:, None, None]) / 0.09
    furrow = np.exp(-(beside**2)) * _rise(1.0, 1.3, -y) * _rise(-1.7, -1.0, -z)
    return np.asarray(thick * edge * (1 - 0.7 * cut.parted[:, None, None] * furrow))


def _line(scalp: Scalp, looks: Looks, cut: _Cut) -> Array:
    """(n, columns) how far along its strands each column's hairline is."""
    degrees = np.degrees(scalp.turn)
    ahead = 1 - _rise(40, 75, np.abs(degrees))
    line = scalp.line - looks.recession[:, None] * scalp.recedes - ahead * looks.hair_line[:, None]
    fringe = (0.2 + looks.hair_line)[:, None] * (1 - _rise(28, 60, np.abs(degrees)))
    # Parted hair falls over the temples, and over the forehead on the side away from the parting.
    parting = 25 * looks.parting[:, None]
    swept = 0.22 * _rise(8, 40, np.abs(degrees - parting)) * ahead
    towards = -30 * np.sign(looks.parting)[:, None]
    swept = swept + 0.12 * np.abs(looks.parting)[:, None] * np.exp(-(((degrees - towards) / 17) ** 2))
    return np.asarray(line + cut.fringe[:, None] * fringe + (cut.hangs & ~cut.fringe)[:, None] * swept)


def _falling(scalp: Scalp, looks: Looks, cut: _Cut, start: Array, levels: int) -> tuple[Array, Array]:
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


def _spread(scalp: Scalp, looks: Looks, free: Array, strands: Array) -> Array:
    """Hanging hair, rounded: wider below the ears, its front edge towards the cheeks, its tips inwards again."""
    free = free[..., :1]
    y = strands[..., 1]
    long = (looks.hair_style == HairStyle.LONG)[:, None, None]
    below = _rise(-0.4, 0.9, y)
    tips = np.where(long, 0.25 * _rise(1.7, 3.2, y), 0.3 * _rise(0.7, 1.6, y))
    front = _front(scalp)
    wide = 1 + free * (
        (0.03 + 0.12 * looks.hair_volume[:, None, None]) * below * (1 - front)
        - tips * 0.5
        - 0.11 * front * below
    )
    moved = strands.copy()
    moved[..., 0] *= wide
    moved[..., 2] = (
        AXIS_Z
        + (moved[..., 2] - AXIS_Z) * (1 - free * tips * (1 - front))
        - free * front * (0.08 * below + long * 0.3 * _rise(1.6, 2.8, y))
    )
    return moved


def has_hair(looks: Looks) -> NDArray[np.bool_]:
    """(n,) False for the bald, and for curly hair (see `curls`)."""
    return ~np.isin(looks.hair_style, [HairStyle.BALD, HairStyle.CURLY])


def shows_ears(looks: Looks) -> NDArray[np.bool_]:
    """(n,) False where hair hangs over the ears."""
    return ~_cut(looks).hangs
