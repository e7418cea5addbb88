"""Progress bars: live where somebody watches, plain text lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
EVERY = 10.0
"""Seconds between two lines."""


def progress(items: Sequence[T], what: str, unit: str) -> Iterable[T]:
    """Iterate with a bar; see `progress_bar`."""
    with progress_bar(len(items), what, unit) as bar:
        for item in items:
            yield item
            bar.update()


def progress_bar(total: int, what: str, unit: str, *, done: int = 0, hidden: bool = False) -> Any:
    """A bar on stderr that appears after two seconds; where nobody watches, a text line every ten seconds.

    `done` of the total were done before, so that the time left is that of the rest.
    """
    if not sys.stderr.isatty():
        return Lines(total, what, unit, done=done, hidden=hidden)
    from tqdm.std import tqdm  # not tqdm.auto: a widget bar would end up in saved notebooks and reports

    return tqdm(
        total=total,
        initial=done,
        desc=what,
        unit=unit,
        delay=2,
        mininterval=0.2,
        leave=False,
        disable=hidden,
        file=sys.stderr,
    )


class Lines:
    """What a program calls of tqdm, as lines for a file: "training: 640 of 1250 steps (51 %), 3:10 left"."""

    def __init__(self, total: int, what: str, unit: str, *, done: int = 0, hidden: bool = False) -> None:
        self.total, self.what, self.unit, self.hidden = total, what, unit, hidden
        self.n = self._before = done
        self._began = self._said = monotonic()
        self._more = ""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to tidy up."""

    def update(self, n: int = 1) -> None:
        """n more are done."""
        self.n += n
        if not self.hidden and self.n < self.total and monotonic() - self._said >= EVERY:
            self._said = monotonic()
            print(self, file=sys.stderr, flush=True)

    def set_postfix_str(self, text: str) -> None:
        """What else to say."""
        self._more = f"; {text}"

    def __str__(self) -> str:
        done = self.n - self._before
        left = (monotonic() - self._began) / done * (self.total - self.n) if done else 0
        clock = str(timedelta(seconds=round(left)))
        units = self.unit if self.total == 1 else f"{self.unit}s"
        share = self.n / max(self.total, 1)
        return f"{self.what}: {self.n} of {self.total} {units} ({share:.0%}), {clock} left{self._more}"
