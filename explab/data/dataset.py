"""`Dataset`: the samples of one split, decoded when asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from explab.data.errors import DatasetError
from explab.data.listing import Listing, Problem, Row
from explab.data.sample import Pixels, Sample
from explab.face import PictureError
from explab.progress import progress
from explab.words import count

SHOWN = 10
"""Problems that a message lists."""
UNLABELLED = "unlabelled"


class Problems(Sequence[Problem]):
    """Samples of a split that were skipped, each once; too many of them are an error.

    Args:
        what: "raf-db, train", for messages.
        total: samples of the split, with the skipped ones.
        limit: largest share of them that may be skipped.
        found: the problems known from the lists.

    Raises:
        DatasetError: more than the limit; lists the first ten.
    """

    def __init__(self, what: str, total: int, limit: float, found: Iterable[Problem] = ()) -> None:
        self.what, self.total, self.limit = what, total, limit
        self._found = list(found)
        self._names = {problem.name for problem in self._found}
        self._check()

    def add(self, *problems: Problem) -> None:
        """Note samples that turned out to be damaged. Raises DatasetError above the limit."""
        for problem in problems:
            if problem.name not in self._names:
                self._names.add(problem.name)
                self._found.append(problem)
        self._check()

    def _check(self) -> None:
        share = len(self._found) / max(self.total, 1)
        if share > self.limit:
            reasons: dict[str, list[str]] = defaultdict(list)
            for problem in self._found:
                reasons[problem.what].append(problem.name)
            shown = [*reasons.items()][:SHOWN]
            more = {what: f" (and {len(names) - 1} more)" if len(names) > 1 else "" for what, names in shown}
            first = "".join(f"\n  {names[0]}{more[what]}: {what}" for what, names in shown)
            raise DatasetError(
                f"{self.what}: {len(self._found)} of {count(self.total, 'sample')} cannot be used ({share:.1%}; "
                f"limit={self.limit:g} allows {self.limit:.1%}). Mend the files, or allow more. The first:{first}"
            )

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> list[Problem]: ...
    def __getitem__(self, index: int | slice) -> Problem | list[Problem]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<{count(len(self), 'problem')} in {self.what}>"


@dataclass(frozen=True, eq=False)
class Dataset(Sequence[Sample]):
    """The samples of one split, in the order of the dataset's lists.

    `dataset[3]` is a Sample; `dataset[10:20]`, `dataset[[4, 1]]` and `dataset[mask]` are Datasets, which share
    `problems`. Nothing is decoded before it is asked for.

    Attributes:
        name: as given to `load_dataset`.
        root: the folder given; None for synthetic faces.
        split: "train", "validation" or "test".
        rule: the layout that was recognised, and what is read from where.
        listing: where rows, pixels and details come from.
        rows: the samples' lines.
        problems: samples that were skipped; `images` adds to them.
        remarks: what a user of this dataset should know.
        origin: of the splits of `load_splits`, in words, where their samples come from.
    """

    name: str
    root: Path | None
    split: str
    rule: str
    listing: Listing
    rows: Sequence[Row]
    problems: Problems
    remarks: tuple[str, ...] = ()
    origin: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """Possible labels in explab's order; () of a dataset without expressions."""
        return self.listing.classes

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """(n,) index of each label in `classes`, -1 where a sample has none."""
        number: dict[str | None, int] = {label: i for i, label in enumerate(self.classes)}
        return np.array([number.get(row.label, -1) for row in self.rows], np.int64)

    def counts(self) -> dict[str, int]:
        """Class -> samples; "unlabelled" where some have no label."""
        per_label = np.bincount(self.labels + 1, minlength=len(self.classes) + 1).tolist()
        named = dict(zip(self.classes, per_label[1:], strict=True))
        return named | ({UNLABELLED: per_label[0]} if per_label[0] else {})

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice | Sequence[int] | NDArray[Any]) -> Dataset: ...
    def __getitem__(self, index: Any) -> Sample | Dataset:
        """A sample, or the dataset of a slice, of numbers (k,) or of a mask (n,).

        Raises:
            DatasetError: what else the dataset says of this sample is damaged.
            IndexError: no such number.
        """
        if isinstance(index, slice):
            return replace(self, rows=self.rows[index])
        if np.ndim(index) == 0:
            return self._sample(self.rows[index])
        numbers = np.asarray(index)
        if numbers.dtype == np.bool_ and len(numbers) != len(self):
            raise IndexError(f"a mask of {len(numbers)} for {count(len(self), 'sample')}")
        chosen = np.flatnonzero(numbers) if numbers.dtype == np.bool_ else numbers
        return replace(self, rows=[self.rows[i] for i in chosen.tolist()])

    def _sample(self, row: Row) -> Sample:
        path = self.listing.tree.path(row.file)
        return Sample(
            name=row.name,
            split=row.split,
            pixels=partial(self.listing.pixels, row, path),
            path=path if row.file else None,
            label=row.label,
            subject=row.subject,
            **self.listing.details(row),
        )

    def images(self, indices: Iterable[int] | None = None) -> Iterator[tuple[int, Pixels]]:
        """Number and picture of all samples, or of some; damaged ones are skipped and noted in `problems`.

        Yields:
            (i, (H, W, 3) uint8 RGB).

        Raises:
            DatasetError: more samples are damaged than the limit allows; lists the first ten.
        """
        for i in range(len(self)) if indices is None else indices:
            try:
                image = self[i].image
            except (PictureError, DatasetError) as error:
                self.problems.add(Problem(self.rows[i].name, self.split, str(error)))
                continue
            yield i, image

    def readable(self) -> Dataset:
        """The samples whose pictures can be decoded: all are read once. Errors as `images`."""
        indices = progress(range(len(self)), f"reading {self.name}", "picture")
        return self[[i for i, _ in self.images(indices)]]

    def keys(self) -> list[str]:
        """16 hexadecimal digits for each sample: its name and file, with the file's size and time."""
        kind = f"{self.rule}\0{self.listing.made_by}"
        stamps: dict[str, str] = {"": ""}
        digests = []
        for row in self.rows:
            if row.file not in stamps:
                stat = self.listing.tree.path(row.file).stat()
                stamps[row.file] = f"{stat.st_size} {stat.st_mtime_ns}"
            identity = f"{kind}\0{row.name}\0{row.file}\0{stamps[row.file]}"
            digests.append(sha256(identity.encode()).hexdigest()[:16])
        return digests

    def fingerprint(self) -> str:
        """32 hexadecimal digits of all `keys`, in order: another one, other pictures. Labels are not in it."""
        return sha256("".join(self.keys()).encode()).hexdigest()[:32]

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {n}" for name, n in self.counts().items() if n)
        skipped = f"; {count(len(self.problems), 'problem')}" if self.problems else ""
        return f"<{self.name}, {self.split}: {count(len(self), 'sample')} ({counts}){skipped}; {self.rule}>"
