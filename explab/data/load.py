"""From a name and a folder to the samples of one split, `load_dataset`, or of three to train on, `load_splits`."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from explab.data.advice import not_found
from explab.data.dataset import Dataset, Problems
from explab.data.duplicates import Duplicate, checked, find, remarks
from explab.data.errors import DatasetError
from explab.data.layout import Layout, recognise
from explab.data.listing import SPLITS, Listing
from explab.data.readers import LAYOUTS, OWN, PUBLISHED, synth
from explab.data.splits.carve import Part, carve, three, without_classes
from explab.data.tree import Tree
from explab.words import count, join, near

NAMES: tuple[str, ...] = (*dict.fromkeys(layout.dataset for layout in LAYOUTS), "synth")
"""What `load_dataset` knows."""

LIMIT = 0.01
"""Largest share of a split that may be unusable, unless told otherwise."""


def load_dataset(
    name: str,
    root: str | PathLike[str] | None = None,
    split: str = "train",
    *,
    validation: float = 0.1,
    seed: int = 0,
    limit: float = LIMIT,
    **options: Any,
) -> Dataset:
    """The samples of one split of a dataset on disk, or of synthetic faces.

    Which of a dataset's layouts lies in the folder is told from its files; `dataset.rule` says which it was. Where
    there is no official validation split, one is carved out of the training data (`explab.data.splits.carve`), never
    out of the test data.

    Args:
        name: "raf-db", "raf-db-compound", "raf-au", "affectnet", "ferplus", "fer2013", "sfew", "ck+", "disfa", "bp4d",
            "emotionet"; "folder" and "csv" for own data; "synth".
        root: the dataset's folder; of "csv" also the table itself; None for "synth".
        split: "train", "validation" or "test".
        validation: share of the training data to carve out, where it must be; 0 leaves it whole.
        seed: which samples are carved out; of "synth", which series of faces.
        limit: largest share of the split that may be unusable and is skipped.
        options: what a reader takes besides, such as `aligned=False` of "raf-db", or `n`, `size` and `cache` of
            "synth"; see the `read` functions.

    Raises:
        DatasetError: an unknown name, split or option, a folder that holds something else (the message says what was
            looked for and what is there), or more unusable samples than `limit`.
    """
    _check(name, validation, limit)
    if split not in SPLITS:
        raise DatasetError(f"no split {split!r}; there are {', '.join(SPLITS)}{near(split, SPLITS)}")
    if name == "synth":
        if root is not None:
            raise DatasetError("synth takes no folder; cache= names one to keep the pictures in")
        listing = synth.read(
            seed=seed, split=split, **_checked(synth.read, name, options, already_set={"seed", "split"})
        )
        return _dataset(name, None, split, synth.RULE, listing, 0, seed, limit)
    folder, layout, listing = _on_disk(name, root, options)
    return _dataset(name, folder, split, rule(layout), listing, validation, seed, limit)


@dataclass(frozen=True, eq=False)
class Splits:
    """What a model is trained, chosen and judged on.

    Attributes:
        train, validation, test: all samples of them have labels; `origin` says where they come from. Nobody is in two
            of them, as far as the data tell people apart.
        unlabelled: samples of the dataset that nobody labelled; they are in no split.
        remarks: what must be known before a score is believed: pictures that two splits share, classes that one lacks.
    """

    train: Dataset
    validation: Dataset
    test: Dataset
    unlabelled: int
    remarks: tuple[str, ...] = ()


def load_splits(
    name: str,
    root: str | PathLike[str] | None,
    *,
    validation: float = 0.1,
    seed: int = 0,
    limit: float = LIMIT,
    duplicates: str = "report",
    **options: Any,
) -> Splits:
    """Three labelled splits of a dataset on disk, also of one that was published without; see `splits.carve.three`.

    Args:
        name, root, limit, options: as of `load_dataset`.
        validation, seed: share of the training data that is carved out for each split that is missing, and which.
        duplicates: pictures that are in two splits (the same file, the same pixels, or nearly the same picture) are
            said with "report"; "drop" leaves them out of the split that comes first, so that the test data stay as they
            are; "ignore" does not look for them. To find them every picture is read once.

    Raises:
        DatasetError: as `load_dataset`; no labels; too few samples for three splits.
    """
    _check(name, validation, limit)
    checked(duplicates)
    if name == "synth":
        raise DatasetError(
            "synth lies in no folder; load_dataset('synth', split=...) gives each of its splits"
        )
    folder, layout, listing = _on_disk(name, root, options)
    labelled = [row for row in listing.rows if row.label]
    if listing.rows and not labelled:
        raise DatasetError(
            f"{folder}: {name} says of no picture which expression it shows{_remarks(listing)}; "
            "there is nothing to train on"
        )
    for split in {problem.split for problem in listing.problems} - {row.split for row in listing.rows}:
        lost = [problem for problem in listing.problems if problem.split == split]
        Problems(f"{name}, {split}", len(lost), limit, lost)  # nothing stands in for what should be there
    carved = three(labelled, validation, seed)
    shared = (
        [] if duplicates == "ignore" else find(listing, {split: rows for split, (rows, _) in carved.items()})
    )
    said = remarks(shared, {split: rows for split, (rows, _) in carved.items()}, duplicates == "drop")
    if duplicates == "drop":
        carved = _without(carved, shared)
    said += without_classes(carved)
    parts: dict[str, Dataset] = {}
    for split, (rows, origin) in carved.items():
        unusable = [problem for problem in listing.problems if f"official {problem.split} data" == origin]
        problems = Problems(f"{name}, {split}", len(rows) + len(unusable), limit, unusable)
        if not rows:
            raise DatasetError(
                f"{folder}: {name} has no {split} data ({origin}); {count(len(labelled), 'sample')} with a label are "
                "too few, or there is no train split. Bring more, or another share with validation="
            )
        own_rows = [row._replace(split=split) for row in rows]
        parts[split] = Dataset(
            name, folder, split, rule(layout), listing, own_rows, problems, tuple(listing.remarks), origin
        )
    return Splits(**parts, unlabelled=len(listing.rows) - len(labelled), remarks=tuple(said))


def _without(parts: dict[str, Part], shared: Sequence[Duplicate]) -> dict[str, Part]:
    """The parts without the pictures that a later one has too."""
    gone = {(each.split, each.row.name) for each in shared}
    return {
        split: ([row for row in rows if (split, row.name) not in gone], origin)
        for split, (rows, origin) in parts.items()
    }


def _on_disk(
    name: str, root: str | PathLike[str] | None, options: dict[str, Any]
) -> tuple[Path, Layout, Listing]:
    """The folder of a dataset, the layout it has, and what is in it."""
    if root is None:
        raise DatasetError(f"{name} lies on disk: give its folder, load_dataset({name!r}, folder)")
    folder = Path(root).expanduser()
    if name == "csv" and folder.is_file():
        folder, options = folder.parent, {"table": folder.name, **options}
    layout, tree = _layout(name, folder)
    return folder, layout, read(layout, tree, options)


def _check(name: str, validation: float, limit: float) -> None:
    if name not in NAMES:
        raise DatasetError(f"no dataset {name!r}; there are {', '.join(NAMES)}{near(name, NAMES)}")
    if not (0 <= validation < 1 and 0 <= limit <= 1):
        raise DatasetError(f"validation={validation!r}, limit={limit!r}: both are shares, from 0 to 1")


def _remarks(listing: Listing) -> str:
    return f" ({'; '.join(listing.remarks)})" if listing.remarks else ""


def rule(layout: Layout) -> str:
    """What `Dataset.rule` says of a layout."""
    return f"{layout.key}: {layout.rule}"


def read(layout: Layout, tree: Tree, options: dict[str, Any] | None = None) -> Listing:
    """The listing of a folder by a layout, its note among the remarks. Raises DatasetError for unknown options."""
    listing = layout.read(tree, **_checked(layout.read, layout.dataset, options or {}))
    if layout.note:
        listing.remarks.insert(0, layout.note)
    _listed_once(listing)
    return listing


def _listed_once(listing: Listing) -> None:
    """What is listed several times, in two splits or with two labels, is nowhere: which of them is right?"""
    listings: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in listing.rows:
        listings[row.name, row.file].append(f"{row.label or 'unlabelled'} in {row.split}")
    if len(listings) == len(listing.rows):
        return
    rows, listing.rows = listing.rows, []
    for row in rows:
        several = listings[row.name, row.file]
        if len(several) == 1:
            listing.rows.append(row)
        else:
            listing.problem(row.name, row.split, f"listed several times, {join(several)}; keep one line")


def _layout(name: str, root: Path) -> tuple[Layout, Tree]:
    candidates = [layout for layout in LAYOUTS if layout.dataset == name]
    match = next(recognise(candidates, root), None)
    if match is None:
        raise not_found(name, candidates, PUBLISHED, OWN, root, attempt)
    return match


def attempt(layout: Layout, tree: Tree) -> str:
    """The split that a layout reads in a folder, as tried here. Raises DatasetError where it cannot be read."""
    listing = read(layout, tree)
    splits = [split for split in SPLITS if any(row.split == split for row in listing.rows)]
    if not splits and not listing.problems:
        raise DatasetError(f"{tree.root}: {layout.dataset} has no samples")
    split = (splits or [listing.problems[0].split])[0]
    _dataset(layout.dataset, tree.root, split, rule(layout), listing, 0, 0, LIMIT)
    return split


def _checked(
    reader: Any, name: str, options: dict[str, Any], already_set: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    allowed = [
        option for option in inspect.signature(reader).parameters if option not in {"tree", *already_set}
    ]
    for option in options:
        if option not in allowed:
            has = f"its options are {join(allowed)}" if allowed else "it has none"
            raise DatasetError(f"{name} has no option {option!r}; {has}{near(option, allowed)}")
    return options


def _dataset(
    name: str,
    root: Path | None,
    split: str,
    layout: str,
    listing: Listing,
    validation: float,
    seed: int,
    limit: float,
) -> Dataset:
    """One split of a listing, its validation split carved out where there is none."""
    official = {row.split for row in listing.rows} | {problem.split for problem in listing.problems}
    carved = "validation" not in official and split != "test" and "train" in official and validation > 0
    source = "train" if carved else split
    if source not in official:
        has = join([part for part in SPLITS if part in official]) or "nothing"
        raise DatasetError(f"{root}: {name} has no {split} split here, only {has}{_remarks(listing)}")
    rows = [row for row in listing.rows if row.split == source]
    unusable = [problem for problem in listing.problems if problem.split == source]
    problems = Problems(f"{name}, {source}", len(rows) + len(unusable), limit, unusable)
    if carved:
        chosen = carve(rows, validation, seed)
        if split == "train":
            rows = [row for i, row in enumerate(rows) if i not in chosen]
        else:
            rows = [row._replace(split=split) for i, row in enumerate(rows) if i in chosen]
    if not rows:
        reasons = "; ".join(f"{why} ({n})" for why, n in listing.left_out.items())
        raise DatasetError(f"{root}: {name} has no {split} samples{f': {reasons}' if reasons else ''}")
    return Dataset(name, root, split, layout, listing, rows, problems, tuple(listing.remarks))
