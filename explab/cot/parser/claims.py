"""What a text says about action units: every statement with its words, side, strength, and whether it denies.

    claims("The left brow is not lowered, but the lips are slightly parted (0.15).", "observations")
    # AU4 L absent; AU25 "slightly" 0.15

A movement finds the part of the face that moves by the order of the words: "the brows are raised", "raised brows", "a
raise of the brows", "brows, lids and cheeks are raised". Which pairs mean what stands in `data/lexicon.csv`.

Conventions: words that may mean several units give one claim with `also`; such a claim is true of a face with any of
them, and where it denies, of a face with none. A number overrules an intensity word; 0 denies. Claims that deny
carry no strength. "One brow" has no side, since the words do not say which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from explab.cot.parser.chunks import Sentence, sentences
from explab.cot.parser.lexicon import Meaning, Units, lexicon
from explab.cot.parser.scope import hedged, negated
from explab.cot.reasoning import Claim, Section
from explab.facs import UNITS

_REACH = 12  # chunks that a movement looks to either side for its part: keeps endless sentences linear

# What may stand between a part and its movement (see `chunks` for the letters), nearest reading first.
_PREDICATE = re.compile(
    r"[IWh!]*O?[IWh!]*|:[IWhO]*|[^JKBEFANUV/:-]*C[CIWOPh!-]*"
)  # "brows are both clearly raised"
_ATTRIBUTE = re.compile(r"[IW]*O{0,2}I*")  # "raised dark brows"
_CHAIN = re.compile(
    r"[^FNUBEV]{0,8}|[^FNUBEV]{0,3}B![^FNUBEV]{0,3}"
)  # "(brows are) raised and drawn together"
_OF = re.compile(r"[^AFNUBEKJV/]*P[^AFNUBEKJV/]*")  # "raising of the brows"
_LOOSE = re.compile(r"[^ANUBEK]{0,8}")  # "brows show no lowering"
_LIST = re.compile(r"[IOh]?(?:K?[J/]|K)[IO!P-]{0,2}")  # "brows and lids"
_COMPLEMENT = re.compile(r"[OI]*P[OI]*")  # "brows above the eyes"

_ASIDE = re.compile(r"K(?:BC)?[IWh]*O?I*")  # "the eyes, slightly narrowed, ..."

_OF_PHRASE = re.compile(r"[IO]?N")  # "wide grin": the mouth that has it is not wide

_STILL = frozenset({"rest", "flat"})  # no movements: they need their part close by


@dataclass
class _Hit:
    """One reading: a meaning, the chunk that carries strength and denial, and all chunks with its words."""

    meaning: Meaning
    anchor: int
    parts: tuple[int, ...]
    side: str
    word: str = ""
    value: float | None = None


def claims(text: str, section: Section, start: int = 0, end: int | None = None) -> list[Claim]:
    """The claims of text[start:end], in the order of the text; their spans refer to the whole text."""
    found: list[Claim] = []
    for sentence in sentences(text, start, end):
        hits = list(_Reader(sentence).hits())
        if hits:
            found.extend(_claims(sentence, hits, section))
    return sorted(found, key=lambda claim: claim.span[0])


class _Reader:
    """Finds the readings of one sentence."""

    def __init__(self, sentence: Sentence) -> None:
        self.chunks = [*sentence.chunks]
        self.letters = self._absorbed(sentence.letters)
        for match in re.finditer(
            r"[FN](?=[CIO]{0,2}P(?:OP)?(F))", self.letters
        ):  # "lid of the left eye", "smile on the left side of ..."
            head, whole = self.chunks[match.start()], self.chunks[match.start(1)]
            head.side = head.side or whole.side
        self.bound: dict[
            int, tuple[int, bool]
        ] = {}  # movement -> its part, and whether the part stands before it

    def _absorbed(self, letters: str) -> str:
        """Letters in which "pulled" of "pulled slightly downward" is a plain word: the direction says it all."""
        self.manner: dict[int, int] = {}
        for match in re.finditer(r"W(?=[IO]{0,2}A)|(?<=A)W", letters):
            at = match.start()
            self.manner[letters.index("A", at) if letters[at - 1 : at] != "A" else at - 1] = at
        return "".join("O" if i in self.manner.values() else letter for i, letter in enumerate(letters))

    def hits(self) -> Iterator[_Hit]:
        """The readings, phrases and codes first."""
        for i, chunk in enumerate(self.chunks):
            if chunk.units is not None and chunk.letter != "A":
                yield from self._read(chunk.units, i, (i,), chunk.side)
        movements = [i for i, letter in enumerate(self.letters) if letter in "AW"]
        for i in movements:
            if (part := self._part(i)) is not None:
                self.bound[i] = (part, part < i)
        for i in movements:
            if (
                units := self.chunks[i].units
            ) is not None and i not in self.bound:  # a frown that names no brow
                yield from self._read(units, i, (i,), self.chunks[i].side)
        directed = {part for i, (part, _) in self.bound.items() if self.letters[i] == "A"}
        for i in movements:
            # "pulls the corners upward": the direction has been read, the pull adds nothing
            if i in self.bound and not (self.letters[i] == "W" and self.bound[i][0] in directed):
                yield from self._movement(i)

    def _movement(self, i: int) -> Iterator[_Hit]:
        movement = self.chunks[i]
        group = self._group(i)
        side = ""
        for part in sorted(group):
            chunk = self.chunks[part]
            side = chunk.side or ("" if chunk.plural else side)
            for units in lexicon().units(chunk.features, movement.actions):
                parts = (part, i, *([self.manner[i]] if i in self.manner else []))
                told = movement.side or side if units.directed else side or movement.side
                yield from self._read(units, i, parts, told)

    def _read(self, units: Units, anchor: int, parts: tuple[int, ...], side: str) -> Iterator[_Hit]:
        for meaning in units.towards(side):
            own = meaning.side or ("" if units.directed else side.replace("B", ""))
            yield _Hit(meaning, anchor, parts, own if UNITS[meaning.au].paired else "")

    # -- which part a movement belongs to

    def _fits(self, part: int, i: int) -> bool:
        return bool(lexicon().units(self.chunks[part].features, self.chunks[i].actions))

    def _part(self, i: int) -> int | None:
        """The chunk of the feature that movement `i` moves; None where nothing near can."""
        behind, ahead = self._behind(i), self._ahead(i)
        after = self.letters[i + 1 :]
        gap_behind = "N" if behind is None else self.letters[behind + 1 : i]
        gap_ahead = "N" if ahead is None else self.letters[i + 1 : ahead]
        loose = not set(self.chunks[i].actions) <= _STILL
        aside = after[:1] == "K" and _ASIDE.fullmatch(gap_behind)
        if aside or _PREDICATE.fullmatch(gap_behind):
            return behind
        if _OF_PHRASE.match(after):
            return None
        if _ATTRIBUTE.fullmatch(gap_ahead):
            return ahead
        if (chain := self._chain(i)) is not None:
            return chain
        if loose and _OF.fullmatch(gap_ahead):
            return ahead
        return behind if loose and _LOOSE.fullmatch(gap_behind) else None

    def _behind(self, i: int) -> int | None:
        """The nearest part before a movement that fits it, with no other movement between."""
        found: int | None = None
        for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
            if self.letters[j] in "ANUBE" and self.letters[j - 1 : j + 2] != "KBC":  # ", which is"
                break
            if self.letters[j] == "F" and self._fits(j, i):
                if found is None:
                    found = j
                elif _COMPLEMENT.fullmatch(self.letters, j + 1, found):  # "brows above the eyes": the brows
                    return j
                else:
                    break
            elif self.letters[j] == "F" and found is not None:
                break
        return found

    def _ahead(self, i: int) -> int | None:
        """The next part, or None where it does not fit."""
        for j in range(i + 1, min(len(self.letters), i + 1 + _REACH)):
            if self.letters[j] in "ANUBE":
                # "raised, arched brows": the next movement stands before the same part
                return (
                    self._ahead(j)
                    if self.letters[j] == "A" and re.fullmatch(r"[KJ]{1,2}I*", self.letters[i + 1 : j])
                    else None
                )
            if self.letters[j] == "F":
                return j if self._fits(j, i) else None
        return None

    def _chain(self, i: int) -> int | None:
        """The part of the movement before, for "raised and drawn together"."""
        for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
            if self.letters[j] in "FNUE":
                return None
            if self.letters[j] == "A":
                part, before = self.bound.get(j, (-1, False))
                fits = before and _CHAIN.fullmatch(self.letters, j + 1, i) and self._fits(part, i)
                return part if fits else None
        return None

    def _group(self, i: int) -> set[int]:
        """The parts that share movement `i`: "brows and lids are raised", "raised brows and lids"."""
        part, before = self.bound[i]
        taken = {p for j, (p, _) in self.bound.items() if j != i and p != part}
        step = -1 if before else 1
        group, here, joined = [part], part, False
        edge = part
        for j in range(part + step, max(-1, min(len(self.letters), part + step * _REACH)), step):
            letter = self.letters[j]
            if letter in "ANUBEVCW":
                break
            if letter == "F":
                low, high = sorted((here, j))
                gap = self.letters[low + 1 : high]
                own = not before and gap.endswith("O")  # "lowered brows and trembling chin"
                if own or not _LIST.fullmatch(gap) or j in taken or not self._fits(j, i):
                    break
                joined = joined or not {"J", "/"}.isdisjoint(gap)
                group.append(j)
                here = j
                edge = j if joined else edge
        low, high = sorted((part, edge))
        return {j for j in group if low <= j <= high}


# -- strength


def _strengths(sentence: Sentence, hits: list[_Hit]) -> None:
    """Give every intensity word and number to the readings it belongs to."""
    letters, chunks = sentence.letters, sentence.chunks
    anchors = sorted({hit.anchor for hit in hits})
    read = {part for hit in hits for part in hit.parts}
    numbers: dict[int, list[float]] = {}
    for i, chunk in enumerate(chunks):
        if chunk.value is None or (i in read and letters[i] != "U"):
            continue
        if letters[i] == "Z":
            target = _numbered(letters, i, anchors)
            if target is not None:
                numbers.setdefault(target, []).append(chunk.value)
        elif letters[i] == "U":
            numbers.setdefault(i, []).append(chunk.value)
        elif (target := _weighed(letters, i, anchors)) is not None:
            for hit in hits:
                if hit.anchor == target and not hit.word:
                    hit.word, hit.value = chunk.word, chunk.value
                    hit.parts = (*hit.parts, i) if abs(i - target) <= 3 else hit.parts
    for hit in hits:
        if hit.anchor in numbers:
            hit.value = sum(numbers[hit.anchor]) / len(numbers[hit.anchor])


def _weighed(letters: str, i: int, anchors: list[int]) -> int | None:
    """The reading that an intensity word weighs."""
    after = next((a for a in anchors if a > i), None)
    before = next((a for a in reversed(anchors) if a < i), None)
    ahead = letters[i + 1 : after] if after is not None else "B"
    behind = letters[before + 1 : i] if before is not None else "B"
    if re.fullmatch(r"[WIFOAh]{0,4}", ahead):
        return after
    if re.fullmatch(r"[WOPI]{0,1}", behind):
        return before
    if re.fullmatch(r"[WIFOP]{0,6}", ahead):
        return after
    if re.fullmatch(r"[^KJBE]{0,8}|CO?J|K[IZ]{0,2}", behind):
        return before
    return None


def _numbered(letters: str, i: int, anchors: list[int]) -> int | None:
    """The reading that a number measures: "0.3 for AU1" looks ahead, everything else back."""
    after = next((a for a in anchors if a > i), None)
    before = next((a for a in reversed(anchors) if a < i), None)
    if after is not None and re.fullmatch(r"[OI]{0,1}P[IOF]{0,3}", letters[i + 1 : after]):
        return after
    if before is not None and not set("BE") & set(letters[before + 1 : i]):
        return before
    return after if after is not None and re.fullmatch(r"[IOF]{0,4}", letters[i + 1 : after]) else None


# -- readings -> claims


def _claims(sentence: Sentence, hits: list[_Hit], section: Section) -> Iterator[Claim]:
    _strengths(sentence, hits)
    denied, doubtful = negated(sentence), hedged(sentence)
    for hit in _once(sentence, hits):
        present = hit.meaning.present
        if denied[hit.anchor]:
            several = sum(other.anchor == hit.anchor and not other.meaning.present for other in hits) > 1
            if not present and several:
                continue  # "brows are not relaxed": something moves, the words do not say what
            present = not present
        elif not present and hit.value is not None and hit.value < 0.5:
            continue  # "eyes slightly open" is no statement that they are not closed
        if hit.value == 0:
            present = False
        chunks = [sentence.chunks[i] for i in hit.parts]
        span = (min(chunk.start for chunk in chunks), max(chunk.end for chunk in chunks))
        yield Claim(
            au=hit.meaning.au,
            side=hit.side or None,
            present=present,
            intensity=hit.value if present else None,
            span=span,
            section=section,
            also=hit.meaning.also,
            word=hit.word if present else "",
            hedged=doubtful[hit.anchor],
        )


def _once(sentence: Sentence, hits: list[_Hit]) -> list[_Hit]:
    """Readings without repeats: "pulled back and up" of one part, and "AU12 (lip corner puller)"."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: min(hit.parts)):
        twin = next((other for other in kept if _same(sentence, other, hit)), None)
        if twin is None:
            kept.append(hit)
            continue
        if hit.anchor in twin.parts or len(hit.meaning.also) < len(twin.meaning.also):
            twin.meaning = hit.meaning
        twin.parts = (*twin.parts, *hit.parts)
        twin.word, twin.side = twin.word or hit.word, twin.side or hit.side
        twin.value = hit.value if twin.value is None else twin.value
    return kept


def _same(sentence: Sentence, one: _Hit, two: _Hit) -> bool:
    """Whether two readings are one statement."""
    if one.meaning.au != two.meaning.au or one.meaning.present != two.meaning.present:
        return False
    letters = sentence.letters
    if (letters[one.anchor] == "U") != (letters[two.anchor] == "U"):
        low = max(min(one.parts), min(two.parts)), min(max(one.parts), max(two.parts))
        gap = letters[low[1] + 1 : low[0]]
        return re.fullmatch(r"[K:I]{0,2}", gap) is not None
    return one.parts[0] == two.parts[0] and letters[one.parts[0]] == "F"
