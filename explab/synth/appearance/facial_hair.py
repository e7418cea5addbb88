"""Brows, lashes, stubble and beards as textures of many single hairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import CONTOURS
from explab.synth.appearance.texture import (
    Board,
    F,
    Points,
    at,
    bell,
    combed,
    curve,
    halves,
    layered,
    rise,
    unit,
)

Array = NDArray[np.float64]

_HAIR = 0.009
"""Width of a hair as drawn: far above that of a real one (0.001), which no texel could hold."""
_TAPER = np.array([0.9, 1.0, 0.95, 0.8, 0.55, 0.15])
"""How much of a hair's coverage is left from its root to its tip."""


def _both(hairs: list[F]) -> F:
    """Hairs drawn on the right side twice, from different draws, the second ones for the left side."""
    right, left = hairs
    return layered(right, left[:, ::-1])


# ---- brows ---------------------------------------------------------------------------------------------------------

# Both from the head of the brow to its tail.
_LOWER_BROW, _UPPER_BROW = CONTOURS["right brow"][4::-1], CONTOURS["right brow"][5:]


def brow(board: Board) -> F:
    """Coverage by the brows, within the ten landmarks of each: hairs up at the head, outwards in body and tail."""
    lower, upper = curve(at(*_LOWER_BROW)), curve(at(*_UPPER_BROW))
    outline = np.concatenate([lower, upper[::-1]])
    inside = board.inside(outline, 0.1)
    sides = [_brow_hairs(board, lower, upper, side) * rise(-0.042, -0.002, inside) for side in (0, 1)]
    return _both(sides)


def _brow_hairs(board: Board, lower: Points, upper: Points, side: int) -> F:
    rng = np.random.default_rng([71, side])
    n = 400
    s, w = rng.uniform(0.0, 1.0, n), rng.uniform(-0.04, 0.9, n)
    # Sparse at the head, full in the body, thin at the tail; the upper rim is softer than the lower one.
    density = rise(-0.25, 0.22, s) * rise(1.15, 0.72, s) * rise(1.2, 0.45, w)
    keep = rng.uniform(size=n) < density
    s, w = s[keep], np.maximum(w[keep], 0.25 - 2.5 * s[keep])
    low, high = _on(lower, s), _on(upper, s)
    # The tail narrows to the middle between its two last landmarks.
    pinch = 0.34 * rise(0.68, 1.0, s)
    w = w * (1 - 2 * pinch) + pinch
    roots = low * (1 - w)[:, None] + high * w[:, None]
    ahead = _on(lower, np.minimum(s + 0.03, 1)) - _on(lower, np.minimum(s, 0.97))
    along = np.arctan2(ahead[:, 1], ahead[:, 0]) % (2 * np.pi)
    # On the board pi is outwards (to the subject's right) and 3/2 pi is up. Lower hairs rise, upper ones lie down.
    lift = np.interp(s, [0.0, 0.1, 0.28, 0.6, 1.0], [80.0, 58.0, 40.0, 28.0, 12.0])
    lift = lift * (1 - 0.5 * w) - 42 * np.clip(w - 0.4, 0, 1) * rise(0.1, 0.45, s)
    angle = along + np.radians(lift + rng.normal(0, 11, len(s)))
    length = np.interp(s, [0, 0.2, 0.7, 1], [0.085, 0.125, 0.125, 0.085]) * rng.uniform(0.6, 1.15, len(s))
    strands = combed(roots, angle, length, -np.radians(20 + rng.normal(0, 12, len(s))))
    hairs = board.hairs(
        strands, _HAIR, _TAPER * rng.uniform(0.25, 0.9, (len(s), 1)) * rise(-0.5, 0.2, s)[:, None]
    )
    # Hairs too fine and too deep to be told apart.
    shade = board.blurred(hairs, 0.028)
    return layered(hairs, 0.42 * unit(1.25 * shade))


def _on(line: Points, s: Array) -> Points:
    """(n,) shares of the way along a curve (m, 2) -> (n, 2)."""
    places = np.linspace(0, 1, len(line))
    return np.stack([np.interp(s, places, line[:, k]) for k in range(2)], 1)


# ---- lashes --------------------------------------------------------------------------------------------------------


def lashes(board: Board) -> F:
    """Lid margins: a dark line on the upper one, thickest towards its outer corner, a faint one below; and the lashes.

    The line reaches over the margin into the open eye, where no skin is, so that its edge is dark at every resolution.
    """
    return _both([_eye_lashes(board, side) for side in (0, 1)])


def _eye_lashes(board: Board, side: int) -> F:
    rng = np.random.default_rng([73, side])
    image = board.blank()
    upper, lower = halves("right eye")
    for line, dark, wide, sign in ((upper, 1.0, 0.027, -1), (lower, 0.42, 0.012, 1)):
        near = board.near(line, 0.12)
        out = sign * near.off  # away from the eye
        width = wide * np.interp(near.along, [0, 0.12, 0.5, 1], [0.9, 1.15, 0.9, 0.35])
        ends = rise(0.0, 0.04, near.along) * rise(1.0, 0.9, near.along)
        edge = dark * ends * rise(1.5, 0.5, out / width) * rise(-0.04, -0.02, out)
        image[near.window] = np.maximum(image[near.window], edge)
    s = np.sort(rng.beta(1.0, 1.3, 90)) * 0.95
    fan = np.interp(s, [0, 0.35, 0.7, 1], [200.0, 230.0, 266.0, 290.0])
    reach = np.interp(s, [0, 0.15, 0.5, 1], [0.070, 0.075, 0.050, 0.025]) * rng.uniform(0.7, 1.1, len(s))
    above = combed(
        _on(upper, s), np.radians(fan + rng.normal(0, 6, len(s))), reach, np.radians(np.full(len(s), 24.0))
    )
    t = np.sort(rng.beta(1.1, 1.3, 34)) * 0.85
    fan = np.interp(t, [0, 0.4, 1], [150.0, 112.0, 75.0])
    below = combed(
        _on(lower, t) + [0, 0.006],
        np.radians(fan + rng.normal(0, 9, len(t))),
        0.04 * rng.uniform(0.6, 1.1, len(t)),
        np.radians(np.full(len(t), -20.0)),
    )
    hairs = board.hairs(above, 0.007, np.tile(0.34 * _TAPER, (len(s), 1)))
    hairs = np.maximum(hairs, board.hairs(below, 0.006, np.tile(0.22 * _TAPER, (len(t), 1))))
    return layered(image, hairs)


# ---- beards --------------------------------------------------------------------------------------------------------

# The right side's rim of the growth of a beard, from the sideburn along the cheek to the midline under the nose.
_CHEEK_LINE = (
    *((-1.72, 0.0), (-1.56, 0.02), (-1.46, 0.22), (-1.36, 0.50), (-1.19, 0.72), (-0.93, 0.86)),
    *((-0.70, 0.915), (-0.53, 0.90), (-0.42, 0.815), (-0.30, 0.755), (-0.16, 0.752), (0.0, 0.77)),
)
_NECK_LINE = ((0.0, 2.08), (-0.5, 2.02), (-1.0, 1.82), (-1.45, 1.55), (-1.72, 1.25))


def _symmetric(half: tuple[tuple[float, float], ...]) -> Points:
    """Right half of an outline, from midline to midline, made whole."""
    right = curve(np.array(half, np.float64), step=0.01)
    return np.concatenate([right, right[-2:0:-1] * [-1, 1]])


def _growth(board: Board, lips: F) -> F:
    """Where a beard grows at all: 1 on chin and jaw, softly ending on the cheek; nothing on and right at the lips."""
    area = board.inside(_symmetric((*_NECK_LINE, *_CHEEK_LINE)), 0.3)
    # Bare skin at both sides of the tuft below the lower lip.
    x, y = board.grid
    bare = bell(np.hypot((np.abs(x) - 0.25) / 0.13, (y - 1.27) / 0.055), 1.0)
    return unit(rise(-0.05, 0.16, area) * rise(0.0, -0.03, lips) * (1 - 0.65 * bare))


def _downwards(x: Array, y: Array) -> Array:
    """Angle in which hairs of the right side grow on chin and cheeks: down, on the cheeks forwards as well."""
    forwards = 32 * rise(-0.5, -1.3, x)
    return np.asarray(92 + 10 * np.sin(9 * x + 5 * y) - forwards + 8 * np.sin(17 * y - 6 * x))


def _outwards(x: Array, y: Array) -> Array:
    """The same on the upper lip: straight down at the groove, more and more outwards towards the corner."""
    return np.interp(-x, [0, 0.12, 0.3, 0.5], [98, 118, 140, 118]) + 0 * y


class _Growth(NamedTuple):
    """Hairs of the right side: how many roots are tried in a box x0, y0, x1, y1, and what the hairs are like.

    flow: degrees at x, y (0 to the subject's left, 90 down); unruly: their deviation in degrees. bend: mean and
    deviation in radians. dark: least and greatest coverage by one hair.
    """

    roots: int
    box: tuple[float, float, float, float]
    flow: Callable[[Array, Array], Array]
    unruly: float
    bend: tuple[float, float]
    length: float
    dark: tuple[float, float]


_STUBBLE = _Growth(9000, (-1.75, 0.0, 0.02, 2.1), _downwards, 13, (0.0, 0.7), 0.022, (0.4, 0.8))
_BEARD = _STUBBLE._replace(roots=7000, length=0.13, dark=(0.35, 0.7))
_MOUSTACHE = _Growth(1000, (-0.6, 0.75, 0.0, 1.1), _outwards, 9, (-0.2, 0.3), 0.11, (0.35, 0.8))


def _grown(board: Board, growth: _Growth, density: F, name: int) -> F:
    """Coverage by hairs on both sides, thinned out to `density` (R, R), which reaches from 0 to 1."""
    sides = []
    for side in (0, 1):
        rng, n = np.random.default_rng([name, side]), growth.roots
        x, y = rng.uniform(growth.box[0], growth.box[2], n), rng.uniform(growth.box[1], growth.box[3], n)
        # A root's hair depends on its own numbers alone, so no resolution sees another beard.
        chance, size, dark = rng.uniform(size=(3, n))
        turn, bend = rng.normal(size=(2, n))
        rows = np.searchsorted(board.y, y).clip(0, board.resolution - 1)
        columns = np.searchsorted(board.x, x).clip(0, board.resolution - 1)
        here = density[rows, columns]
        strands = combed(
            np.stack([x, y], 1),
            np.radians(growth.flow(x, y) + growth.unruly * turn),
            growth.length * (0.6 + 0.6 * size) * (0.5 + 0.5 * here),
            growth.bend[0] + growth.bend[1] * bend,
        )
        least, most = growth.dark
        covering = _TAPER * (least + (most - least) * dark)[:, None]
        keep = chance < here
        sides.append(board.hairs(strands[keep], _HAIR, covering[keep]))
    return _both(sides)


def beards(board: Board, lips: F) -> dict[str, F]:
    """Coverage by stubble, moustache, beard and goatee; lips (R, R) is the signed distance to them, positive inside."""
    growth, moustache = _growth(board, lips), _moustache(board, lips)
    return {
        "stubble": _stubble(board, growth),
        "moustache": moustache,
        "beard": np.maximum(_beard(board, growth), moustache),
        "goatee": np.maximum(_goatee(board, lips), 0.9 * moustache),
    }


def _stubble(board: Board, growth: F) -> F:
    """Shadow of a shaved beard with its points, thinner on the cheeks."""
    points = _grown(board, _STUBBLE, growth, 74)
    patchy = 0.5 + 0.08 * board.noise(75, 0.1, 2)
    return unit(growth * (patchy + 0.6 * points))


def _beard(board: Board, growth: F) -> F:
    """Chin, jaw, cheeks and some centimetres of neck; the upper lip belongs to the moustache."""
    x, y = board.grid
    lip = bell(np.abs(x), 0.5) * rise(1.06, 0.98, y)
    growth = growth * (1 - rise(0.25, 0.6, lip))
    return _thick(board, _grown(board, _BEARD, growth, 76), growth)


_GOATEE_RIM = (
    *((0.0, 1.93), (-0.22, 1.90), (-0.40, 1.74), (-0.52, 1.5), (-0.585, 1.25), (-0.575, 1.05), (-0.50, 0.96)),
    *(
        (-0.445, 1.03),
        (-0.475, 1.16),
        (-0.44, 1.29),
        (-0.32, 1.385),
        (-0.15, 1.37),
        (-0.09, 1.26),
        (0.0, 1.235),
    ),
)
_MOUSTACHE_RIM = (
    *((0.0, 0.93), (-0.11, 0.915), (-0.25, 0.96), (-0.38, 1.03), (-0.47, 1.10), (-0.53, 1.11), (-0.55, 1.02)),
    *((-0.48, 0.92), (-0.36, 0.84), (-0.22, 0.785), (-0.08, 0.785), (0.0, 0.82)),
)


def _goatee(board: Board, lips: F) -> F:
    """Chin, tuft below the lip, and strips past the corners of the mouth."""
    growth = rise(-0.03, 0.05, board.inside(_symmetric(_GOATEE_RIM))) * rise(0.0, -0.03, lips)
    return _thick(board, _grown(board, _BEARD, growth, 77), growth)


def _moustache(board: Board, lips: F) -> F:
    """From the groove below the nose outwards and down, past the corners of the mouth, not on the red of the lips."""
    growth = rise(-0.03, 0.05, board.inside(_symmetric(_MOUSTACHE_RIM))) * rise(0.004, -0.012, lips)
    growth = growth * (1 - 0.35 * bell(board.grid[0], 0.03))
    return _thick(board, _grown(board, _MOUSTACHE, growth, 78) * rise(0.03, 0.0, lips), growth)


def _thick(board: Board, hairs: F, growth: F) -> F:
    """Hairs over the shade of those below them, which hides the skin where they grow densely."""
    shade = rise(0.15, 0.75, board.blurred(hairs, 0.03)) * growth
    return layered(0.62 * shade, hairs)
