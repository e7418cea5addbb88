"""Which expressions a text names, and on which one a conclusion settles.

    emotions_in("Fear rather than anger.")            # [("Fear", (0, 4), False), ("Anger", (17, 22), True)]
    settled("While tense, this is fear, not anger.")  # "Fear"

Words for the eight expressions are those of `explab.facs` and of `data/emotions.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from explab.cot.parser.chunking.chunks import Sentence
from explab.cot.parser.chunking.kinds import pattern
from explab.cot.parser.chunking.sentences import sentences
from explab.cot.parser.scope import hedged, negated


class Mention(NamedTuple):
    """An expression named in a text: its name, its place, and whether the text denies it ("not anger")."""

    name: str
    span: tuple[int, int]
    negated: bool


def emotions_in(text: str, start: int = 0, end: int | None = None) -> list[Mention]:
    """Every mention of an expression in text[start:end], in order; places refer to the whole text."""
    return [mention for sentence in sentences(text, start, end) for _, mention in _mentions(sentence)]


def _mentions(sentence: Sentence) -> Iterator[tuple[int, Mention]]:
    denied = negated(sentence)
    for i, chunk in enumerate(sentence.chunks):
        if chunk.emotion:
            yield i, Mention(chunk.emotion, (chunk.start, chunk.end), denied[i])


_VERDICT = re.compile(
    r"\b(?:classif|label|categori[sz]|identif|conclu|recogni[sz]|interpreted|described|"
    r"(?:dominant|primary|predominant|main|overall|final|prevailing|core|most)\b|"
    r"predominant|primarily|ultimately|clearly|mainly|mostly|essentially)"
)
_ASIDE = re.compile(r"\b(?:while|whilst|although|though|despite|whereas)\b")
_MINOR = re.compile(
    r"\b(?:hints?|touch|traces?|elements?|undertones?|tinge|slight|mild|some|secondary|mixed with)\b[\w\s]*$"
)
_REFUSED_BEFORE = re.compile(
    r"\b(?:not|no|nothing|none)\b[^;]*\bsupports?(?: for)?(?: the)?(?: given| annotated)?(?: label)?(?: of)?\W*$"
)
_REFUSED_BEHIND = re.compile(r"\W*(?:is|was) not supported\b")
_BOTH = pattern("[other intensity]? and [other intensity preposition]{0,2}")  # "fear and (some) surprise"
_EITHER = pattern("[comma other intensity]{0,3} or [comma hedge other intensity preposition]{0,3}")
_BLEND = re.compile(r"\b(?:mix|mixture|blend|combination|between|torn|ambiguous)\b")


def settled(text: str, start: int = 0, end: int | None = None) -> str | None:
    """The expression on which text[start:end] settles, or None where it names none or leaves it open.

    Denied mentions do not count, nor do labels that the text calls unsupported. What follows a verdict ("classified
    as", "the dominant emotion is") weighs more than what stands in a concession ("while sadness is present"), is minor
    ("a hint of fear") or hedged. Of equals the first counts, unless the text leaves the choice open: "fear or
    surprise", "a blend of fear and surprise".
    """
    ranked: list[tuple[float, Mention]] = []
    open_choice: set[frozenset[str]] = set()
    for sentence in sentences(text, start, end):
        doubtful = hedged(sentence)
        last: tuple[int, Mention] | None = None
        for i, mention in _mentions(sentence):
            if mention.negated:
                continue
            before = text[sentence.chunks[0].start : mention.span[0]].lower()
            if _REFUSED_BEFORE.search(before) or _REFUSED_BEHIND.match(text, mention.span[1]):
                continue
            clause = before[before.rfind(",") + 1 :]
            since = before[last[1].span[1] - sentence.chunks[0].start :] if last else before
            weight = float(bool(_VERDICT.search(since)))
            weight -= bool(_ASIDE.search(clause)) + bool(_MINOR.search(clause)) + 0.25 * doubtful[i]
            if last and last[1].name != mention.name:
                between = sentence.kinds[last[0] + 1 : i]
                blend = _BOTH.fullmatch(between) and _BLEND.search(before)
                if blend or _EITHER.fullmatch(between):
                    open_choice.add(frozenset((last[1].name, mention.name)))
                    weight = ranked[-1][0]  # one verdict holds for both
                elif between == "" and last[1].name and text[slice(*last[1].span)].lower().endswith("ly"):
                    weight += 0.5  # "happily surprised" is a surprise
            ranked.append((weight, mention))
            last = i, mention
    if not ranked:
        return None
    top = max(weight for weight, _ in ranked)
    names = [mention.name for weight, mention in ranked if weight == top]
    undecided = {name for pair in open_choice for name in pair}
    return names[0] if len(set(names)) == 1 or names[0] not in undecided else None
