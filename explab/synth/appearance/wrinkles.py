"""Folds and furrows: where each kind runs on the face, what it does to the surface, and which muscles make it.

A furrow runs across the pull of the muscle that makes it. Courses follow the appearance changes of the FACS manual
(Ekman, Friesen and Hager 2002) and are kept in `data/wrinkle_lines.csv`: points of the subject's right side, or across
the midline, in inter-ocular units of the unrolled face (`canvas.MARKS`). `data/wrinkle_kinds.csv` says
which units make a kind.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.units import COLUMN
from explab.synth.appearance.texture import Board, F, Points, bell, curve, gradient, mirrored, rise
from explab.synth.randomness import Draws

STEEPEST = 1.0
"""Slope (height per distance on the skin) that is stored as 127."""

_DEPTH = 0.55
"""Depth of a furrow of depth 1 in the table, as a share of its width."""


@dataclass(frozen=True)
class _Kind:
    """units: share of the fold that each unit at intensity 1 makes. age: how readily it becomes a permanent line."""

    name: str
    units: dict[str, float]
    age: float
    spread: float


@dataclass(frozen=True, eq=False)
class _Line:
    """A furrow through points (m, 2), as wide and deep as `width` and `depth` say (a depth of 1 is _DEPTH widths).

    right_lip, left_lip: height of the bulges on a walker's right and left, as shares of the depth; lip_width: of each.
    taper_in, taper_out: shares of its length on which it sets in and runs out. uneven: how far it wavers, 0 to 1.
    """

    kind: str
    points: Points
    width: float
    depth: float
    right_lip: float
    left_lip: float
    lip_width: float
    taper_in: float
    taper_out: float
    uneven: float


def _rows(name: str) -> list[dict[str, str]]:
    with (files("explab.synth") / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _kind(row: dict[str, str]) -> _Kind:
    units = {code: float(share) for code, share in (item.split() for item in row["units"].split(";"))}
    return _Kind(row["kind"], units, float(row["age"]), float(row["spread"]))


def _line(row: dict[str, str]) -> _Line:
    points = np.array([[float(x) for x in point.split()] for point in row["points"].split(";")])
    numbers = {name: float(value) for name, value in row.items() if name not in {"kind", "points"}}
    return _Line(row["kind"], points, **numbers)


_KINDS = tuple(_kind(row) for row in _rows("wrinkle_kinds.csv"))

WRINKLES: tuple[str, ...] = tuple(kind.name for kind in _KINDS)
"""The kinds of wrinkles, K of them, from the forehead down."""


@cache
def layers(resolution: int = 512) -> NDArray[np.int8]:
    """(R, R, K, 3) for each kind of wrinkle, fully formed: slope across, slope down, and darkening.

    Slopes are dh/dx (to the subject's left) and dh/dy (down) of the height h that it adds to the skin, outwards; 127 is
    a slope of STEEPEST. Darkening runs from 0 to 127: the share of the light that does not reach into the furrow.
    """
    board = Board(resolution)
    # Furrows waver, and are deep here and shallow there.
    waver = 0.0065 * board.noise(81, 0.11, 2)
    depth = np.clip(1 + 0.28 * board.noise(82, 0.09, 2), 0.3, 1.6)
    stack = np.zeros((resolution, resolution, len(WRINKLES), 3), np.int8)
    lines = [_line(row) for row in _rows("wrinkle_lines.csv")]
    for k, kind in enumerate(WRINKLES):
        height, dark = board.blank(), board.blank()
        for line in lines:
            if line.kind == kind:
                for points in _sides(line.points):
                    _furrow(board, line, points, waver, depth, height, dark)
        if kind == "chin peel":
            _peel(board, height, dark)
        across, down = gradient(height, resolution)
        for c, slope in enumerate((across, down)):
            stack[..., k, c] = np.clip(np.rint(slope * (127 / STEEPEST)), -127, 127)
        stack[..., k, 2] = np.clip(np.rint(127 * dark), 0, 127)
    stack.setflags(write=False)
    return stack


def _sides(points: Points) -> list[Points]:
    """The right side's line and its mirror image, or the one line that crosses the midline."""
    return [points] if points[0, 0] * points[-1, 0] < 0 else [points, mirrored(points)]


def _furrow(board: Board, line: _Line, points: Points, waver: F, depth: F, height: F, dark: F) -> None:
    reach = 3 * line.lip_width + 2 * line.width
    near = board.near(curve(points), reach)
    # Seen from the mirrored line, right is left.
    turned = -1 if points is not line.points else 1
    off = turned * near.off + line.uneven * waver[near.window]
    ends = rise(0, line.taper_in, near.along) * rise(1, 1 - line.taper_out, near.along)
    ends = ends * rise(reach, 0.6 * reach, np.abs(off))
    strength = ends * line.depth * (1 + line.uneven * (depth[near.window] - 1))
    groove = bell(off, line.width)
    apart = 0.8 * line.width + 0.75 * line.lip_width
    right = line.right_lip * bell(off - apart, line.lip_width)
    left = line.left_lip * bell(off + apart, line.lip_width)
    height[near.window] += strength * _DEPTH * line.width * (right + left - groove)
    shade = 0.38 * groove + 0.17 * bell(off, 2.2 * line.width)
    dark[near.window] = np.maximum(dark[near.window], np.minimum(strength, 1.4) * shade)


def _peel(board: Board, height: F, dark: F) -> None:
    """The pits that the chin boss shows when mentalis pulls its skin inwards."""
    x, y = board.grid
    boss = bell(np.hypot(x / 0.27, (y - 1.56) / 0.15), 1.0)
    pits = 1 + np.tanh(board.noise(83, 0.055)) + 0.2 * board.noise(84, 0.03)
    height -= 0.0075 * boss * pits
    dark += boss * np.clip(0.09 * pits, 0, 1)


def weights(
    acts: NDArray[np.float64], wrinkledness: NDArray[np.float64], draws: Draws
) -> NDArray[np.float64]:
    """How strongly each face shows each kind of wrinkle.

    Muscles make folds: hardly below intensity 0.2, clearly from 0.4 on, deeper on skin that creases readily. What has
    been made often enough stays as a faint line when the face is at rest. People differ in where they crease.

    Args:
        acts: (n, len(ACTS)) intensities in [0, 1].
        wrinkledness: (n,) 0 for a child's smooth skin to 1 for a lined old face.
        draws: of the n faces.

    Returns:
        (n, 2, K) strengths from 0 to about 1.5, of the subject's right side and left side.
    """
    n = len(acts)
    drive = np.zeros((n, 2, len(_KINDS)))
    for k, kind in enumerate(_KINDS):
        for s, side in enumerate("RL"):
            slack = np.ones(n)
            for unit, share in kind.units.items():
                column = COLUMN[unit + side] if unit + side in COLUMN else COLUMN[unit]
                slack *= 1 - share * acts[:, column]
            drive[:, s, k] = 1 - slack
    t = np.clip((drive - 0.08) / 0.87, 0, 1)
    folded = t * t * (3 - 2 * t)
    lined = np.asarray(wrinkledness, np.float64)[:, None, None]
    size = (1, len(_KINDS))
    person = np.exp(draws.normal("wrinkles: person", size=size) * [kind.spread for kind in _KINDS])
    person = person * np.exp(draws.normal("wrinkles: side", sd=0.12, size=(2, len(_KINDS))))
    permanent = 0.55 * lined**1.5 * np.array([kind.age for kind in _KINDS])
    made = (0.55 + 0.65 * lined) * folded
    return np.asarray(np.minimum(person * (permanent + (1 - permanent) * made), 1.6))
