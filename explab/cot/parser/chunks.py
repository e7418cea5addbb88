"""Text -> sentences of chunks: runs of words, each of one kind (see `kinds`)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from explab.cot.parser.kinds import Kind, pattern
from explab.cot.parser.lexicon import Entry, Meaning, Units, lexicon
from explab.cot.parser.tokens import Token, stem, tokens

_LONGEST = 150  # words of a sentence; a longer one is cut there, so that time stays linear

# Words that stand inside phrases and change nothing: "the corners of her mouth".
_DROPPED = frozenset(
    stem(word)
    for word in [
        "the",
        "a",
        "an",
        "his",
        "her",
        "their",
        "its",
        "this",
        "these",
        "those",
        "my",
        "your",
        "our",
        "any",
        "one",
        "person",
        "subject",
        "man",
        "woman",
        "individual",
        "girl",
        "boy",
        "child",
    ]
)
_SIDES = {
    stem(word): side
    for words, side in {
        "left leftward": "L",
        "right rightward": "R",
        "both bilateral bilaterally": "B",
    }.items()
    for word in words.split()
}
_VIEWERS = frozenset(stem(word) for word in ("viewer", "observer", "image", "picture", "photo"))

_NAMES = {"after": "absent", "plain": "other"}  # names of words.csv whose kind is called otherwise
_MARKS = {":": Kind.COLON, "—": Kind.COLON, "–": Kind.COLON, "-": Kind.COLON}


@dataclass
class Chunk:
    """A run of words.

    kind        the part it plays
    start, end  place in the text
    features, actions    names of words.csv
    units       of a phrase or a code
    value       of an intensity word or number, or of a letter written at a code
    emotion     an expression, "" for none
    hedge       whether it makes what follows uncertain
    plural      "lips", "eyes": not one side alone
    word        its text in lower case
    side        "L", "R", "B" (both) or ""; for actions the side said after them
    """

    kind: Kind
    start: int
    end: int
    word: str = ""
    features: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    units: Units | None = None
    value: float | None = None
    emotion: str = ""
    hedge: bool = False
    plural: bool = False
    side: str = ""


@dataclass
class Sentence:
    """Chunks of a sentence, and their kinds as one string."""

    chunks: list[Chunk]
    kinds: str = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = "".join(chunk.kind for chunk in self.chunks)


@dataclass(frozen=True)
class _Side:
    """A word such as "left": its side, the number of the token after it, its place."""

    side: str
    before: int
    start: int
    end: int


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Sentence]:
    """The sentences of text[start:end]; places refer to the whole text."""
    kept: list[Token] = []
    sides: list[_Side] = []
    viewer = False
    for token in tokens(text, start, end):
        if token.kind == "end" or len(kept) == _LONGEST:
            if kept:
                yield _sentence(text, kept, sides)
            kept, sides, viewer = [], [], False
        if token.kind == "end":
            continue
        if token.word in _SIDES:
            side = _SIDES[token.word]
            side = {"L": "R", "R": "L"}.get(side, side) if viewer else side
            if sides and kept and kept[-1].word in ("and", "or") and sides[-1].before == len(kept) - 1:
                kept.pop()  # "left and right brows"
            sides.append(_Side(side, len(kept), token.start, token.end))
            viewer = False
        elif token.word in _VIEWERS:
            viewer = True
        elif token.word not in _DROPPED:
            kept.append(token)
            viewer = False
    if kept:
        yield _sentence(text, kept, sides)


def _sentence(text: str, kept: list[Token], sides: list[_Side]) -> Sentence:
    words = [token.word if token.kind == "word" else "" for token in kept]
    chunks, first, last = [], [], []
    at = 0
    while at < len(kept):
        length, entries = lexicon().longest(words, at)
        run = kept[at : at + max(length, 1)]
        chunk = _from_entries(run, entries) if length else _from_token(run[0])
        chunk.word = text[chunk.start : chunk.end].lower()
        chunk.plural = chunk.kind == Kind.FEATURE and chunk.word.endswith("s")
        chunks.append(chunk)
        first.append(at)
        at += len(run)
        last.append(at)
    for low, to, high in zip(chunks, chunks[1:], chunks[2:], strict=False):
        if _RANGE.fullmatch(low.kind + to.kind + high.kind) and to.word == "to":
            low.kind = to.kind = Kind.OTHER
            high.start, high.word = low.start, text[low.start : high.end].lower()
            high.value = ((low.value or 0) + (high.value or 0)) / 2
            low.value = None
    sentence = Sentence(chunks)
    unnamed = [side for side in sides if not _attach(sentence, side, first, last)]
    return _completed(sentence, unnamed, first)


def _from_token(token: Token) -> Chunk:
    if token.kind == "code" and token.unit:
        au, side = token.unit
        units = Units((Meaning(au, side, True, ()),))
        return Chunk(Kind.CODE, token.start, token.end, units=units, value=token.value)
    if token.kind == "number":
        return Chunk(Kind.NUMBER, token.start, token.end, value=token.value)
    kind = _MARKS.get(token.word, Kind.COMMA) if token.kind == "mark" else Kind.OTHER
    return Chunk(kind, token.start, token.end)


def _kind(entry: Entry) -> Kind:
    name = entry.name if entry.kind in ("link", "negation") else entry.kind
    return Kind[_NAMES.get(name, name).upper()]


def _from_entries(run: list[Token], entries: list[Entry]) -> Chunk:
    chunk = Chunk(min(map(_kind, entries)), run[0].start, run[-1].end)
    for entry in entries:
        if entry.kind == "feature":
            chunk.features = tuple(entry.name.split(" & "))
        elif entry.kind in ("action", "manner"):
            chunk.actions += (entry.name,)
        elif entry.kind == "phrase" and chunk.units is None:
            chunk.units = entry.value
        elif entry.kind == "intensity":
            chunk.value = entry.value
        elif entry.kind == "emotion":
            chunk.emotion = entry.name
        elif entry.kind == "hedge":
            chunk.hedge = True
            chunk.kind = Kind.COPULA if entry.name == "copula" else chunk.kind
    return chunk


# "left, slightly raised brow", "left side of the brow"
_TO_WHAT_FOLLOWS = pattern("""
    [intensity action manner hedge]* other? [intensity action manner hedge]* (?=[feature phrase code])
    | other preposition [intensity action manner]* (?=feature)
""")
# "on the left side, the brow"
_AT_THE_START = pattern("""
    other comma [intensity action manner hedge]* other? [intensity action manner hedge]* (?=feature)
""")
# "raised on the left"
_TO_WHAT_STANDS_BEFORE = pattern("""
    [feature action phrase code manner] [copula intensity other preposition comma hedge number]{0,5} $
""")
_RANGE = pattern("intensity preposition intensity")  # "slight to moderate"
_UNNAMED = pattern("[break and] intensity* [copula action]")  # "... while the (right) is lowered"


def _attach(sentence: Sentence, side: _Side, first: list[int], last: list[int]) -> bool:
    """Write a side into the chunk that it belongs to: the one around it, after it, or else before it.

    False where there is none.
    """
    chunks, line = sentence.chunks, sentence.kinds
    before = bisect_left(first, side.before) - 1
    after = before + 1
    if before >= 0 and last[before] > side.before:
        target = before
    else:
        following = _TO_WHAT_FOLLOWS.match(line, after)
        opening = _AT_THE_START.match(line, after) if line[:after] == Kind.PREPOSITION else None
        alone = (
            after < len(chunks)
            and chunks[after].word == "side"
            and line[after : after + 2] != Kind.OTHER + Kind.PREPOSITION
        )
        if opening:
            target = opening.end()
        elif following and not alone:
            target = following.end()
            chunks[target].start = (
                min(side.start, chunks[target].start) if target == after else chunks[target].start
            )
        elif found := _TO_WHAT_STANDS_BEFORE.search(line, max(0, before - 5), after):
            target = found.start()
        else:
            return False
    chunk = chunks[target]
    chunk.side = side.side if chunk.side in ("", side.side) else "B"
    return True


def _completed(sentence: Sentence, unnamed: list[_Side], first: list[int]) -> Sentence:
    """The sentence with the parts that it leaves unsaid: "the left brow is raised while the right is lowered"."""
    chunks = [*sentence.chunks]
    for side in reversed(unnamed):
        after = bisect_left(first, side.before)
        if not _UNNAMED.match(sentence.kinds[max(after - 1, 0) :]):
            continue
        named = next((c for c in reversed(sentence.chunks[:after]) if c.kind == Kind.FEATURE), None)
        if named and named.side:
            chunks.insert(after, replace(named, start=side.start, end=side.end, side=side.side, plural=False))
    return Sentence(chunks)
