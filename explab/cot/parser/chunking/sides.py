"""To which part a "left" or "right" belongs: the one around it, after it, or else before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from explab.cot.parser.chunking.chunks import Chunk, Sentence
from explab.cot.parser.chunking.kept import Side
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern

_PLACES = frozenset({"on", "to", "at", "in", "along"})
_REACH = 150  # chunks that an opening "on the left" reaches over: keeps endless sentences linear
# "left, slightly raised brow", "left side of the brow"
_TO_WHAT_FOLLOWS = pattern("""
    [intensity action manner hedge]* other? [intensity action manner hedge]* (?=[feature phrase code])
    | [other intensity] preposition [intensity action manner]* (?=feature)
""")
# "(on the left) side of the face, the brow ..."
_OPENING = pattern("([other intensity]? (preposition [feature other thing])?)? (?P<comma>comma)?")
# "raised on the left"
_TO_WHAT_STANDS_BEFORE = pattern("""
    [feature action phrase code manner] [copula intensity other preposition comma hedge number verb]{0,5} $
""")
# "(raises the right brow and) lowers the (left)"
_OBJECT = pattern("[action manner] ($ | [comma and break colon])")
# ", the (right) side hangs"
_SIDE_ALONE = pattern("[break and comma] other (?= other? [copula action manner])")
# "Left: brow raised", "Left half of the face: ..."
_HEADER = pattern("[other intensity]? (preposition [feature other]{1,2})? colon")
# "(the lip is raised,) but only on the (right)"
_RESTRICTED = pattern("[action phrase code] (?P<joint>[comma break]{1,2}) other preposition $")
# "(the left is raised,) but not the (right)", "but none in the (right)"
_DENIED = pattern("[comma break and] not preposition? $")
_OVER = pattern("other? ($ | [comma break and colon])")
# "(strongly on the left) and slightly on the (right)"
_WEIGHED_SIDE = pattern("[and comma] intensity preposition $")
# "... while the (right) is lowered"
_UNNAMED = pattern(
    "[break and comma] [intensity hedge]* ([copula action] | other not) (?! [intensity other]{0,2} [feature thing])"
)


def attach(sentence: Sentence, side: Side, first: list[int], last: list[int]) -> bool:
    """Write a side into the chunk that it belongs to: the one around it, after it, or else before it.

    False where there is none.
    """
    chunks, line = sentence.chunks, sentence.kinds
    before = bisect_left(first, side.before) - 1
    after = before + 1
    if before >= 0 and last[before] > side.before:
        target = before
    elif (
        side.article
        and before >= 0
        and (_UNNAMED.match(line, before) or _OBJECT.match(line, before) or _is_side_alone(sentence, before))
    ) or _so_on(chunks[: before + 1]):
        return False
    elif _open(sentence, side, after):
        return True
    else:
        following = _TO_WHAT_FOLLOWS.match(line, after)
        alone = (
            after < len(chunks)
            and chunks[after].word == "side"
            and line[after : after + 2] != Kind.OTHER + Kind.PREPOSITION
        )
        if following and not alone:
            target = following.end()
            chunks[target].start = (
                min(side.start, chunks[target].start) if target == after else chunks[target].start
            )
        elif only := _is_restricted(sentence, after):
            target = only
        elif found := _TO_WHAT_STANDS_BEFORE.search(line, max(0, before - 5), after):
            target = found.start()
        else:
            return False
    chunk = chunks[target]
    chunk.side = side.side if chunk.side in ("", side.side) else "B"
    return True


def _opened(sentence: Sentence, after: int) -> int | None:  # noqa: PLR0911 - one return for each construction
    """Index of the first chunk that an opening "on the left" speaks of; None where it is no opening."""
    chunks, line = sentence.chunks, sentence.kinds
    if after < 1 or line[after - 1] != Kind.PREPOSITION or chunks[after - 1].word not in _PLACES:
        return None
    before = line[after - 2 : after - 1]
    if before == Kind.COPULA:
        cleft = after < len(chunks) and chunks[after].word == "that"  # "it is on the left that ..."
        return after + 1 if cleft else None
    only = after == 2 and chunks[0].word in ("only", "just", "merely", "solely")
    if after > 1 and before not in any_of("comma and break colon") and not only:
        return None
    if (
        only and after < len(chunks) and line[after] == Kind.COPULA
    ):  # "only on the left is the upper lip raised"
        return after + 1
    if after < len(chunks) and chunks[after].word in ("it", "they"):
        return after
    opening = _OPENING.match(line, after)
    assert opening is not None  # it matches the empty string
    start = opening.end()
    if start >= len(chunks):
        return None
    # "on the left, a brow ..." and "on the left the brow ...", not "on the left cheek"
    named = chunks[start].article or chunks[start].word in ("it", "they")
    return start if opening["comma"] or named else None


def _open(sentence: Sentence, side: Side, after: int) -> bool:
    """Carry out "on the left, ...": the side of everything up to the next break that has none of its own."""
    chunks, line = sentence.chunks, sentence.kinds
    headed = _HEADER.match(line, after) if after == 0 or line[after - 1] == Kind.BREAK else None
    start = headed.end() if headed else _opened(sentence, after)
    if after == 1 and line[:3] == Kind.PREPOSITION + Kind.FEATURE + Kind.COMMA and chunks[0].word in _PLACES:
        start = after  # "in the left eye, the lower lid is tightened"
    if start is None:
        return False
    for chunk in chunks[start : start + _REACH]:
        if chunk.kind in any_of("break colon") or (
            chunk.kind == Kind.PREPOSITION and chunk.word == "on" and chunk.side
        ):
            break
        if chunk.kind in any_of("feature phrase code") or chunk.word in ("it", "they"):
            chunk.side = side.side
    return True


def _is_side_alone(sentence: Sentence, before: int) -> bool:
    """ ", the (right) side is lowered": the side of a part that was named before."""
    word = sentence.chunks[before + 1].word if before + 1 < len(sentence.chunks) else ""
    return word in ("side", "half") and _SIDE_ALONE.match(sentence.kinds, before) is not None


def _is_restricted(sentence: Sentence, after: int) -> int:
    """Index of the reading that "but only on the left" confines to a side; 0 where there is none."""
    only = _RESTRICTED.search(sentence.kinds, max(0, after - 5), after)
    words = frozenset({"only", "just", "merely", "solely", "exclusively", "mainly", "mostly"})
    return only.start() if only and sentence.chunks[after - 2].word in words else 0


def _so_on(before: list[Chunk]) -> bool:
    """ "(the left brow is raised,) and so is the one on the (right)"."""
    if before and before[-1].kind == Kind.PREPOSITION:
        before = before[:-1]
    return len(before) > 1 and before[-1].kind == Kind.COPULA and before[-2].word in ("so", "as")


def _repeated(before: list[Chunk], side: Side, behind: Sequence[Chunk] = ()) -> list[Chunk]:
    """The part and its movement once more, for another side; it may follow: "but not the right, is raised"."""
    part = next((c for c in reversed(before) if c.kind == Kind.FEATURE), None)
    movement = next((c for c in reversed(before) if c.kind in any_of("action manner")), None)
    movement = movement or next((c for c in behind if c.kind in any_of("action manner")), None)
    sign = next((c for c in reversed(before) if c.kind in any_of("phrase code")), None)
    if sign is not None and movement is None:  # "a dimple on the left, but none on the right"
        return [replace(sign, side=side.side, start=side.start, end=side.end, article="")]
    if part is None or movement is None:
        return []
    again = replace(part, side=side.side, plural=False, start=side.start, end=side.end, article="")
    return [again, replace(movement, side="", start=side.start, end=side.end, article="")]


def completed(sentence: Sentence, unnamed: list[Side], first: list[int]) -> Sentence:
    """The sentence with the parts that it leaves unsaid: "the left brow is raised while the right is lowered"."""
    chunks = [*sentence.chunks]
    for side in reversed(unnamed):
        after = bisect_left(first, side.before)
        if after and _WEIGHED_SIDE.search(sentence.kinds, max(0, after - 4), after):
            chunks[after:after] = _repeated(sentence.chunks[:after], side)
            continue
        if _DENIED.search(sentence.kinds, max(0, after - 3), after) and _OVER.match(sentence.kinds, after):
            chunks[after:after] = _repeated(sentence.chunks[:after], side, sentence.chunks[after:])
            continue
        if _so_on(sentence.chunks[:after]):
            chunks[after:after] = _repeated(sentence.chunks[:after], side)
            continue
        alone = _is_side_alone(sentence, max(after - 1, 0))
        acted_on = side.article and _OBJECT.match(sentence.kinds, max(after - 1, 0))
        if not (alone or acted_on or _UNNAMED.match(sentence.kinds, max(after - 1, 0))):
            continue
        if alone:
            del chunks[after]  # the "side" itself
        named = next((c for c in reversed(sentence.chunks[:after]) if c.kind == Kind.FEATURE), None)
        if named and named.side:
            chunks.insert(after, replace(named, start=side.start, end=side.end, side=side.side, plural=False))
    return Sentence(chunks, sentence.question)
