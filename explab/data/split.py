"""Splits carved out of the training data, the same whatever else lies in the folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from hashlib import blake2b

import numpy as np

from explab.data.listing import SPLITS, Row


def carve(rows: Sequence[Row], share: float, seed: int) -> set[int]:
    """Numbers of the rows to validate on.

    Every class gives its share, rounded. Where subjects are known they are kept whole, so that nobody is in both
    splits, and those are taken that bring the classes closest to their share. Who is taken depends on names and
    seed alone: another order of files, or a missing one, moves no more than it must.

    Args:
        rows: the training data.
        share: to validate on, from 0 to less than 1.
        seed: another seed is another choice.
    """
    if any(row.subject for row in rows):
        return _by_subject(rows, share, seed)
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        groups[row.label].append(i)
    chosen: set[int] = set()
    for group in groups.values():
        group.sort(key=lambda i: _draw(rows[i].name, seed))
        chosen.update(group[: round(share * len(group))])
    return chosen


Part = tuple[list[Row], str]
"""The rows of a split, and in words where they come from."""


def three(rows: Sequence[Row], share: float, seed: int) -> dict[str, Part]:
    """Rows as three splits: official ones where they are there, else as many as can be had.

    Without test data the official validation data are the test data; where they are missing as well, both are carved
    out of the training data. Validation data that are missing then are always carved, and never out of the test data.

    Args:
        rows: of all official splits; all of them have labels.
        share, seed: as of `carve`.
    """
    official = {split: [row for row in rows if row.split == split] for split in SPLITS}
    train, validation, test = ((official[split], f"official {split} data") for split in SPLITS)
    if not test[0]:
        test, validation = validation, ([], "")
    if not test[0]:
        train, test = _carved(train, share, seed)
    if not validation[0]:
        train, validation = _carved(train, share, seed)
    return dict(zip(SPLITS, (train, validation, test), strict=True))


def _carved(part: Part, share: float, seed: int) -> tuple[Part, Part]:
    """What remains of a part, and what is carved out of it."""
    rows, origin = part
    chosen = carve(rows, share, seed)
    remark = ", subjects kept whole" if any(row.subject for row in rows) else ""
    return (
        ([row for i, row in enumerate(rows) if i not in chosen], origin),
        (
            [row for i, row in enumerate(rows) if i in chosen],
            f"{share:.0%} of the {origin}, carved out by seed {seed}{remark}",
        ),
    )


def _by_subject(rows: Sequence[Row], share: float, seed: int) -> set[int]:
    labels = {label: i for i, label in enumerate(dict.fromkeys(row.label for row in rows))}
    people: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        people[row.subject or row.name].append(i)
    order = sorted(people, key=lambda person: _draw(person, seed))
    counts = np.zeros((len(order), len(labels)))
    for k, person in enumerate(order):
        for i in people[person]:
            counts[k, labels[rows[i].label]] += 1
    target = share * counts.sum(0)
    missing = target.copy()
    chosen: set[int] = set()
    for person, persons_counts in zip(order, counts, strict=True):
        if np.square(missing - persons_counts).sum() < np.square(missing).sum():
            missing -= persons_counts
            chosen.update(people[person])
    return chosen


def _draw(name: str, seed: int) -> bytes:
    """A number that looks random, of a name and a seed."""
    return blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
