"""Own data: a folder for each class, or a table with a path and a label for each picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from explab.data.errors import DatasetError
from explab.data.layout import Layout
from explab.data.lines import rows
from explab.data.listing import SEVEN, SPLITS, Listing, Row, numbers
from explab.data.tree import Tree
from explab.face.picture import SUFFIXES
from explab.facs import ALIASES, COMPOUNDS, EXPRESSIONS, LABEL_ORDERS, compound, expression
from explab.words import count, near

SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
PATH_COLUMNS = ("path", "image", "file", "filename", "img", "pth", "image_path", "filepath", "name")
SHOWN = 3
"""Folders named where pictures are not read."""
LABEL_COLUMNS = ("label", "emotion", "expression", "class")


def labeller(words: Iterable[str], order: str | None, where: str) -> Callable[[str], str | None]:
    """A function from a word or number to a label, or to None.

    Raises:
        DatasetError: an unknown order, or numbers without one: 4 is Sadness in one order and Neutral in another.
    """
    if order is not None:
        if order not in LABEL_ORDERS:
            raise DatasetError(
                f"order={order!r}: there are {', '.join(LABEL_ORDERS)}{near(order, LABEL_ORDERS)}"
            )
        labels: Mapping[str, str] = numbers(order)
        return labels.get
    words = list(words)
    if words and all(word.isdecimal() for word in words):
        raise DatasetError(
            f"{where}: the labels are numbers; say whose with order=, one of {', '.join(LABEL_ORDERS)}"
        )
    return word_label


def word_label(word: str) -> str | None:
    """The expression or compound expression of a word, or None."""
    for read in (expression, compound):
        try:
            return read(word)
        except ValueError:
            pass
    return None


def folders(tree: Tree, classes: tuple[str, ...] | None = None, order: str | None = None) -> Listing:
    """A folder for each class, directly in the tree or in folders train, val and test.

    Args:
        tree: the dataset.
        classes: possible labels; None takes those found.
        order: name of a label order, if the folders are numbers.
    """
    splits = {name: SPLIT_FOLDERS[name.lower()] for name in tree.folders() if name.lower() in SPLIT_FOLDERS}
    places = [(f"{name}/{inner}", split) for name, split in splits.items() for inner in tree.folders(name)]
    if not splits:
        places = [(name, "train") for name in tree.folders()]
    filled = [(folder, split, tree.pictures(folder)) for folder, split in places]
    filled = [place for place in filled if place[2]]
    named = labeller((f.rpartition("/")[2] for f, _, _ in filled), order, str(tree.root))
    listing = Listing(tree, classes or ())
    for folder, split, files in filled:
        word = folder.rpartition("/")[2]
        label = named(word)
        if label is None or (classes and label not in classes):
            for file in files:
                listing.problem(f"{folder}/{file}", split, f"folder {word!r} is no class{near_class(word)}")
            continue
        # The files were just listed.
        listing.rows += [Row(f"{folder}/{file}", split, f"{folder}/{file}", label) for file in files]
    listing.classes = classes or used(row.label for row in listing.rows)
    _mention_others(listing, {folder for folder, _, _ in filled})
    return listing


def _mention_others(listing: Listing, read: set[str]) -> None:
    """Pictures of the tree that lie in no class folder are not read; that is said."""
    outside = {folder: n for folder in listing.tree.walk() if (n := len(listing.tree.pictures(folder)))}
    outside = {folder or ".": n for folder, n in outside.items() if folder not in read}
    if outside:
        where = ", ".join([*outside][:SHOWN]) + (", ..." if len(outside) > SHOWN else "")
        listing.remarks.append(
            f"{count(sum(outside.values()), 'picture')} outside the class folders, not read: {where}"
        )


def near_class(word: str) -> str:
    """Near words for expressions, for a message."""
    return near(word, (*ALIASES, *EXPRESSIONS, *COMPOUNDS))


def used(labels: Iterable[str | None]) -> tuple[str, ...]:
    """The classes that some labels belong to: seven expressions, eight, or the compounds."""
    present = {label for label in labels if label}
    if not present & set(COMPOUNDS):
        return EXPRESSIONS if "Contempt" in present else SEVEN
    return (*(EXPRESSIONS if present & set(EXPRESSIONS) else ()), *COMPOUNDS)


def read_folder(tree: Tree, *, order: str | None = None) -> Listing:
    """A folder for each class; `order` says whose numbers they are, where they are numbers."""
    return folders(tree, order=order)


def read_csv(
    tree: Tree,
    *,
    table: str | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    split_column: str = "split",
    order: str | None = None,
) -> Listing:
    """A table with a path and a label for each picture; paths are relative to it.

    A table whose first line is a picture already has no header: its first two columns count.

    Args:
        tree: the folder of the table.
        table: its name; may be left out where there is one .csv file only.
        path_column, label_column: names of the columns; default: the first known name, such as "path" and "label".
        split_column: holds train, validation or test, if there is such a column.
        order: name of a label order, if the labels are numbers.
    """
    file = _one_table(tree, table)
    lines = rows(tree.path(file))
    head = [cell.lower() for cell in lines[0]]
    if Path(lines[0][0]).suffix.lower() in SUFFIXES:
        at_path, at_label, at_split = 0, 1, None
    else:
        where = str(tree.path(file))
        at_path = _column(head, path_column, PATH_COLUMNS, f"{where}: path_column")
        at_label = _column(head, label_column, LABEL_COLUMNS, f"{where}: label_column")
        at_split = head.index(split_column.lower()) if split_column.lower() in head else None
        lines = lines[1:]
    named = labeller({row[at_label] for row in lines if len(row) > at_label}, order, str(tree.path(file)))
    listing = Listing(tree, ())
    for number, row in enumerate(lines, start=1):
        if len(row) <= max(at_path, at_label, at_split or 0):
            listing.problem(f"line {number}", "train", f"{file}: {count(len(row), 'cell')} only")
            continue
        path, word = row[at_path].replace("\\", "/").removeprefix("./"), row[at_label]
        split = "train" if at_split is None else SPLIT_FOLDERS.get(row[at_split].lower())
        label = named(word)
        if split is None:
            listing.problem(
                path, "train", f"{file}: split {row[at_split or 0]!r} is none of {', '.join(SPLITS)}"
            )
        elif label is None:
            listing.problem(path, split, f"{file}: label {word!r} is no class{near_class(word)}")
        else:
            listing.add(path, split, path, label)
    listing.classes = used(row.label for row in listing.rows)
    return listing


def _one_table(tree: Tree, table: str | None) -> str:
    tables = tree.find("*.csv")
    if table is None and len(tables) == 1:
        return tables[0]
    if table is None:
        raise DatasetError(f"{tree.root}: several tables, {', '.join(tables)}; name one with table=")
    if not tree.has(table):
        raise DatasetError(f"{tree.path(table)}: no such table{near(table, tables)}")
    return table


def _column(head: Sequence[str], chosen: str | None, usual_names: Sequence[str], option: str) -> int:
    for name in usual_names if chosen is None else (chosen.lower(),):
        if name in head:
            return head.index(name)
    raise DatasetError(
        f"{option} is not there; the table has the columns {', '.join(head)}; name one of them"
    )


def _has_class_folder(tree: Tree) -> bool:
    names = tree.folders()
    inner = [name for split in names if split.lower() in SPLIT_FOLDERS for name in tree.folders(split)]
    return any(word_label(name) or name.isdecimal() for name in (*names, *inner))


FOLDER = Layout(
    "folder",
    "folders named after expressions, directly or in train, val and test",
    "labels from the names of the folders",
    ("*",),
    read_folder,
    fits=_has_class_folder,
)
CSV = Layout("csv", "table", "paths and labels from a table", ("*.csv",), read_csv)
LAYOUTS = (FOLDER, CSV)
