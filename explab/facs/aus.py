"""AUs: how strongly each unit acts on one face.

Intensities run from 0 (absent) to 1 (as strong as this unit gets). Two older scales are read off them:

    letter   FACS A-E, from round-half-up(5x): below 0.1 absent, 0.1 A trace, 0.3 B slight, 0.5 C marked,
             0.7 D severe, 0.9 E maximum. FACS itself spaces its letters unevenly (C and D span most of
             the range); equal fifths are the convention of DISFA and BP4D, where A-E are counted 1-5
    x5       5x, the scale of DISFA

A unit that nobody measured is not in the mapping. It is never 0: 0 is a measurement.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explab.facs.schemes import scheme
from explab.facs.units import CODES, UNITS, UnknownUnit, mirrored, parse, sided, unit

_ORDER = {code: i for i, code in enumerate(CODES)}
LETTERS = ("", "A", "B", "C", "D", "E")


class NotMeasured(KeyError):
    """A unit exists, but these AUs hold no value for it."""

    def __str__(self) -> str:  # KeyError would print the message in quotes
        return str(self.args[0])


def letter(intensity: float) -> str:
    """FACS letter "A" to "E" of an intensity in [0, 1], or "" when absent: steps at 0.1, 0.3, 0.5, 0.7 and 0.9."""
    return LETTERS[math.floor(5 * intensity + 0.5 + 1e-9)]


class AUs(Mapping[str, float]):
    """Intensities in [0, 1] of the units measured on one face, by code; immutable.

    `AUs({"AU12L": 0.8, "AU12R": 0.7, "AU25": 0.5}, source="coder A")`; a bare paired code ("AU12") sets both
    sides. Reading a bare code gives the mean of the sides measured, or the larger one where only one side can
    act at a time (AD30, AD36, AU46). Iteration and length go over bare codes in FACS order; `codes` has the
    sides. Two AUs are equal when their intensities are, whoever measured them.

    Raises UnknownUnit for a code that does not exist, ValueError for an intensity outside [0, 1] or NaN and
    for a unit given twice ("AU12" and "AU12L").
    """

    __slots__ = ("_values", "source")

    _values: Mapping[str, float]

    def __init__(self, values: Mapping[str, float] | None = None, *, source: str = "") -> None:
        intensities: dict[str, float] = {}
        if isinstance(values, AUs):  # which iterates over bare codes: the sides would be lost
            values = values._values
        for code, value in (values or {}).items():
            intensity = _checked(code, value)
            for side_code in sided(code):
                if side_code in intensities:
                    raise ValueError(
                        f"{side_code} is given twice, as itself and by its bare code {parse(side_code)[0]}"
                    )
                intensities[side_code] = intensity
        self._values = MappingProxyType(
            {code: intensities[code] for code in sorted(intensities, key=_ORDER.__getitem__)}
        )
        self.source = source

    # -- reading

    def __getitem__(self, code: str) -> float:
        sides = [self._values[side_code] for side_code in sided(code) if side_code in self._values]
        if not sides:
            raise NotMeasured(f"{code} ({unit(code).name}) was not measured{self._by()}")
        return max(sides) if unit(code).sides == "either" else sum(sides) / len(sides)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(parse(code)[0] for code in self._values))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, AUs) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return AUs.from_dict, (self.to_dict(),)

    def __repr__(self) -> str:
        shown = [f"{code} {self._text(code)}" for code in self if self.letter(code)]
        n_absent = len(self) - len(shown)
        parts = ([", ".join(shown)] if shown else []) + (
            [f"{n_absent} absent"] if n_absent or not shown else []
        )
        return f"<AUs{self._by()}: {'; '.join(parts) if self else 'nothing measured'}>"

    def _text(self, code: str) -> str:
        sides = self.sides(code)
        if len(set(sides.values())) == 1 and len(sides) == len(sided(code)):
            return f"{self[code]:.2f}"
        return " ".join(f"{side}{value:.2f}" for side, value in sides.items())

    def _by(self) -> str:
        return f" by {self.source}" if self.source else ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The measured codes with their sides, in FACS order: ("AU12L", "AU12R", "AU25")."""
        return tuple(self._values)

    def sides(self, code: str) -> dict[str, float]:
        """The measured sides of a unit: {"L": 0.8, "R": 0.7}, or {"M": 0.5}. Raises NotMeasured."""
        base, _ = parse(code)
        by_side = {
            parse(side_code)[1] or "M": self._values[side_code]
            for side_code in sided(base)
            if side_code in self._values
        }
        if not by_side:
            raise NotMeasured(f"{base} ({unit(base).name}) was not measured{self._by()}")
        return by_side

    def strongest(self, count: int = 5, at_least: float = 0.3) -> tuple[str, ...]:
        """Up to `count` units of the face, strongest first; gaze and head positions are left out.

        0.3 is where letter B, slight, begins: A is a trace.
        """
        face = (c for c in self if UNITS[c].part in ("upper", "lower") and self[c] >= at_least)
        return tuple(sorted(face, key=lambda code: -self[code])[:count])

    def __contains__(self, code: object) -> bool:
        try:
            return isinstance(code, str) and any(side_code in self._values for side_code in sided(code))
        except UnknownUnit:
            return False

    def letter(self, code: str) -> str:
        """FACS letter "A" to "E", or "" when absent; the scale is in the module text. Raises NotMeasured."""
        return letter(self[code])

    def x5(self, code: str) -> float:
        """Intensity from 0 to 5, the scale of DISFA. Raises NotMeasured."""
        return 5 * self[code]

    # -- making others

    def flip(self) -> AUs:
        """The AUs of the mirrored face: left and right change places, in turns (AU61, AU62) and tilts too."""
        return AUs({mirrored(code): value for code, value in self._values.items()}, source=self.source)

    def replace(self, values: Mapping[str, float]) -> AUs:
        """These AUs with some intensities set anew; a bare paired code sets both sides."""
        new = AUs(values)
        return AUs({**self._values, **new._values}, source=self.source)

    @classmethod
    def from_x5(cls, values: Mapping[str, float], *, source: str = "") -> AUs:
        """AUs from intensities between 0 and 5 (DISFA, or FACS letters counted A = 1 to E = 5)."""
        for code, value in values.items():
            if not 0 <= value <= 5:
                raise ValueError(f"intensity of {code} is {value}, outside 0 to 5")
        return cls({code: value / 5 for code, value in values.items()}, source=source)

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON: {"source": str, "intensities": {"AU12L": 0.8, ...}}."""
        return {"source": self.source, "intensities": dict(self._values)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> AUs:
        """AUs from what `to_dict` wrote. Raises ValueError when `intensities` is missing."""
        if "intensities" not in record:
            raise ValueError(f"AUs are stored under 'intensities'; this record has {sorted(record)}")
        return cls(record["intensities"], source=record.get("source", ""))

    @classmethod
    def from_scheme(
        cls, name: str, values: ArrayLike | Mapping[str, float] | str, *, source: str = ""
    ) -> AUs:
        """AUs from one face's labels in another scheme (explab.facs.SCHEMES).

        `values`: one number per entry, in the order of the scheme; or a mapping from entry to number, where
        missing entries count as not measured; or, for "rafau", a token string such as "4+9+L10".
        NaN, and 9 in BP4D, mean not measured. The source defaults to the name of the scheme.
        """
        return cls(scheme(name).read(values), source=source or name)

    def to_scheme(self, name: str) -> NDArray[np.float64]:
        """(n,) one number per entry of the scheme, in its order; NaN (9 in BP4D) for what was not measured.

        `explab.facs.lost(aus, name)` lists the units that this does not carry over.
        """
        return scheme(name).write(self)


def _checked(code: str, value: float) -> float:
    name = f"{code} ({unit(code).name})"
    try:
        intensity = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"intensity of {name} is {value!r}, not a number") from None
    if math.isnan(intensity):
        raise ValueError(f"intensity of {name} is NaN; leave out what was not measured")
    if not 0 <= intensity <= 1:
        raise ValueError(f"intensity of {name} is {intensity:g}, outside 0 to 1 (use from_x5 for 0 to 5)")
    return intensity
