"""What can go wrong when a map is asked for, and the checks every profile shares."""

from __future__ import annotations

SMALLEST, LARGEST = 8, 4096


class HeatmapError(ValueError):
    """A map that cannot be drawn. Its text says what was wrong and what to do."""


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """`size` as (height, width); raises `HeatmapError` unless both are whole numbers from 8 to 4096."""
    try:
        height, width = (int(side) for side in size)
        whole = (height, width) == tuple(size)
    except (TypeError, ValueError):
        whole = False
    if not whole or not all(SMALLEST <= side <= LARGEST for side in (height, width)):
        raise HeatmapError(
            f"size {size!r} is not (height, width) in whole pixels, each from {SMALLEST} to {LARGEST}"
        )
    return height, width
