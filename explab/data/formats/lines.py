"""Tables and lists. Tables too large to keep in memory: one pass notes where each line begins, and lines are read
again when needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from explab.data.errors import DatasetError

_BOM = b"\xef\xbb\xbf"
_OTHERS = (b";", b"\t", b"|")
"""What stands between cells where no comma does."""
_LOOKED_AT = 1 << 16
"""Characters of a table from which that is told."""


def lines(path: Path) -> Iterator[tuple[int, int, list[bytes]]]:
    """Number from 1, offset in bytes and cells of every line that is not empty; quotes around a cell are taken off.

    Raises:
        DatasetError: the file is not UTF-8.
    """
    at = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            start = at
            at += len(line)
            text = line.removeprefix(_BOM).rstrip(b"\r\n") if start == 0 else line.rstrip(b"\r\n")
            if not text.isascii():
                _decoded(path, text)
            if text:
                yield number, start, cells(text)


def line_at(path: Path, offset: int) -> list[bytes]:
    """The cells of the line that begins at an offset."""
    with path.open("rb") as file:
        file.seek(offset)
        return cells(file.readline().removeprefix(_BOM).rstrip(b"\r\n"))


def cells(line: bytes) -> list[bytes]:
    """The cells of one line. The csv module is asked only where there are quotes: it decodes, which takes time."""
    between = b"," if b"," in line else max(_OTHERS, key=line.count)
    if b'"' not in line:
        return line.split(between)
    return [cell.encode() for cell in next(csv.reader([line.decode()], delimiter=between.decode()))]


def rows(path: Path, delimiter: str | None = None) -> list[list[str]]:
    """The rows of `numbered_rows` without their numbers. Errors as there."""
    return [row for _, row in numbered_rows(path, delimiter)]


def numbered_rows(path: Path, delimiter: str | None = None) -> list[tuple[int, list[str]]]:
    """All rows of a small table that are not empty, as text, blanks around the cells taken off; each with the number of
    its line in the file, from 1.

    Args:
        path: of the table.
        delimiter: between cells; default: a comma where most lines have one, else a semicolon, tab or bar.

    Raises:
        DatasetError: there is none, or the file is no UTF-8 text.
    """
    content = text(path)
    reader = csv.reader(io.StringIO(content), delimiter=delimiter or _delimiter(content))
    try:
        table = [
            (reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num}: damaged table ({error})") from None
    if not table:
        raise DatasetError(f"{path}: the table is empty; get the file again")
    return table


def _delimiter(content: str) -> str:
    """What most of the first lines have between their cells; a comma where none has anything."""
    first = [line for line in content[:_LOOKED_AT].splitlines() if line.strip()][:50]
    having = {
        between: sum(between in line for line in first) for between in (",", *(o.decode() for o in _OTHERS))
    }
    if 2 * having[","] >= len(first):
        return ","
    return max(having, key=having.__getitem__)


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
