"""The units that a synthetic face can act, and intensities as one row of numbers per face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from explab.face.face import MADE
from explab.facs import CODES, AUs, sided
from explab.facs.units import UNITS, UnknownUnit, parse

NOT_ACTED = ("AU21", "AD32", "AD36", "AD37")
"""Units without a shape of their own on a still face: neck cords, bites, wipes and bulges of the tongue."""

ACTS: tuple[str, ...] = tuple(
    code for code in CODES if UNITS[parse(code)[0]].part != "head" and parse(code)[0] not in NOT_ACTED
)
"""The codes, sides apart, of what a synthetic face can do, in FACS order; head positions are its pose."""

COLUMN: Mapping[str, int] = {code: i for i, code in enumerate(ACTS)}


def columns(code: str) -> list[int]:
    """The columns of a unit: "AU12" -> those of both sides, "AU12L" -> one.

    Raises UnknownUnit for what is no unit and ValueError for units that synthetic faces cannot act, with what they can.
    """
    try:
        base, _ = parse(code)
    except UnknownUnit as error:
        raise UnknownUnit(f"{error}; synthetic faces act {_bare()}") from None
    if UNITS[base].part == "head":
        raise ValueError(
            f"{code} ({UNITS[base].name}) moves the head: set yaw, pitch or roll in degrees instead"
        )
    if base in NOT_ACTED:
        raise ValueError(
            f"{code} ({UNITS[base].name}) cannot be acted by synthetic faces; they act {_bare()}"
        )
    return [COLUMN[one] for one in sided(code)]


def _bare() -> str:
    return ", ".join(dict.fromkeys(parse(code)[0] for code in ACTS))


def given(values: Mapping[str, float]) -> AUs:
    """What a user asks a face to do -> AUs. Raises as `columns`, and ValueError for an intensity outside [0, 1]."""
    for code in values:
        columns(code)
    return AUs(values)


def acts_matrix(faces: Sequence[AUs]) -> NDArray[np.float64]:
    """n faces' AUs -> (n, len(ACTS)) intensities in [0, 1]; what is not given is 0."""
    table = np.zeros((len(faces), len(ACTS)))
    for row, aus in zip(table, faces, strict=True):
        for code in aus.codes:
            row[COLUMN[code]] = aus[code]
    return table


def as_aus(row: NDArray[np.float64]) -> AUs:
    """(len(ACTS),) intensities -> AUs, every unit that can be acted measured, the quiet ones as 0."""
    return AUs(dict(zip(ACTS, row.tolist(), strict=True)), source=MADE)
