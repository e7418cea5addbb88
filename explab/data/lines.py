"""Tables and lists. Tables too large to keep in memory: one pass notes where each line begins, and lines are read
again when needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from explab.data.errors import DatasetError

_BOM = b"\xef\xbb\xbf"


def lines(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Offset in bytes and cells of every line that is not empty; quotes around a cell are taken off.

    Raises:
        DatasetError: the file is not UTF-8.
    """
    at = 0
    with path.open("rb") as file:
        for line in file:
            start = at
            at += len(line)
            text = line.removeprefix(_BOM).rstrip(b"\r\n") if start == 0 else line.rstrip(b"\r\n")
            if not text.isascii():
                _decoded(path, text)
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
    """All rows of a small table that are not empty, as text, blanks around the cells taken off.

    Raises:
        DatasetError: there is none, or the file is no UTF-8 text.
    """
    try:
        table = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text(path)), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise DatasetError(f"{path}: damaged table ({error})") from None
    table = [row for row in table if row]
    if not table:
        raise DatasetError(f"{path}: the table is empty; get the file again")
    return table


def text(path: Path) -> str:
    """A text file, with or without a byte order mark. Raises DatasetError where it is not UTF-8."""
    return _decoded(path, path.read_bytes().removeprefix(_BOM))


def _decoded(path: Path, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path}: not UTF-8 (byte {raw[error.start]:#x} in {raw[max(0, error.start - 20) : error.start + 1]!r}); "
            "save it as UTF-8"
        ) from None
