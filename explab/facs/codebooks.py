"""Codebooks: which units make up an expression, and how strongly.

A codebook is a plain table `expression,unit,intensity` that anybody can replace. Three come along in `data/`:

    paper       as executed by Belharbi et al. (arXiv 2402.00281), with AU5 in Disgust; every intensity 1
    survey      Martinez et al., with AU10 in Disgust, AU22 in Anger and AU11 in Sadness; every intensity 1
    prototypes  FACS prototypes with intensities, and the one-sided Contempt

Neutral needs no row: it is the absence of units.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from explab.facs.aus import LETTERS
from explab.facs.expressions import EXPRESSIONS, expression
from explab.facs.units import CODES, sided
from explab.words import near

CODEBOOKS = ("paper", "survey", "prototypes")
COLUMNS = ["expression", "unit", "intensity"]

_ORDER = {code: i for i, code in enumerate(CODES)}


class CodebookError(ValueError):
    """A codebook file that cannot be used; the message has file, line and what is wrong."""


class NotInCodebook(KeyError):
    """An expression that a codebook says nothing about."""

    def __str__(self) -> str:  # KeyError would print the message in quotes
        return str(self.args[0])


@dataclass(frozen=True)
class Codebook:
    """Expression -> {unit: intensity in (0, 1]}, in explab's orders; a unit may be one side ("AU14R").

    name    "paper", or the path it was read from
    table   the units and intensities of each expression
    """

    name: str
    table: Mapping[str, Mapping[str, float]]

    def units(self, name: str) -> tuple[str, ...]:
        """The units of an expression in FACS order; () for Neutral. Raises NotInCodebook."""
        return tuple(self.weights(name))

    def weights(self, name: str) -> dict[str, float]:
        """Unit -> intensity of an expression; {} for Neutral. Raises NotInCodebook."""
        canonical = expression(name)
        if canonical == "Neutral":
            return {}
        if canonical not in self.table:
            raise NotInCodebook(
                f"codebook {self.name!r} has no row for {canonical}; it has {', '.join(self.table)}"
            )
        return dict(self.table[canonical])

    def __iter__(self) -> Iterator[str]:
        """The expressions that have rows, in explab's order."""
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    def __contains__(self, name: object) -> bool:
        """True where `weights` has rows for the expression, by its name or an alias."""
        try:
            return expression(str(name)) in self.table
        except ValueError:
            return False

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write the table; `codebook(path)` reads it back, and any spreadsheet opens it."""
        with Path(path).open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            writer.writerows(
                (name, unit, f"{x:g}") for name, row in self.table.items() for unit, x in row.items()
            )


def codebook(name: str | PathLike[str]) -> Codebook:
    """A codebook by name ("paper", "survey", "prototypes"), or from a CSV file of your own.

    The file has the columns expression, unit and intensity: a number above 0 up to 1, or a FACS letter A to E
    (fifths). Lines that start with # are comments. Raises CodebookError with file and line for anything else.
    """
    if name in CODEBOOKS:
        return _shipped(str(name))
    path = Path(name)
    if not path.is_file():
        hint = near(str(name), CODEBOOKS)
        raise CodebookError(
            f"no codebook {str(name)!r} and no such file; there are {', '.join(CODEBOOKS)}{hint}"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CodebookError(f"{path}: not UTF-8 text; save it as CSV in UTF-8") from None
    return _parse(text, str(path), str(path))


@cache
def _shipped(name: str) -> Codebook:
    """Parsed once: training asks for one with every batch."""
    file = f"codebook_{name}.csv"
    return _parse((files("explab.facs") / "data" / file).read_text(encoding="utf-8"), name, file)


def _parse(text: str, name: str, file: str) -> Codebook:
    header: list[str] = []
    table: dict[str, dict[str, float]] = {}
    line_of: dict[tuple[str, str], int] = {}
    reader = csv.reader("" if line.startswith("#") else line for line in text.splitlines())
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        where = f"{file}, line {reader.line_num}"
        if not header:
            header = cells
            if header != COLUMNS:
                raise CodebookError(
                    f"{where}: the columns are {','.join(cells)}; they must be {','.join(COLUMNS)}"
                )
            continue
        if len(cells) != len(COLUMNS):
            raise CodebookError(f"{where}: {len(cells)} cells instead of {len(COLUMNS)}: {','.join(row)}")
        try:
            emotion, intensity = expression(cells[0]), _intensity(cells[2])
            codes = sided(cells[1])
        except ValueError as error:
            raise CodebookError(f"{where}: {error}") from None
        if emotion == "Neutral":
            raise CodebookError(f"{where}: Neutral is the absence of units and takes no row")
        for code in codes:
            if (emotion, code) in line_of:
                first = line_of[emotion, code]
                raise CodebookError(f"{where}: {emotion} has {cells[1]} already, in line {first}")
            line_of[emotion, code] = reader.line_num
        table.setdefault(emotion, {})[cells[1]] = intensity
    if not table:
        raise CodebookError(f"{file}: no rows; a codebook has the columns {','.join(COLUMNS)}")
    return Codebook(
        name,
        MappingProxyType(
            {
                emotion: MappingProxyType(dict(sorted(table[emotion].items(), key=_facs_order)))
                for emotion in EXPRESSIONS
                if emotion in table
            }
        ),
    )


def _facs_order(item: tuple[str, float]) -> int:
    return _ORDER[sided(item[0])[0]]


def _intensity(cell: str) -> float:
    if cell and cell in LETTERS:
        return LETTERS.index(cell) / 5
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"intensity {cell!r} is neither a number nor a letter A to E") from None
    if not 0 < value <= 1:
        raise ValueError(f"intensity {cell} is outside 0 to 1; leave out units that are absent")
    return value
