"""EmotioNet: photographs from the web with action units that people coded (Benitez-Quiroz et al., CVPR 2016).

Its tables name web addresses; pictures that a user fetched lie in one folder, each under the last part of its address.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from explab.data.errors import DatasetError
from explab.data.formats.lines import rows
from explab.data.layout import Layout
from explab.data.listing import Listing, Row
from explab.data.tree import Tree
from explab.facs import AUs, UnknownUnit, numbered

TABLES = ("EmotioNet_FACS*.csv", "EmotioNet_FACS*.xlsx", "EmotioNet*.txt", "EmotioNet*.tsv")
_VALUES: Mapping[str, float | None] = {"0": 0.0, "1": 1.0, "999": None}
_NUMBER = re.compile(r"AU\s*0*(\d+)")
_OLD_UNITS = 60
"""Columns AU1 to AU60 of the older lists, which have no header."""


def read(tree: Tree, *, images: str = "images") -> Listing:
    """One line for each picture; those that were not fetched are left out.

    Args:
        tree: the folder of the table.
        images: folder of the pictures, in it.
    """
    table = next(file for pattern in TABLES for file in tree.find(pattern))
    if not tree.names(images):
        raise DatasetError(
            f"{tree.path(images)}: no pictures here; EmotioNet has addresses only: fetch them into this folder, "
            "or name another one with images="
        )
    units, lines = _table(tree, table)
    listing = Listing(tree, (), details=partial(_details, tuple(units.values())))
    names = Counter(_file_name(line[0]) for line in lines)
    for line in lines:
        file = _file_name(line[0])
        name = file.rpartition(".")[0]
        values = [line[column] for column in units] if len(line) > max(units) else []
        wrong = [value for value in values if value not in _VALUES]
        if names[file] > 1:
            listing.problem(name, "train", f"{table}: {names[file]} addresses end in {file}; which is it?")
        elif wrong or not values:
            listing.problem(
                name, "train", f"{table}: {wrong[0] if wrong else 'a short line'!r}; values are 0, 1, 999"
            )
        elif not tree.has(f"{images}/{file}"):
            listing.left_out["the picture was not fetched"] += 1
        else:
            listing.rows.append(Row(name, "train", f"{images}/{file}", None, None, tuple(values)))
    return listing


def _file_name(address: str) -> str:
    return address.strip("' ").rpartition("/")[2]


def _table(tree: Tree, file: str) -> tuple[dict[int, str], list[list[str]]]:
    """Column -> unit, and the lines; columns that FACS has no unit for are passed over."""
    path = tree.path(file)
    delimiter = "," if path.suffix == ".csv" else "\t"
    table = _spreadsheet(path) if path.suffix == ".xlsx" else rows(path, delimiter)
    lines = [[cell.strip("' ") for cell in line] for line in table]
    if not lines:
        raise DatasetError(f"{path}: the table is empty; get the file again")
    if lines[0][0].upper().startswith("URL"):
        matches = {column: _NUMBER.fullmatch(cell) for column, cell in enumerate(lines[0])}
        unit_numbers = {column: int(match[1]) for column, match in matches.items() if match}
        lines = lines[1:]
    elif len(lines[0]) == 2 + _OLD_UNITS:
        unit_numbers = {1 + number: number for number in range(1, 1 + _OLD_UNITS)}
    else:
        raise DatasetError(
            f"{path}: begins with {','.join(lines[0])[:60]!r}; expected URL, URL orig, 'AU 1', ..., or a list of two "
            f"addresses and {_OLD_UNITS} numbers"
        )
    units = {column: code for column, number in unit_numbers.items() if (code := _code(number))}
    if not units:
        raise DatasetError(f"{path}: no column of an action unit, such as 'AU 1'")
    return units, lines


def _spreadsheet(path: Path) -> list[list[str]]:
    import pandas

    try:
        frame = pandas.read_excel(path, header=None, dtype=str)
    except ImportError:
        raise DatasetError(f"{path}: install openpyxl to read it, or save it as csv") from None
    except (ValueError, OSError, KeyError) as error:
        raise DatasetError(f"{path}: damaged spreadsheet ({error}); save it as csv") from None
    return [["" if value is None else str(value) for value in row] for row in frame.to_numpy().tolist()]


def _code(number: int) -> str | None:
    try:
        return numbered(number)
    except UnknownUnit:
        return None


def _details(units: tuple[str, ...], row: Row) -> dict[str, Any]:
    coded = {unit: _VALUES[value] for unit, value in zip(units, row.more, strict=True)}
    present = {unit: value for unit, value in coded.items() if value is not None}
    return {"aus": AUs(present, source="emotionet")}


LAYOUTS = tuple(
    Layout(
        "emotionet",
        "table" if "FACS" in pattern else "older list",
        "AUs from the table of addresses, 999 is not measured; fetched pictures from images",
        (pattern,),
        read,
    )
    for pattern in TABLES
)
