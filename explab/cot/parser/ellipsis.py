"""What a sentence leaves unsaid because it was said before: "lowers them", "the outer ones strongly".

Pronouns become the part of the face that they stand for, where the movement beside them can be one of that part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from explab.cot.parser.chunking.chunks import Chunk, Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.chunking.lexicon import lexicon

_REACH = 40  # chunks that a pronoun looks back: keeps endless sentences linear
_OBJECTS = frozenset({"them", "it", "ones"})
_SUBJECTS = frozenset({"they", "it", "these", "those", "other", "counterpart", "opposite", "own"})
_QUALIFIERS = frozenset({"inner", "outer", "upper", "lower", "medial", "lateral"})
_ENDS = frozenset({"ones", "one", "corners", "corner", "ends", "end", "parts", "part", "portions", "portion"})
_NAMED = {"medial": "inner", "lateral": "outer"}

_MOVES_NEXT = pattern("[copula other intensity hedge not]{0,4} (?P<moves>[action manner])")
_NOUN_NEXT = pattern("[intensity manner other]{0,2} [feature thing phrase]")
_SIZES = frozenset({
    "small", "big", "large", "wide", "broad", "full", "deep", "heavy", "sharp", "soft", "light", "firm",
    "delicate", "half",
})  # fmt: skip
# "(the outer ones) markedly"
_ONLY_STRENGTH = pattern(
    "[copula other]? preposition? [intensity number]+ other? (?: $ | [comma and or break except colon preposition])"
)

_TOO = pattern("copula other (?: $ | [comma and break colon])")
# "(the brows) are strongly, the lids slightly raised"
_SAID_LATER = pattern("copula? intensity+ comma feature [other copula]? intensity* (?P<moves>action)")
_NOT_IN = pattern("([comma and break]+ not preposition? | no preposition) $")
_ENDS_HERE = pattern("$ | [comma break]")
# "(but the lip corners) are not"
_ONLY_VERB = pattern("(?P<verb> copula | copula other? not | other not) (?: $ | [comma and break colon])")


def completed(sentence: Sentence, before: Sequence[Chunk]) -> Sentence:
    """The sentence with the parts that it leaves unsaid; `before` are the chunks of the sentence before it."""
    chunks = [*sentence.chunks]
    for i, chunk in enumerate(chunks):
        word = chunk.word
        if chunk.kind in any_of("other action") and word in _QUALIFIERS:
            _qualify(chunks, i)
        elif chunk.kind == Kind.OTHER and (word in _OBJECTS or word in _SUBJECTS):
            _stand_in(chunks, i, before)
    return Sentence(_with_movements(chunks), sentence.question)


def _line(chunks: Sequence[Chunk], start: int, end: int) -> str:
    return "".join(chunk.kind for chunk in chunks[start:end])


def _stand_in(chunks: list[Chunk], i: int, before: Sequence[Chunk]) -> None:
    """Put the part that a pronoun means in its place."""
    chunk = chunks[i]
    movement: int | None = None
    if chunk.word in _OBJECTS and i and chunks[i - 1].kind in any_of("action manner"):
        movement = i - 1
        if i + 1 < len(chunks) and chunks[i + 1].kind == Kind.ACTION:  # "draws them together"
            movement = i + 1
    elif chunk.word in _SUBJECTS:
        following = _MOVES_NEXT.match(_line(chunks, i + 1, i + 8))
        verb = _ONLY_VERB.match(_line(chunks, i + 1, i + 8))
        if verb and Kind.NOT in verb.group():  # "on her right it is not"
            movement = next(
                (j for j in range(i - 1, max(-1, i - _REACH), -1) if chunks[j].kind == Kind.ACTION), None
            )
        if following:
            movement = i + 1 + following.start("moves")
            if _NOUN_NEXT.match(_line(chunks, movement + 1, movement + 5)):
                return  # "they raise their brows"
    if movement is None:
        return
    part = _antecedent([*before, *chunks[max(0, i - _REACH) : i]], chunks[movement].actions)
    if part is not None:
        chunks[i] = _copy(part, chunk)
        if chunk.word in (
            "other",
            "counterpart",
            "opposite",
        ):  # "the left brow is raised, the other is lowered"
            chunks[i].side = {"L": "R", "R": "L"}.get(part.side, "")


def _antecedent(chunks: Sequence[Chunk], actions: Sequence[str]) -> Chunk | None:
    for chunk in reversed(chunks):
        if chunk.kind == Kind.FEATURE and lexicon().units(chunk.features, actions):
            return chunk
    return None


def _copy(part: Chunk, place: Chunk) -> Chunk:
    return replace(
        part,
        start=place.start,
        end=place.end,
        word=place.word,
        article=place.article,
        side=place.side or part.side,
    )


def _qualify(chunks: list[Chunk], i: int) -> None:
    """ "The inner brows are raised, the outer ones lowered": the outer brows."""
    chunk = chunks[i]
    behind = chunks[i + 1] if i + 1 < len(chunks) else None
    long = behind is not None and behind.word in _ENDS
    after = chunks[i + 2] if long and i + 2 < len(chunks) else (None if long else behind)
    if after is not None and after.kind not in any_of(
        "copula action intensity and or comma manner not no break number verb"
    ):
        return
    if chunk.kind == Kind.ACTION and not (long or chunk.article):
        return  # "lower" is a verb here
    qualifier = _NAMED.get(chunk.word, chunk.word)
    near = [*reversed(chunks[max(0, i - _REACH) : i]), *chunks[i + 1 : i + _REACH]]
    for other in near:
        for feature in other.features if other.kind == Kind.FEATURE else ():
            name = f"{qualifier} {feature.split()[-1]}"
            if name in lexicon().features:
                last = behind if long and behind is not None else chunk
                chunks[i] = replace(
                    other, start=chunk.start, end=last.end, features=(name,), word=f"{chunk.word} ones", plural=True,
                    article=chunk.article, side=chunk.side, roles=(), subject=False,
                )  # fmt: skip
                if long and behind is not None:
                    behind.kind, behind.features = Kind.OTHER, ()
                return


def _with_movements(chunks: list[Chunk]) -> list[Chunk]:
    """Repeat the movement that a part shares with the one before: "the outer ones strongly", "but the lids are not"."""
    found: list[Chunk] = []
    movement: Chunk | None = None
    pending: tuple[int, Chunk] | None = None
    for i, chunk in enumerate(chunks):
        found.append(chunk)
        later = _SAID_LATER.match(_line(chunks, i + 1, i + 10)) if chunk.kind == Kind.FEATURE else None
        if later and pending is None:
            moves = chunks[i + 1 + later.start("moves")]
            if lexicon().units(chunk.features, moves.actions):
                behind = i + later.group().index(Kind.COMMA)
                pending = behind, replace(moves, start=chunk.start, end=chunk.end, article="", side="")
        if chunk.kind == Kind.ACTION:
            movement = chunk
        elif chunk.kind == Kind.FEATURE and movement is not None and pending is None:
            place = _place_of_movement(chunks, i)
            if place is not None and lexicon().units(chunk.features, movement.actions):
                pending = place, replace(movement, start=chunk.start, end=chunk.end, article="", side="")
        if pending is not None and i == pending[0]:
            found.append(pending[1])
            pending = None
    return found


def _has_size(chunks: Sequence[Chunk]) -> bool:
    """Whether the strength is a size: "her nose is small" tells of no movement."""
    strength = next((chunk.word for chunk in chunks if chunk.kind == Kind.INTENSITY), "")
    return strength in _SIZES


def _place_of_movement(chunks: list[Chunk], i: int) -> int | None:  # noqa: PLR0911 - one return for each form
    """Index of the chunk behind which the part at `i` wants its movement; None where it wants none."""
    following = _line(chunks, i + 1, i + 8)
    starts = i == 0 or chunks[i - 1].kind in any_of("comma and break other")
    skip = (
        1 if i + 1 < len(chunks) and chunks[i + 1].word in _ENDS and chunks[i + 1].kind == Kind.OTHER else 0
    )
    if starts and _ONLY_STRENGTH.match(following, skip) and not _has_size(chunks[i + 1 : i + 8]):
        return i + skip
    verb = _ONLY_VERB.match(following)
    too = _TOO.match(following)
    if starts and too and chunks[i + 2].word in ("too", "likewise"):
        return i + 1
    if starts and verb:
        return i + verb.end("verb")
    if (
        i
        and chunks[i - 1].word == "but"
        and _ENDS_HERE.match(following)
        and _line(chunks, 0, i).find(Kind.NOT) >= 0
    ):
        return i  # "not the brows are raised but the lids"
    if _NOT_IN.search(_line(chunks, 0, i)[-4:]) and _ENDS_HERE.match(following):
        return i  # "the tension is in the lips, not in the lids"
    if i > 1 and chunks[i - 1].kind == Kind.COPULA and chunks[i - 2].word in ("so", "as"):
        return i  # "as are the lids"
    return None
