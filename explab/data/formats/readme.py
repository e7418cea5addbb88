"""Text that was glued to a table: a read-me before its first line or after its last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from explab.words import count

T = TypeVar("T")


def body(lines: Sequence[T], is_data: Callable[[T], bool]) -> slice:
    """The lines from the first to the last one that is data; all of them where none is, so that each gets its reason.

    Text in between is no read-me: something is wrong with such a table, and its lines stay.
    """
    data = [i for i, line in enumerate(lines) if is_data(line)]
    return slice(data[0], data[-1] + 1) if data else slice(0, len(lines))


def remarks(file: str, before: Sequence[int], after: Sequence[int]) -> list[str]:
    """What is said of the text that was left out; the arguments are its lines, numbered from 1."""
    return [
        f"{file}: {count(len(numbers), 'line')} of text {where} the table, from line {numbers[0]}, not read"
        for numbers, where in ((before, "before"), (after, "after"))
        if numbers
    ]
