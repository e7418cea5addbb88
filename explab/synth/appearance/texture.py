"""The unrolled face as a drawing board: curves through landmarks, hairs and noise, all measured in inter-ocular units.

The texture space of `surface.unrolled` is a cylinder; on the board its azimuth is written as arc length at the
radius of most of the face, so that both axes have one unit. Whatever is drawn looks the same at every resolution.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS
from explab.synth.anatomy.surface import N_SKIN, UV_BOTTOM, UV_DEGREES, UV_TOP, unrolled

F = NDArray[np.float32]
Points = NDArray[np.float64]

RADIUS = 1.12
"""Distance of most of the face from the axis of the cylinder (median over the mesh; 1.6 at the tip of the nose)."""
WIDTH = 2 * np.radians(UV_DEGREES) * RADIUS
HEIGHT = UV_BOTTOM - UV_TOP

MARKS: Points = unrolled(CANONICAL[:N_SKIN]) * [WIDTH, HEIGHT] - [WIDTH / 2, -UV_TOP]
"""(468, 2) where the vertices lie: x from the midline, positive on the subject's left; y down from the eyes."""


def at(*places: int | tuple[float, float]) -> Points:
    """(n, 2) places on the board: vertices by number, or points (x, y) as they are."""
    return np.array([MARKS[p] if isinstance(p, int) else p for p in places])


def halves(contour: str) -> tuple[Points, Points]:
    """Upper and lower half of an opening (lips or an eye), each a smooth curve between the same two sharp corners."""
    ring = CONTOURS[contour]
    middle = len(ring) // 2
    return curve(at(*ring[: middle + 1])), curve(at(ring[0], *ring[: middle - 1 : -1]))


def unit(x: NDArray[np.floating[Any]]) -> F:
    """Cut off below 0 and above 1."""
    return np.asarray(np.clip(x, 0, 1), np.float32)


def layered(below: F, above: F) -> F:
    """Coverage by two layers that do not know of one another."""
    return np.asarray(1 - (1 - below) * (1 - above), np.float32)


def rise(low: float, high: float, x: NDArray[np.floating[Any]]) -> F:
    """0 at `low`, 1 at `high` (which may be the smaller one), smooth between and constant beyond."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def bell(x: NDArray[np.floating[Any]], width: float | NDArray[np.floating[Any]]) -> F:
    """1 at 0, 1/e at `width`."""
    return np.asarray(np.exp(-np.square(np.asarray(x, np.float32) / width)), np.float32)


def curve(points: Points, closed: bool = False, step: float = 0.004) -> Points:
    """(n, 2) -> (m, 2): a smooth curve through the points, walked in steps of about `step`.

    Cubic spline over the square root of chord length (centripetal), which neither loops nor overshoots.
    """
    if closed:
        points = np.concatenate([points, points[:1]])
    chord = np.linalg.norm(np.diff(points, axis=0), axis=1)
    knots = np.concatenate([[0], np.cumsum(np.sqrt(chord))])
    spline = CubicSpline(knots, points, bc_type="periodic" if closed else "natural")
    fine = spline(np.linspace(0, knots[-1], 8 * len(points)))
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    even = np.linspace(0, length[-1], max(int(length[-1] / step), 8) + 1)
    return np.stack([np.interp(even, length, fine[:, k]) for k in range(2)], 1)


class Near(NamedTuple):
    """What lies near a curve: rows and columns of the board, and there, per pixel, where the curve is nearest.

    along: 0 at its beginning to 1 at its end. off: signed distance, positive to the right of the walker (y is down).
    """

    window: tuple[slice, slice]
    along: F
    off: F


class Board:
    """A texture of `resolution` rows and columns; pixel centres lie at (i + 1/2) / resolution in u and v."""

    def __init__(self, resolution: int) -> None:
        centres = (np.arange(resolution) + 0.5) / resolution
        self.resolution = resolution
        self.x: F = ((centres - 0.5) * WIDTH).astype(np.float32)
        self.y: F = (centres * HEIGHT + UV_TOP).astype(np.float32)

    @cached_property
    def grid(self) -> tuple[F, F]:
        """x and y of every pixel, (R, R) each."""
        x, y = np.meshgrid(self.x, self.y)
        return x, y

    def blank(self) -> F:
        return np.zeros((self.resolution, self.resolution), np.float32)

    def _window(self, points: Points, margin: float) -> tuple[slice, slice]:
        (left, top), (right, bottom) = points.min(0) - margin, points.max(0) + margin
        return (
            slice(int(np.searchsorted(self.y, top)), int(np.searchsorted(self.y, bottom))),
            slice(int(np.searchsorted(self.x, left)), int(np.searchsorted(self.x, right))),
        )

    def near(self, line: Points, margin: float, closed: bool = False) -> Near:
        """Distance to a curve (m, 2), for pixels up to `margin` away or inside its bounding box."""
        window = self._window(line, margin)
        x, y = np.meshgrid(self.x[window[1]], self.y[window[0]])
        pixels = np.stack([x, y], -1).reshape(-1, 2)
        distance, i = cKDTree(line).query(pixels)
        heading = np.roll(line, -1, 0) - np.roll(line, 1, 0) if closed else np.gradient(line, axis=0)
        offset = pixels - line[i]
        cross = heading[i, 0] * offset[:, 1] - heading[i, 1] * offset[:, 0]
        # Beside the line the distance is that to its tangent: samples of the line leave no ripple.
        beside = np.abs(cross) / np.linalg.norm(heading[i], axis=1)
        step = np.linalg.norm(line[1] - line[0])
        length = np.where(distance < 4 * step, beside, distance)
        return Near(
            window,
            (i / (len(line) - 1)).reshape(x.shape).astype(np.float32),
            (np.sign(cross) * length).reshape(x.shape).astype(np.float32),
        )

    def inside(self, outline: Points, margin: float = 0.15) -> F:
        """(R, R) signed distance to a closed curve, positive inside, at least -margin."""
        walk = outline - np.roll(outline, 1, 0)
        clockwise = (
            np.sum(np.roll(outline, 1, 0)[:, 0] * walk[:, 1] - np.roll(outline, 1, 0)[:, 1] * walk[:, 0]) > 0
        )
        near = self.near(outline, margin, closed=True)
        board = np.full((self.resolution, self.resolution), -margin, np.float32)
        board[near.window] = np.maximum(near.off if clockwise else -near.off, -margin)
        return board

    def noise(self, name: int, size: float, octaves: int = 1) -> F:
        """(R, R) smooth noise, mean 0 and deviation about 1, with features of about `size`."""
        import cv2

        total, weight = self.blank(), 0.0
        for octave in range(octaves):
            rng = np.random.default_rng([name, octave])
            cells = (int(HEIGHT / size * 2**octave) + 1, int(WIDTH / size * 2**octave) + 1)
            lattice = rng.normal(size=cells).astype(np.float32)
            grown = cv2.resize(lattice, (self.resolution, self.resolution), interpolation=cv2.INTER_CUBIC)
            total += grown * 0.55**octave
            weight += 0.55 ** (2 * octave)
        # Interpolating between the lattice's numbers takes about a third of their deviation.
        return np.asarray(total * (1.5 / np.sqrt(weight)), np.float32)

    def blurred(self, image: F, sigma: float) -> F:
        """Gaussian blur, sigma in inter-ocular units."""
        import cv2

        scale = self.resolution * sigma
        return np.asarray(cv2.GaussianBlur(image, (0, 0), scale / WIDTH, sigmaY=scale / HEIGHT), np.float32)

    def hairs(self, strands: Points, width: float, darkness: F | NDArray[np.float64]) -> F:
        """(R, R) coverage in [0, 1] by hairs.

        Args:
            strands: (n, m, 2) points along each hair.
            width: of a hair.
            darkness: (n, m) coverage that a hair alone has at its axis, at each of its points.
        """
        resolution = self.resolution
        m = strands.shape[1]
        count = 6
        fine = np.linspace(0, m - 1, count * (m - 1) + 1)
        low = np.minimum(fine.astype(int), m - 2)
        t = (fine - low)[None, :, None]
        points = strands[:, low] * (1 - t) + strands[:, low + 1] * t
        dark = darkness[:, low] * (1 - t[..., 0]) + darkness[:, low + 1] * t[..., 0]
        spacing = np.linalg.norm(np.diff(strands, axis=1), axis=-1).mean(1, keepdims=True) / count
        # Each point is a drop of ink; the drops of a hair add up to `dark` over its width.
        pixel = WIDTH / resolution * (HEIGHT / resolution)
        ink = (dark * spacing * width * 1.4 / pixel).ravel()
        px = ((points[..., 0] + WIDTH / 2) * (resolution / WIDTH) - 0.5).ravel()
        py = ((points[..., 1] - UV_TOP) * (resolution / HEIGHT) - 0.5).ravel()
        ix, iy = np.floor(px).astype(int), np.floor(py).astype(int)
        tx, ty = px - ix, py - iy
        keep = (ix >= 0) & (iy >= 0) & (ix < resolution - 1) & (iy < resolution - 1)
        board = np.zeros(resolution * resolution)
        for dx, dy, share in (
            (0, 0, (1 - tx) * (1 - ty)),
            (1, 0, tx * (1 - ty)),
            (0, 1, (1 - tx) * ty),
            (1, 1, tx * ty),
        ):
            cells = (iy + dy) * resolution + ix + dx
            board += np.bincount(cells[keep], (ink * share)[keep], resolution * resolution)
        density = board.reshape(resolution, resolution).astype(np.float32)
        if width / 2 * resolution / WIDTH > 0.6:
            density = self.blurred(density, width / 2.5)
        return np.asarray(1 - np.exp(-density), np.float32)


def combed(
    roots: Points,
    angles: NDArray[np.float64],
    lengths: NDArray[np.float64],
    bend: NDArray[np.float64],
    steps: int = 5,
) -> Points:
    """Hairs that grow from roots (n, 2) at angles (n,) radians (0 to the subject's left, pi/2 down) and
    bend on the way. Returns (n, steps + 1, 2).
    """
    turn = angles[:, None] + bend[:, None] * (np.arange(steps) + 0.5) / steps
    pieces = np.stack([np.cos(turn), np.sin(turn)], -1) * (lengths / steps)[:, None, None]
    return np.concatenate([roots[:, None], roots[:, None] + np.cumsum(pieces, 1)], 1)


def mirrored(points: Points) -> Points:
    """The same places on the other side of the face."""
    return points * [-1, 1]


def gradient(height: F, resolution: int) -> tuple[F, F]:
    """Slope of a height map (R, R) across and down, in units of height per inter-ocular distance."""
    down, across = np.gradient(height)
    return across * np.float32(resolution / WIDTH), down * np.float32(resolution / HEIGHT)
