"""The tables of the grammar writer: ways to say each unit, words for intensities, frames of sentences.

They stand in `data/phrases_units.csv`, `data/phrases_intensity.csv` and `data/phrases_frames.csv`, whose comments say
how to extend them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from explab.cot.grammar.wording import Voice, alternatives, tidy, with_article
from explab.facs.units import UNITS

_OWNERS = ("both", "both", "the subject's", "the person's")

SIDES = {"L": "left", "R": "right"}


@dataclass(frozen=True)
class Said:
    """A noun phrase and its number."""

    words: str
    plural: bool


_SLOT = re.compile(r"\{([^}]+)\}")


def slots(frame: str) -> list[str]:
    """The names in braces, in order."""
    return _SLOT.findall(frame)


def fitted(frame: str, told: Sequence[Said]) -> str:
    """A frame with phrases in its slots, in order; "{is/are}" agrees with the noun before it, or else after it."""
    names = slots(frame)
    left = iter(told)
    by_slot = [None if "/" in name else next(left) for name in names]
    nouns = [i for i, name in enumerate(names) if name in ("N", "U", "B", "D")]

    def words(i: int) -> str:
        if phrase := by_slot[i]:
            return phrase.words
        owner = by_slot[max((noun for noun in nouns if noun < i), default=nouns[0])]
        return names[i].split("/")[bool(owner and owner.plural)]

    pieces = iter([words(i) for i in range(len(names))])
    return _SLOT.sub(lambda _: next(pieces), frame)


@dataclass(frozen=True)
class Way:
    """One way to say a unit: a row of `data/phrases_units.csv` with its alternatives."""

    units: tuple[str, ...]
    part: tuple[str, ...]
    done: tuple[str, ...]
    does: tuple[str, ...]
    act: tuple[str, ...]
    attr: tuple[str, ...]
    thing: tuple[str, ...]

    @property
    def names_side(self) -> bool:
        """True where the words themselves have a place for the side."""
        return any("{side}" in words for cell in (self.done, self.does, self.thing) for words in cell)

    @property
    def before(self) -> tuple[str, ...]:
        """Words that go before the part: "raised", "wide"."""
        if self.attr == ("-",):
            return ()
        return self.attr + tuple(word for word in self.done if " " not in word)

    @property
    def acts(self) -> tuple[str, ...]:
        """Nouns for what happens that can stand without "of ..."."""
        return tuple(act for act in self.act if act.endswith(" of"))

    def fits(self, side: str) -> bool:
        """Can the row tell of this side: "" for both or for the midline, "L", "R"?"""
        return self.names_side if side and not self.part else bool(side) or not self.names_side

    def forms(self) -> tuple[str, ...]:
        """Which of "clause", "with" and "noun" the row can make."""
        clause = bool(self.thing or (self.part and (self.done or self.does)))
        return (
            ("clause",) * clause
            + ("with",) * bool(self.thing or self.done)
            + ("noun",) * bool(self.thing or (self.part and (self.act or self.before)))
        )

    # -- pieces

    def subject(self, side: str, voice: Voice, *, article: str = "the", both: bool = True) -> Said:
        """The part of the face with its side: "the left cheek", "both cheeks", "the nose"."""
        part = voice.pick(self.part)
        paired = any(UNITS[code].paired for code in self.units) and not self.names_side
        if part.startswith("=") or not paired:
            name = part.removeprefix("=")
            if side and paired:
                return Said(tidy(f"{article} {SIDES[side]} side of the {name}"), False)
            return Said(tidy(f"{article} {name}"), name.endswith("s"))
        singular, _, plural = part.partition("/")
        if side:
            named = _with_side(singular, side) if "{side}" in singular else f"{SIDES[side]} {singular}"
            if "{side}" not in singular and " of " not in singular and article and voice.chance(0.2):
                named = f"{singular} on the {SIDES[side]}"
            return Said(tidy(f"{article} {named}"), False)
        free = both and article == "the" and " of " not in part
        first = voice.any(_OWNERS) if free and voice.chance(0.35) else article
        return Said(tidy(f"{first} {plural or singular + 's'}"), True)

    def clause(self, side: str, adjective: str, adverb: str, voice: Voice) -> str:
        """ "the left cheek is slightly raised", "there is a slight smile"."""
        if not self.part:
            phrase = self.noun(side, adjective, adverb, voice)
            verb = "are" if phrase.plural else "is"
            return voice.pick((f"there {verb} {phrase.words}", f"{phrase.words} {verb} visible"))
        owner = self.subject(side, voice)
        verb = "are" if owner.plural else "is"
        if self.does and (not self.done or voice.chance(0.35)):
            singular, _, plural = voice.pick(self.does).partition("/")
            text = f"{owner.words} {plural if owner.plural else singular} {adverb}"
        elif adjective and self.acts and voice.chance(0.2):
            shows = voice.pick(("show", "display", "exhibit")) + "s" * (not owner.plural)
            act = voice.pick(self.acts).removesuffix(" of")
            text = f"{owner.words} {shows} {with_article(f'{adjective} {act}')}"
        else:
            done = voice.pick(self.done)
            text = f"{owner.words} {verb} {adverb} {done}"
            if adverb and voice.chance(0.25):
                text = f"{owner.words} {verb} {done} {adverb}"
            if adjective and not done.endswith(" up") and (not adverb or voice.chance(0.12)):
                text = f"{owner.words} {verb} {done} to {with_article(adjective)} {voice.pick(('degree', 'extent'))}"
        return tidy(_with_side(text, side))

    def absolute(self, side: str, adjective: str, adverb: str, voice: Voice) -> str:
        """What follows "with": "the left cheek slightly raised", "a slight smile"."""
        if not self.part:
            return self.noun(side, adjective, adverb, voice).words
        owner = self.subject(side, voice)
        return tidy(_with_side(f"{owner.words} {adverb} {voice.pick(self.done)}", side))

    def noun(self, side: str, adjective: str, adverb: str, voice: Voice, article: str = "a") -> Said:
        """A noun phrase: "a slight raising of the left cheek", "slightly raised cheeks", "a slight smile".

        `article`: "a", "the", or "" after "no" and the like.
        """
        if self.thing:
            words = voice.pick(self.thing)
            plural = words.startswith("+")
            phrase = f"{adjective} {words.removeprefix('+')}"
        elif self.act and (not self.before or (adjective and not adverb) or voice.chance(0.4)):
            plural = False
            phrase = f"{adjective} {self._act(side, voice, both=bool(article))}"
        else:
            owner = self.subject(side, voice, article="")
            plural = owner.plural
            phrase = f"{adverb} {voice.pick(self.before)} {owner.words}"
        phrase = tidy(_with_side(phrase, side))
        if article == "the":
            return Said(f"the {phrase}", plural)
        return Said(with_article(phrase) if article and not plural else phrase, plural)

    def _act(self, side: str, voice: Voice, *, both: bool) -> str:
        """ "raising of the left cheek" or, where both words are short, "left cheek raising"."""
        act = voice.pick(self.act)
        short = [part for part in self.part if " of " not in part and not part.startswith("=")]
        if short and act.count(" ") == 1 and voice.chance(0.5):
            part = voice.pick(short)
            return f"{SIDES.get(side, '')} {'lip' if part == 'lips' else part} {act.removesuffix(' of')}"
        return f"{act} {self.subject(side, voice, both=both).words}"


def _with_side(words: str, side: str) -> str:
    return words.replace("{side}", SIDES.get(side, ""))


@dataclass(frozen=True)
class Degree:
    """A word for an intensity; `only` names the units it goes with, all where it is empty."""

    value: float
    adjective: str
    adverb: str
    only: tuple[str, ...]


@cache
def ways() -> Mapping[tuple[str, ...], tuple[Way, ...]]:
    """Units -> the ways to say them, single units and those that one phrase names together."""
    by_units: dict[tuple[str, ...], tuple[Way, ...]] = {}
    for row in _rows("phrases_units.csv"):
        units = tuple(row.pop("units").split("+"))
        by_units[units] = (
            *by_units.get(units, ()),
            Way(units, **{k: alternatives(v) for k, v in row.items()}),
        )
    return by_units


@cache
def degrees() -> tuple[Degree, ...]:
    """The words for intensities, weakest first."""
    return tuple(
        Degree(float(row["value"]), row["adjective"], row["adverb"], tuple(row["only"].split()))
        for row in _rows("phrases_intensity.csv")
    )


@cache
def frames(kind: str) -> tuple[str, ...]:
    """The patterns of a kind from `data/phrases_frames.csv`, with their "@names" spelt out."""
    patterns = _frames().get(kind)
    if not patterns:
        raise LookupError(f"phrases_frames.csv has no frame of the kind {kind!r}")
    return tuple(with_names(words) for words in patterns)


def with_names(pattern: str) -> str:
    """ "[@points|leads to]" -> "[points to|suggests|leads to]", by the rows of the kind "@points"."""
    while "@" in pattern:
        pattern = re.sub(r"@\w+", lambda name: _frames()[name[0]][0], pattern)
    return pattern


@cache
def _frames() -> Mapping[str, tuple[str, ...]]:
    by_kind: dict[str, tuple[str, ...]] = {}
    for row in _rows("phrases_frames.csv"):
        by_kind[row["kind"]] = (*by_kind.get(row["kind"], ()), row["words"])
    return by_kind


def missed(unit: str) -> tuple[str, ...]:
    """The units that a reader may miss where this one is there; "any" for what anybody looks for."""
    return _absences("missed").get(unit, ())


def alike(unit: str) -> tuple[str, ...]:
    """The units that must not be there where this one is to be denied."""
    return _absences("alike").get(unit, ())


@cache
def _absences(column: str) -> Mapping[str, tuple[str, ...]]:
    return {row["unit"]: tuple(row[column].split()) for row in _rows("phrases_absent.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("explab.cot") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
