"""What there is to say about a face: its present units, both sides or one alone, and units that one phrase joins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from explab.cot.grammar.phrases import Degree, Said, Way, alike, degrees, ways
from explab.cot.grammar.wording import Voice
from explab.cot.truth import PRESENT
from explab.facs import AUs
from explab.facs.units import UNITS

_CLEARLY_UNEVEN = 0.1, 0.6
"""Sides are told apart where they differ by this much and the weaker has less than this share of the stronger."""

_TOLERANCE = 1.8
"""Units share one word for their intensity up to this ratio of the strongest to the weakest."""

_SAME = 0.03
"""Words for intensities so near each other are as good."""

_WITHOUT_DEGREE = ("AU45", "AU46", "AU65")
"""A blink or a wink is there or not."""

AREAS = {
    "brows": "AU1 AU2 AU4",
    "eyes": "AU5 AU7 AU41 AU42 AU43 AU44 AU45 AU46",
    "middle": "AU6 AU9 AU11 AU38 AU39 AD33 AD34 AD35 AD36",
    "mouth": "AU12 AU13 AU14 AU15 AU10 AU16 AU20 AU18 AU22 AU23 AU24 AU8 AU25 AU28 AD32 AD37 AD19",
    "jaw": "AU26 AU27 AU17 AD29 AD30 AU31 AU21",
    "gaze": "AU61 AU62 AU63 AU64 AU65 AU66",
    "head": "AU51 AU52 AU53 AU54 AU55 AU56 AU57 AU58",
}
"""Areas from the top down, and their units in the order of telling."""

_PLACE = {code: (at, i) for at, codes in enumerate(AREAS.values()) for i, code in enumerate(codes.split())}


@dataclass(frozen=True)
class Item:
    """One thing to say: a unit, or units that one phrase joins.

    Attributes:
        units: FACS codes without sides.
        side: "" for both sides or the midline, "L" or "R" of the subject for one.
        intensity: 0-1; of joined units the mean.
    """

    units: tuple[str, ...]
    side: str
    intensity: float

    @property
    def area(self) -> str:
        """A key of AREAS."""
        return tuple(AREAS)[min(_PLACE[code] for code in self.units)[0]]

    @property
    def place(self) -> tuple[int, int]:
        """Where it comes from the top down."""
        return min(_PLACE[code] for code in self.units)

    def ways(self, form: str) -> tuple[Way, ...]:
        """The rows that can say it as "clause", "with" or "noun"."""
        return tuple(way for way in ways()[self.units] if form in way.forms() and way.fits(self.side))

    def say(
        self,
        form: str,
        voice: Voice,
        *,
        degree: bool = True,
        article: str = "a",
        acts: bool = False,
        number: bool = False,
    ) -> Said:
        """The item as a clause, as words after "with" or as a noun phrase, with a word for its intensity or without.

        `article`: "a", "the", or "" for a noun phrase after "no". `acts`: a noun phrase for what happens, "the raising
        of the cheeks", which is singular, and not "the raised cheeks". `number`: with the intensity in brackets.
        """
        usable = self.ways(form)
        if acts:
            usable = tuple(replace(way, attr=("-",)) for way in usable if way.act or way.thing) or usable
        way = usable[voice.number(0, len(usable) - 1)]
        degree = degree and self.units[0] not in _WITHOUT_DEGREE
        word = nearest(self.intensity, self.units, voice, form) if degree else None
        adjective, adverb = (word.adjective, word.adverb) if word else ("", "")
        if form == "noun":
            phrase = way.noun(self.side, adjective, adverb, voice, article)
        elif form == "with":
            phrase = Said(way.absolute(self.side, adjective, adverb, voice), False)
        else:
            phrase = Said(way.clause(self.side, adjective, adverb, voice), False)
        if word:
            voice.hear(adverb if adverb and adverb in phrase.words else adjective)
        if number and len(self.units) == 1:
            return Said(f"{phrase.words} ({self.intensity:.2f})", phrase.plural)
        return phrase


@lru_cache(maxsize=64)  # a face is asked about several times in a row
def items(aus: AUs) -> tuple[Item, ...]:
    """The present units of a face from the top down; where the sides clearly differ, each side on its own."""
    present: list[Item] = []
    for code in aus:
        sides = aus.sides(code)
        if UNITS[code].part == "gaze":  # eyes move together, and left and right are where they go
            sides = {"": max(sides.values())}
        elif UNITS[code].sides == "both" and len(sides) == 2:
            weak, strong = sorted(sides, key=lambda side: sides[side])
            gap, share = _CLEARLY_UNEVEN
            if sides[strong] - sides[weak] < gap or sides[weak] >= share * sides[strong]:
                sides = {"": aus[code] if sides[weak] >= PRESENT else sides[strong]}
            else:
                sides = {strong: sides[strong], weak: sides[weak]}
        present += [
            Item((code,), side.strip("M"), value) for side, value in sides.items() if value >= PRESENT
        ]
    return tuple(sorted(present, key=lambda item: item.place))


def joined(singles: Sequence[Item], voice: Voice) -> list[Item]:
    """The items with some of those that make an idiom together ("both brows raised") said as one."""
    left = list(singles)
    idioms = [units for units in ways() if len(units) > 1]
    for units in sorted(idioms, key=lambda _: voice.number(0, 10**6)):
        parts = [item for item in left if len(item.units) == 1 and item.units[0] in units]
        values = [item.intensity for item in parts]
        sides = {item.side for item in parts}
        if (
            len(parts) == len(units)
            and sides == {""}
            and max(values) <= _TOLERANCE * min(values)
            and voice.chance(0.6)
        ):
            left = [item for item in left if item not in parts]
            left.append(Item(units, "", sum(values) / len(values)))
    return sorted(left, key=lambda item: item.place)


def absent(aus: AUs, codes: Iterable[str]) -> list[str]:
    """Of the units, those that can be denied: measured, not there on either side, and nothing like them there."""
    return [
        code
        for code in codes
        if code in aus
        and not _there(aus, code)
        and not any(_there(aus, similar) for similar in alike(code))
        and Item((code,), "", 0.0).ways("noun")
    ]


def _there(aus: AUs, code: str) -> bool:
    return code in aus and max(aus.sides(code).values()) >= PRESENT


def nearest(intensity: float, units: Sequence[str], voice: Voice, form: str) -> Degree | None:
    """A word for an intensity, of those of about the nearest value the least worn; None where all are worn out.

    `form`: what it is for; after "with" stands an adverb, in a noun phrase an adjective.
    """
    able = [
        word
        for word in degrees()
        if (not word.only or set(units) <= set(word.only))
        and (word.adverb or form != "with")
        and (word.adjective or form != "noun")
    ]
    step = min((word.value for word in able), key=lambda value: abs(value - intensity))
    worn = {
        word: voice.heard(last(word.adjective)) + voice.heard(last(word.adverb)) + 0.1 * voice.number(0, 9)
        for word in able
        if abs(word.value - step) <= _SAME
        and max(voice.heard(last(word.adjective)), voice.heard(last(word.adverb))) < 2
    }
    return min(worn, key=worn.__getitem__, default=None)


def last(words: str) -> str:
    """ "very strongly" -> "strongly": the word by which a degree is remembered."""
    return words.rpartition(" ")[2]
