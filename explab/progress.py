"""Progress bars: live where somebody watches, plain text lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def progress(items: Sequence[T], what: str, unit: str) -> Iterable[T]:
    """Iterate with a bar that appears only after two seconds; one text line every ten seconds when not interactive."""
    from tqdm import tqdm

    watched = sys.stderr.isatty()
    return tqdm(  # type: ignore[no-any-return]
        items,
        desc=what,
        unit=unit,
        delay=2,
        ascii=None if watched else True,
        mininterval=0.2 if watched else 10,
        leave=False,
        file=sys.stderr,
    )
