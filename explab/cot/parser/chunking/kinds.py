"""The kinds of chunks, and patterns over them: a sentence is a line of kinds, so that its grammar is a regex.

    pattern("feature copula [intensity hedge]* action")    # "the brows | are | slightly | raised"

The letters of a pattern are names of kinds, sets of them stand in square brackets, and everything else is as in `re`;
round brackets do not capture unless they are named. It is compiled to private characters, one for each kind, and
matches `Sentence.kinds`, where the place of a character is that of its chunk.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache


class Kind(StrEnum):
    """What part a chunk plays in its sentence; the value is the private character that stands for it."""

    FEATURE = chr(0xE000)
    """A part of the face: "the inner brows"."""
    ACTION = chr(0xE001)
    """A movement or state: "raised", "frown"."""
    MANNER = chr(0xE002)
    """A movement that needs a direction: "pulled"."""
    PHRASE = chr(0xE003)
    """Words that mean units by themselves: "smile"."""
    EMOTION = chr(0xE004)
    """An expression: "sadness"."""
    INTENSITY = chr(0xE005)
    """A strength: "slightly"."""
    COPULA = chr(0xE006)
    """ "is", "remains", "appears". """
    PREPOSITION = chr(0xE007)
    """ "of", "around". """
    VERB = chr(0xE008)
    """A verb that is no movement: "shows"."""
    AND = chr(0xE009)
    OR = chr(0xE00A)
    BREAK = chr(0xE00B)
    """What starts another clause: "while", "but", "with"."""
    EXCEPT = chr(0xE00C)
    """ "except", "other than". """
    NOT = chr(0xE00D)
    """Negation of a verb: "not", "never"."""
    NO = chr(0xE00E)
    """Negation of a noun: "no", "without"."""
    ABSENT = chr(0xE00F)
    """Negation of what stands before it: "(is) absent"."""
    OTHER = chr(0xE010)
    """Any other word."""
    HEDGE = chr(0xE011)
    """ "perhaps", "a hint of". """
    CODE = chr(0xE012)
    """A FACS code: "AU12"."""
    NUMBER = chr(0xE013)
    COMMA = chr(0xE014)
    """A comma or a bracket."""
    COLON = chr(0xE015)
    """A colon or a dash."""
    THING = chr(0xE016)
    """What has no muscles of the face: "hair", "hands", "tears"."""


_TOKEN = re.compile(r"\(\?(?:P<\w+>)?|\(|[a-z]+|\s+")


@cache
def pattern(source: str) -> re.Pattern[str]:
    """Compile a pattern over kinds; raises KeyError for a name that is no kind."""

    def private(match: re.Match[str]) -> str:
        piece = match[0]
        if piece.isspace():
            return ""
        if piece.startswith("(?"):
            return piece
        return "(?:" if piece == "(" else Kind[piece.upper()].value

    return re.compile(_TOKEN.sub(private, source))


@cache
def any_of(names: str) -> frozenset[str]:
    """The kinds of these names, as a set: `any_of("comma and or")`."""
    return frozenset(Kind[name.upper()] for name in names.split())
