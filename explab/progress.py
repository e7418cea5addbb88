"""Progress bars: live where somebody watches, plain text lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def progress(items: Sequence[T], what: str, unit: str) -> Iterable[T]:
    """Iterate with a bar; see `progress_bar`."""
    with progress_bar(len(items), what, unit) as bar:
        for item in items:
            yield item
            bar.update()


def progress_bar(total: int, what: str, unit: str, *, done: int = 0, hidden: bool = False) -> Any:
    """A tqdm bar on stderr that appears after two seconds; where nobody watches, a text line every ten seconds.

    `done` of the total were done before, so that the time left is that of the rest.
    """
    from tqdm.std import tqdm  # not tqdm.auto: a widget bar would end up in saved notebooks and reports

    watched = sys.stderr.isatty()
    return tqdm(
        total=total,
        initial=done,
        desc=what,
        unit=unit,
        delay=2,
        ascii=not watched,
        mininterval=0.2 if watched else 10,
        leave=False,
        disable=hidden,
        file=sys.stderr,
    )
