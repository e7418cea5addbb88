"""Crosswalks between FACS and the label schemes of datasets and detectors, with what each of them loses.

Every scheme is two matrices. Reading, a unit is the clipped weighted sum of the scheme's entries; writing, an
entry is the mean of the units it stands for. A result is known only if everything it is computed from is
known: NaN (9 in BP4D) goes in and comes out as "not measured", never as 0.

    feafa24         FEAFA (arXiv 1904.01509), 24 numbers in [0, 1]; the order of ExpLLM's `au`
    blendshapes52   MediaPipe FaceLandmarker, 52 numbers in [0, 1]; Left is the subject's left
    disfa           DISFA, 12 AUs from 0 to 5
    bp4d            BP4D occurrence, 12 AUs, 0 or 1, 9 unknown
    bp4d-intensity  BP4D intensity, 5 AUs from 0 to 5, 9 unknown
    openface        OpenFace 2, the columns AU01_r to AU45_r of its tables: 17 AUs from 0 to 5
    rafau           RAF-AU, 0 or 1 per unit and side, written as tokens: "4+9+L10", "null"

The tables of the first two are `data/feafa24.csv` and `data/blendshapes52.csv`: entry, unit, weight;
`supported` no where a detector's number is known to say nothing, so that neither direction uses it; `inverse`
no where a unit is estimated from an entry that belongs to another unit (AU25 from the jaw), so that writing
leaves it alone.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explab.facs.units import CODES, UNITS, UnknownUnit, numbered, parse, sided
from explab.words import near

Array = NDArray[np.float64]

# Units that do what another unit does and more. Where a scheme lacks them, that unit stands in for them:
# a mouth stretched open (AU27) must not come out as a closed jaw, nor a blink (AU45) as an open eye.
_WRITTEN_AS = {"AU26": ("AU27",), "AU43": ("AU45", "AU46")}


@dataclass(frozen=True, eq=False)
class Scheme:
    """One way to label a face, and its crosswalk to and from FACS.

    name     key in SCHEMES
    title    what it is, for a reader
    entries  (n) names of its numbers, in order
    codes    (m) measurable codes that it can tell, in FACS order
    lost     what the crosswalk loses, in words
    reading  (m, n) weights from entries to codes
    writing  (n, m) weights from codes to entries
    top      largest value of an entry (1 or 5)
    binary   entries are only present (1) or absent (0); present is letter A (0.1) and above, on either side
    unknown  the number that stands for "not measured"; NaN is always understood
    besides  pattern of what a row of the tool's table holds besides the entries, and reading passes over
    """

    name: str
    title: str
    entries: tuple[str, ...]
    codes: tuple[str, ...]
    lost: str
    reading: Array
    writing: Array
    top: float = 1.0
    binary: bool = False
    unknown: float = math.nan
    besides: str = ""

    @property
    def facs(self) -> dict[str, tuple[str, ...]]:
        """Entry -> the codes it is used for; () where FACS has no such unit, or the entry says nothing."""
        used = (self.reading.T != 0) | (self.writing != 0)
        return {
            entry: tuple(code for code, yes in zip(self.codes, row, strict=True) if yes)
            for entry, row in zip(self.entries, used, strict=True)
        }

    @property
    def merged(self) -> tuple[str, ...]:
        """Entries that do not come back from FACS: unsupported, without a unit, or sharing one."""
        there_and_back = self.writing @ self.reading
        comes_back = (there_and_back == np.eye(len(self.entries))).all(axis=1)
        return tuple(
            entry for entry, unchanged in zip(self.entries, comes_back, strict=True) if not unchanged
        )

    def decode(self, values: ArrayLike) -> Array:
        """(..., n) entries -> (..., m) intensities in [0, 1], NaN where not measured.

        Raises ValueError for another length, values outside [0, top], or a binary entry other than 0 and 1.
        """
        array = np.asarray(values, dtype=np.float64)
        if array.ndim == 0 or array.shape[-1] != len(self.entries):
            raise ValueError(
                f"{self.name} has {len(self.entries)} entries; got an array of shape {array.shape}"
            )
        array = np.where(array == self.unknown, np.nan, array)
        wrong = (array < 0) | (array > self.top) | (self.binary & ~np.isnan(array) & (array % 1 != 0))
        if wrong.any():
            where = tuple(np.argwhere(wrong)[0])
            allowed = "0 or 1" if self.binary else f"0 to {self.top:g}"
            raise ValueError(
                f"{self.name}: {self.entries[where[-1]]} is {array[where]:g}; it takes {allowed}"
            )
        return np.clip(_weighted(self.reading, array / self.top), 0, 1)

    def encode(self, intensities: ArrayLike) -> Array:
        """(..., m) intensities in [0, 1] of `codes`, NaN where not measured -> (..., n) entries."""
        array = np.asarray(intensities, dtype=np.float64)
        if self.binary:
            array = np.where(np.isnan(array), np.nan, np.floor(5 * array + 0.5) >= 1)
        entries = _weighted(self.writing, array)
        entries = np.ceil(entries) if self.binary else entries * self.top
        return np.where(np.isnan(entries), self.unknown, entries)

    def read(self, values: ArrayLike | Mapping[str, float] | str) -> dict[str, float]:
        """The intensities of one face by code, what was not measured left out; see `AUs.from_scheme`."""
        if isinstance(values, str):
            if self.name != "rafau":
                raise ValueError(
                    f"only rafau is written as tokens; {self.name} takes {len(self.entries)} numbers"
                )
            return present_units(values)
        if isinstance(values, Mapping):
            values = {str(entry).strip(): value for entry, value in values.items()}
            for entry in values:
                if entry not in self.entries and not (self.besides and re.fullmatch(self.besides, entry)):
                    raise ValueError(f"{self.name} has no entry {entry!r}{near(entry, self.entries)}")
            values = [values.get(entry, math.nan) for entry in self.entries]
        decoded = self.decode(values)
        if decoded.ndim != 1:
            raise ValueError(
                f"{self.name}: one face at a time; use decode for an array of shape {np.shape(values)}"
            )
        return {c: float(x) for c, x in zip(self.codes, decoded, strict=True) if not math.isnan(x)}

    def write(self, aus: Mapping[str, float]) -> Array:
        """(n,) entries of one face with AUs; see `AUs.to_scheme`."""
        return self.encode([self._intensity(aus, code) for code in self.codes])

    def _intensity(self, aus: Mapping[str, float], code: str) -> float:
        base, side = parse(code)
        aliases = [alias + side for alias in _WRITTEN_AS.get(base, ()) if alias + side not in self.codes]
        acting = [aus[alias] for alias in aliases if aus.get(alias, 0) > 0]
        return max([aus[code], *acting] if code in aus else acting, default=math.nan)


def _weighted(weights: Array, values: Array) -> Array:
    """Weighted sums over the last axis; NaN where nothing, or something unknown, takes part."""
    unknown = np.isnan(values)
    takes_part = weights != 0
    sums = np.where(unknown, 0, values) @ weights.T
    return np.where((unknown @ takes_part.T) | ~takes_part.any(axis=1), np.nan, sums)


def _from_table(name: str, title: str, lost: str) -> Scheme:
    """A scheme from data/<name>.csv; entries keep the order of the file."""
    with (files("explab.facs") / "data" / f"{name}.csv").open(encoding="utf-8") as lines:
        table = list(csv.DictReader(lines))
    rows = [row for row in table if row["unit"] and row["supported"] == "yes"]
    entries = tuple(dict.fromkeys(row["entry"] for row in table))
    supported = {row["unit"] for row in rows}
    codes = tuple(code for code in CODES if code in supported)
    reading = np.zeros((len(codes), len(entries)))
    writing = np.zeros((len(entries), len(codes)))
    for row in rows:
        i, j = codes.index(row["unit"]), entries.index(row["entry"])
        reading[i, j] = float(row["weight"])
        writing[j, i] = float(row["inverse"] == "yes")
    writing /= np.maximum(writing.sum(axis=1, keepdims=True), 1)
    return Scheme(name, title, entries, codes, lost, reading, writing)


def _per_unit(name: str, title: str, numbers: tuple[int, ...], lost: str, **scale: Any) -> Scheme:
    """A scheme with one entry per unit for both of its sides; `scale` is top, binary and unknown."""
    entries = tuple(numbered(number) for number in numbers)
    codes = tuple(code for entry in entries for code in sided(entry))
    reading = np.array([[float(code in sided(entry)) for entry in entries] for code in codes])
    writing = reading.T / reading.T.sum(axis=1, keepdims=True)
    return Scheme(name, title, entries, codes, lost, reading, writing, **scale)


def _openface() -> Scheme:
    """OpenFace 2 (Baltrusaitis et al., FG 2018): its `_c` columns are presences of their own, not read here."""
    numbers = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
    lost = (
        "Sides: a unit has one number, the mean of left and right. AU27: written as AU26. All units but AU1, 2, 4, 5, "
        "6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26 and 45; AU28 has a presence (AU28_c) alone."
    )
    of_units = _per_unit("openface", "OpenFace 2, 17 AUs from 0 to 5", numbers, lost, top=5)
    columns = tuple(f"AU{number:02}_r" for number in numbers)
    return replace(of_units, entries=columns, besides=r"(?!AU\d+_r$).*")


def _rafau() -> Scheme:
    face = [u for u in UNITS.values() if u.part in ("upper", "lower")]
    codes = tuple(code for u in face for code in sided(u.code))
    same = np.eye(len(codes))
    lost = (
        "Intensity: a unit is present or not. A unit that is not listed counts as absent. Head and eye codes "
        "are read where they occur, and their absence says nothing."
    )
    entries = tuple(token(code) for code in codes)
    return Scheme("rafau", "RAF-AU tokens", entries, codes, lost, same, same, binary=True)


def token(code: str) -> str:
    """A code as RAF-AU writes it: "AU12L" -> "L12"."""
    side = code[-1] if code[-1] in "LR" else ""
    return side + code[2:].rstrip("LR")


_SCHEMES = (
    _from_table(
        "feafa24",
        "FEAFA-24, as in ExpLLM",
        "AU1: a brow raise is one number for the whole brow, read as AU2; AU1 mostly takes part, so it "
        "stays unmeasured rather than absent. AU27: a jaw drop is one number, read as AU26. AU9, AU10, AU16"
        " and AD34 have no sides. AU28 has no upper and lower lip. A still cannot tell AU43 from the blink "
        "AU45. No number at all for AU6, AU7, AU11, AU13 to AU15, AU22 to AU25, "
        "the tongue, the nostrils, gaze and head.",
    ),
    _from_table(
        "blendshapes52",
        "MediaPipe blendshapes",
        "AU6, AU9, AD29 and AD34: MediaPipe fills their blendshapes with values that never leave 0, so they"
        " count as not measured. AU1 has no sides; AU24 and AU28 are the mean of two blendshapes. AU27: "
        "jawOpen is one number, read as AU26. AU25 is estimated as jawOpen - mouthClose plus a quarter of "
        "each mouthUpperUp and mouthLowerDown, and cannot be written back. A still cannot tell AU43 from "
        "the blink AU45. No number for AU11, AU13, AU23, the tongue, the nostrils and "
        "the head; mouthLeft, mouthRight and mouthShrugUpper have no FACS unit.",
    ),
    _per_unit(
        "disfa",
        "DISFA, 12 AUs from 0 to 5",
        (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26),
        "Sides: a unit has one number, the mean of left and right. AU27: written as AU26. All units but "
        "AU1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25 and 26.",
        top=5,
    ),
    _per_unit(
        "bp4d",
        "BP4D occurrence, 12 AUs",
        (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24),
        "Intensity: a unit is present or not. Sides: a unit has one number. All units but AU1, 2, 4, 6, 7, "
        "10, 12, 14, 15, 17, 23 and 24.",
        binary=True,
        unknown=9,
    ),
    _per_unit(
        "bp4d-intensity",
        "BP4D intensity, 5 AUs from 0 to 5",
        (6, 10, 12, 14, 17),
        "Sides: a unit has one number, the mean of left and right. All units but AU6, 10, 12, 14 and 17.",
        top=5,
        unknown=9,
    ),
    _openface(),
    _rafau(),
)

SCHEMES: Mapping[str, Scheme] = MappingProxyType({s.name: s for s in _SCHEMES})
"""All schemes by name."""


def scheme(name: str) -> Scheme:
    """The scheme of a name. Raises ValueError, naming near matches."""
    if name not in SCHEMES:
        raise ValueError(f"no scheme {name!r}; there are {', '.join(SCHEMES)}{near(name, SCHEMES)}")
    return SCHEMES[name]


def present_units(text: str) -> dict[str, float]:
    """Intensities, 0 or 1, of a RAF-AU label by code; see `read_tokens`."""
    present = dict.fromkeys(SCHEMES["rafau"].codes, 0.0)
    tokens = [] if text.strip() == "null" else text.strip().split("+")
    for written in tokens:
        match = re.fullmatch(r"([LR]?)(\d+)", written.strip())
        if not match:
            raise UnknownUnit(f"{written!r} in the RAF-AU label {text!r} is no token such as 12 or L12")
        code = numbered(int(match[2]))
        present |= dict.fromkeys(sided(code + match[1]) if UNITS[code].paired else (code,), 1.0)
    return present
