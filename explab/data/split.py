"""A validation split carved out of the training data, the same whatever else lies in the folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from hashlib import blake2b

import numpy as np

from explab.data.listing import Row


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


def _by_subject(rows: Sequence[Row], share: float, seed: int) -> set[int]:
    labels = {label: i for i, label in enumerate(dict.fromkeys(row.label for row in rows))}
    people: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        people[row.subject or row.name].append(i)
    order = sorted(people, key=lambda who: _draw(who, seed))
    counts = np.zeros((len(order), len(labels)))
    for k, who in enumerate(order):
        for i in people[who]:
            counts[k, labels[rows[i].label]] += 1
    wanted = share * counts.sum(0)
    missing = wanted.copy()
    chosen: set[int] = set()
    for who, own in zip(order, counts, strict=True):
        if np.square(missing - own).sum() < np.square(missing).sum():
            missing -= own
            chosen.update(people[who])
    return chosen


def _draw(name: str, seed: int) -> bytes:
    """A number that looks random, of a name and a seed."""
    return blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
