"""What lies on the skin of every face: one stack of textures, from which the shader mixes each person's looks.

All layers are laid out on the unrolled canonical face (`surface.unrolled`) and follow its vertices, so lips, brows and
lid margins lie where the landmarks are. Coverage runs from 0 to 255; layers marked "signed" are 0 at 128.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import CONTOURS
from explab.synth.appearance.facial_hair import beards, brow, lashes
from explab.synth.appearance.texture import Board, F, Points, at, bell, curve, halves, rise, unit

LAYERS: tuple[str, ...] = (
    "lips",  # the red of the lips, 0.5 on the outer lips contour
    "lip_line",  # signed: dark where the lips meet, and their fine creases
    "brow",
    "lash",  # lid margins and lashes
    "crease",  # fold of the upper lid
    "blush",  # where blood shines through: cheeks, nose, ears, chin
    "under_eye",  # thin, dark skin of the lower lid
    "stubble",
    "moustache",
    "beard",
    "goatee",
    "pores",  # signed: fine grain
    "mottle",  # signed: patches
    "freckles",
    "nostril",
    "cavity",  # shade in hollows, from light that comes from everywhere
    "oil",  # where skin shines
)

_SIGNED = {"lip_line", "pores", "mottle"}
_NOSTRIL = (59, 75, 60, 20, 238, 239, 79, 166)


@cache
def layers(resolution: int = 512) -> NDArray[np.uint8]:
    """(R, R, C) the textures in the order of LAYERS; rows run down the face, columns to the subject's left."""
    board = Board(resolution)
    lips, eyes = _within(board, "outer lips"), _mirror(rise(-0.01, 0.0, _within(board, "right eye")))
    drawn: dict[str, F] = {
        "lips": rise(-0.012, 0.012, lips),
        "lip_line": _lip_line(board),
        "brow": brow(board),
        "lash": lashes(board),
        "crease": _crease(board),
        "blush": _blush(board),
        "under_eye": _under_eye(board, eyes),
        **beards(board, lips),
        "pores": _pores(board),
        "mottle": _mottle(board),
        "freckles": _freckles(board, lips, eyes),
        "nostril": _nostrils(board),
        "cavity": _cavity(board),
        "oil": _oil(board, lips),
    }
    stack = np.empty((resolution, resolution, len(LAYERS)), np.uint8)
    for i, name in enumerate(LAYERS):
        value = drawn[name]
        if name in _SIGNED:
            stack[..., i] = np.clip(np.rint(128 + 127 * value), 0, 255)
        else:
            stack[..., i] = np.clip(np.rint(255 * value), 0, 255)
    stack.setflags(write=False)
    return stack


def _mirror(image: F) -> F:
    """What was drawn on the right side, on both."""
    return np.maximum(image, image[:, ::-1])


def _stroke(
    board: Board, points: Points, width: float, strength: tuple[float, ...], margin: float = 3.0
) -> F:
    """A soft line through points; `strength` at evenly spaced places along it."""
    image = board.blank()
    near = board.near(curve(points), margin * width)
    along = np.interp(near.along, np.linspace(0, 1, len(strength)), strength)
    image[near.window] = along * bell(near.off, width)
    return image


def _blob(
    board: Board, centre: int | tuple[float, float], width: float, height: float, turn: float = 0.0
) -> F:
    """A soft spot of half-widths `width` and `height`, turned clockwise by `turn` degrees."""
    (cx, cy), angle = at(centre)[0], np.radians(turn)
    x, y = board.grid
    across = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
    down = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
    return bell(np.hypot(across / width, down / height), 1.0)


def _within(board: Board, contour: str) -> F:
    """Signed distance to the lips or an eye, positive inside. The corners are sharp."""
    upper, lower = halves(contour)
    return board.inside(np.concatenate([upper[:-1], lower[:0:-1]]))


def _lip_line(board: Board) -> F:
    inner = CONTOURS["inner lips"]
    upper, lower = at(*inner[:11]), at(inner[0], *inner[:9:-1])
    line = curve(np.concatenate([at(61), (upper + lower) / 2, at(291)]))
    near = board.near(line, 0.24)
    taper = (4 * near.along * (1 - near.along)) ** 0.4
    dark = -0.62 * bell(near.off, 0.011) - 0.3 * bell(near.off, 0.035)
    light = 0.18 * bell(near.off - 0.085, 0.04) * bell(near.along - 0.5, 0.3)
    # Creases fan out from the line: each keeps its place along it, wavers a little, and ends short of the border.
    places = np.linspace(0, 1, 180)
    fine = np.random.default_rng(7).normal(size=(2, len(places)))
    fine = (fine + np.roll(fine, 1, 1)) / 1.4
    waver = 0.006 * board.noise(11, 0.05)[near.window]
    where = near.along + waver
    creases = np.where(near.off < 0, np.interp(where, places, fine[0]), np.interp(where, places, fine[1]))
    reach = rise(0.0, 0.03, np.abs(near.off)) * rise(0.15, 0.06, np.abs(near.off))
    image = board.blank()
    image[near.window] = taper * (dark + light) + 0.13 * creases * reach * taper
    return image


def _crease(board: Board) -> F:
    """The fold some millimetres above the margin, nearest at the inner corner, running out beyond the outer one."""
    fold = at((-0.855, -0.035), 247, 30, 29, 27, 28, 56, 190, (-0.335, -0.035))
    fold[1:-1] = 0.8 * fold[1:-1] + 0.2 * at(33, 161, 160, 159, 158, 157, 173)
    line = _stroke(board, fold, 0.014, (0.0, 0.5, 0.85, 0.95, 1.0, 0.95, 0.85, 0.6, 0.0))
    above = _stroke(board, fold - [0, 0.03], 0.035, (0.0, 0.15, 0.25, 0.3, 0.3, 0.25, 0.0))
    return _mirror(np.maximum(line, above))


def _blush(board: Board) -> F:
    cheek = _blob(board, (-0.72, 0.44), 0.34, 0.25, -14) + 0.35 * _blob(board, (-0.86, 0.62), 0.3, 0.3)
    nose = 0.55 * _blob(board, 4, 0.2, 0.16) + 0.6 * _blob(board, 64, 0.1, 0.12)
    chin = 0.35 * _blob(board, (0.0, 1.58), 0.3, 0.16)
    brow = 0.2 * _blob(board, (0.0, -0.3), 0.25, 0.2)
    x, y = board.grid
    ear = rise(1.66, 1.8, np.abs(x)) * rise(2.08, 1.95, np.abs(x)) * rise(-0.4, -0.15, y) * rise(0.9, 0.6, y)
    blotch = 1 + 0.14 * board.noise(21, 0.11, 2)
    return unit(np.maximum(_mirror(np.maximum(cheek, nose)) + chin + brow, 0.6 * ear) * blotch)


def _under_eye(board: Board, eyes: F) -> F:
    """From the inner corner along the lower lid, fading towards the outer corner and below the tear trough."""
    trough = curve(at((-0.30, 0.03), 244, 233, 232, 231, 230, 229, 228, 31))
    image = board.blank()
    near = board.near(trough, 0.3)
    medial = np.interp(near.along, [0, 0.15, 0.35, 0.7, 1], [0.0, 0.9, 1.0, 0.55, 0.0])
    # Walking outwards on the right side, the eye lies to the right.
    above, below = rise(0.17, 0.02, near.off), rise(-0.07, 0.01, near.off)
    image[near.window] = medial * above * below
    return _mirror(image) * (1 - eyes)


def _front(board: Board) -> F:
    """0 at both ends of the board, which the whole back of the head shows, else 1."""
    return rise(2.1, 1.8, np.abs(board.grid[0]))


def _pores(board: Board) -> F:
    grain = board.noise(31, 0.016, 2) - 0.6 * board.noise(32, 0.03)
    pits = -np.clip(board.noise(33, 0.022) - 1.3, 0, None)
    coarse = 0.6 + _mirror(
        0.5 * _blob(board, (-0.42, 0.5), 0.3, 0.3)
        + 0.5 * _blob(board, 5, 0.22, 0.5)
        + 0.3 * _blob(board, 18, 0.4, 0.3)
    )
    return np.asarray(np.tanh(coarse * (0.3 * grain + 0.7 * pits)), np.float32) * _front(board)


def _mottle(board: Board) -> F:
    patches = 0.6 * board.noise(41, 0.3, 3) + 0.4 * board.noise(42, 0.09, 2)
    return np.asarray(np.tanh(0.45 * patches), np.float32) * _front(board)


def _freckles(board: Board, lips: F, eyes: F) -> F:
    """Round spots of 1 to 3 mm, dense over nose and cheeks, scattered elsewhere."""
    rng = np.random.default_rng(51)
    n = 4200
    places = np.stack([rng.uniform(-1.6, 1.6, n), rng.uniform(-0.9, 1.7, n)], 1)
    x, y = np.abs(places[:, 0]), places[:, 1]
    band = np.exp(-(((y - 0.36 - 0.06 * x) / 0.24) ** 2)) * np.exp(-((x / 0.95) ** 4))
    density = 0.75 * band + 0.05 + 0.06 * np.exp(-(((y + 0.55) / 0.3) ** 2))
    keep = rng.uniform(size=n) < density
    places, sizes = places[keep], rng.gamma(2.5, 0.0026, keep.sum()) + 0.004
    strength = rng.uniform(0.25, 1.0, keep.sum())
    # Towards the tip of the nose, far from the axis, the board is narrower than the skin.
    narrow = 1 + 0.43 * bell(places[:, 0], 0.3) * bell(places[:, 1] - 0.45, 0.4)
    image = board.blank()
    for (px, py), size, dark, squeeze in zip(places, sizes, strength, narrow, strict=True):
        rows = slice(*np.searchsorted(board.y, [py - 3 * size, py + 3 * size]))
        columns = slice(*np.searchsorted(board.x, [px - 3 * size, px + 3 * size]))
        distance = np.hypot(board.y[rows, None] - py, (board.x[None, columns] - px) * squeeze)
        spot = dark * rise(1.6 * size, 0.5 * size, distance)
        image[rows, columns] = np.maximum(image[rows, columns], spot)
    edge = 1 + 0.25 * board.noise(52, 0.02)
    return unit(image * edge * rise(0.02, -0.02, lips) * (1 - eyes))


def _nostrils(board: Board) -> F:
    hole = board.inside(curve(at(*_NOSTRIL), closed=True), 0.1)
    # Deepest towards the tip, where the opening looks down and forward; its rim is soft flesh.
    return _mirror(rise(-0.012, 0.016, hole) * np.asarray(rise(0.60, 0.645, board.grid[1]) * 0.35 + 0.65))


def _cavity(board: Board) -> F:
    socket = (
        0.75 * _stroke(board, at(190, 189, 244, 233), 0.06, (0.5, 1.0, 0.8, 0.2))
        + 0.5 * _stroke(board, at(190, 56, 28, 27, 29, 30), 0.07, (0.8, 1.0, 0.8, 0.6, 0.35, 0.0))
        + 0.3 * _stroke(board, at(245, 128, 121, 47), 0.08, (0.6, 0.5, 0.2))
        + 0.45 * _blob(board, (-0.35, 0.04), 0.07, 0.035)
    )
    wing = (
        0.9 * _stroke(board, at(49, 102, 129, 64, 98), 0.03, (0.1, 0.6, 1.0, 0.9, 0.5))
        + 0.45 * _stroke(board, at(198, 209, 49, 129), 0.09, (0.2, 0.5, 0.8, 0.6))
        + 0.4 * _stroke(board, at(129, 203, 206), 0.05, (0.9, 0.5, 0.1))
    )
    below_nose = 0.55 * _stroke(board, at(64, 98, 97, 2), 0.045, (0.3, 0.7, 0.9, 0.7))
    corner = 0.75 * _blob(board, (-0.435, 1.082), 0.045, 0.04) + 0.3 * _blob(board, (-0.47, 1.11), 0.08, 0.08)
    below_lip = 0.4 * _stroke(board, at(182, 83, 18, 313, 406), 0.055, (0.0, 0.6, 1.0, 0.6, 0.0))
    philtrum = 0.22 * _stroke(board, at((0.0, 0.75), 164, (0.0, 0.92)), 0.045, (0.5, 1.0, 0.6))
    x, y = board.grid
    jaw = 0.4 * rise(1.8, 1.98, y) * rise(2.28, 2.05, y) * rise(1.1, 0.3, np.abs(x))
    return unit(_mirror(socket + wing + corner + below_nose) + below_lip + philtrum + jaw)


def _oil(board: Board, lips: F) -> F:
    half = (
        0.55 * _blob(board, (-0.35, -0.62), 0.4, 0.2)
        + 0.7 * _blob(board, (-0.78, 0.24), 0.24, 0.11, -20)
        + 0.35 * _blob(board, 64, 0.09, 0.1)
    )
    middle = (
        0.75 * _blob(board, (0.0, -0.55), 0.4, 0.26)
        + 0.75 * _blob(board, (0.0, 0.15), 0.09, 0.38)
        + 0.95 * _blob(board, (0.0, 0.5), 0.14, 0.12)
        + 0.55 * _blob(board, (0.0, 1.62), 0.22, 0.13)
        + 0.35 * _blob(board, (0.0, 0.9), 0.13, 0.05)
    )
    ridge = 0.35 * bell(lips + 0.012, 0.014)  # the white roll around the lips
    red = 0.6 * rise(0.0, 0.03, lips)
    grain = 1 + 0.12 * board.noise(61, 0.03, 2)
    return unit((_mirror(half) + middle + ridge + red) * grain)
