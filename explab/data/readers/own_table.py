"""Own data: a table with a label for each picture, and its path or its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explab.data.errors import DatasetError
from explab.data.formats import readme
from explab.data.formats.lines import numbered_rows
from explab.data.formats.pixel_table import SEARCHED, add_pixel_table, pixels, read_pixel_table
from explab.data.labels import labeller, no_class, used
from explab.data.listing import Listing, picture
from explab.data.sample import Pixels
from explab.data.splits.names import ACCEPTED, split_of
from explab.data.tree import Tree
from explab.face.picture import SUFFIXES
from explab.words import count, join, near

PATH_COLUMNS = ("path", "image", "file", "filename", "img", "pth", "image_path", "filepath", "name")
LABEL_COLUMNS = ("label", "emotion", "expression", "class")
SPLIT_COLUMNS = ("split", "usage", "subset", "partition")
SUBJECT_COLUMNS = ("subject", "subject_id", "person", "person_id", "identity")
KNOWN_ORDERS = {"fer2013.csv": "fer2013", "icml_face_data.csv": "fer2013", "ckextended.csv": "ckextended"}
"""Tables whose numbers are known: with another order their labels would be wrong."""


def read_csv(
    tree: Tree,
    *,
    table: str | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    split_column: str | None = None,
    order: str | None = None,
) -> Listing:
    """A table with a label for each picture and its path, relative to the table, or its pixels.

    A table whose first line is a picture already has no header: its first two columns count. Several tables that are
    called after splits (train.csv and test.csv) are read together. Without a column of splits a table is what its name
    says, and training data where that says nothing. A column "subject" or "person" says who is in a picture.

    Args:
        tree: the folder of the table.
        table: its name; may be left out where there is one .csv file only, or one for each split.
        path_column, label_column: names of the columns; default: the first known name, such as "path" and "label".
        split_column: holds train, validation or test; default: "split" or "usage", if it is there and holds that.
        order: name of a label order, if the labels are numbers.
    """
    files = _tables(tree, table)
    listing = Listing(tree, ())
    chosen = _Chosen(path_column, label_column, split_column, order)
    for file in files:
        if _has_pixels(tree, file, chosen):
            _add_pixels(listing, file, chosen)
        else:
            _add_paths(listing, file, chosen, alone=len(files) == 1)
    listing.classes = used(row.label for row in listing.rows)
    return listing


@dataclass(frozen=True)
class _Chosen:
    """The options of `read_csv` but the table."""

    path: str | None
    label: str | None
    split: str | None
    order: str | None


@dataclass(frozen=True)
class _Columns:
    """Where the path, the label, the split and the person stand in a line; None where the table does not say."""

    path: int
    label: int
    split: int | None = None
    subject: int | None = None


def _tables(tree: Tree, table: str | None) -> list[str]:
    tables = tree.find("*.csv")
    if table is None and (len(tables) == 1 or all(_split_of_table(name) for name in tables)):
        return tables
    if table is None:
        raise DatasetError(f"{tree.root}: several tables, {', '.join(tables)}; name one with table=")
    if not tree.has(table):
        raise DatasetError(f"{tree.path(table)}: no such table{near(table, tables)}")
    return [table]


def _split_of_table(file: str) -> str | None:
    return split_of(Path(file).stem, numbered=False)


def _has_pixels(tree: Tree, file: str, chosen: _Chosen) -> bool:
    if chosen.path is not None:
        return False
    try:
        read_pixel_table(tree.path(file), _label_names(chosen), searched_only=True)
    except DatasetError:
        return False
    return True


def _label_names(chosen: _Chosen) -> Sequence[str]:
    return LABEL_COLUMNS if chosen.label is None else (chosen.label.lower(),)


def _add_pixels(listing: Listing, file: str, chosen: _Chosen) -> None:
    where, names = listing.tree.path(file), _label_names(chosen)
    known = KNOWN_ORDERS.get(Path(file).name.lower())
    if known and chosen.order not in (None, known):
        raise DatasetError(
            f"{where}: its numbers are those of order={known!r}, not of order={chosen.order!r}"
        )
    lines = read_pixel_table(where, names).lines
    label = labeller({line.emotion for line in lines if line.data}, chosen.order, str(where))
    listing.pixels = _pixels_or_picture
    stem = Path(file).stem
    add_pixel_table(
        listing,
        file,
        label,
        lambda cell: f"label {no_class(cell, chosen.order)}",
        name=lambda number: f"{stem}{number:07}",
        split=_split_of_table(file) or "train",
        labels=names,
    )


def _pixels_or_picture(row: Any, path: Path) -> Pixels:
    return picture(row, path) if row.more is None else pixels(row, path)


def _add_paths(listing: Listing, file: str, chosen: _Chosen, *, alone: bool) -> None:
    tree = listing.tree
    where, lines = str(tree.path(file)), numbered_rows(tree.path(file))
    at, start = _columns(lines, chosen, where, unlabelled=not alone)
    if at is None:
        listing.remarks.append(f"{file} has no column of labels, so it is not read")
        return
    body = lines[start:]
    kept = readme.body(body, lambda line: any(_is_picture(cell) for cell in line[1]))
    before = [number for number, _ in lines[: max(start - 1, 0)]] + [
        number for number, _ in body[: kept.start]
    ]
    listing.remarks += readme.remarks(file, before, [number for number, _ in body[kept.stop :]])
    body = body[kept]
    at = _with_split(listing, file, at, [row for _, row in body], chosen)
    label_of = labeller({row[at.label] for _, row in body if len(row) > at.label}, chosen.order, where)
    least = 1 + max(at.path, at.label, at.split or 0, at.subject or 0)
    for number, row in body:
        line = f"{file}, line {number}"
        if len(row) < least:
            listing.problem(line, "train", f"{count(len(row), 'cell')} only")
            continue
        path, word = row[at.path].replace("\\", "/").removeprefix("./"), row[at.label]
        split = (_split_of_table(file) or "train") if at.split is None else split_of(row[at.split])
        label = label_of(word)
        if split is None:
            listing.problem(
                path, "train", f"{line}: split {row[at.split or 0]!r} is no split; accepted are {ACCEPTED}"
            )
        elif label is None:
            listing.problem(path, split, f"{line}: label {no_class(word, chosen.order)}")
        else:
            subject = None if at.subject is None else row[at.subject] or None
            listing.add(path, split, path, label, subject)


def _is_picture(cell: str) -> bool:
    return Path(cell).suffix.lower() in SUFFIXES


def _columns(
    lines: Sequence[tuple[int, list[str]]], chosen: _Chosen, where: str, *, unlabelled: bool
) -> tuple[_Columns | None, int]:
    """The columns and where the lines below their names begin; None for a table without labels, where that is allowed.

    The names are looked for in the first lines, because a read-me may stand before them.
    """
    for i, (_, row) in enumerate(lines[:SEARCHED]):
        head = [cell.lower() for cell in row]
        path, label = _at(head, chosen.path, PATH_COLUMNS), _at(head, chosen.label, LABEL_COLUMNS)
        if path is not None and label is not None:
            split = _at(head, chosen.split, SPLIT_COLUMNS)
            if chosen.split is not None and split is None:
                raise _no_column(where, "split_column", head)
            return _Columns(path, label, split, _at(head, None, SUBJECT_COLUMNS)), i + 1
        others = {len(cells) for _, cells in lines[:i]}
        if (
            len(row) > 1
            and len(row) not in others
            and _is_picture(row[0])
            and not (chosen.path or chosen.label)
        ):
            return _Columns(0, 1), i
    head = [cell.lower() for cell in lines[0][1]]
    if unlabelled and _at(head, chosen.label, LABEL_COLUMNS) is None:
        return None, 0
    missing = "path_column" if _at(head, chosen.path, PATH_COLUMNS) is None else "label_column"
    raise _no_column(where, missing, head)


def _at(head: Sequence[str], chosen: str | None, usual_names: Sequence[str]) -> int | None:
    names = usual_names if chosen is None else (chosen.lower(),)
    return next((head.index(name) for name in names if name in head), None)


def _no_column(where: str, option: str, head: Sequence[str]) -> DatasetError:
    return DatasetError(
        f"{where}: {option} is not there; the table has the columns {', '.join(head)}; name one of them"
    )


def _with_split(
    listing: Listing, file: str, at: _Columns, body: Sequence[Sequence[str]], chosen: _Chosen
) -> _Columns:
    """A column of splits that nobody named counts only if it holds names of splits."""
    if at.split is None or chosen.split is not None:
        return at
    words = {row[at.split] for row in body if len(row) > at.split}
    if not words or any(split_of(word) for word in words):
        return at
    shown = join([repr(word) for word in sorted(words)[:3]])
    listing.remarks.append(
        f"{file}: column {at.split + 1} holds no names of splits ({shown}), so it is not used"
    )
    return replace(at, split=None)
