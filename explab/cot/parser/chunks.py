"""Text -> sentences of chunks: runs of words with a part to play, each with one letter, so that grammar is a regex.

F feature     "the inner brows"          C copula       "is", "appears"      - negation of a noun   "no", "without"
A action      "raised", "frown"          P preposition  "of"                 ! negation of a verb   "not", "never"
W manner      "pulled": needs more       V other verb   "shows"              ~ negation after       "is absent"
N phrase      "smile": means units       J and          / or                 h hedge                "perhaps"
U FACS code   "AU12"                     B break        "while", "with"      E exception            "except"
I intensity   "slightly"                 K comma, bracket                    M emotion              "sadness"
Z number      "0.58"                     : colon, dash                       O any other word
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

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

_LETTERS = {
    "feature": "F",
    "action": "A",
    "manner": "W",
    "phrase": "N",
    "emotion": "M",
    "intensity": "I",
    "copula": "C",
    "preposition": "P",
    "verb": "V",
    "and": "J",
    "or": "/",
    "break": "B",
    "except": "E",
    "not": "!",
    "no": "-",
    "after": "~",
    "plain": "O",
    "hedge": "h",
}
_RANKS = "".join(_LETTERS.values()).index  # what a word is first of all, where it can be several things
_MARKS = {":": ":", "—": ":", "–": ":", "-": ":"}


@dataclass
class Chunk:
    """A run of words.

    letter      its part, see the module text
    start, end  place in the text
    features, actions    names of words.csv
    units       of a phrase or a code
    value       of an intensity word or number, or of a code's letter
    emotion     an expression, "" for none
    hedge       whether it makes what follows uncertain
    plural      "lips", "eyes": not one side alone
    word        its text in lower case
    side        "L", "R", "B" (both) or ""; for actions the side said after them
    """

    letter: str
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
    """Chunks of a sentence, and their letters as one string."""

    chunks: list[Chunk]
    letters: str = field(init=False)

    def __post_init__(self) -> None:
        self.letters = "".join(chunk.letter for chunk in self.chunks)


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
        chunk.plural = chunk.letter == "F" and chunk.word.endswith("s")
        chunks.append(chunk)
        first.append(at)
        at += len(run)
        last.append(at)
    for low, to, high in zip(chunks, chunks[1:], chunks[2:], strict=False):
        if low.letter + to.letter + high.letter == "IPI" and to.word == "to":  # "slight to moderate"
            low.letter = to.letter = "O"
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
        return Chunk("U", token.start, token.end, units=units, value=token.value)
    if token.kind == "number":
        return Chunk("Z", token.start, token.end, value=token.value)
    letter = _MARKS.get(token.word, "K") if token.kind == "mark" else "O"
    return Chunk(letter, token.start, token.end)


def _letter(entry: Entry) -> str:
    return _LETTERS[entry.name if entry.kind in ("link", "negation") else entry.kind]


def _from_entries(run: list[Token], entries: list[Entry]) -> Chunk:
    chunk = Chunk(min(map(_letter, entries), key=_RANKS), run[0].start, run[-1].end)
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
            chunk.letter = "C" if entry.name == "copula" else chunk.letter
    return chunk


_TO_WHAT_FOLLOWS = re.compile(
    r"[IAWh]*O?[IAWh]*(?=[FNU])|OP[IAW]*(?=F)"
)  # "left, slightly raised brow", "left side of ..."
_AT_THE_START = re.compile(r"OK[IAWh]*O?[IAWh]*(?=F)")  # "on the left side, the brow"
_TO_WHAT_STANDS_BEFORE = re.compile(r"[FANUW][CIOPKhZ]{0,5}$")  # "raised on the left"


def _attach(sentence: Sentence, side: _Side, first: list[int], last: list[int]) -> bool:
    """Write a side into the chunk that it belongs to: the one around it, after it, or else before it.

    False where there is none.
    """
    chunks, letters = sentence.chunks, sentence.letters
    before = bisect_left(first, side.before) - 1
    after = before + 1
    if before >= 0 and last[before] > side.before:
        target = before
    else:
        pattern = _TO_WHAT_FOLLOWS.match(letters, after)
        opening = _AT_THE_START.match(letters, after) if letters[:after] == "P" else None
        alone = after < len(chunks) and chunks[after].word == "side" and letters[after : after + 2] != "OP"
        if opening:
            target = opening.end()
        elif pattern and not alone:
            target = pattern.end()
            chunks[target].start = (
                min(side.start, chunks[target].start) if target == after else chunks[target].start
            )
        elif found := _TO_WHAT_STANDS_BEFORE.search(letters, max(0, before - 5), after):
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
        if not re.match(r"[BJ]I*[CA]", sentence.letters[max(after - 1, 0) :]):
            continue
        named = next((c for c in reversed(sentence.chunks[:after]) if c.letter == "F"), None)
        if named and named.side:
            chunks.insert(after, replace(named, start=side.start, end=side.end, side=side.side, plural=False))
    return Sentence(chunks)
