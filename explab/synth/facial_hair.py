"""Brows, lashes, stubble and beards as textures of many single hairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import CONTOURS
from explab.synth.canvas import Board, F, Points, at, bell, combed, curve, halves, layered, rise, unit

_SIDES = (0, 1)


def _both(hairs: list[F]) -> F:
    """Hairs drawn on the right side twice, from different draws, the second ones for the left side."""
    right, left = hairs
    return layered(right, left[:, ::-1])


# ---- brows ---------------------------------------------------------------------------------------------------------

# Both from the head of the brow to its tail.
_LOWER_BROW, _UPPER_BROW = CONTOURS["right brow"][4::-1], CONTOURS["right brow"][5:]


def brow(board: Board) -> F:
    """Coverage by the brows, within the ten landmarks of each: hairs go up at the head, outwards along body and tail."""
    lower, upper = curve(at(*_LOWER_BROW)), curve(at(*_UPPER_BROW))
    outline = np.concatenate([lower, upper[::-1]])
    inside = board.inside(outline, 0.1)
    sides = [_brow_hairs(board, lower, upper, side) * rise(-0.034, 0.004, inside) for side in _SIDES]
    return _both(sides)


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
    return layered(hairs, 0.5 * unit(1.2 * shade))


def _on(line: Points, s: NDArray[np.float64]) -> Points:
    """(n,) shares of the way along a curve (m, 2) -> (n, 2)."""
    places = np.linspace(0, 1, len(line))
    return np.stack([np.interp(s, places, line[:, k]) for k in range(2)], 1)


# ---- lashes --------------------------------------------------------------------------------------------------------


def lashes(board: Board) -> F:
    """Lid margins: a dark line on the upper one, thickest towards its outer corner, a faint one below; and the lashes.

    The line reaches over the margin into the open eye, where no skin is, so that its edge is dark at every resolution.
    """
    return _both([_eye_lashes(board, side) for side in _SIDES])


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
    taper = np.array([1.0, 0.9, 0.75, 0.6, 0.4, 0.15])
    hairs = board.hairs(above, 0.007, np.tile(0.34 * taper, (len(s), 1)))
    hairs = np.maximum(hairs, board.hairs(below, 0.006, np.tile(0.22 * taper, (len(t), 1))))
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


def _flow(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle in which hairs grow on the right side: down, forwards on the cheeks."""
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
    """Shadow of a shaved beard with its points: short hairs, thinner on the cheeks."""
    rngs = [np.random.default_rng([74, side]) for side in _SIDES]
    points = _both([_strands(board, rng, growth, 9000, 0.022, 0.009, 0.8) for rng in rngs])
    patchy = 0.5 + 0.08 * board.noise(75, 0.1, 2)
    return unit(growth * (patchy + 0.6 * points))


def _beard(board: Board, growth: F) -> F:
    """Chin, jaw, cheeks and some centimetres of neck; the upper lip belongs to the moustache."""
    x, y = board.grid
    lip = bell(np.abs(x), 0.5) * rise(1.06, 0.98, y)
    return _full(board, growth * (1 - rise(0.25, 0.6, lip)), 76, 7000)


def _goatee(board: Board, lips: F) -> F:
    """Chin, tuft below the lip, and strips past the corners of the mouth."""
    outline = _symmetric(
        (
            *(
                (0.0, 1.93),
                (-0.22, 1.90),
                (-0.40, 1.74),
                (-0.52, 1.5),
                (-0.585, 1.25),
                (-0.575, 1.05),
                (-0.50, 0.96),
            ),
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
    )
    growth = rise(-0.03, 0.05, board.inside(outline)) * rise(0.0, -0.03, lips)
    return _full(board, growth, 77, 7000)


def _full(board: Board, growth: F, name: int, n: int) -> F:
    hairs = [_strands(board, np.random.default_rng([name, s]), growth, n, 0.13, 0.009, 0.7) for s in _SIDES]
    return _thick(board, _both(hairs), growth)


def _thick(board: Board, hairs: F, growth: F) -> F:
    """Hairs over the shade of those below them, which hides the skin where they grow densely."""
    shade = rise(0.15, 0.75, board.blurred(hairs, 0.03)) * growth
    return layered(0.62 * shade, hairs)


def _moustache(board: Board, lips: F) -> F:
    """From the groove below the nose outwards and down, past the corners of the mouth, not on the red of the lips."""
    rim = (
        (0.0, 0.93),
        (-0.11, 0.915),
        (-0.25, 0.96),
        (-0.38, 1.03),
        (-0.47, 1.10),
        (-0.53, 1.11),
        (-0.55, 1.02),
    )
    top = ((-0.48, 0.92), (-0.36, 0.84), (-0.22, 0.785), (-0.08, 0.785), (0.0, 0.82))
    growth = rise(-0.03, 0.05, board.inside(_symmetric((*rim, *top)))) * rise(0.004, -0.012, lips)
    growth *= 1 - 0.35 * bell(board.grid[0], 0.03)
    sides = []
    for side in _SIDES:
        rng = np.random.default_rng([78, side])
        n = 1000
        x, y = -np.abs(rng.uniform(-0.6, 0.0, n)), rng.uniform(0.75, 1.1, n)
        rows = np.clip(np.searchsorted(board.y, y), 0, board.resolution - 1)
        columns = np.clip(np.searchsorted(board.x, x), 0, board.resolution - 1)
        keep = rng.uniform(size=n) < growth[rows, columns]
        x, y = x[keep], y[keep]
        # Straight down at the groove, more and more outwards towards the corner.
        angle = np.radians(np.interp(-x, [0, 0.12, 0.3, 0.5], [98, 118, 140, 118]) + rng.normal(0, 9, len(x)))
        strands = combed(
            np.stack([x, y], 1), angle, 0.11 * rng.uniform(0.6, 1.2, len(x)), rng.normal(-0.2, 0.3, len(x))
        )
        taper = np.array([0.9, 1.0, 1.0, 0.85, 0.6, 0.2])
        sides.append(board.hairs(strands, 0.009, taper * rng.uniform(0.35, 0.8, (len(x), 1))))
    over = rise(0.03, 0.0, lips)
    return _thick(board, _both(sides) * over, growth)
