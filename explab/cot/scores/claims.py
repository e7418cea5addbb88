"""What of a text's statements about units is true, counted so that saying more, again or less exactly gains nothing.

The figures are over distinct presences: a unit and a side that the text says is there. (`explab.cot.truth` says from
which intensity a unit is there, and from which it has to be mentioned.)

- Repeats count once, and so does what says less than another claim: "the mouth is open" beside "the lips are parted".
- A claim that names no side is about both sides (FACS writes a one-sided unit with its side): of a unit that acts on
  one side alone, one of its two presences is true. Units that can only act on one side at a time have one presence.
- Words that may mean several units earn one of them at most, and one unit verifies one claim: claims and units are
  paired so that as many as possible are verified. "Brows raised" (AU1/AU2) is two claims with the same alternatives;
  where the face shows only one of the two units, the second says the same again and is not counted.
- Traces (0.05 to 0.3) verify a claim, and nobody has to mention them.
- Units that were not measured are left out of a claim's meanings; claims without any other are not counted.
- "Perhaps" makes no difference: else it would be free to say everything with it.
- Denials have figures of their own and enter no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from explab.cot.reasoning import Claim
from explab.cot.scores.norms import share
from explab.cot.truth import PRESENT, holds, level, strong
from explab.facs import AUs, unit

Pair = tuple[str, str]
"""A unit and its side: "L" or "R" of the subject, "M" on the midline."""


@dataclass(frozen=True)
class Counts:
    """Presences of one text, to be pooled over many.

    Attributes:
        asserted: distinct ones that the text asserts, of measured units.
        true: of these, verified by a unit of their own.
        strong: (unit, side) pairs that the face shows with at least 0.3.
        named: of these, asserted.
    """

    asserted: int
    true: int
    strong: int
    named: int


@dataclass(frozen=True, kw_only=True)
class ClaimScores:
    """Figures of the claims of one text; `explab.cot.scores.reasoning.Scores` says what each is."""

    claim_precision: float | None
    claim_recall: float | None
    claim_f1: float | None
    hallucination: float | None
    denial_accuracy: float | None
    denial_gain: float | None
    contradictions: float
    side_accuracy: float | None
    intensity_error: float | None
    facial_r1_au: float | None
    counts: Counts


def claim_scores(claims: Sequence[Claim], aus: AUs) -> ClaimScores:
    """All figures of what a text says of units, held against a face."""
    counts, absent = count(claims, aus)
    accuracy, gain = _denials(claims, aus)
    return ClaimScores(
        claim_precision=counts.true / counts.asserted if counts.asserted else None,
        claim_recall=counts.named / counts.strong if counts.strong else None,
        claim_f1=f1(counts),
        hallucination=absent / counts.asserted if counts.asserted else None,
        denial_accuracy=accuracy,
        denial_gain=gain,
        contradictions=float(len(contradictions(claims))),
        side_accuracy=_side_accuracy(claims, aus),
        intensity_error=_intensity_error(claims, aus),
        facial_r1_au=_facial_r1_au(claims, aus),
        counts=counts,
    )


def f1(counts: Counts) -> float | None:
    """Harmonic mean of precision and recall.

    0 where nothing is said of a face with strong units; of a face without any, the precision. None where there is
    neither anything said nor anything to say.
    """
    if not counts.strong:
        return counts.true / counts.asserted if counts.asserted else None
    if not counts.asserted:
        return 0.0
    precision, recall = counts.true / counts.asserted, counts.named / counts.strong
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def count(claims: Iterable[Claim], aus: AUs) -> tuple[Counts, int]:
    """The presences of a text, and how many of the asserted ones are of units that are absent."""
    needed, there, measured = _face(aus)
    said = _said(tuple(claims), measured)
    verified = _paired(said, there)
    asserted = true = absent = 0
    for meanings, (number, words) in said.items():
        own = verified.count(meanings)
        shown = meanings.intersection(there)
        again = any(
            pair in shown and (by <= meanings or words & said[by][1])
            for pair, by in zip(verified.pairs, verified.by, strict=True)
        )
        asserted += own if again else number
        true += own
        absent += 0 if shown else number
    return Counts(asserted, true, len(needed), len(set(needed) & set(verified.pairs))), absent


@lru_cache(maxsize=1024)
def presences(au: str, also: tuple[str, ...], side: str | None) -> tuple[frozenset[Pair], ...]:
    """What a claim says is there: for each presence, the pairs any of which makes it true."""
    codes = (au, *also)
    if side is not None:
        return (frozenset((code, side if unit(code).paired else "M") for code in codes),)
    if unit(au).sides == "both":
        return tuple(frozenset((code, half if unit(code).paired else "M") for code in codes) for half in "LR")
    return (frozenset((code, half) for code in codes for half in ("LR" if unit(code).paired else "M")),)


def contradictions(claims: Sequence[Claim]) -> list[tuple[Claim, Claim]]:
    """Pairs of claims about one unit, one of which says it is there and the other that it is not."""
    return [
        (a, b)
        for a, b in combinations(claims, 2)
        if a.au == b.au
        and a.present != b.present
        and (a.side is None or b.side is None or a.side == b.side)
        and not (a.also or b.also)
    ]


@dataclass(frozen=True)
class _Pairing:
    """`pairs[i]`, which the face shows, verifies a presence with the meanings `by[i]`."""

    pairs: Sequence[Pair]
    by: Sequence[frozenset[Pair]]

    def count(self, meanings: frozenset[Pair]) -> int:
        return sum(own == meanings for own in self.by)


_Said = Mapping[frozenset[Pair], tuple[int, set[frozenset[str]]]]
"""Meanings -> how many distinct presences have them, and the units of the claims that they come from."""


@lru_cache(maxsize=256)  # a floor says the same of every face
def _said(claims: tuple[Claim, ...], measured: frozenset[Pair]) -> _Said:
    """Distinct presences, without units that were not measured and without what a narrower claim says already."""
    first: dict[frozenset[Pair], set[str]] = {}
    words: dict[frozenset[Pair], set[frozenset[str]]] = {}
    for claim in claims:
        for meanings in presences(claim.au, claim.also, claim.side) if claim.present else ():
            if judged := meanings.intersection(measured):
                first.setdefault(judged, set()).add(claim.au)
                words.setdefault(judged, set()).add(frozenset((claim.au, *claim.also)))
    said: dict[frozenset[Pair], tuple[int, set[frozenset[str]]]] = {}
    for meanings in sorted(first, key=len):
        narrower = sum(number for other, (number, _) in said.items() if other < meanings)
        number = min(len(first[meanings]), len(meanings)) - narrower
        said[meanings] = (max(number, 0), words[meanings])
    return said


def _paired(said: _Said, there: Collection[Pair]) -> _Pairing:
    """A largest pairing of presences with the pairs that a face shows, of which earlier ones are preferred.

    Augmenting paths (Kuhn, 1955) from the pairs' side: a pair once verified stays so.
    """
    places = [meanings for meanings, (number, _) in said.items() for _ in range(number)]
    owner: dict[int, Pair] = {}

    def place(pair: Pair, tried: set[int]) -> bool:
        for i, meanings in enumerate(places):
            if pair in meanings and i not in tried:
                tried.add(i)
                if i not in owner or place(owner[i], tried):
                    owner[i] = pair
                    return True
        return False

    for pair in there:
        place(pair, set())
    return _Pairing(list(owner.values()), [places[i] for i in owner])


@lru_cache(maxsize=4096)  # a face is asked about by every floor
def _face(aus: AUs) -> tuple[tuple[Pair, ...], tuple[Pair, ...], frozenset[Pair]]:
    """The pairs of a face that are strong; all that are there, strong ones first, so that pairing prefers them; all."""
    levels = {(code, side): value for code in aus for side, value in aus.sides(code).items()}
    needed = strong(aus)
    shown = dict.fromkeys((*needed, *(pair for pair, value in levels.items() if value >= PRESENT)))
    return needed, tuple(shown), frozenset(levels)


def _denials(claims: Iterable[Claim], aus: AUs) -> tuple[float | None, float | None]:
    """Share of distinct denied units that are absent, and what that says beyond chance."""
    denied = {(code, claim.side) for claim in claims if not claim.present for code in (claim.au, *claim.also)}
    whole = {code for code, side in denied if side is None}
    right: list[bool] = []
    gains: list[float] = []
    for code, side in sorted(denied, key=str):
        value = level(aus, code, side)
        if value is None or (side is not None and code in whole):
            continue
        right.append(value < PRESENT)
        usual = share(code, side)
        if usual is not None:
            gains.append(usual if right[-1] else usual - 1)
    return (float(np.mean(right)) if right else None), (float(np.mean(gains)) if gains else None)


def _side_accuracy(claims: Iterable[Claim], aus: AUs) -> float | None:
    right = [
        (own := level(aus, claim.au, claim.side)) is not None and own >= PRESENT
        for claim in claims
        if claim.present and claim.side and (level(aus, claim.au) or 0) >= PRESENT
    ]
    return float(np.mean(right)) if right else None


def _intensity_error(claims: Iterable[Claim], aus: AUs) -> float | None:
    errors = []
    for claim in claims:
        if claim.present and claim.intensity is not None and holds(claim, aus):
            levels = [level(aus, code, claim.side) for code in (claim.au, *claim.also)]
            shown = [value for value in levels if value is not None and value >= PRESENT]
            errors.append(min(abs(claim.intensity - value) for value in shown))
    return float(np.mean(errors)) if errors else None


def _facial_r1_au(claims: Iterable[Claim], aus: AUs) -> float | None:
    levels: Mapping[str, float] = {
        code: max(aus.sides(code).values()) for code in aus if unit(code).part in ("upper", "lower")
    }
    true = {code for code, value in levels.items() if value >= PRESENT}
    named = {claim.au for claim in claims if claim.present} & levels.keys()
    return 2 * len(true & named) / (len(true) + len(named)) if true else None
