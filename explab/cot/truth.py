"""Is a claim true of a face? The one rule that the engine, the writers and the scores share."""

from __future__ import annotations

from collections.abc import Iterable

from explab.cot.reasoning import Claim
from explab.facs import AUs, NotMeasured

PRESENT = 0.05
"""Intensity from which a unit counts as there. In the authors' corpus units of .02 to .05 begin to be mentioned."""

MISSED = 0.3
"""A unit of at least this intensity should be mentioned: it is where FACS letter B begins."""


def level(aus: AUs, code: str, side: str | None = None) -> float | None:
    """Intensity of a unit on one side, or on the side that shows more of it; None where it was not measured."""
    try:
        sides = aus.sides(code)
    except NotMeasured:
        return None
    if side is None or "M" in sides:
        return max(sides.values())
    return sides.get(side)


def holds(claim: Claim, aus: AUs) -> bool | None:
    """Whether a claim is true of a face; None where the units it speaks of were not measured.

    "Present" is true of a face with any of the units that the words may mean, "absent" of one with none of them.
    """
    levels = [level(aus, code, claim.side) for code in (claim.au, *claim.also)]
    measured = [value for value in levels if value is not None]
    there = any(value >= PRESENT for value in measured)
    if there or len(measured) == len(levels):
        return there == claim.present
    return None


def missed(claims: Iterable[Claim], aus: AUs, most: int | None = None) -> tuple[str, ...]:
    """Units of at least MISSED, strongest first, that no claim says are there. Gaze and head positions are left out.

    With `most`, a text that names so many of them may leave out others that are no stronger: words are limited.
    """
    named = {code for claim in claims if claim.present for code in (claim.au, *claim.also)}
    strong = aus.strongest(len(aus), MISSED)
    told = [aus[code] for code in strong if code in named]
    least = told[most - 1] if most is not None and len(told) >= most else 0.0
    return tuple(code for code in strong if code not in named and aus[code] > least)
