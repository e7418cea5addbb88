"""Brows, lashes, stubble and beards as textures of many single hairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.synth.canvas import F, Board, Points, at, bell, combed, curve, rise

_SIDES = (0, 1)


def _both(board: Board, hairs: list[F]) -> F:
    """Hairs drawn on the right side twice, from different draws, the second ones for the left side."""
    right, left = hairs
    return 1 - (1 - right) * (1 - left[:, ::-1])


# ---- brows ---------------------------------------------------------------------------------------------------------

_LOWER_BROW, _UPPER_BROW = (55, 65, 52, 53, 46), (107, 66, 105, 63, 70)


def brow(board: Board) -> F:
    """Coverage by the brows: within the ten landmarks of each, hairs up at its head, outwards along its body and tail."""
    lower, upper = curve(at(*_LOWER_BROW)), curve(at(*_UPPER_BROW))
    outline = np.concatenate([lower, upper[::-1]])
    inside = board.inside(outline, 0.1)
    sides = [_brow_hairs(board, lower, upper, side) * rise(-0.034, 0.004, inside) for side in _SIDES]
    return np.clip(_both(board, sides), 0, 1)


def _brow_hairs(board: Board, lower: Points, upper: Points, side: int) -> F:
    rng = np.random.default_rng([71, side])
    n = 520
    s, w = rng.uniform(0.0, 1.0, n), rng.uniform(-0.04, 0.9, n)
    # Sparse at the head, full in the body, thin at the tail; the upper rim is softer than the lower one.
    density = rise(-0.1, 0.2, s) * rise(1.15, 0.72, s) * rise(1.2, 0.45, w)
    keep = rng.uniform(size=n) < density
    s, w = s[keep], w[keep]
    low, high = _on(lower, s), _on(upper, s)
    # The tail narrows to the middle between its two last landmarks.
    pinch = 0.34 * rise(0.68, 1.0, s)
    w = w * (1 - 2 * pinch) + pinch
    roots = low * (1 - w)[:, None] + high * w[:, None]
    ahead = _on(lower, np.minimum(s + 0.03, 1)) - _on(lower, np.minimum(s, 0.97))
    along = np.arctan2(ahead[:, 1], ahead[:, 0]) % (2 * np.pi)
    # On the board pi is outwards (to the subject's right) and 3/2 pi is up. Lower hairs rise, upper ones lie down.
    lift = np.interp(s, [0.0, 0.1, 0.28, 0.6, 1.0], [84.0, 62.0, 40.0, 26.0, 10.0])
    lift = lift * (1 - 0.5 * w) - 42 * np.clip(w - 0.4, 0, 1) * rise(0.1, 0.45, s)
    angle = along + np.radians(lift + rng.normal(0, 8, len(s)))
    length = np.interp(s, [0, 0.2, 0.7, 1], [0.085, 0.125, 0.125, 0.085]) * rng.uniform(0.6, 1.15, len(s))
    strands = combed(roots, angle, length, -np.radians(20 + rng.normal(0, 12, len(s))))
    taper = np.array([0.85, 1.0, 0.95, 0.8, 0.55, 0.15])
    hairs = board.hairs(strands, 0.009, taper * rng.uniform(0.35, 0.9, (len(s), 1)))
    # Hairs too fine and too deep to be told apart.
    shade = board.blurred(hairs, 0.028)
    return 1 - (1 - hairs) * (1 - 0.5 * np.clip(shade * 1.2, 0, 1))


def _on(line: Points, s: NDArray[np.float64]) -> Points:
    """(n,) shares of the way along a curve (m, 2) -> (n, 2)."""
    places = np.linspace(0, 1, len(line))
    return np.stack([np.interp(s, places, line[:, k]) for k in range(2)], 1)


# ---- lashes --------------------------------------------------------------------------------------------------------

_UPPER_LID, _LOWER_LID = (33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)


def lashes(board: Board) -> F:
    """Lid margins: a dark line on the upper one, thickest towards its outer corner, a faint one below; and the lashes.

    The line reaches over the margin into the open eye, where no skin is, so that its edge is dark at every resolution.
    """
    return _both(board, [_eye_lashes(board, side) for side in _SIDES])


def _eye_lashes(board: Board, side: int) -> F:
    rng = np.random.default_rng([73, side])
    image = board.blank()
    for points, dark, wide, sign in ((_UPPER_LID, 1.0, 0.027, -1), (_LOWER_LID, 0.42, 0.012, 1)):
        line = curve(at(*points))
        near = board.near(line, 0.12)
        out = sign * near.off  # away from the eye
        width = wide * np.interp(near.along, [0, 0.12, 0.5, 1], [0.9, 1.15, 0.9, 0.35])
        ends = rise(0.0, 0.04, near.along) * rise(1.0, 0.9, near.along)
        edge = dark * ends * rise(1.5, 0.5, out / width) * rise(-0.04, -0.02, out)
        image[near.window] = np.maximum(image[near.window], edge)
    upper, lower = curve(at(*_UPPER_LID)), curve(at(*_LOWER_LID))
    s = np.sort(rng.beta(1.0, 1.3, 90)) * 0.95
    fan = np.interp(s, [0, 0.35, 0.7, 1], [200.0, 230.0, 266.0, 290.0])
    reach = np.interp(s, [0, 0.15, 0.5, 1], [0.070, 0.075, 0.050, 0.025]) * rng.uniform(0.7, 1.1, len(s))
    above = combed(_on(upper, s), np.radians(fan + rng.normal(0, 6, len(s))), reach, np.radians(np.full(len(s), 24.0)))
    t = np.sort(rng.beta(1.1, 1.3, 34)) * 0.85
    fan = np.interp(t, [0, 0.4, 1], [150.0, 112.0, 75.0])
    below = combed(
        _on(lower, t) + [0, 0.006],
        np.radians(fan + rng.normal(0, 9, len(t))),
        0.04 * rng.uniform(0.6, 1.1, len(t)),
        np.radians(np.full(len(t), -20.0)),
    )
    taper = np.array([1.0, 0.9, 0.75, 0.6, 0.4, 0.15])
    hairs = board.hairs(above, 0.007, np.tile(0.34 * taper, (len(s), 1)))
    hairs = np.maximum(hairs, board.hairs(below, 0.006, np.tile(0.22 * taper, (len(t), 1))))
    return 1 - (1 - image) * (1 - hairs)


# ---- beards --------------------------------------------------------------------------------------------------------

# The right side's rim of the growth of a beard, from the sideburn along the cheek to the midline under the nose.
_CHEEK_LINE = (
    *((-1.72, 0.0), (-1.56, 0.02), (-1.46, 0.22), (-1.36, 0.50), (-1.19, 0.72), (-0.93, 0.86)),
    *((-0.70, 0.915), (-0.53, 0.90), (-0.42, 0.815), (-0.30, 0.755), (-0.16, 0.752), (0.0, 0.77)),
)
_NECK_LINE = ((0.0, 2.08), (-0.5, 2.02), (-1.0, 1.82), (-1.45, 1.55), (-1.72, 1.25))
_UPPER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
_LOWER_LIP = (291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61)


def _symmetric(half: tuple[tuple[float, float], ...]) -> Points:
    """Right half of an outline, from midline to midline, made whole."""
    right = curve(np.array(half, np.float64), step=0.01)
    return np.concatenate([right, right[-2:0:-1] * [-1, 1]])


def _lips(board: Board) -> F:
    outline = np.concatenate([curve(at(*_UPPER_LIP))[:-1], curve(at(*_LOWER_LIP))[:-1]])
    return board.inside(outline)


def _growth(board: Board) -> F:
    """Where a beard grows at all: 1 on chin and jaw, softly ending on the cheek; nothing on and right at the lips."""
    area = board.inside(_symmetric((*_NECK_LINE[::1], *_CHEEK_LINE)), 0.3)
    lips = _lips(board)
    # Bare skin at both sides of the tuft below the lower lip.
    x, y = board.grid
    bare = bell(np.hypot((np.abs(x) - 0.25) / 0.13, (y - 1.27) / 0.055), 1.0)
    return rise(-0.04, 0.10, area) * rise(0.0, -0.03, lips) * (1 - 0.65 * bare)


def _flow(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle in which a beard's hairs of the right side grow: down, forwards on the cheeks, under the chin to its tip."""
    cheek = rise(-0.5, -1.3, x)
    return np.asarray(np.radians(92 + 10 * np.sin(9 * x + 5 * y) - 32 * cheek + 8 * np.sin(17 * y - 6 * x)))


def _strands(
    board: Board, rng: np.random.Generator, density: F, n: int, length: float, width: float, dark: float
) -> F:
    """Hairs on the right half; density (R, R) in [0, 1] thins them out."""
    x, y = rng.uniform(-1.75, 0.02, n), rng.uniform(0.0, 2.1, n)
    rows = np.clip(np.searchsorted(board.y, y), 0, board.resolution - 1)
    columns = np.clip(np.searchsorted(board.x, x), 0, board.resolution - 1)
    here = density[rows, columns]
    keep = rng.uniform(size=n) < here
    x, y, here = x[keep], y[keep], here[keep]
    lengths = length * rng.uniform(0.6, 1.2, len(x)) * (0.5 + 0.5 * here)
    angle = _flow(x, y) + rng.normal(0, 0.22, len(x))
    strands = combed(np.stack([x, y], 1), angle, lengths, rng.normal(0, 0.7, len(x)))
    taper = np.array([0.9, 1.0, 1.0, 0.85, 0.6, 0.2])
    return board.hairs(strands, width, taper * rng.uniform(0.5, 1.0, (len(x), 1)) * dark)


def stubble(board: Board) -> F:
    """Shadow of a shaved beard with its points: short hairs, thinner on the cheeks."""
    growth = _growth(board)
    points = _both(
        board,
        [_strands(board, np.random.default_rng([74, side]), growth, 9000, 0.022, 0.009, 0.8) for side in _SIDES],
    )
    patchy = 0.5 + 0.08 * board.noise(75, 0.1, 2)
    return np.clip(growth * patchy + 0.6 * points * growth, 0, 1)


def beard(board: Board) -> F:
    """A full beard without the moustache: chin, jaw and cheeks, some centimetres of neck."""
    x, y = board.grid
    lip = bell(np.abs(x), 0.5) * rise(1.06, 0.98, y)
    growth = _growth(board) * (1 - rise(0.25, 0.6, lip))
    return _full(board, growth, 76, 9000)


def goatee(board: Board) -> F:
    """Hair of the chin, with a tuft below the lip and a strip up to the corners of the mouth."""
    outline = _symmetric(
        (
            *((0.0, 1.93), (-0.22, 1.90), (-0.40, 1.74), (-0.52, 1.5), (-0.585, 1.25), (-0.575, 1.05), (-0.50, 0.96)),
            *((-0.445, 1.03), (-0.475, 1.16), (-0.44, 1.29), (-0.32, 1.385), (-0.15, 1.37), (-0.09, 1.26), (0.0, 1.235)),
        )
    )
    growth = rise(-0.03, 0.05, board.inside(outline)) * rise(0.0, -0.03, _lips(board))
    return _full(board, growth, 77, 9000)


def _full(board: Board, growth: F, name: int, n: int) -> F:
    hairs = [_strands(board, np.random.default_rng([name, s]), growth, n, 0.13, 0.009, 0.75) for s in _SIDES]
    return np.clip(_both(board, hairs) * (0.75 + 0.25 * growth) + 0.25 * growth, 0, 1) * rise(0.0, 0.25, growth)


def moustache(board: Board) -> F:
    """From the groove below the nose outwards and down to beyond the corners of the mouth, free of the red of the lips."""
    lips = _lips(board)
    rim = ((0.0, 0.93), (-0.11, 0.915), (-0.25, 0.96), (-0.38, 1.03), (-0.50, 1.12), (-0.56, 1.13), (-0.57, 1.02))
    top = ((-0.50, 0.91), (-0.36, 0.815), (-0.22, 0.765), (-0.08, 0.77), (0.0, 0.80))
    growth = rise(-0.02, 0.04, board.inside(_symmetric((*rim, *top)))) * rise(0.004, -0.012, lips)
    growth *= 1 - 0.35 * bell(board.grid[0], 0.03)
    sides = []
    for side in _SIDES:
        rng = np.random.default_rng([78, side])
        n = 1500
        x, y = -np.abs(rng.uniform(-0.6, 0.0, n)), rng.uniform(0.75, 1.1, n)
        rows = np.clip(np.searchsorted(board.y, y), 0, board.resolution - 1)
        columns = np.clip(np.searchsorted(board.x, x), 0, board.resolution - 1)
        keep = rng.uniform(size=n) < growth[rows, columns]
        x, y = x[keep], y[keep]
        # Straight down at the groove, more and more outwards towards the corner.
        angle = np.radians(np.interp(-x, [0, 0.12, 0.3, 0.5], [98, 118, 140, 118]) + rng.normal(0, 9, len(x)))
        strands = combed(np.stack([x, y], 1), angle, 0.11 * rng.uniform(0.6, 1.2, len(x)), rng.normal(-0.2, 0.3, len(x)))
        taper = np.array([0.9, 1.0, 1.0, 0.85, 0.6, 0.2])
        sides.append(board.hairs(strands, 0.009, taper * rng.uniform(0.4, 0.85, (len(x), 1))))
    over = rise(0.03, 0.0, lips)
    return np.clip(_both(board, sides) * over + 0.2 * growth, 0, 1) * rise(0.0, 0.2, board.blurred(growth, 0.02))
