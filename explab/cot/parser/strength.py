"""Which reading an intensity word or a number belongs to."""

from __future__ import annotations

from explab.cot.parser.chunking.chunks import Chunk, Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.reader import Hit

_WEIGHS_NEXT = pattern("[manner intensity feature other action hedge]{0,4}")
_WEIGHS_LAST = pattern("[manner other preposition intensity]?")
_WEIGHS_FAR = pattern("[manner intensity feature other preposition]{0,6}")
# "(AU17 is active) with moderate intensity"
_WITH_INTENSITY = pattern("[^comma and break except]{0,6} break")
_MEASURES = frozenset({"intensity", "strength", "force", "degree", "level", "extent", "activation"})
_WEIGHS_BACK = pattern("[^comma and break except]{0,8} | copula other? and | comma [intensity number]{0,2}")
_NUMBER_FOR = pattern("[other intensity]? preposition [intensity other feature]{0,3}")
_NUMBER_AHEAD = pattern("[intensity other feature]{0,4}")


def weigh(sentence: Sentence, hits: list[Hit]) -> None:
    """Give every intensity word and number to the readings it belongs to."""
    line, chunks = sentence.kinds, sentence.chunks
    anchors = sorted({hit.anchor for hit in hits})
    read = {part for hit in hits for part in hit.parts}
    numbers: dict[int, list[float]] = {}
    for i, chunk in enumerate(chunks):
        if chunk.value is None or (i in read and line[i] != Kind.CODE):
            continue
        if line[i] == Kind.NUMBER:
            target = _numbered(line, i, anchors)
            if target is not None:
                numbers.setdefault(target, []).append(chunk.value)
        elif line[i] == Kind.CODE:
            numbers.setdefault(i, []).append(chunk.value)
        elif (target := _measured(sentence, i, anchors)) is not None or (
            target := _weighed(line, i, anchors)
        ) is not None:
            targets = {target, *_shared(line, i, target, anchors)}
            for hit in hits:
                if hit.anchor in targets and not hit.word:
                    hit.word, hit.value = chunk.word, chunk.value
                    hit.parts = (*hit.parts, i) if abs(i - hit.anchor) <= 3 else hit.parts
    if any(chunk.word == "respectively" for chunk in chunks):
        numbers = _respective(line, chunks, anchors, numbers)
    for hit in hits:
        if hit.anchor in numbers:
            hit.value = sum(numbers[hit.anchor]) / len(numbers[hit.anchor])


def _measured(sentence: Sentence, i: int, anchors: list[int]) -> int | None:
    """The reading before "with (moderate) intensity"."""
    before = next((a for a in reversed(anchors) if a < i), None)
    measure = sentence.chunks[i + 1].word if i + 1 < len(sentence.chunks) else ""
    if before is None or measure not in _MEASURES:
        return None
    with_it = (
        _WITH_INTENSITY.fullmatch(sentence.kinds, before + 1, i) and sentence.chunks[i - 1].word == "with"
    )
    return before if with_it else None


def _weighed(line: str, i: int, anchors: list[int]) -> int | None:
    """The reading that an intensity word weighs."""
    after = next((a for a in anchors if a > i), None)
    before = next((a for a in reversed(anchors) if a < i), None)
    ahead = line[i + 1 : after] if after is not None else Kind.BREAK.value
    behind = line[before + 1 : i] if before is not None else Kind.BREAK.value
    if _WEIGHS_NEXT.fullmatch(ahead):
        return after
    if _WEIGHS_LAST.fullmatch(behind):
        return before
    if _WEIGHS_FAR.fullmatch(ahead):
        return after
    if _WEIGHS_BACK.fullmatch(behind):
        return before
    return None


def _numbered(line: str, i: int, anchors: list[int]) -> int | None:
    """The reading that a number measures: "0.3 for AU1" looks ahead, everything else back."""
    after = next((a for a in anchors if a > i), None)
    before = next((a for a in reversed(anchors) if a < i), None)
    if after is not None and _NUMBER_FOR.fullmatch(line[i + 1 : after]):
        return after
    if before is not None and not any_of("break except") & set(line[before + 1 : i]):
        return before
    return after if after is not None and _NUMBER_AHEAD.fullmatch(line[i + 1 : after]) else None


_PREDICATE = pattern("copula [other hedge]{0,2}")  # "(AU4 and AU7) are clearly (strong)"
_JOINED = pattern(
    "[feature other intensity preposition]{0,3} [comma and]{1,2} [feature other preposition]{0,4}"
)


def _shared(line: str, i: int, target: int, anchors: list[int]) -> list[int]:
    """The other members of the list whose last is `target`, where the strength is told of all of them."""
    if target > i or not _PREDICATE.fullmatch(line, target + 1, i):
        return []
    shared, last = [], target
    for anchor in reversed(anchors[: anchors.index(target)]):
        if not _JOINED.fullmatch(line, anchor + 1, last):
            break
        shared.append(anchor)
        last = anchor
    return shared


def _respective(
    line: str, chunks: list[Chunk], anchors: list[int], numbers: dict[int, list[float]]
) -> dict[int, list[float]]:
    """Numbers given to readings in order: "AU12 and AU6 at 0.6 and 0.35, respectively"."""
    values = [
        (i, chunk.value)
        for i, chunk in enumerate(chunks)
        if line[i] == Kind.NUMBER and chunk.value is not None
    ]
    before = [anchor for anchor in anchors if values and anchor < values[0][0]]
    if len(values) < 2 or len(before) < len(values):
        return numbers
    return {anchor: [value] for anchor, (_, value) in zip(before[-len(values) :], values, strict=True)}
