"""The `paper` profile: AU maps exactly as the authors of "Guided Interpretable Facial Expression Recognition
via Spatial Action Unit Cues" draw them (Belharbi et al., FG 2024, arXiv 2402.00281), faults included.

Every unit is one or two filled ellipses on an iBUG-68 face. A unit's canvas is squeezed through 28x28 pixels,
blurred 3x3 and enlarged again: that bottleneck is where all softness comes from. Sizes are absolute pixels or
fractions of the picture, never of the face, so maps depend on resolution, roll and crop; the `face` profile
does not.

Known faults, kept on purpose: Disgust uses AU5 where the paper's figure means the upper lip (AU10); AU20
hangs from the middle of the upper lip on the viewer's right, where AU10 also swaps its coordinates; AU4's
height is the head's roll; AU17 is drawn from one lip corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explab.facs.codebooks import codebook
from explab.facs.units import parse
from explab.heatmaps.errors import HeatmapError, check_size
from explab.scaling import min_max
from explab.words import near

Ellipse = tuple[int, int, int, int]
"""Centre x, centre y, semi-axis in x, semi-axis in y: whole pixels."""


@dataclass(frozen=True)
class Canvas:
    """What an ellipse is placed on: 68 landmarks (x, y) in whole pixels, and the size of the picture."""

    points: Sequence[tuple[int, int]]
    height: int
    width: int


BOTTLENECK = (28, 28)
BACKGROUND, FOREGROUND = 1e-4, 255.0


class Mark(Protocol):
    """One ellipse of a unit, placed by landmarks."""

    def ellipse(self, canvas: Canvas) -> Ellipse: ...


@dataclass(frozen=True)
class Share:
    """An ellipse whose semi-axes, and drop below its landmark, are fractions of the picture."""

    at: int
    across: int
    along: int
    below: int = 0

    def ellipse(self, canvas: Canvas) -> Ellipse:
        x, y = canvas.points[self.at]
        drop = round(canvas.height / self.below) if self.below else 0
        return x, y + drop, round(canvas.width / self.across), round(canvas.height / self.along)


@dataclass(frozen=True)
class Disk:
    """An ellipse of fixed pixels at the x of one landmark and the y of another, moved sideways inside the
    picture."""

    x_of: int
    y_of: int
    across: int = 20
    along: int = 20
    aside: int = 0

    def ellipse(self, canvas: Canvas) -> Ellipse:
        x = canvas.points[self.x_of][0] + self.aside
        if self.aside < 0:
            x = max(x, 0)
        elif self.aside > 0:
            x = min(x, canvas.width)
        return x, canvas.points[self.y_of][1], self.across, self.along


@dataclass(frozen=True)
class Middle:
    """A disk of 20 px halfway between two landmarks."""

    first: int
    second: int

    def ellipse(self, canvas: Canvas) -> Ellipse:
        (x0, y0), (x1, y1) = canvas.points[self.first], canvas.points[self.second]
        return int((x0 + x1) / 2), int((y0 + y1) / 2), 20, 20


@dataclass(frozen=True)
class Span:
    """The ellipse in the box between four landmarks; a semi-axis that vanishes becomes `least`.

    `taller` pixels are added to the height of the box, not to its centre.
    """

    left: int
    right: int
    top: int
    bottom: int
    least: int = 5
    taller: int = 0

    def ellipse(self, canvas: Canvas) -> Ellipse:
        x0, x1 = canvas.points[self.left][0], canvas.points[self.right][0]
        y0, y1 = canvas.points[self.top][1], canvas.points[self.bottom][1]
        across, along = max(int((x1 - x0) / 2), 0), max(int((y1 - y0 + self.taller) / 2), 0)
        return int((x0 + x1) / 2), int((y0 + y1) / 2), across or self.least, along or self.least


_CORNERS = (Disk(48, 48), Disk(54, 54))
_MOUTH = (Span(48, 54, 51, 57),)

MARKS: dict[str, tuple[Mark, ...]] = {
    "AU1": (Share(20, 8, 10), Share(23, 8, 10)),
    "AU2": (Share(18, 8, 10), Share(25, 8, 10)),
    "AU4": (Span(19, 24, 19, 24, least=10),),
    "AU5": (Span(36, 39, 38, 41), Span(42, 45, 44, 47)),
    "AU6": (Share(41, 10, 10, below=6), Share(46, 10, 10, below=6)),
    "AU7": (Span(36, 39, 38, 41, taller=20), Span(42, 45, 44, 47, taller=20)),
    "AU9": (Disk(31, 29), Disk(35, 29)),
    "AU10": (Disk(48, 50), Disk(52, 54)),
    "AU12": _CORNERS,
    "AU14": (Disk(48, 48, aside=-20), Disk(54, 54, aside=20)),
    "AU15": _CORNERS,
    "AU16": (Disk(59, 59), Disk(55, 55)),
    "AU17": (Span(59, 8, 59, 8),),
    "AU20": (Middle(48, 6), Middle(50, 10)),
    "AU23": _MOUTH,
    "AU24": _MOUTH,
    "AU25": (Disk(51, 51, 25, 10), Disk(57, 57, 25, 10)),
    "AU26": _MOUTH,
    "AU27": _MOUTH,
    "AU43": (Span(36, 39, 38, 41, least=0, taller=20), Span(42, 45, 44, 47, least=0, taller=20)),
}
"""The ellipses of the paper's 20 units (authors' `plot_action_units_ellipsoid`). Landmarks are iBUG-68,
0-based."""

PAPER_UNITS = tuple(MARKS)


def place(landmarks68: ArrayLike, size: tuple[int, int]) -> Canvas:
    """Landmarks as the authors use them: (x, y) cut towards zero to whole pixels.

    Raises `HeatmapError` for another shape, for a non-finite coordinate (a face that was not found), for one
    too far away to be a pixel, and for a size out of bounds.
    """
    height, width = check_size(size)
    points = np.asarray(landmarks68, dtype=np.float64)
    if points.shape != (68, 2):
        raise HeatmapError(f"landmarks68 has shape {points.shape}; expected (68, 2), x and y in pixels")
    if not np.isfinite(points).all():
        bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
        raise HeatmapError(
            f"{len(bad)} of the 68 landmarks are not finite (the first is {bad[0]}): no face was found here, "
            "so there is no map; skip this face"
        )
    if np.abs(points).max() > 2**15:
        raise HeatmapError(
            "a landmark lies more than 32,768 px away; are the coordinates pixels of this picture?"
        )
    return Canvas([(int(x), int(y)) for x, y in points], height, width)


def through_bottleneck(canvas: Canvas, unit: str) -> NDArray[np.float64] | None:
    """A unit's ellipses after the bottleneck: (28, 28) float64 from 1e-4 to 255; None when outside the picture.

    Enlarged again, bilinearly, it is `unit_map`: all that a map shows is in here.
    """
    import cv2

    pixels = np.full((canvas.height, canvas.width), BACKGROUND)
    for mark in MARKS[unit]:
        x, y, across, along = mark.ellipse(canvas)
        cv2.ellipse(pixels, (x, y), (across, along), 0, 0, 360, (FOREGROUND,), cv2.FILLED)
    if not (pixels > BACKGROUND).any():
        return None
    small: NDArray[np.float64] = cv2.blur(cv2.resize(pixels, BOTTLENECK), (3, 3))
    return small


def _draw(canvas: Canvas, unit: str) -> NDArray[np.float32] | None:
    import cv2

    small = through_bottleneck(canvas, unit)
    if small is None:
        return None
    drawn: NDArray[np.float32] = cv2.resize(small, (canvas.width, canvas.height)).astype(np.float32)
    return drawn


def check_unit(code: str) -> str:
    """`code` itself. Raises `HeatmapError` when the paper does not draw it, `UnknownUnit` when FACS has
    none."""
    parse(code)
    if code not in MARKS:
        raise HeatmapError(
            f"the paper profile draws {', '.join(PAPER_UNITS)}, both sides at once, and not "
            f"{code}{near(code, MARKS)}"
        )
    return code


def unit_map(
    landmarks68: ArrayLike, unit: str, size: tuple[int, int] = (224, 224)
) -> NDArray[np.float32] | None:
    """The authors' map of one unit, (H, W) float32 from 1e-4 to 255; None when it is outside the picture.

    `landmarks68` is (68, 2) x, y in pixels of the map, iBUG order; `size` is (height, width). Raises
    `HeatmapError` for landmarks or sizes that cannot be drawn and for a unit outside `PAPER_UNITS`.
    """
    return _draw(place(landmarks68, size), check_unit(unit))


def expression_map(
    landmarks68: ArrayLike, expression: str, size: tuple[int, int] = (224, 224), *, generic: bool = False
) -> NDArray[np.float32] | None:
    """The authors' map of an expression, (H, W) float32 in [0, 1], bit for bit.

    Pixel-wise maximum over the expression's units, then min-max. Units outside the picture are left out.
    There is no map (None) when all of them are, and none for Neutral, which has no units. `generic=True`
    gives the paper's class-agnostic map of all 20 units instead, whatever the expression.

    `landmarks68` is (68, 2) x, y in pixels of the map, iBUG order; `size` is (height, width). Raises
    `HeatmapError` for landmarks or sizes that cannot be drawn, `NotInCodebook` for Contempt, which the paper
    does not have, and ValueError, with near names, for an unknown expression.
    """
    canvas = place(landmarks68, size)
    units = PAPER_UNITS if generic else codebook("paper").units(expression)
    drawn = [map for unit in units if (map := _draw(canvas, unit)) is not None]
    return min_max(np.max(drawn, axis=0)) if drawn else None
