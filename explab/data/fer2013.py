"""FER2013: 48 px grey faces (Goodfellow et al. 2013), from either table of its challenge, or in folders."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from explab.data.errors import DatasetError
from explab.data.layout import Layout
from explab.data.lines import line_at, lines
from explab.data.listing import SEVEN, Listing, Row, not_among, numbers
from explab.data.own import folders
from explab.data.sample import Pixels
from explab.data.tree import Tree
from explab.face import PictureError

TABLES = ("fer2013.csv", "icml_face_data.csv")
USAGES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
SIDE = 48


class Line(NamedTuple):
    """One line of a table: where it begins, which cell holds the pixels and how many they are, and the other two."""

    offset: int
    column: int
    emotion: str
    usage: str
    values: int


def read_lines(path: Path) -> list[Line]:
    """All lines in their order, which is the number of an image in FERPlus. Raises DatasetError for other columns.

    The columns are found by name: icml_face_data.csv has another order, and blanks before the names.
    """
    table = lines(path)
    head = [cell.decode().strip().lower() for cell in next(table, (0, []))[1]]
    try:
        emotion, pixels, usage = (head.index(name) for name in ("emotion", "pixels", "usage"))
    except ValueError:
        raise DatasetError(
            f"{path}: begins with {','.join(head)[:80]!r}; expected the columns emotion, pixels and Usage"
        ) from None
    parsed = []
    for offset, row in table:
        complete = len(row) == len(head)
        parsed.append(
            Line(
                offset,
                pixels,
                row[emotion].decode().strip(),
                row[usage].decode().strip(),
                _values(row[pixels]),
            )
            if complete
            else Line(offset, pixels, "", "", 0)
        )
    return parsed


def _values(pixels: bytes) -> int:
    return pixels.strip().count(b" ") + 1


def pixels(row: Row, path: Path) -> Pixels:
    """(48, 48, 3) uint8 RGB of a Row whose `more` is its Line."""
    line: Line = row.more
    try:
        values = np.array(line_at(path, line.offset)[line.column].split(), np.int64)
    except (ValueError, IndexError) as error:
        raise PictureError(f"{path}, {row.name}: damaged pixels ({error})") from None
    if len(values) != SIDE * SIDE or not (0 <= values.min() <= values.max() <= 255):
        raise PictureError(
            f"{path}, {row.name}: expected {SIDE * SIDE} pixels from 0 to 255; get the table again"
        )
    return np.repeat(values.astype(np.uint8).reshape(SIDE, SIDE, 1), 3, axis=2)


def image_name(number: int) -> str:
    """What FERPlus calls the image in a line of the table, from 0."""
    return f"fer{number:07}"


def table_in(tree: Tree) -> str | None:
    """The table's name in a folder, if it is there."""
    return next((table for table in TABLES if tree.has(table)), None)


def wrong_size(line: Line) -> str:
    """What is wrong with the number of pixels; "" if it is right."""
    return "" if line.values == SIDE * SIDE else f"{line.values} pixel values in place of {SIDE * SIDE}"


def read_table(tree: Tree) -> Listing:
    """Pixels and labels from fer2013.csv or icml_face_data.csv."""
    listing, labels = Listing(tree, SEVEN, pixels=pixels), numbers("fer2013")
    table = table_in(tree)
    assert table  # the layout asked for it
    for number, line in enumerate(read_lines(tree.path(table))):
        name, split = image_name(number), USAGES.get(line.usage)
        if split is None:
            listing.problem(name, "train", f"{table}: Usage {line.usage!r} is none of {', '.join(USAGES)}")
        elif line.emotion not in labels:
            listing.problem(name, split, f"{table}: {not_among(line.emotion, labels)}")
        elif wrong_size(line):
            listing.problem(name, split, f"{table}: {wrong_size(line)}")
        else:
            listing.add(name, split, table, labels[line.emotion], more=line)
    return listing


def read_folders(tree: Tree) -> Listing:
    """A folder for each class, by word: where they are numbered it is in another order, 4 being Neutral."""
    return folders(tree, SEVEN)


def _looks_like_it(tree: Tree) -> bool:
    """No contempt and pictures of 48 px: own data may have folders of the same names."""
    from PIL import Image

    files = tree.pictures("train/angry")
    if tree.find("train/contempt") or not files:
        return False
    try:
        with Image.open(tree.path(f"train/angry/{files[0]}")) as first:
            return first.size == (SIDE, SIDE)
    except OSError:
        return False


LAYOUTS = (
    *(
        Layout(
            "fer2013",
            "table",
            f"pixels and labels from {table}, 0 Angry to 6 Neutral; PublicTest is the validation split",
            (table,),
            read_table,
        )
        for table in TABLES
    ),
    Layout(
        "fer2013",
        "folders",
        "labels from the folders train/angry to train/surprise, by word; pictures of 48 px",
        ("train/angry", "train/disgust", "train/fear", "train/neutral"),
        read_folders,
        fits=_looks_like_it,
        note="Its test folder usually holds PublicTest and PrivateTest together.",
    ),
)
