"""Pictures of one split that are in a later one too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from explab.data.duplicates import search
from explab.data.duplicates.signature import Signatures, signatures
from explab.data.errors import DatasetError
from explab.data.listing import SPLITS, Listing, Problem, Row
from explab.words import count, join

DUPLICATES = ("report", "drop", "ignore")
"""What may be done about them."""
SAME_FILE, SAME_PIXELS, NEAR = "the same file as", "the same pixels as", "nearly the same picture as"
KINDS = (SAME_FILE, SAME_PIXELS, NEAR)
"""How near two pictures may be, the strictest first."""


class Duplicate(NamedTuple):
    """A picture, the one of a later split that it shows too, and how near they are.

    `row` and `split` are of the earlier one, which is left out where duplicates are dropped: what a score is taken on
    stays as it is. `other` and `other_split` are of the later one.
    """

    row: Row
    split: str
    other: Row
    other_split: str
    how: str

    @property
    def problem(self) -> Problem:
        """For a list of problems."""
        return Problem(self.row.name, self.split, f"{self.how} {self.other_split} {self.other.name}")


def checked(what: str) -> str:
    """What to do about duplicates. Raises DatasetError for anything but `DUPLICATES`."""
    if what not in DUPLICATES:
        raise DatasetError(f"duplicates={what!r}: there are {', '.join(DUPLICATES)}")
    return what


def find(listing: Listing, parts: Mapping[str, Sequence[Row]]) -> list[Duplicate]:
    """Training pictures that are in the validation or test data too, and validation pictures that are in the test data.

    Each is named once, with the nearest other. Files are compared by their bytes, pictures by their pixels and by a
    hash of what they show; pictures that cannot be read are passed over.

    Args:
        listing: reads the pictures.
        parts: split -> its rows; their own `split` may be another, as it is of data that were carved out.
    """
    filled = [split for split in SPLITS if parts.get(split)]
    if len(filled) < 2:
        return []
    every = [(row, split) for split in filled for row in parts[split]]
    signed = signatures(listing, [row for row, _ in every])
    at = {split: np.array([i for i, (_, own) in enumerate(every) if own == split]) for split in filled}
    nearest: dict[int, Duplicate] = {}
    for split, later in combinations(filled, 2):
        for how, i, j in _pairs(_some(signed, at[split]), _some(signed, at[later])):
            number = int(at[split][i])
            duplicate = Duplicate(every[number][0], split, every[int(at[later][j])][0], later, how)
            known = nearest.get(number)
            if known is None or KINDS.index(how) <= KINDS.index(known.how):
                nearest[number] = duplicate  # of two that are as near, the test picture, which comes last
    return [nearest[number] for number in sorted(nearest)]


def _some(signed: Signatures, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Signatures:
    valid, *arrays = signed
    return Signatures(valid[rows], *(array[rows] for array in arrays))


def _pairs(pictures: Signatures, others: Signatures) -> Iterator[tuple[str, int, int]]:
    """How, number and number of the other; each number of the first once, by the strictest comparison that holds."""
    done = ~pictures.valid
    for how, nearest in (
        (SAME_FILE, search.same(pictures.bytes, others.bytes)),
        (SAME_PIXELS, search.same(pictures.pixels, others.pixels)),
        (NEAR, search.alike(pictures, others)),
    ):
        for i in np.flatnonzero((nearest >= 0) & ~done).tolist():
            done[i] = True
            yield how, i, int(nearest[i])


def remarks(duplicates: Sequence[Duplicate], parts: Mapping[str, Sequence[Row]], dropped: bool) -> list[str]:
    """One line for each two splits that share pictures: how many, how near, an example, and what was done or can be."""
    pairs: dict[tuple[str, str], list[Duplicate]] = defaultdict(list)
    for duplicate in duplicates:
        pairs[duplicate.split, duplicate.other_split].append(duplicate)
    lines = []
    for (split, later), shared in pairs.items():
        kinds = join(
            [
                f"{n:,} {how.removesuffix(' as')}"
                for how in KINDS
                if (n := sum(each.how == how for each in shared))
            ]
        )
        first = shared[0]
        done = (
            f"left out of {split}"
            if dropped
            else f"scores on {later} are too high for that; duplicates='drop' leaves them out of {split}"
        )
        is_in = "is" if len(shared) == 1 else "are"
        lines.append(
            f"{len(shared):,} of {count(len(parts[split]), 'picture')} in {split} {is_in} in {later} too ({kinds}; "
            f"the first: {first.row.name} is {first.how} {first.other.name}): {done}"
        )
    return lines
