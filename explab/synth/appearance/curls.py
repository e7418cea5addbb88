"""Curly hair: one thick shell over the scalp, made of tufts."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from explab.synth.anatomy.parts import Material, Part
from explab.synth.appearance.hair import hair_points
from explab.synth.appearance.person import HairStyle, Looks
from explab.synth.appearance.scalp import scalp_grid

Array = NDArray[np.float64]

_FINER = (1.75, 4)
"""Columns for each one of the scalp, at level 1 and 2; rows grow by three quarters of it."""
_TUFT = 0.34
"""Distance from tuft to tuft in inter-ocular units."""
_HEIGHT = 0.1


def _refined(count: int, finer: float) -> Array:
    """(m, count) smooth interpolation of `count` places at `finer` times as many."""
    places = np.linspace(0, count - 1, round((count - 1) * finer) + 1)
    return np.asarray(CubicSpline(np.arange(count), np.eye(count))(places))


@cache
def _finer(levels: int) -> tuple[Array, Array]:
    """Interpolation over the columns and over the rows of the scalp."""
    columns, rows = scalp_grid(1).along.shape
    finer = _FINER[levels - 1]
    return _refined(columns, finer), _refined(rows, 0.75 * finer)


@cache
def _tufts(levels: int) -> Array:
    """(columns, rows) 0 in the creases between tufts to about 1 on top: billow noise over the scalp."""
    over_columns, over_rows = _finer(levels)
    place = np.einsum("ac,crk,br->abk", over_columns, scalp_grid(1).place, over_rows)
    generator = np.random.default_rng(4)
    noise = np.zeros(place.shape[:2])
    waves = 14
    for _ in range(waves):
        way = generator.normal(size=3)
        way *= np.pi / _TUFT / np.linalg.norm(way)
        noise += np.cos(place @ way + generator.uniform(0, 2 * np.pi))
    return np.asarray(np.minimum(np.abs(noise) / np.sqrt(waves / 2), 1.4) / 1.4)


@cache
def curls_part(levels: int) -> Part:
    """The shell; what the strands do is drawn at random in all directions."""
    tufts = _tufts(levels)
    columns, rows = tufts.shape
    corner = (np.arange(columns - 1)[:, None] * rows + np.arange(rows - 1)).ravel()
    beside = corner + rows
    grid = np.concatenate(
        [np.stack([corner, corner + 1, beside], 1), np.stack([beside, corner + 1, beside + 1], 1)]
    )
    over_columns, over_rows = _finer(levels)
    scalp = scalp_grid(1)
    along = over_columns @ scalp.along @ over_rows.T
    across = (over_columns @ scalp.turn)[:, None] * 1.2 * np.sin(np.minimum(along / 1.5, 1.4))
    # The renderer draws noise stretched along the strands; stretched back, it is as fine both ways.
    attributes = np.stack([across, 8 * along, np.clip(0.75 - tufts, 0, 0.75)], -1).reshape(-1, 3)
    return Part("curls", Material.HAIR, grid.astype(np.int32), attributes.astype(np.float32))


def curls_points(neutral: Array, looks: Looks, levels: int) -> tuple[Array, Array]:
    """(n, V, 3) vertices of `curls_part(levels)` and (n, V) cover; all 0 for those whose hair is not curly."""
    columns, rows = _tufts(levels).shape
    worn = np.flatnonzero(has_curls(looks))
    points = np.zeros((len(neutral), columns * rows, 3))
    cover = np.zeros((len(neutral), columns * rows))
    if not len(worn):
        return points, cover
    theirs = Looks(**{field.name: getattr(looks, field.name)[worn] for field in fields(Looks)})
    shells, covers = hair_points(neutral[worn], theirs, 1)
    scalp = scalp_grid(1)
    on_scalp = scalp.along.shape[1]
    over_columns, over_rows = _finer(levels)

    def finer(values: Array) -> Array:
        grid = values.reshape(len(worn), 2, len(scalp.turn), -1, values.shape[-1])[:, :, :, :on_scalp]
        return np.asarray(np.einsum("ac,nlcrk,br->nlabk", over_columns, grid, over_rows, optimize=True))

    outer = finer(shells)[:, 1]
    full = finer(covers[..., None])[:, 0, ..., 0].clip(0, 1)
    # Close curls end at a line, not strand by strand.
    full = np.clip((full - 0.35) / 0.3, 0, 1)
    normal = np.einsum("ac,crk,br->abk", over_columns, scalp.normal, over_rows)
    size = _HEIGHT * (0.5 + looks.hair_volume[worn])[:, None, None] * full
    outer = outer + (size * (_tufts(levels) - 0.4))[..., None] * normal
    points[worn] = outer.reshape(len(worn), -1, 3)
    cover[worn] = full.reshape(len(worn), -1)
    return points, cover


def has_curls(looks: Looks) -> NDArray[np.bool_]:
    """(n,) True for curly hair."""
    return np.asarray(looks.hair_style == HairStyle.CURLY)
