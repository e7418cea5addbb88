"""The units of the Facial Action Coding System: action units (AU), descriptors (AD), head and eye codes.

A unit is what one muscle, or one group that acts together, does to the face. Numbers, names and muscles
follow Ekman, Friesen and Hager, "Facial Action Coding System" (2002), with the 1978 lid codes 41, 42 and 44
kept because labelled data still use them. The texts are in `data/units.csv`, in FACS order; edit them there.

Left is always the subject's left, which lies on the right of an unmirrored picture.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from explab.words import near

_SIDED_CODE = re.compile(r"(A[UD]\d+)([LR])")
_OPENFACE = re.compile(r"(?i:au)0*(\d+)_([rc])")


class UnknownUnit(ValueError):
    """A code that is no FACS unit, or a side that the unit does not have."""


@dataclass(frozen=True)
class ActionUnit:
    """One FACS unit.

    code        "AU12", "AD34": AU where FACS names the muscle, AD where it only describes what is seen
    name        FACS name in sentence case
    part        "upper" or "lower" face, "head" or "gaze"
    sides       "both": left and right are measured each, and usually act together;
                "either": only one side at a time (the jaw slides left or right, a wink);
                "midline": one value for the face
    mirror      code of the unit seen in a mirror; another one only for turns and tilts (AU61 and AU62)
    muscle      what contracts or relaxes
    appearance  what changes on the face, in one line
    teaching    how to try it and what it tells, for a student
    """

    code: str
    name: str
    part: str
    sides: str
    mirror: str
    muscle: str
    appearance: str
    teaching: str

    @property
    def number(self) -> int:
        """The FACS number, 12 for "AU12"."""
        return int(self.code[2:])

    @property
    def paired(self) -> bool:
        """True when the unit is measured on the left and on the right, False on the midline."""
        return self.sides != "midline"

    @property
    def region(self) -> dict[str, tuple[int, ...]]:
        """Vertices of the 478-point mesh where the unit shows: {"L": ids, "R": ids}, or {"M": ids}.

        Raises LookupError for units that have no place of their own on the face, such as head turns.
        """
        from explab.facs.regions import REGIONS

        if self.code not in REGIONS:
            raise LookupError(f"{self.code} ({self.name}) has no region on the face mesh")
        return REGIONS[self.code]


def _read_units() -> dict[str, ActionUnit]:
    with (files("explab.facs") / "data" / "units.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {row["code"]: ActionUnit(**{**row, "mirror": row["mirror"] or row["code"]}) for row in rows}


UNITS: Mapping[str, ActionUnit] = MappingProxyType(_read_units())
"""All units by code, in FACS order."""

_BY_NUMBER = {u.number: u.code for u in UNITS.values()}

# Every code that can be spelt, with the unit and the side it means.
_PARSED = {code: (code, "") for code in UNITS} | {
    code + side: (code, side) for code, u in UNITS.items() if u.paired for side in "LR"
}

CODES: tuple[str, ...] = tuple(
    code + side for code, u in UNITS.items() for side in (("L", "R") if u.paired else ("",))
)
"""Every measurable code ("AU1L", "AU1R", ..., "AU25"), in FACS order, left before right."""


def unit(code: str) -> ActionUnit:
    """The unit of a code, with or without side. Raises UnknownUnit, naming near matches."""
    return UNITS[parse(code)[0]]


def parse(code: str) -> tuple[str, str]:
    """Split a code into unit and side: "AU12L" -> ("AU12", "L"), "AU12" -> ("AU12", "").

    Raises UnknownUnit for anything that is no FACS unit, and for a side on a midline unit ("AU25L").
    """
    if code in _PARSED:
        return _PARSED[code]
    if not isinstance(code, str):
        raise UnknownUnit(f"a unit is a code such as 'AU12' or 'AU12L', not {code!r}")
    match = _SIDED_CODE.fullmatch(code)
    if match and match[1] in UNITS:
        raise UnknownUnit(
            f"{match[1]} ({UNITS[match[1]].name}) lies on the midline and has no side: {code!r}"
        )
    column = _OPENFACE.fullmatch(code.strip())
    if column and int(column[1]) in _BY_NUMBER:
        raise UnknownUnit(_of_openface(code, _BY_NUMBER[int(column[1])], column[2]))
    digits = re.fullmatch(r"(?i:a[ud])?\s*0*(\d+)([LR]?)", code.strip())
    if (
        digits
        and int(digits[1]) in _BY_NUMBER
        and (not digits[2] or UNITS[_BY_NUMBER[int(digits[1])]].paired)
    ):
        raise UnknownUnit(f"unknown unit {code!r}; did you mean {_BY_NUMBER[int(digits[1])] + digits[2]!r}?")
    raise UnknownUnit(f"unknown unit {code!r}{near(code, _PARSED)}")


def _of_openface(code: str, known: str, kind: str) -> str:
    """What a column of OpenFace's is, and how it is read: `_r` looks like a side and is none."""
    if kind == "r":
        return (
            f"{code!r} is OpenFace's intensity of {known}, from 0 to 5, and no side: use AUs.from_scheme('openface', "
            f"row), or divide by 5 and call it {known!r}"
        )
    return f"{code!r} is OpenFace's presence of {known}, 0 or 1, which says nothing of its intensity; call it {known!r}"


def sided(code: str) -> tuple[str, ...]:
    """The measurable codes of a unit: "AU12" -> ("AU12L", "AU12R"); "AU25" and "AU12L" stay as they are."""
    base, side = parse(code)
    return (base + "L", base + "R") if UNITS[base].paired and not side else (code,)


def numbered(number: int) -> str:
    """The code of a FACS number as label files write it: 12 -> "AU12", 34 -> "AD34". Raises UnknownUnit."""
    if number not in _BY_NUMBER:
        raise UnknownUnit(
            f"FACS has no unit {number}; its numbers here are {', '.join(map(str, _BY_NUMBER))}"
        )
    return _BY_NUMBER[number]


def mirrored(code: str) -> str:
    """The code seen in a mirror: "AU12L" -> "AU12R", "AU61L" -> "AU62R", "AU25" -> "AU25"."""
    base, side = parse(code)
    return UNITS[base].mirror + {"L": "R", "R": "L", "": ""}[side]
