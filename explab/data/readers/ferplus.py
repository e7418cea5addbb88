"""FERPlus: the faces of FER2013, each labelled anew by ten people (Barsoum et al., arXiv 1608.01041)."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from explab.data.errors import DatasetError
from explab.data.formats import pixel_table
from explab.data.formats.lines import numbered_rows
from explab.data.layout import Layout
from explab.data.listing import Listing, Row, picture, whole
from explab.data.readers import fer2013
from explab.data.sample import Pixels
from explab.data.tree import Tree
from explab.facs import EXPRESSIONS, LABEL_ORDERS

TABLE = "fer2013new.csv"
FOLDERS = {"FER2013Train": "train", "FER2013Valid": "validation", "FER2013Test": "test"}
_CHOICES = (*LABEL_ORDERS["ferplus"].values(), "unknown", "no face")
_PNG_FOLDERS = tuple(f"data/{folder}" for folder in FOLDERS)
_NO_MAJORITY = "no expression has the majority"


def majority(votes: Sequence[int]) -> str | None:
    """The label of ten numbers of votes by the rule of the paper's "majority" mode, or None.

    Choices with a single vote are dropped; of what remains one choice must have more than half.
    """
    supported = [n if n > 1 else 0 for n in votes]
    best = max(range(len(supported)), key=supported.__getitem__)
    return _CHOICES[best] if 2 * supported[best] > sum(supported) else None


def read(tree: Tree, *, fer2013_csv: str | PathLike[str] | None = None) -> Listing:
    """Votes from fer2013new.csv, or from the label.csv of each folder where there is none.

    Samples that the majority rule gives no expression, and lines without an image, are left out.

    Args:
        tree: the dataset.
        fer2013_csv: FER2013's table; default: the one next to the votes. Pictures in data/FER2013Train,
            FER2013Valid and FER2013Test are read where they are.
    """
    join = _Join(tree, fer2013_csv)
    if tree.has(TABLE):
        _read_table(join)
    else:
        _read_folders(join)
    return join.listing


class _Join:
    """Votes meet pixels: a png of the folder of its split, else a line of FER2013's table."""

    def __init__(self, tree: Tree, fer2013_csv: str | PathLike[str] | None) -> None:
        self.tree = tree
        self.listing = Listing(tree, EXPRESSIONS, details=_details, pixels=_pixels)
        self.lines: list[pixel_table.Line] = []
        self.table = ""
        if fer2013_csv is not None:
            if not Path(fer2013_csv).is_file():
                raise DatasetError(f"{fer2013_csv}: no such file; fer2013_csv is FER2013's table")
            self.table = str(Path(fer2013_csv).resolve())
        elif beside := fer2013.table_in(tree):
            self.table = beside
        if self.table:
            self.lines = pixel_table.read_pixel_table(tree.path(self.table)).lines
        elif not any(tree.pictures(folder) for folder in _PNG_FOLDERS):
            raise DatasetError(
                f"{tree.root}: FERPlus has votes but no pictures; put fer2013.csv next to {TABLE}, or name it with "
                "fer2013_csv="
            )

    def add(self, image: str, split: str, folder: str, cells: Sequence[str], box: str) -> None:
        name = image.rpartition(".")[0]
        try:
            votes = [int(whole(cell)) for cell in cells]
            number = int(name.removeprefix("fer"))
        except ValueError:
            self.listing.problem(name, split, f"votes {','.join(cells)} are no whole numbers")
            return
        if len(votes) != len(_CHOICES) or min(votes) < 0 or not sum(votes):
            self.listing.problem(
                name, split, f"votes {','.join(cells)}; expected {len(_CHOICES)} numbers from 0"
            )
            return
        label = majority(votes)
        if label not in EXPRESSIONS:
            self.listing.left_out[_NO_MAJORITY if label is None else f"the majority says {label}"] += 1
            return
        png = f"{folder}/{image}"
        if self.tree.has(png) or not self.lines:
            self.listing.add(name, split, png, label, more=(votes, box, None))
        elif number >= len(self.lines) or pixel_table.wrong_size(self.lines[number]):
            self.listing.problem(name, split, f"{self.table} has no whole line {number}")
        else:
            line = self.lines[number]
            self.listing.rows.append(Row(name, split, self.table, label, None, (votes, box, line)))


def _read_table(join: _Join) -> None:
    (_, head), *table = numbered_rows(join.tree.path(TABLE))
    if len(head) != 12 or head[1].lower() != "image name":
        raise DatasetError(
            f"{join.tree.path(TABLE)}: begins with {','.join(head)}; expected Usage, Image name and 10 columns of votes"
        )
    folder_of = {split: folder for folder, split in FOLDERS.items()}
    for line, row in table:
        where = f"{TABLE}, line {line}"
        if len(row) != len(head):
            join.listing.problem(where, "train", f"{len(row)} cells in place of {len(head)}")
            continue
        usage, image, *votes = row
        split = pixel_table.USAGES.get(usage)
        if not image:
            join.listing.left_out["the line names no image"] += 1
        elif split is None:
            join.listing.problem(
                image, "train", f"{where}: Usage {usage!r} is none of {', '.join(pixel_table.USAGES)}"
            )
        else:
            join.add(image, split, f"data/{folder_of[split]}", votes, "")


def _read_folders(join: _Join) -> None:
    for folder in _PNG_FOLDERS:
        split = FOLDERS[folder.rpartition("/")[2]]
        if not join.tree.has(f"{folder}/label.csv"):
            continue
        for line, row in numbered_rows(join.tree.path(f"{folder}/label.csv")):
            if len(row) == 2 + len(_CHOICES):
                join.add(row[0], split, folder, row[2:], row[1])
            else:
                fault = f"{folder}/label.csv: {len(row)} cells in place of {2 + len(_CHOICES)}"
                join.listing.problem(f"{folder}, line {line}", split, fault)


def _details(row: Row) -> dict[str, Any]:
    votes, box, _ = row.more
    total = sum(votes)
    shares = {name: n / total for name, n in zip(_CHOICES[:8], votes, strict=False)}
    details: dict[str, Any] = {"votes": shares}
    if box:
        details["box"] = np.array(box.strip("()").split(","), np.float32)
    return details


def _pixels(row: Row, path: Path) -> Pixels:
    line = row.more[2]
    return picture(row, path) if line is None else pixel_table.pixels(row._replace(more=line), path)


LAYOUTS = (
    Layout(
        "ferplus",
        "table",
        f"votes from {TABLE}; the label is the majority without single votes; PublicTest is the validation split",
        (TABLE,),
        read,
    ),
    Layout(
        "ferplus",
        "folders",
        "votes from data/FER2013*/label.csv; the label is the majority without single votes",
        ("data/FER2013Train/label.csv",),
        read,
    ),
)
