"""Splits carved out of the training data, the same whatever else lies in the folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from explab.data.listing import SPLITS, Row
from explab.words import count, join


def carve(rows: Sequence[Row], share: float, seed: int, others: int = 1) -> set[int]:
    """Numbers of the rows to validate on.

    Every class gives its share, rounded, and at least one sample if something of it remains. Where subjects are known
    they are kept whole, so that nobody is in both splits, and those are taken that bring the classes closest to their
    share. Who is taken depends on names and seed alone: another order of files, or a missing one, moves no more than it
    must.

    Args:
        rows: the training data.
        share: to validate on, from 0 to less than 1.
        seed: another seed is another choice.
        others: splits that the rest is for: so many samples (or subjects) of a class are left where they can be.
    """
    if share == 0:
        return set()
    if any(row.subject for row in rows):
        return _by_subject(rows, share, seed, others)
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        groups[row.label].append(i)
    chosen: set[int] = set()
    for group in groups.values():
        group.sort(key=lambda i: _draw(rows[i].name, seed))
        n = len(group)
        # A class of two gives one of them, though two splits wait for the other.
        most = n - others if n > others else min(1, n - 1)
        chosen.update(group[: min(max(round(share * n), 1), most)])
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
        train, test = _carved(train, share, seed, others=2)
    if not validation[0]:
        train, validation = _carved(train, share, seed, others=1)
    return dict(zip(SPLITS, (train, validation, test), strict=True))


def without_classes(parts: dict[str, Part]) -> list[str]:
    """What is said of classes that some split has no sample of: nothing can be learned, chosen or measured of them."""
    counts = {split: Counter(row.label for row in rows) for split, (rows, _) in parts.items()}
    total = sum(counts.values(), Counter[str | None]())
    people = defaultdict(set)
    for rows, _ in parts.values():
        for row in rows:
            people[row.label].add(row.subject or row.name)
    said = []
    for split in SPLITS:
        missing = [label for label in total if label and not counts[split][label]]
        if missing:
            has = [
                f"{label} ({count(total[label], 'picture')} of {count(len(people[label]), 'person')} in all)"
                if any(row.subject for row in parts["train"][0])
                else f"{label} ({count(total[label], 'picture')} in all)"
                for label in missing
            ]
            said.append(f"the {split} data have no {join(has)}")
    return said


def _carved(part: Part, share: float, seed: int, others: int) -> tuple[Part, Part]:
    """What remains of a part, and what is carved out of it."""
    rows, origin = part
    chosen = carve(rows, share, seed, others)
    remark = ", subjects kept whole" if any(row.subject for row in rows) else ""
    return (
        ([row for i, row in enumerate(rows) if i not in chosen], origin),
        (
            [row for i, row in enumerate(rows) if i in chosen],
            f"{share:.0%} of the {origin}, carved out by seed {seed}{remark}",
        ),
    )


def _by_subject(rows: Sequence[Row], share: float, seed: int, others: int) -> set[int]:
    labels = {label: i for i, label in enumerate(dict.fromkeys(row.label for row in rows))}
    people: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        people[row.subject or row.name].append(i)
    order = sorted(people, key=lambda person: _draw(person, seed))
    counts = np.zeros((len(order), len(labels)))
    for k, person in enumerate(order):
        for i in people[person]:
            counts[k, labels[rows[i].label]] += 1
    taken = _chosen(counts, share * counts.sum(0), others)
    return {i for k in np.flatnonzero(taken) for i in people[order[k]]}


def _chosen(counts: NDArray[np.float64], target: NDArray[np.float64], others: int) -> NDArray[np.bool_]:
    """(people,) who is taken, given the samples (people, classes) of each and how many of each class are wanted.

    First whoever brings the sums closer to the target, then, for every class that is still missing, the person who
    does least harm. Nobody is taken whom the rest needs to have `others` people of a class, or one at least.
    """
    acts = counts > 0
    n_people = acts.sum(0)
    # A class of two people gives one of them, though two splits wait for the other.
    kept = np.where(n_people > others, others, np.minimum(n_people, 1))
    taken = np.zeros(len(counts), bool)
    missing, remaining = target.copy(), n_people.copy()

    def can_go(k: int) -> bool:
        return bool((remaining[acts[k]] > kept[acts[k]]).all())

    def take(k: int) -> None:
        missing[:] -= counts[k]
        remaining[:] -= acts[k]
        taken[k] = True

    for k, persons_counts in enumerate(counts):
        if np.square(missing - persons_counts).sum() < np.square(missing).sum() and can_go(k):
            take(k)
    for label in np.argsort(n_people, kind="stable"):
        if acts[taken, label].any():
            continue
        able = [k for k in np.flatnonzero(acts[:, label] & ~taken) if can_go(k)]
        if able:
            take(min(able, key=lambda k: float(np.square(missing - counts[k]).sum())))
    return taken


def _draw(name: str, seed: int) -> bytes:
    """A number that looks random, of a name and a seed."""
    return blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
