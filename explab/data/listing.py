"""What a reader makes of a dataset's files: rows, and what is wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from explab.data.sample import Pixels
from explab.data.tree import Tree
from explab.face import load_picture
from explab.facs import EXPRESSIONS, LABEL_ORDERS

SPLITS = ("train", "validation", "test")
SEVEN = EXPRESSIONS[:7]
"""The expressions without contempt, which most datasets lack."""


class Row(NamedTuple):
    """One line of a dataset's lists. There may be 300,000, so nothing in it is decoded yet.

    `file` is relative to the tree, "" where the pixels are computed; `more` is for the reader's own `details` and
    `pixels`.
    """

    name: str
    split: str
    file: str = ""
    label: str | None = None
    subject: str | None = None
    more: Any = None


class Problem(NamedTuple):
    """A sample that had to be skipped."""

    name: str
    split: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


def no_details(row: Row) -> Mapping[str, Any]:  # noqa: ARG001
    """Of datasets whose rows say everything."""
    return {}


def picture(row: Row, path: Path) -> Pixels:  # noqa: ARG001
    """The pixels of datasets with one file for each picture."""
    return load_picture(path).rgb


@dataclass(eq=False)
class Listing:
    """Rows of all splits, in the order of the files, and what was skipped.

    Attributes:
        tree: where the files lie.
        classes: possible labels, in explab's order; () of a dataset without expressions.
        details: row -> further fields of its Sample. Raises DatasetError where they are damaged.
        pixels: row and path of its file -> picture. Raises PictureError.
        rows, problems: good and bad lines.
        left_out: reason -> how many lines the dataset itself marks as no samples.
        remarks: what a user should know.
        made_by: what computed pixels depend on, besides the names of the rows.
    """

    tree: Tree
    classes: tuple[str, ...]
    details: Callable[[Row], Mapping[str, Any]] = no_details
    pixels: Callable[[Row, Path], Pixels] = picture
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    made_by: str = ""

    def add(
        self,
        name: str,
        split: str,
        file: str = "",
        label: str | None = None,
        subject: str | None = None,
        more: Any = None,
    ) -> None:
        """Note a good line; one whose file is missing becomes a problem."""
        if file and not self.tree.has(file):
            self.problem(name, split, f"{file} is missing")
        else:
            self.rows.append(Row(name, split, file, label, subject, more))

    def problem(self, name: str, split: str, what: str) -> None:
        """Note a line that cannot be used."""
        self.problems.append(Problem(name, split, what))


def numbers(order: str) -> dict[str, str]:
    """The numbers of a label order as files write them: {"1": "Surprise", ...}."""
    return {str(number): name for number, name in LABEL_ORDERS[order].items()}


def whole(cell: str) -> str:
    """A number as label orders have it: "3.0" and "03" are "3", as a spreadsheet leaves them; anything else stays."""
    match = re.fullmatch(r"0*(\d+)(\.0*)?", cell.strip())
    return match[1] if match else cell.strip()


def not_among(label: str, known: Mapping[str, str]) -> str:
    """What is wrong with a label."""
    return f"label {label!r} is not among {', '.join(known)}"
