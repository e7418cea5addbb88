"""The maps of one face and how they merge into the map of an expression; `expression_maps` for batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explab.facs.aus import AUs
from explab.facs.codebooks import Codebook, codebook
from explab.facs.expressions import expression as expression_name
from explab.heatmaps import paper
from explab.heatmaps.errors import HeatmapError, check_size
from explab.heatmaps.face import FACE_UNITS, places, render
from explab.scaling import min_max

if TYPE_CHECKING:
    from explab.face import Face

DRAWN = {"face": FACE_UNITS, "paper": paper.PAPER_UNITS}
CODEBOOK_OF = {"face": "survey", "paper": "paper"}
"""The codebook a profile merges with unless told otherwise: the paper's own keeps its slip in Disgust."""

PAPER_SCALE = np.float32(1 / 256)
"""The paper draws units from 1e-4 to 255. A power of two brings that below 1 and merged maps stay exact."""


@dataclass(frozen=True, eq=False)
class AUMaps:
    """The maps of one face, one per unit.

    maps       (n_units, height, width) float32 in [0, 1]; zero where not valid
    units      the unit of each map, "AU12" or one side of it, "AU12L"
    valid      (n_units,) bool: False where the unit lies outside the picture or was not measured
    profile    "face" or "paper"
    landmarks  what they were drawn from, in pixels of the maps: (478, 3), or (68, 2) for the paper
    aus        the intensities that scale the maps, or None: every map then peaks at 1

    `maps["AU12"]` is one map. `merge` draws units of its expression that are not among them.
    """

    maps: NDArray[np.float32]
    units: tuple[str, ...]
    valid: NDArray[np.bool_]
    profile: str
    landmarks: NDArray[np.float64] = field(repr=False)
    aus: AUs | None = None

    def __repr__(self) -> str:
        shown = ", ".join(self.units[:4]) + (", ..." if len(self.units) > 4 else "")
        height, width = self.size
        return (
            f"<AUMaps {len(self.units)} of {height}x{width}, profile {self.profile}: {shown}; "
            f"{int(self.valid.sum())} valid>"
        )

    def __len__(self) -> int:
        return len(self.units)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the maps."""
        return self.maps.shape[1], self.maps.shape[2]

    def __getitem__(self, code: str) -> NDArray[np.float32]:
        """The map of one unit, (height, width). Raises `KeyError` when it was not asked for."""
        if code not in self.units:
            raise KeyError(f"no map of {code!r}; there are {', '.join(self.units)}")
        map: NDArray[np.float32] = self.maps[self.units.index(code)]
        return map

    def merge(
        self, expression: str, codebook: str | Codebook | None = None, *, generic: bool = False
    ) -> NDArray[np.float32] | None:
        """The map of an expression: pixel-wise maximum over its units, each times its weight in the codebook,
        stretched so that the map of fully acted units runs from 0 to 1.

        Without `aus` that is a min-max. With `aus` the maps are scaled by what each side was measured at, and the
        stretch stays that of the same units at 1: the strongest unit of the codebook peaks at its intensity, a unit
        of half its weight at half of its own, and a face that does nearly nothing has a map of nearly nothing.

        Args:
            expression: its name, or an alias ("happy").
            codebook: name, CSV file or Codebook; left out, "survey" for the face profile and "paper" for the
                paper.
            generic: True merges all units that the codebook (or the paper's drawing code) knows, unweighted:
                a map for no expression in particular.

        Returns:
            (height, width) float32, or None where there is nothing to show: Neutral, which has no units, and
            a face none of whose units lies in the picture or was measured. Where every unit was measured as
            absent, zeros.

        Raises:
            ValueError: unknown expression, with near names.
            NotInCodebook: the codebook says nothing about the expression.
            HeatmapError: the codebook has a unit that this profile cannot draw.
        """
        book = _book(codebook or CODEBOOK_OF[self.profile])
        name = expression_name(expression)
        if not generic:
            weights: Mapping[str, float] = book.weights(name)
        elif self.profile == "paper":
            weights = dict.fromkeys(paper.PAPER_UNITS, 1.0)
        else:
            weights = dict.fromkeys(_all_units(book), 1.0)
        if not weights:
            return None
        drawn = dict(zip(self.units, zip(self.maps, self.valid, strict=True), strict=True))
        missing = tuple(code for code in weights if code not in drawn)
        if missing:
            more = _DRAW[self.profile](self.landmarks, missing, self.size, self.aus)
            drawn |= dict(zip(missing, zip(*more, strict=True), strict=True))
        shown = {code: np.float32(weight) for code, weight in weights.items() if drawn[code][1]}
        if not shown:
            return None
        merged = _heaviest(shown.values(), (drawn[code][0] for code in shown))
        if self.aus is None:
            return min_max(merged)
        acted, _ = _DRAW[self.profile](self.landmarks, tuple(shown), self.size, None)
        full = _heaviest(shown.values(), acted)
        low, high = full.min(), full.max()
        stretched: NDArray[np.float32] = (merged - low) / (high - low if high > low else np.float32(1))
        return stretched.clip(0, 1)


def au_maps(
    face: Face,
    units: Sequence[str] | None = None,
    aus: AUs | None = None,
    size: tuple[int, int] | None = None,
    profile: str = "face",
) -> AUMaps:
    """Where on this face each unit shows.

    Args:
        face: its landmarks, in pixels of its image, place the maps.
        units: codes, with a side ("AU12L") for one side only; left out, all that the profile can draw.
        aus: intensities, such as `face.aus`, that become the peaks of the blobs, side by side; units that are
            not among them are not valid. Left out, every blob peaks at 1. The paper's maps know no intensity.
        size: (height, width), each 8 to 4096; left out, the size of `face.image`. Maps are drawn at this
            size.
        profile: "face", or "paper" for the published ellipses.

    Raises:
        UnknownUnit: a code is no FACS unit; near matches are named.
        HeatmapError: a unit without a place on the face, an unknown profile, a size out of bounds.
    """
    if profile not in _DRAW:
        raise HeatmapError(f"no profile {profile!r}; there are {', '.join(_DRAW)}")
    if profile == "paper" and aus is not None:
        raise HeatmapError("the paper's maps know no intensity; leave `aus` out or use profile='face'")
    if isinstance(units, str):
        raise HeatmapError(f"units is a list of codes: [{units!r}]")
    picture = face.image.shape[:2]
    height, width = check_size(size or (picture[0], picture[1]))
    scale = np.array([width / picture[1], height / picture[0]])
    points = face.landmarks if profile == "face" else face.landmarks68
    landmarks = points * np.append(scale, scale.mean())[: points.shape[1]]
    codes = tuple(DRAWN[profile] if units is None else units)
    if not codes:
        raise HeatmapError("units is empty; leave it out for all that the profile can draw")
    maps, valid = _DRAW[profile](landmarks, codes, (height, width), aus)
    return AUMaps(maps, codes, valid, profile, landmarks, aus)


def expression_maps(
    landmarks: Any,
    expressions: Sequence[str],
    size: tuple[int, int] = (224, 224),
    *,
    image_size: tuple[float, float] | None = None,
    codebook: str | Codebook = CODEBOOK_OF["face"],
    generic: bool = False,
    out: Any = None,
) -> tuple[Any, Any]:
    """Maps of the `face` profile for a training batch: one merged map per face, without its units in between.

    Args:
        landmarks: (B, 478, 2 or 3) array or tensor, pixels.
        expressions: B names; Neutral is not valid unless `generic`.
        size: (height, width) of the maps, such as the size of the attention they are compared with.
        image_size: (height, width) that the landmarks refer to; left out, it is `size`.
        codebook: name, CSV file or Codebook.
        generic: True draws all units of the codebook for every face, unweighted.
        out: contiguous float32 (B, height, width) array or tensor to draw into.

    Returns:
        maps (B, height, width) float32 in [0, 1] as `AUMaps.merge` makes them, and valid (B,) bool: False,
        and the map 0, for Neutral, landmarks that are not finite, and faces outside the picture. Arrays for
        arrays; for tensors, tensors on the same device.

    Raises as `AUMaps.merge` does.
    """
    if len(expressions) != len(landmarks):
        raise HeatmapError(f"{len(landmarks)} faces but {len(expressions)} expressions")
    book = _book(codebook)
    units = _all_units(book)
    drawn = places(units)
    names = [expression_name(word) for word in expressions]
    # One row of intensities per expression in the batch, then one per face.
    known = list(dict.fromkeys(names))
    table = np.array([_place_weights(book, name, drawn, generic) for name in known], dtype=np.float32)
    intensities = table[[known.index(name) for name in names]]
    maps, valid = render(
        landmarks,
        units,
        size,
        image_size=image_size,
        intensities=intensities,
        merged=True,
        stretched=True,
        out=None if out is None else out[:, None],
    )
    return maps[:, 0], valid[:, 0]


def _heaviest(weights: Iterable[np.float32], maps: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Pixel-wise maximum of maps (h, w), each times its weight."""
    merged: NDArray[np.float32] = np.max(
        [weight * map for weight, map in zip(weights, maps, strict=True)], axis=0
    )
    return merged


def _book(book: str | Codebook) -> Codebook:
    return book if isinstance(book, Codebook) else codebook(book)


def _all_units(book: Codebook) -> tuple[str, ...]:
    """Every unit of a codebook once; a side that also occurs as the whole unit is left to that."""
    codes = dict.fromkeys(code for name in book for code in book.units(name))
    return tuple(code for code in codes if code.rstrip("LR") == code or code.rstrip("LR") not in codes)


def _place_weights(book: Codebook, name: str, drawn: tuple[str, ...], generic: bool) -> list[float]:
    if generic:
        return [1.0] * len(drawn)
    weights = book.weights(name)
    return [max(weights.get(place, 0.0), weights.get(place.rstrip("LR"), 0.0)) for place in drawn]


def _draw_face(
    landmarks: NDArray[np.float64], units: tuple[str, ...], size: tuple[int, int], aus: AUs | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if aus is None:
        maps, valid = render(landmarks[None], units, size)
        return maps[0], valid[0]
    measured = {code: aus[code] for code in aus.codes}
    drawn = places(units)
    intensities = np.array([[measured.get(place, 0.0) for place in drawn]])
    maps, valid = render(landmarks[None], units, size, intensities=intensities)
    return maps[0], valid[0] & [any(place in measured for place in places([code])) for code in units]


def _draw_paper(
    landmarks: NDArray[np.float64], units: tuple[str, ...], size: tuple[int, int], aus: AUs | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    del aus
    drawn = [
        paper.unit_map(landmarks, code, size) if np.isfinite(landmarks).all() else None
        for code in map(paper.check_unit, units)
    ]
    maps = np.zeros((len(units), *size), dtype=np.float32)
    for row, picture in zip(maps, drawn, strict=True):
        if picture is not None:
            np.multiply(picture, PAPER_SCALE, out=row)
    return maps, np.array([picture is not None for picture in drawn])


_DRAW = {"face": _draw_face, "paper": _draw_paper}
