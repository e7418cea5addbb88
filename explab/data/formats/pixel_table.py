"""Tables that hold the pixels themselves, "emotion,pixels,Usage": FER2013 (Goodfellow et al. 2013) and its like."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from explab.data.errors import DatasetError
from explab.data.formats import readme
from explab.data.formats.lines import line_at, lines
from explab.data.listing import Listing, Row
from explab.data.sample import Pixels
from explab.data.splits.names import split_of
from explab.face import PictureError

USAGES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
SIDE = 48
SEARCHED = 30
"""Lines in which the columns' names are looked for: a read-me may stand before them."""
PIXELS = "pixels"


class Line(NamedTuple):
    """One line: where it begins, which cell holds the pixels and how many they are, the other two, its number in the
    file from 1, and whether it is a line of the table at all."""

    offset: int
    column: int
    emotion: str
    usage: str
    values: int
    number: int = 0
    data: bool = True


@dataclass(frozen=True)
class PixelTable:
    """The lines below the names of the columns, in their order, which is the number of an image in FERPlus.

    Attributes:
        lines: all of them.
        usage: whether there is a column of splits.
        before: numbers of the lines of text before the columns' names.
    """

    lines: list[Line]
    usage: bool
    before: list[int]


def read_pixel_table(
    path: Path, labels: Sequence[str] = ("emotion",), *, searched_only: bool = False
) -> PixelTable:
    """All lines of a table. Raises DatasetError for other columns.

    The columns are found by name: icml_face_data.csv has another order, and blanks before the names.

    Args:
        path: of the table.
        labels: names that the column of labels may have.
        searched_only: look for the columns alone, and read no line.
    """
    table = lines(path)
    first: list[str] = []
    before: list[int] = []
    for number, _, cells in islice(table, SEARCHED):
        head = [cell.decode().strip().lower() for cell in cells]
        emotion = next((head.index(name) for name in labels if name in head), None)
        if PIXELS in head and emotion is not None:
            break
        first = first or head
        before.append(number)
    else:
        raise DatasetError(
            f"{path}: begins with {','.join(first)[:80]!r}; expected the columns {' or '.join(labels)}, pixels and "
            "Usage"
        )
    pixels, usage = head.index(PIXELS), head.index("usage") if "usage" in head else None
    parsed: list[Line] = []
    for number, offset, row in () if searched_only else table:
        if len(row) != len(head):
            parsed.append(Line(offset, pixels, "", "", 0, number, _is_data(row)))
            continue
        label = row[emotion].decode().strip()
        split = "" if usage is None else row[usage].decode().strip()
        values = row[pixels].strip().count(b" ") + 1
        data = _is_number(row[emotion]) or _is_number(row[pixels]) or bool(split_of(split))
        parsed.append(Line(offset, pixels, label, split, values, number, data))
    return PixelTable(parsed, usage is not None, before)


def _is_data(row: Sequence[bytes]) -> bool:
    """Whether a line with another number of cells was meant as one of the table: it has pixels, or nothing but numbers
    and splits. "The data, consists of 48x48" is text."""
    cells = [cell.strip() for cell in row if cell.strip()]
    numeric = [_is_number(cell) for cell in cells]
    pixels = any(known and b" " in cell for cell, known in zip(cells, numeric, strict=True))
    return pixels or all(known or split_of(cell.decode()) for cell, known in zip(cells, numeric, strict=True))


def _is_number(cell: bytes) -> bool:
    """Whether a cell is a number, or several with blanks between them."""
    return cell.replace(b" ", b"").replace(b".", b"").isdigit()


def pixels(row: Row, path: Path) -> Pixels:
    """(side, side, 3) uint8 RGB of a Row whose `more` is its Line."""
    line: Line = row.more
    try:
        values = np.array(line_at(path, line.offset)[line.column].split(), np.int64)
    except (ValueError, IndexError) as error:
        raise PictureError(f"{path}, {row.name}: damaged pixels ({error})") from None
    side = math.isqrt(line.values)
    if len(values) != side * side or not (0 <= values.min() <= values.max() <= 255):
        raise PictureError(
            f"{path}, {row.name}: expected {side * side} pixels from 0 to 255; get the table again"
        )
    return np.repeat(values.astype(np.uint8).reshape(side, side, 1), 3, axis=2)


def wrong_size(line: Line) -> str:
    """What is wrong with the number of pixels; "" if it is right."""
    return "" if line.values == SIDE * SIDE else f"{line.values} pixel values in place of {SIDE * SIDE}"


def add_pixel_table(
    listing: Listing,
    file: str,
    label: Callable[[str], str | None],
    fault: Callable[[str], str],
    *,
    name: Callable[[int], str],
    split: str = "train",
    labels: Sequence[str] = ("emotion",),
) -> None:
    """Add the pictures of a table to a listing whose `pixels` are of this module.

    Args:
        listing: gets the rows, problems and remarks.
        file: the table, relative to the listing's tree.
        label: cell -> label, or None.
        fault: cell -> what is wrong with it.
        name: number of a line, from 0 below the names of the columns -> name of the sample.
        split: of all lines, where the table has no column Usage.
        labels: as of `read_pixel_table`.
    """
    table = read_pixel_table(listing.tree.path(file), labels)
    kept = readme.body(table.lines, lambda line: line.data)
    after = [line.number for line in table.lines[kept.stop :]]
    listing.remarks += readme.remarks(file, table.before, after)
    for i, line in enumerate(table.lines[: kept.stop]):
        where, own = f"{file}, line {line.number}", split_of(line.usage) if table.usage else split
        value = label(line.emotion)
        if own is None:
            accepted = ", ".join(USAGES)
            listing.problem(name(i), "train", f"{where}: Usage {line.usage!r} is none of {accepted}")
        elif value is None:
            listing.problem(name(i), own, f"{where}: {fault(line.emotion)}")
        elif wrong_size(line):
            listing.problem(name(i), own, f"{where}: {wrong_size(line)}")
        else:
            listing.add(name(i), own, file, value, more=line)
