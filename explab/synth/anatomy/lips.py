"""The lips: the ring of orbicularis oris, and how the lips touch."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS, MIRROR
from explab.facs.units import parse
from explab.synth.anatomy.elastic_skin import response
from explab.synth.anatomy.units import ACTS

_UPPER = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
_LOWER = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
_RIGHT_NOSTRIL = (
    97,
    98,
    64,
    48,
    49,
    102,
    129,
    115,
    131,
    218,
    219,
    235,
    240,
    59,
    166,
    75,
    79,
    60,
    99,
    20,
    238,
)
NOSTRILS: tuple[int, ...] = (1, 2, 19, 94, *_RIGHT_NOSTRIL, *(int(MIRROR[v]) for v in _RIGHT_NOSTRIL))
"""Wings of the nose and what lies between: cartilage that the lips do not take along, only the levators and nasalis."""

LIPS: NDArray[np.int64] = np.array([_UPPER, _LOWER])
"""(2, 4, 11) vertices of the lips: upper and lower, from the outer rim inwards, from the subject's right to left."""

INNER: NDArray[np.int64] = LIPS[:, 3, 1:-1]
"""(2, 9) vertices of the inner rims that lie on one another when the mouth is closed."""

_ALL, _PLACE = np.unique(LIPS, return_index=True)
_ACROSS = CANONICAL[LIPS, 0].mean((0, 1))
ALONG: NDArray[np.float64] = _ACROSS / _ACROSS[-1]
"""(11,) place of the columns of LIPS across the mouth: -1 at the subject's right corner, 1 at the left one."""

BELL: NDArray[np.float64] = np.cos(ALONG * np.pi / 2).clip(0) ** 0.5
"""(11,) how freely each column moves: not at the corners, fully in the middle."""
_BETWEEN = 4 * ALONG * (1 - np.abs(ALONG))
INWARD: NDArray[np.float64] = np.array([0.0, 0.3, 0.65, 1.0])
"""(4,) place of the rows of LIPS: 0 at the outer rim, 1 at the inner one."""


class _Ring(NamedTuple):
    """What each unit does to the ring of the lips at intensity 1: the columns of data/lips.csv, (len(ACTS),) each.

    Attributes:
        narrow: share of the way of each vertex to the middle of the mouth, sideways.
        forward_inner, forward_outer: way of inner and outer rim towards the camera, in inter-ocular units.
        round: way sideways, in inter-ocular units, of the parts between middle and corner: an open mouth is an oval.
        swell: growth of the height of the red lips; negative thins.
    """

    narrow: NDArray[np.float64]
    forward_inner: NDArray[np.float64]
    forward_outer: NDArray[np.float64]
    round: NDArray[np.float64]
    swell: NDArray[np.float64]


@cache
def _units() -> _Ring:
    with (files("explab.synth") / "data" / "lips.csv").open(encoding="utf-8") as lines:
        rows = {row["unit"]: row for row in csv.DictReader(lines)}
    table = np.zeros((len(_Ring._fields), len(ACTS)))
    for i, code in enumerate(ACTS):
        base, side = parse(code)
        if base in rows:
            # A sided unit moves half the lips; the ring has no halves, so each side counts half.
            table[:, i] = [float(rows[base][name]) / (2 if side else 1) for name in _Ring._fields]
    return _Ring(*table)


@cache
def _around() -> NDArray[np.float64]:
    """(468, 80) how the skin around the mouth follows the lips."""
    held = (*CONTOURS["right eye"], *CONTOURS["left eye"], 4, *NOSTRILS)
    return response(_ALL.tolist(), 0.16, held)


def ring(neutral: NDArray[np.float64], acts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displacement of the skin by orbicularis oris: (n, 478, 3), (n, len(ACTS)) -> (n, 468, 3)."""
    units = _units()
    narrow, inner, outer, rounded = (
        (0.5 * np.tanh(acts @ column / 0.5))[:, None, None, None] for column in units[:4]
    )
    # Each unit that thins takes a share of what the others left.
    thin = np.prod(1 + acts * np.minimum(units.swell, 0), axis=1)
    full = np.minimum(acts @ np.maximum(units.swell, 0), 0.5)
    swell = (thin - 1 + full)[:, None, None, None]

    lips = neutral[:, LIPS]
    line = lips[:, :, 3:4].mean(1, keepdims=True)
    middle = line[:, :, :, [0, -1]].mean(3, keepdims=True)
    move = np.empty_like(lips)
    move[..., 0] = -narrow * (lips - middle)[..., 0] + rounded * _BETWEEN
    move[..., 1] = swell * (lips - line)[..., 1] * BELL
    move[..., 2] = -(inner * INWARD[:, None] + outer * (1 - INWARD[:, None])) * (0.25 + 0.75 * BELL)
    at_lips = move.reshape(len(acts), -1, 3)[:, _PLACE]
    return np.asarray(np.einsum("vl,nlc->nvc", _around(), at_lips, optimize=True))


@cache
def _yielding() -> NDArray[np.float64]:
    """(468, 18) how the skin follows the inner rims where lips push each other."""
    held = (*CONTOURS["right eye"], *CONTOURS["left eye"], 78, 308, 4, *NOSTRILS)
    return response(INNER.ravel().tolist(), 0.1, held)


def in_contact(
    neutral: NDArray[np.float64], points: NDArray[np.float64], reaching: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lips that would pass through each other meet halfway: (n, 478, 3), (n, 468, 3), (n,) -> (n, 468, 3).

    Where they meet, they also move together. `reaching` is the share of a gap that they close by themselves (AU8).
    """
    rest, inner = neutral[:, INNER], points[:, INNER]
    apart = inner[:, 1] - inner[:, 0]
    rest_apart = rest[:, 1] - rest[:, 0]
    gap = apart[..., 1]
    overlap = np.maximum(np.minimum(rest_apart[..., 1], 0) - gap, 0)
    touching = np.exp(-np.maximum(gap, 0) / 0.03)[..., None]
    away = touching * (apart - rest_apart)
    away[..., 1] = np.maximum(gap, 0) * reaching[:, None] - overlap
    push = np.stack([away, -away], 1) / 2
    return np.asarray(
        points + np.einsum("vl,nlc->nvc", _yielding(), push.reshape(len(points), -1, 3), optimize=True)
    )
