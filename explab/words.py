"""Small pieces of English that several texts need."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import PurePath


def join(words: Sequence[str]) -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def count(n: int, noun: str) -> str:
    """(1, "face") -> "1 face", (2, "face") -> "2 faces"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """Each path with the shortest tail that tells it from the others: "1.jpg", but "x/1.jpg" beside a "y/1.jpg".

    Pages show these, so that a page sent on does not tell where it was made.
    """
    parts = {path: PurePath(path).parts or (path,) for path in paths}
    short = {}
    for path, own in parts.items():
        others = [other for name, other in parts.items() if name != path]
        depth = next((n for n in range(1, len(own)) if not any(o[-n:] == own[-n:] for o in others)), len(own))
        short[path] = str(PurePath(*own[-depth:]))
    return short


def near(word: str, known: Iterable[str]) -> str:
    """A tail for error messages: "; did you mean 'AU12', 'AU2'?", or nothing when no name is close."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.strip().lower(), by_lower, n=3, cutoff=0.6)
    return f"; did you mean {', '.join(repr(by_lower[name]) for name in found)}?" if found else ""
