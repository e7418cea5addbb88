"""`check`: what lies in a folder, and whether it is whole."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from explab.data.advice import not_found
from explab.data.dataset import SHOWN, UNLABELLED
from explab.data.duplicates import checked, find, remarks
from explab.data.errors import DatasetError
from explab.data.layout import recognise
from explab.data.listing import SPLITS, Listing, Problem, Row
from explab.data.load import NAMES, attempt, read, rule
from explab.data.readers import LAYOUTS, OWN, PUBLISHED
from explab.face import PictureError
from explab.progress import progress
from explab.words import count, join, near

PLURAL = ("samples", "subjects")


class Published(NamedTuple):
    """A number that a dataset's documentation gives, and what was found: good samples, with those that are not."""

    split: str
    what: str
    expected: int
    found: int
    note: str

    def __str__(self) -> str:
        same = "as published" if self.found == self.expected else f"published: {self.expected:,}"
        noun = self.what.removesuffix("s") if self.found == 1 and self.what in PLURAL else self.what
        return f"{self.split}: {self.found:,} {noun}, {same}{f' ({self.note})' if self.note else ''}"


@dataclass(frozen=True, eq=False)
class Checkup:
    """What a folder holds.

    Attributes:
        root: the folder.
        name: of the dataset, for `load_dataset`.
        rule: the layout, and what is read from where.
        counts: split -> class -> usable samples; "unlabelled" where some have no label.
        published: numbers that are known of this dataset.
        problems: samples that cannot be used: missing or damaged files, wrong labels, pictures that a later split has
            too.
        left_out: reason -> lines that the dataset itself marks as no samples.
        remarks: what a user should know.
        also: names of other datasets that lie in the same folder.
    """

    root: Path
    name: str
    rule: str
    counts: Mapping[str, Mapping[str, int]]
    published: Sequence[Published]
    problems: Sequence[Problem]
    left_out: Mapping[str, int]
    remarks: Sequence[str]
    also: Sequence[str]

    @property
    def good(self) -> bool:
        """No problem, and every number as published."""
        return not self.problems and all(p.found == p.expected for p in self.published)

    def lines(self) -> list[str]:
        """The same for the command line."""
        text = [f"{self.root}: {self.name}", f"  {self.rule}"]
        for split, classes in self.counts.items():
            per_class = ", ".join(f"{name} {n:,}" for name, n in classes.items())
            n = sum(classes.values())
            text.append(f"  {split}: {n:,} {'sample' if n == 1 else 'samples'} ({per_class})")
        text += [f"  published counts: {p}" for p in self.published]
        text += [f"  left out: {n:,}, {reason}" for reason, n in self.left_out.items()]
        text += [f"  note: {remark}" for remark in self.remarks]
        if self.also:
            text.append(f"  also here: {join(self.also)}")
        text.append(f"  {count(len(self.problems), 'problem')}" + (", the first:" if self.problems else ""))
        return text + [f"    {problem.split} {problem}" for problem in self.problems[:SHOWN]]


def check(
    root: str | PathLike[str],
    name: str | None = None,
    *,
    decode: bool = False,
    duplicates: str = "report",
    **options: Any,
) -> Checkup:
    """Recognise the dataset in a folder, count its samples and list what is wrong.

    Args:
        root: the folder.
        name: which dataset to check, where several fit; default: the first that does, published ones before own data.
        decode: read every picture, to find damaged ones; takes about a minute for 100,000.
        duplicates: pictures that are in two splits (the same file, the same pixels, or nearly the same picture) are
            problems with "report"; with "drop" they are not counted either in the split that comes first, as
            `load_splits` leaves them out there; "ignore" does not look for them. To find them every picture is read
            once; of 2000 and more that is remembered.
        options: of the dataset's reader, as for `load_dataset`.

    Raises:
        DatasetError: an unknown name or option, or a folder that holds no dataset explab knows.
    """
    folder = Path(root).expanduser()
    checked(duplicates)
    if name is not None and (name not in NAMES or name == "synth"):
        raise DatasetError(
            f"no dataset {name!r} on disk; there are {', '.join(NAMES[:-1])}{near(name, NAMES)}"
        )
    layouts = [layout for layout in LAYOUTS if name in (None, layout.dataset)]
    fitting = list(recognise(layouts, folder)) if folder.is_dir() else []
    if not fitting:
        raise not_found(name or "dataset", layouts, PUBLISHED, OWN, folder, attempt)
    layout, tree = fitting[0]
    listing = read(layout, tree, options)
    problems = [*listing.problems, *(_damaged(listing) if decode else ())]
    damaged = {(problem.split, problem.name) for problem in problems[len(listing.problems) :]}
    rows = [row for row in listing.rows if (row.split, row.name) not in damaged]
    by_split = {split: [row for row in rows if row.split == split] for split in SPLITS}
    shared = [] if duplicates == "ignore" else find(listing, by_split)
    problems += [duplicate.problem for duplicate in shared]
    if duplicates == "drop":
        gone = {(duplicate.split, duplicate.row.name) for duplicate in shared}
        rows = [row for row in rows if (row.split, row.name) not in gone]
    also = {candidate.dataset for candidate, _ in recognise(PUBLISHED, folder)} - {layout.dataset}
    return Checkup(
        root=folder,
        name=layout.dataset,
        rule=rule(layout),
        counts=_counts(rows, listing.classes),
        published=_published(layout.dataset, layout.key, listing),
        problems=problems,
        left_out=dict(listing.left_out),
        remarks=[*listing.remarks, *remarks(shared, by_split, duplicates == "drop")],
        also=sorted(also),
    )


def _damaged(listing: Listing) -> list[Problem]:
    problems = []
    for row in progress(listing.rows, "reading pictures", "picture"):
        try:
            listing.details(row)
            listing.pixels(row, listing.tree.path(row.file))
        except (PictureError, DatasetError) as error:
            problems.append(Problem(row.name, row.split, str(error)))
    return problems


def _counts(rows: Sequence[Row], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = Counter((row.split, row.label) for row in rows)
    splits = [split for split in SPLITS if any(split == row_split for row_split, _ in counts)]
    return {
        split: {name: counts[split, name] for name in classes}
        | ({UNLABELLED: counts[split, None]} if counts[split, None] else {})
        for split in splits
    }


def _published(name: str, key: str, listing: Listing) -> list[Published]:
    with (files("explab.data") / "published_counts.csv").open(encoding="utf-8") as table:
        records = [r for r in csv.DictReader(table) if r["dataset"] == name and r["layout"] in ("", key)]
    comparisons = []
    for record in records:
        rows = [row for row in listing.rows if row.split == record["split"]]
        quantity = record["what"]
        quantities = {
            "samples": len(rows) + sum(problem.split == record["split"] for problem in listing.problems),
            "labelled": sum(row.label is not None for row in rows),
            "subjects": len({row.subject for row in rows}),
        }
        counted = (
            quantities[quantity] if quantity in quantities else sum(row.label == quantity for row in rows)
        )
        comparisons.append(
            Published(record["split"], quantity, int(record["count"]), counted, record["note"])
        )
    return comparisons
