"""Denied cues: no teeth to be seen is no statement that the lips are closed, where the text says that they are parted.

A cue is what a unit lets one see: teeth, the white of the eye, wrinkles, folds, dimples. Where the unit itself is said
to be there, its denied cue says nothing of it. Where another unit of the same region is there, or something hides the
place, the words leave the unit open. Else a denied cue denies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from explab.cot.parser.chunking.chunks import Chunk
from explab.cot.parser.chunking.lexicon import Meaning
from explab.cot.reasoning import Claim
from explab.facs import UNITS

_NOUNS = re.compile(
    r"\b(?:teeth|tooth|sclera|whites?|crow|lines?|wrinkles?|creases?|folds?|furrows?|dimpl(?:es?|ing)|crinkles?|tongue)\b"
)
_PLACES = frozenset({"forehead", "eye corner", "chin"})
_SIGNS = frozenset({"wrinkle", "dimple", "rest"})
_HIDDEN = re.compile(
    r"\b(?:cover(?:s|ed|ing)?|hid(?:es?|den|ing)|shadows?|obscur\w+|conceal\w*|occlu\w+|crop\w*|blur\w*|mask\w*|block\w*|"
    r"out of (?:frame|focus|sight)|behind|angle|light(?:ing)?|resolution|fringe|hair|botox|young|skin is smooth)\b"
)
_REGIONS = (
    frozenset({1, 2, 4}),
    frozenset({5, 6, 7, *range(41, 47)}),
    frozenset({10, *range(12, 38)}),
)


def is_cue(meaning: Meaning, chunks: Sequence[Chunk]) -> bool:
    """Whether the words of a reading name what a unit lets one see, and not the unit itself."""
    if any(chunk.units is not None and _NOUNS.search(chunk.word) for chunk in chunks):
        return True
    features = {feature for chunk in chunks for feature in chunk.features}
    actions = {action for chunk in chunks for action in chunk.actions}
    if "rest" in actions and meaning.present:
        return False
    forehead = "forehead" in features
    noun = any(chunk.actions and _NOUNS.fullmatch(chunk.word) for chunk in chunks) and "nose" not in features
    return noun or bool(_PLACES & features and (_SIGNS - ({"rest"} if not forehead else set())) & actions)


def settled(found: Iterable[tuple[Claim, bool]], text: str, before: Sequence[Claim] = ()) -> list[Claim]:
    """The claims of a sentence without those that deny a cue of a unit that is there.

    Args:
        found: claims, and whether each is about a cue.
        text: of the sentence.
        before: claims of the sentence before.
    """
    pairs = list(found)
    there = _asserted(claim for claim, _ in pairs)
    known = there | _asserted(before)
    kept = []
    for claim, cue in pairs:
        if not claim.present and cue:
            if known & {claim.au, *claim.also}:
                if _is_other_side(claim, pairs):
                    kept.append(claim)  # "a dimple on the left, but none on the right"
                continue
            if _HIDDEN.search(text) or _shares_region(claim.au, there):
                kept.append(replace(claim, hedged=True))
                continue
        kept.append(claim)
    return kept


def _is_other_side(claim: Claim, pairs: Iterable[tuple[Claim, bool]]) -> bool:
    """Whether the unit is said to be there on the other side only."""
    sides = {other.side for other, _ in pairs if other.present and other.au == claim.au}
    return claim.side is not None and bool(sides) and sides <= {"L", "R"} - {claim.side}


def _asserted(claims: Iterable[Claim]) -> set[str]:
    """The units that claims say are there."""
    return {au for claim in claims if claim.present and not claim.hedged for au in (claim.au, *claim.also)}


def _shares_region(au: str, there: Iterable[str]) -> bool:
    number = UNITS[au].number
    regions = [region for region in _REGIONS if number in region]
    return any(UNITS[other].number in region for other in there for region in regions)
