"""Text -> words in their ground form, FACS codes, numbers and marks, each with its place in the text.

    [t.word for t in tokens("Raised brows (AU1+2: 0.58).")]    # ["rais", "brow", "(", "", "", ":", "", ")", "."]

One small stemmer turns every inflection into one form: "raised", "raises" and "raising" are all "rais". The lexicon
goes through the same stemmer, so a row needs each word only once. Irregular forms are in `data/forms.csv`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from explab.facs import LETTERS, UNITS


class Token(NamedTuple):
    """A piece of text.

    kind    "word", "code", "number", "mark" (punctuation) or "end" (of a sentence)
    word    the stem of a word, the mark itself, or "" for the others
    start, end    place in the text
    unit    code: ("AU12", "L" or "R" or None); else None
    value   number, or a letter written at a code ("AU12C"): intensity 0-1; else None
    """

    kind: str
    word: str
    start: int
    end: int
    unit: tuple[str, str | None] | None = None
    value: float | None = None


def rows(table: str) -> list[dict[str, str]]:
    """The rows of a table of this package, by column."""
    with (files("explab.cot") / "data" / table).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


_FORMS = {row["form"]: row["word"] for row in rows("forms.csv")}
_DOUBLED = re.compile(r"([bdgmnprt])\1$")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The form that all inflections of a lower-case English word share; it need not be a word itself."""
    if _FORMS.get(word) == word or len(word) <= 3:
        return word
    word = _FORMS.get(word) or _FORMS.get(word.removesuffix("s"), word)
    if word.endswith("bly"):
        word = word[:-1] + "e"
    elif word.endswith("ly") and len(word) > 4:
        word = word[:-2]
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    elif word.endswith("ing") and len(word) > 5:
        word = _DOUBLED.sub(r"\1", word[:-3])
    elif word.endswith("ed") and not word.endswith("eed") and len(word) > 4:
        word = _DOUBLED.sub(r"\1", word[:-2])
    return word.removesuffix("e") if len(word) > 3 else word


_NUMBERS = {str(unit.number): code for code, unit in UNITS.items()}
_UNIT = r"[LRlr]?\d{1,2}(?!\d)(?:[LRlr](?![a-z]))?(?:[A-Ea-e](?![a-zA-Z]))?(?!\.\d|\s?%|\w)"
# Words between commas that join sentences and change nothing inside: "the jaw, however, is clenched".
_ASIDES = (
    r"however|though|on\sthe\sother\shand|by\scontrast|in\scontrast|in\sturn|of\scourse|for\s(?:instance|example)|too|"
    r"meanwhile|moreover|in\sfact|indeed|in\saddition|above\sall|on\sthe\scontrary"
)
_TOKEN = re.compile(
    rf"""
    (?P<code>\b(?:[Aa][Uu]s?|[Aa][Dd]s?|[Aa]ction\s(?:[Uu]nit|[Dd]escriptor)s?)[\s\#:_-]{{0,2}}{_UNIT}
        (?:\s?(?:\+|/|&|,|,?\sand\s|,?\sor\s)\s?{_UNIT})*)
    | (?P<plain>\b[LR]\d{{1,2}}[A-E]?\b)
    | (?P<grade>\((?:(?:level|intensity|grade)[\s:=]{{1,3}})?[A-E]\)
        |\b(?:intensity|level|grade|degree|strength)(?:\s(?:of|is|was|level|grade|score))?[\s:=]{{1,3}}[A-E]\b
        |\b[A-E][\s-](?:level|intensity)\b)
    | (?P<percent>(?<![\w.])\d{{1,3}}(?:\.\d{{1,4}})?\s?(?:%|percent\b))
    | (?P<share>(?<![\w.])\d(?:\.\d{{1,4}})?(?:\s?/\s?|\sout\sof\s)5(?![\d.]\d))
    | (?P<number>(?<![\w.])(?:\d{{0,3}}\.\d{{1,8}}|\d{{1,3}})(?!\w))
    | (?P<skip>\b(?:e\.g|i\.e|etc|vs|approx)\.|,\s(?:{_ASIDES}),)
    | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)
    | (?P<end>[.!?…]+|\n\s*\n|\n(?=\s*(?:[-•*\#]|\d{{1,2}}[.)]|[A-Z])))
    | (?P<mark>[,:;()\[\]—–]|(?<=\s)-(?=\s))
    """,
    re.VERBOSE,
)
_MEMBER = re.compile(r"([LR]?)(\d{1,2})([LR]?)([A-E]?)(?![a-z])", re.IGNORECASE)


def tokens(text: str, begin: int = 0, end: int | None = None) -> Iterator[Token]:
    """The words, codes, numbers and marks of text[begin:end] in order; what is none of these is left out."""
    for match in _TOKEN.finditer(text, begin, len(text) if end is None else end):
        kind, start, stop = match.lastgroup, match.start(), match.end()
        if kind == "word":
            yield from _words(match[0].lower().replace("’", "'"), start, stop)
        elif kind in ("code", "plain"):
            yield from _codes(match[0], start)
        elif kind in ("mark", "end"):
            yield Token(kind, match[0][:1], start, stop)
        elif kind == "grade":
            letter = re.search(r"\b[A-E]\b", match[0])
            assert letter is not None  # it is part of the pattern
            yield Token("number", "", start, stop, value=LETTERS.index(letter[0]) / 5)
        elif kind != "skip":
            value = _number(match[0], kind or "", text[max(start - 3, 0) : start])
            if value is not None:
                yield Token("number", "", start, stop, value=value)


def _number(written: str, kind: str, before: str) -> float | None:
    """Intensity of "0.58", "58 %" or "3/5"; a bare 0 or 1 counts after a colon or bracket only, more never."""
    value = float(re.sub(r"[^\d.].*", "", written)) / {"percent": 100, "share": 5}.get(kind, 1)
    plain = kind == "number" and written.isdigit()
    told = before.rstrip().endswith((":", "=", "(")) or (
        value == 0 and before.strip() in ("at", "is", "to", "of")
    )
    return None if value > 1 or (plain and not told) else value


_UNDONE = re.compile(  # "unsmiling", "unparted"
    r"un(?:rais|part|press|tighten|tens|lower|clench|flar|stretch|pucker|squint|smil|lift|drop|purs|narrow|widen|clos|frown|"
    r"furrow|wrinkl|creas|knit|puff|compress|elevat|depress)\w*$"
)
_KEPT = frozenset(stem(word) for word in ("unfurrow", "uncrease", "unwrinkle", "unseal"))


def _words(word: str, start: int, end: int) -> Iterator[Token]:
    if _UNDONE.match(word) and stem(word) not in _KEPT:
        yield Token("word", "not", start, start + 2)
        yield Token("word", stem(word[2:]), start + 2, end)
        return
    if word.endswith("n't"):
        yield Token("word", "not", start, end)
        return
    for ending in ("'s", "'"):
        word = word.removesuffix(ending)
    yield Token("word", stem(word), start, end)


def _codes(text: str, offset: int) -> Iterator[Token]:
    first = True
    for match in _MEMBER.finditer(text):
        side = (match[1] or match[3]).upper() or None
        code = _NUMBERS.get(str(int(match[2])))
        if code is None:
            continue
        value = LETTERS.index(match[4].upper()) / 5 if match[4] else None
        start = offset if first else offset + match.start()
        first = False
        yield Token("code", "", start, offset + match.end(), (code, side), value)
