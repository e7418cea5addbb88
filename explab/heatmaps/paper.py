"""The `paper` profile: AU maps exactly as the authors of "Guided Interpretable Facial Expression Recognition via
Spatial Action Unit Cues" draw them (Belharbi et al., FG 2024, arXiv 2402.00281), faults included.

Every unit is one or two filled ellipses on an iBUG-68 face. A unit's canvas is squeezed through 28x28 pixels, blurred
3x3 and enlarged again: that bottleneck is where all softness comes from. Sizes are absolute pixels or fractions of
the picture, never of the face, so maps depend on resolution, roll and crop; the `face` profile does not.

Known faults, kept on purpose: Disgust uses AU5 where the paper's figure means the upper lip (AU10); AU20 hangs from
the middle of the upper lip on the viewer's right, where AU10 also swaps its coordinates; AU4's height is the head's
roll; AU17 is drawn from one lip corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explab.facs.codebooks import codebook
from explab.facs.units import near, parse
from explab.heatmaps.errors import HeatmapError, check_size

Ellipse = tuple[int, int, int, int]
"""Centre x, centre y, semi-axis in x, semi-axis in y: whole pixels."""

Points = Sequence[tuple[int, int]]
"""68 landmarks in whole pixels, (x, y)."""

BOTTLENECK = (28, 28)
BACKGROUND, FOREGROUND = 1e-4, 255.0


class Mark(Protocol):
    """One ellipse of a unit, placed by landmarks."""

    def ellipse(self, points: Points, height: int, width: int) -> Ellipse: ...


@dataclass(frozen=True)
class Share:
    """An ellipse whose semi-axes, and drop below its landmark, are fractions of the picture."""

    at: int
    across: int
    along: int
    below: int = 0

    def ellipse(self, points: Points, height: int, width: int) -> Ellipse:
        x, y = points[self.at]
        drop = round(height / self.below) if self.below else 0
        return x, y + drop, round(width / self.across), round(height / self.along)


@dataclass(frozen=True)
class Disk:
    """An ellipse of fixed pixels at the x of one landmark and the y of another, moved sideways inside the picture."""

    x_of: int
    y_of: int
    across: int = 20
    along: int = 20
    aside: int = 0

    def ellipse(self, points: Points, height: int, width: int) -> Ellipse:
        x = points[self.x_of][0] + self.aside
        if self.aside < 0:
            x = max(x, 0)
        elif self.aside > 0:
            x = min(x, width)
        return x, points[self.y_of][1], self.across, self.along


@dataclass(frozen=True)
class Middle:
    """A disk of 20 px halfway between two landmarks."""

    first: int
    second: int

    def ellipse(self, points: Points, height: int, width: int) -> Ellipse:
        (x0, y0), (x1, y1) = points[self.first], points[self.second]
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

    def ellipse(self, points: Points, height: int, width: int) -> Ellipse:
        x0, x1 = points[self.left][0], points[self.right][0]
        y0, y1 = points[self.top][1], points[self.bottom][1]
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
"""The ellipses of the paper's 20 units (authors' `plot_action_units_ellipsoid`). Landmarks are iBUG-68, 0-based."""

PAPER_UNITS = tuple(MARKS)


def whole_points(landmarks68: ArrayLike) -> Points:
    """Landmarks as the authors use them: (x, y) cut towards zero to whole pixels.

    Raises `HeatmapError` for another shape, for a non-finite coordinate (a face that was not found) and for one
    too far away to be a pixel.
    """
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
            "a landmark lies more than 32,768 px from the picture; are the coordinates pixels?"
        )
    return [(int(x), int(y)) for x, y in points]


def _draw(points: Points, unit: str, height: int, width: int) -> NDArray[np.float32] | None:
    import cv2

    canvas = np.full((height, width), BACKGROUND)
    for mark in MARKS[unit]:
        x, y, across, along = mark.ellipse(points, height, width)
        cv2.ellipse(canvas, (x, y), (across, along), 0, 0, 360, FOREGROUND, cv2.FILLED)
    if not (canvas > BACKGROUND).any():
        return None
    small = cv2.blur(cv2.resize(canvas, BOTTLENECK), (3, 3))
    return cv2.resize(small, (width, height)).astype(np.float32)


def check_unit(code: str) -> str:
    """`code` if the paper draws it. Raises `UnknownUnit` for no FACS unit, `HeatmapError` for another one or a side."""
    parse(code)
    if code not in MARKS:
        raise HeatmapError(
            f"the paper profile has no map of {code}{near(code, MARKS)} It draws {', '.join(PAPER_UNITS)}, both "
            "sides at once; profile='face' draws every unit and side"
        )
    return code


def unit_map(
    landmarks68: ArrayLike, unit: str, size: tuple[int, int] = (224, 224)
) -> NDArray[np.float32] | None:
    """The authors' map of one unit, (H, W) float32 from 1e-4 to 255, or None when it falls outside the picture.

    `landmarks68` is (68, 2) x, y in pixels of the map, iBUG order; `size` is (height, width). Raises `HeatmapError`
    for landmarks or sizes that cannot be drawn and for a unit outside `PAPER_UNITS`.
    """
    height, width = check_size(size)
    return _draw(whole_points(landmarks68), check_unit(unit), height, width)


def min_max(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """`values` stretched to [0, 1], in float32; a constant map becomes 0."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low if high > low else np.float32(1))


def expression_map(
    landmarks68: ArrayLike, expression: str, size: tuple[int, int] = (224, 224), *, generic: bool = False
) -> NDArray[np.float32] | None:
    """The authors' map of an expression, (H, W) float32 in [0, 1], bit for bit.

    Pixel-wise maximum over the expression's units, then min-max. Units outside the picture are left out. There is
    no map (None) when all of them are, and none for Neutral, which has no units. `generic=True` gives the paper's
    class-agnostic map of all 20 units instead, whatever the expression.

    `landmarks68` is (68, 2) x, y in pixels of the map, iBUG order; `size` is (height, width). Raises `HeatmapError`
    for landmarks or sizes that cannot be drawn, `NotInCodebook` for Contempt, which the paper does not have, and
    ValueError, with near names, for an unknown expression.
    """
    height, width = check_size(size)
    points = whole_points(landmarks68)
    units = PAPER_UNITS if generic else codebook("paper").units(expression)
    drawn = [canvas for unit in units if (canvas := _draw(points, unit, height, width)) is not None]
    return min_max(np.max(drawn, axis=0)) if drawn else None
