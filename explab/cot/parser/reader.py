"""Which part of the face a movement moves: "the brows are raised", "raised brows", "a raise of the brows", and lists.

A movement finds its part by the kinds of the chunks between them; which pairs mean what stands in `data/lexicon.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from explab.cot.parser.chunking.chunks import Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.chunking.lexicon import Meaning, Units, lexicon
from explab.cot.parser.clauses import is_direction, is_predicate
from explab.facs import UNITS

_REACH = 12  # chunks that a movement looks to either side for its part: keeps endless sentences linear

# What may stand between a part and its movement, nearest reading first.
# "brows are both clearly raised"
_PREDICATE = pattern("""
    [intensity manner hedge not]* other? [intensity manner hedge not]*
    | colon [intensity manner hedge other]*
    | [^and comma break except feature action phrase code verb or colon no]* copula
      [copula intensity manner other preposition hedge not no]*
""")
_ATTRIBUTE = pattern("[intensity manner]* other{0,2} intensity*")  # "raised dark brows"
# "(brows are) raised and drawn together"
_CHAIN = pattern("""
    [^feature phrase code thing break except verb]{0,8}
    | [^feature phrase code thing break except verb]{0,3} break not? [^feature phrase code thing break except verb]{0,3}
""")
_RATHER = frozenset({"rather than", "instead of", "as opposed to", "in place of"})
_TURNS = frozenset({"but", "yet", "though", "although", "and yet"})
# "lowered, not raised, eyebrows"
_ATTRIBUTES = pattern(
    "([comma and or]{1,2} [not intensity hedge]* action){1,3} comma? [intensity manner]* other?"
)
_ANNOUNCED = pattern("[other intensity preposition emotion hedge]{0,4} comma [intensity hedge]*")
_COPULAR = pattern("copula [intensity hedge other not]{0,2} $")
# "not the inner (brows) but", "the upper lip, not"
_NOT_BUT = pattern("not (?P<part>feature) break $")
_AND_NOT = pattern("(?P<part>feature) (comma? not | no) $")
_SIDED = pattern("feature copula? [intensity other]? $")
_SUBJECT = pattern("feature copula [not intensity hedge other]{0,3} $")
_NOUN_FOLLOWS = any_of("feature thing other action manner intensity phrase comma")
_PARTS = any_of("feature thing")
# "raising of the brows"
_OF = pattern("""
    [^action feature phrase code break except comma and verb or]* preposition
    [^action feature phrase code break except comma and verb or]*
""")
_LOOSE = pattern("[^action phrase code break except comma]{0,8}")  # "brows show no lowering"
# "brows and lids"
_LIST = pattern(
    "[intensity other hedge]? (comma? [and or] | comma) [intensity other not preposition no]{0,2}"
)
_COMPLEMENT = pattern("([other intensity]* preposition [other intensity]*){1,2}")  # "brows above the eyes"
# "the eyes, slightly narrowed, ..."
_ASIDE = pattern("comma (break copula?)? [intensity manner hedge]* other? intensity*")
_WHICH = pattern("comma? break copula [intensity hedge other not]*")  # "the cheeks, which are raised"
# "the mouth, instead of smiling, is pressed"
_PARENTHESIS = pattern("""
    (?P<part>feature) comma ([no break not] [^comma]{1,7} | [^comma feature break]{0,8}) comma copula
    [intensity hedge other not manner]* $
""")
# "the lids, not the brows, are (raised)"
_NOT_BESIDE = pattern(
    "feature comma not (?P<inner>feature) comma break? copula [intensity hedge other manner]* $"
)
_OF_PHRASE = pattern("[intensity other]? phrase")  # "wide grin": the mouth that has it is not wide
_NEXT_OF_SAME = pattern("[comma and]{1,2} [intensity not]*")  # "raised, arched brows"
# "lid of the left eye", "smile on the left side of the mouth"
_PLACE = pattern("""
    [feature phrase] (?= [copula intensity other]{0,2} preposition (other preposition)? (?P<whole>feature) )
""")
# "pulled" of "pulled slightly downward"
_DIRECTED = pattern("manner (?= [intensity other]{0,2} action) | (?<=action) manner")

_PASSES = (Kind.COMMA + Kind.BREAK + Kind.COPULA, Kind.FEATURE + Kind.BREAK + Kind.COPULA)
_STILL = frozenset({"rest", "flat"})  # no movements: they need their part close by


@dataclass
class Hit:
    """One reading: a meaning, the chunk that carries strength and denial, and all chunks with its words."""

    meaning: Meaning
    anchor: int
    parts: tuple[int, ...]
    side: str
    denied: bool = False
    word: str = ""
    value: float | None = None


class Reader:
    """Finds the readings of one sentence."""

    def __init__(self, sentence: Sentence) -> None:
        self.chunks = [*sentence.chunks]
        self.line = self._absorbed(sentence.kinds)
        for match in _PLACE.finditer(self.line):  # "lid of the left eye", "smile on the left side of ..."
            head, whole = self.chunks[match.start()], self.chunks[match.start("whole")]
            head.side = head.side or whole.side
        self.bound: dict[
            int, tuple[int, bool]
        ] = {}  # movement -> its part, and whether the part stands before it

    def _absorbed(self, line: str) -> str:
        """Kinds in which "pulled" of "pulled slightly downward" is a plain word: the direction says it all."""
        self.manner: dict[int, int] = {}
        for match in _DIRECTED.finditer(line):
            at = match.start()
            self.manner[line.index(Kind.ACTION, at) if line[at - 1 : at] != Kind.ACTION else at - 1] = at
        return "".join(Kind.OTHER if i in self.manner.values() else kind for i, kind in enumerate(line))

    def hits(self) -> Iterator[Hit]:
        """The readings, phrases and codes first."""
        for i, chunk in enumerate(self.chunks):
            if chunk.units is not None and chunk.kind != Kind.ACTION:
                yield from self._read(chunk.units, i, (i,), chunk.side or self._side_of_subject(i))
        movements = [i for i, kind in enumerate(self.line) if kind in any_of("action manner")]
        for i in movements:
            if (part := self._part(i)) is not None:
                self.bound[i] = (part, part < i)
        for i in movements:
            if (
                units := self.chunks[i].units
            ) is not None and i not in self.bound:  # a frown that names no brow
                yield from self._read(units, i, (i,), self.chunks[i].side)
        directed = {part for i, (part, _) in self.bound.items() if self.line[i] == Kind.ACTION}
        for i in movements:
            # "pulls the corners upward": the direction has been read, the pull adds nothing
            if i in self.bound and not (self.line[i] == Kind.MANNER and self.bound[i][0] in directed):
                yield from self._movement(i)

    def _side_of_subject(self, i: int) -> str:
        """ "the left eye winks"."""
        subject = _SIDED.search(self.line, max(0, i - 3), i)
        return self.chunks[subject.start()].side if subject else ""

    def _movement(self, i: int) -> Iterator[Hit]:
        movement = self.chunks[i]
        group = self._group(i)
        group |= self._corrected(group)
        side = ""
        for part in sorted(group):
            chunk = self.chunks[part]
            side = chunk.side or ("" if chunk.plural else side)
            for units in lexicon().units(chunk.features, movement.actions):
                parts = (part, i, *([self.manner[i]] if i in self.manner else []))
                told = movement.side or side if units.directed else side or movement.side
                yield from self._read(units, i, parts, told, denied=self._is_denied(part, i))

    def _corrected(self, group: set[int]) -> set[int]:
        """The part beside one that is denied: "not the inner but the outer brows", "the upper, not the lower lip"."""
        first = min(group)
        beside = _NOT_BUT.search(self.line, max(0, first - 4), first) or _AND_NOT.search(
            self.line, max(0, first - 4), first
        )
        if beside and (self.line[first - 1] in any_of("not no") or self.chunks[first - 1].word in _TURNS):
            return {beside.start("part")}
        return set()

    def _is_denied(self, part: int, i: int) -> bool:
        """Whether a "not" denies this part and not the movement."""
        if not 0 < part < i:
            return False
        before = self.chunks[part - 1]
        return (before.kind == Kind.NOT and before.word == "not") or (
            before.kind == Kind.NO and before.word in _RATHER and Kind.COPULA in self.line[part:i]
        )

    def _read(
        self, units: Units, anchor: int, parts: tuple[int, ...], side: str, *, denied: bool = False
    ) -> Iterator[Hit]:
        for meaning in units.towards(side):
            own = meaning.side or ("" if units.directed else side.replace("B", ""))
            yield Hit(meaning, anchor, parts, own if UNITS[meaning.au].paired else "", denied)

    # -- which part a movement belongs to

    def _fits(self, part: int, i: int) -> bool:
        """Whether movement `i` can be one of a part; things move as they like."""
        return self.line[part] == Kind.THING or bool(
            lexicon().units(self.chunks[part].features, self.chunks[i].actions)
        )

    def _part(self, i: int) -> int | None:  # noqa: PLR0911 - one return for each construction
        """The chunk of the feature that movement `i` moves; None where nothing near can."""
        behind, ahead = self._behind(i), self._ahead(i)
        ahead = ahead if ahead is None or self._fits(ahead, i) else None
        after = self.line[i + 1 :]
        gap_behind = Kind.PHRASE.value if behind is None else self.line[behind + 1 : i]
        gap_ahead = Kind.PHRASE.value if ahead is None else self.line[i + 1 : ahead]
        noun = self.chunks[i].units is not None and bool(self.chunks[i].article)  # "(there is) a frown"
        loose = not set(self.chunks[i].actions) <= _STILL
        aside = after[:1] == Kind.COMMA and _ASIDE.fullmatch(gap_behind)
        attribute = self._is_attribute(i)
        if beside := _NOT_BESIDE.search(self.line, max(0, i - _REACH), i):
            named = next(
                (part for part in (beside.start("inner"), beside.start()) if self._fits(part, i)), None
            )
            if named is not None:
                return named
        if behind is not None and _PARENTHESIS.fullmatch(self.line, behind, i):
            return behind
        if not attribute and (aside or _PREDICATE.fullmatch(gap_behind) or _WHICH.fullmatch(gap_behind)):
            return behind
        if _OF_PHRASE.match(after):
            return None
        across = ahead is not None and Kind.OTHER in gap_ahead and self._spans_nouns(i, ahead)
        if (_ATTRIBUTE.fullmatch(gap_ahead) and not across) or (
            self._is_participle(i) and _ATTRIBUTES.fullmatch(gap_ahead)
        ):
            return ahead
        if _ANNOUNCED.fullmatch(gap_ahead) and self._announces(i):
            return ahead
        if gap_ahead == Kind.COPULA and i and self.chunks[i - 1].word == "what":
            return ahead  # "what lifts is the upper lip"
        if self._is_between(i) and gap_ahead == Kind.COMMA:
            return ahead
        if gap_ahead == Kind.PREPOSITION and self._is_side(i) and not self._is_participle(i):
            return ahead  # "(brow lowering and) a tightening of the lids"
        if (chain := self._chain(i)) is not None:
            return chain
        of_other = self._is_participle(i) and (
            (attribute and after[:1] == Kind.OTHER and not self._is_side(i + 1))
            or _COPULAR.search(self.line, max(0, i - 4), i)
        )  # "a raised spot above the lip", "the lamp is raised above the head"
        if loose and not of_other and _OF.fullmatch(gap_ahead):
            return ahead
        return behind if loose and not noun and not attribute and _LOOSE.fullmatch(gap_behind) else None

    def _is_attribute(self, i: int) -> bool:
        """Whether an article makes the movement one of the noun that follows: "(covers) the raised brows"."""
        first = i
        if self.line[i + 1 : i + 2] not in _NOUN_FOLLOWS:
            return False
        while (
            first > 0
            and not self.chunks[first].article
            and self.line[first - 1] in any_of("intensity hedge manner")
        ):
            first -= 1
        return bool(self.chunks[first].article) and self._is_participle(i)

    def _spans_nouns(self, i: int, part: int) -> bool:
        """ "a crumpled cloth covers the (nose)": the movement is of another noun than the part."""
        own = bool(self.chunks[i].article) and self._is_participle(i)
        return own and any(chunk.article for chunk in self.chunks[i + 2 : part + 1])

    def _is_side(self, i: int) -> bool:
        """ "(the raised) side of the lip"."""
        return self.line[i + 1 : i + 2] == Kind.PREPOSITION and self.chunks[i + 1].word == "of"

    def _is_participle(self, i: int) -> bool:
        return is_predicate(self.chunks[i]) and not is_direction(self.chunks[i])

    def _announces(self, i: int) -> bool:
        """Whether the sentence starts with the movement: "instead of being raised, the brows are lowered"."""
        start = max(0, i - _REACH)
        told = (
            self._is_participle(i)
            or self.manner.get(i, i) < i  # "pulled up"
            or (
                self.chunks[i].word.endswith("ing") and self.line[i - 1 : i] == Kind.NO
            )  # "instead of rising"
        )
        return told and not any_of("feature action phrase code thing") & set(self.line[start:i])

    def _is_between(self, i: int) -> bool:
        """ "lowered, not raised, eyebrows"."""
        return self.line[max(0, i - 2) : i] == Kind.COMMA + Kind.NOT

    def _behind(self, i: int) -> int | None:
        """The nearest part before a movement that fits it, with no other movement between."""
        aside = _PARENTHESIS.search(self.line, max(0, i - _REACH), i)
        if aside and self._fits(aside.start("part"), i):
            return aside.start("part")
        found: int | None = None
        for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
            if (
                self.line[j] in any_of("action phrase code break except")
                and self.line[j - 1 : j + 2] not in _PASSES
                and not (
                    self.line[j - 1 : j + 1] == Kind.COMMA + Kind.BREAK and self.chunks[j].word in _TURNS
                )
            ):  # ", which is", "the brows that are", ", though ...,"
                break
            if self.line[j] in _PARTS and self._fits(j, i):
                if found is None:
                    found = j
                elif _COMPLEMENT.fullmatch(self.line, j + 1, found):  # "brows above the eyes": the brows
                    return j
                else:
                    break
            elif self.line[j] in _PARTS and found is not None:
                break
        return found

    def _ahead(self, i: int) -> int | None:
        """The next part, or None where it does not fit."""
        for j in range(i + 1, min(len(self.line), i + 1 + _REACH)):
            if self.line[j] in any_of("action phrase code break except"):
                # "raised, arched brows": the next movement stands before the same part
                return (
                    self._ahead(j)
                    if self.line[j] == Kind.ACTION and _NEXT_OF_SAME.fullmatch(self.line[i + 1 : j])
                    else None
                )
            if self.line[j] in _PARTS:
                return j if self._fits(j, i) else None
        return None

    def _chain(self, i: int) -> int | None:
        """The part of the movement before, for "raised and drawn together"."""
        for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
            if self.line[j] == Kind.PHRASE and (turned := self._turned_from(j, i)) is not None:
                return turned
            if self.line[j] in any_of("feature phrase code except"):
                return None
            if self.line[j] == Kind.ACTION:
                part, before = self.bound.get(j, (-1, False))
                turn = self.line.find(Kind.BREAK, j + 1, i)
                chain = _CHAIN.fullmatch(self.line, j + 1, i) and (turn < 0 or self._turns(turn))
                fits = before and chain and self._fits(part, i)
                return part if fits else None
        return None

    def _turned_from(self, phrase: int, i: int) -> int | None:
        """ "the mouth is not smiling but pursed"."""
        subject = _SUBJECT.search(self.line, max(0, phrase - 6), phrase)
        turns = self.line[phrase + 1 : i].startswith(Kind.BREAK) and self._turns(phrase + 1)
        return subject.start() if subject and turns and self._fits(subject.start(), i) else None

    def _turns(self, i: int) -> bool:
        """ "not closed but turned down", "raised but not drawn together"."""
        if self.chunks[i].word == "as":  # "not so much wide as tense"
            return any(chunk.word == "so much" for chunk in self.chunks[max(0, i - 5) : i])
        return self.chunks[i].word in _TURNS or self.line[i + 1 : i + 2] == Kind.NOT

    def _group(self, i: int) -> set[int]:
        """The parts that share movement `i`: "brows and lids are raised", "raised brows and lids"."""
        part, before = self.bound[i]
        taken = {p for j, (p, _) in self.bound.items() if j != i and p != part}
        step = -1 if before else 1
        group, here, joined = [part], part, False
        edge = part
        for j in range(part + step, max(-1, min(len(self.line), part + step * _REACH)), step):
            kind = self.line[j]
            if kind in any_of("action phrase code break except verb copula manner"):
                break
            if kind == Kind.FEATURE:
                low, high = sorted((here, j))
                gap = self.line[low + 1 : high]
                if step < 0 and Kind.NOT in gap:
                    break  # "the lips, not the lids"
                if step < 0 and Kind.COMMA in gap and self.line[max(j - 1, 0)] == Kind.PREPOSITION:
                    break  # "her hair falls over the forehead, and the brows are raised"
                own = not before and gap.endswith(Kind.OTHER)  # "lowered brows and trembling chin"
                if own or not _LIST.fullmatch(gap) or j in taken or not self._fits(j, i):
                    break
                joined = joined or not any_of("and or").isdisjoint(gap)
                group.append(j)
                here = j
                edge = j if joined else edge
        low, high = sorted((part, edge))
        return {j for j in group if low <= j <= high}
