"""Small pieces of English that several texts need."""

from __future__ import annotations

from collections.abc import Sequence


def join(words: Sequence[str]) -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def count(n: int, noun: str) -> str:
    """(1, "face") -> "1 face", (2, "face") -> "2 faces"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
