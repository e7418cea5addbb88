"""Is a claim true of a face? The one rule that the engine, the writers and the scores share.

    below PRESENT            the unit is absent: who says that it is there is wrong
    from PRESENT to MISSED   a trace: it may be said to be there, and nobody has to mention it
    from MISSED              who does not mention it has missed it

A unit that was not measured is as if the words did not mean it: it can neither make them true nor excuse them. Only
words that mean nothing measured are neither true nor false.
"""

from __future__ import annotations

from collections.abc import Iterable

from explab.cot.reasoning import Claim
from explab.facs import AUs, NotMeasured, unit

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
    """Whether a claim is true of a face; None where none of the units it may mean was measured.

    "Present" is true of a face with any of the units that the words may mean, "absent" of one with none of them.
    """
    levels = [level(aus, code, claim.side) for code in (claim.au, *claim.also)]
    measured = [value for value in levels if value is not None]
    if not measured:
        return None
    return any(value >= PRESENT for value in measured) == claim.present


def strong(aus: AUs) -> tuple[tuple[str, str], ...]:
    """The (unit, side) pairs of at least MISSED, strongest first: what a text should mention.

    Sides are "L" and "R" of the subject, and "M" on the midline. A unit that acts on one side alone is strong there,
    which the mean of both sides would hide. Gaze and head positions are left out.
    """
    pairs = [
        (value, code, side)
        for code in aus
        if unit(code).part in ("upper", "lower")
        for side, value in aus.sides(code).items()
        if value >= MISSED
    ]
    return tuple((code, side) for _, code, side in sorted(pairs, key=lambda pair: -pair[0]))


def missed(claims: Iterable[Claim], aus: AUs, most: int | None = None) -> tuple[str, ...]:
    """Units, strongest first, that are strong on a side of which no claim says that they are there.

    With `most`, a text that names so many units may leave out others that are no stronger: words are limited.
    """
    named = {(code, claim.side) for claim in claims if claim.present for code in (claim.au, *claim.also)}
    anywhere = {code for code, _ in named}
    told: dict[str, float] = {}
    silent: dict[str, float] = {}
    for code, side in strong(aus):
        whole = code in anywhere if side == "M" else bool({(code, None), (code, side)} & named)
        (told if whole else silent).setdefault(code, level(aus, code, side) or 0.0)
    least = sorted(told.values(), reverse=True)[most - 1] if most is not None and len(told) >= most else 0.0
    return tuple(code for code, intensity in silent.items() if intensity > least)
