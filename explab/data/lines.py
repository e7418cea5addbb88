"""Tables too large to keep in memory: one pass notes where each line begins, and lines are read again when needed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

_BOM = b"\xef\xbb\xbf"


def lines(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Offset in bytes and cells of every line that is not empty; quotes around a cell are taken off."""
    at = 0
    with path.open("rb") as file:
        for line in file:
            start = at
            at += len(line)
            text = line.removeprefix(_BOM).rstrip(b"\r\n") if start == 0 else line.rstrip(b"\r\n")
            if text:
                yield start, cells(text)


def line_at(path: Path, offset: int) -> list[bytes]:
    """The cells of the line that begins at an offset."""
    with path.open("rb") as file:
        file.seek(offset)
        return cells(file.readline().removeprefix(_BOM).rstrip(b"\r\n"))


def cells(line: bytes) -> list[bytes]:
    """The cells of one line. The csv module is asked only where there are quotes: it decodes, which takes time."""
    if b'"' not in line:
        return line.split(b",")
    return [cell.encode() for cell in next(csv.reader([line.decode()]))]


def rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    """All rows of a small table that are not empty, as text, blanks around the cells taken off."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=delimiter) if row]
