"""Chunks: runs of words of a sentence, each of one kind (see `kinds`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from explab.cot.parser.chunking.kinds import Kind
from explab.cot.parser.chunking.lexicon import Entry, Meaning, Units
from explab.cot.parser.chunking.tokens import Token

_DEFINITE = frozenset(["the", "his", "her", "their", "its", "this", "these", "those", "my", "your", "our"])
_NAMES = {
    "after": "absent",
    "plain": "other",
    "scope": "other",
}  # names of words.csv whose kind is called otherwise
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
    roles       names of words.csv of kind "scope": what the words do to their clause, see `reality`
    article     "a", "the", "this", "her" before it, "" for none
    subject     whether a person stands before it or is meant by it: "the woman", "she"
    quoted      whether it stands in somebody else's words: "the caption reads '...'"
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
    roles: tuple[str, ...] = ()
    article: str = ""
    subject: bool = False
    quoted: bool = False

    @property
    def definite(self) -> bool:
        """Whether the words take for granted that it is there: "the", "this", "her"."""
        return self.article in _DEFINITE


@dataclass
class Sentence:
    """Chunks of a sentence, their kinds as one string, and whether it is a question."""

    chunks: list[Chunk]
    question: bool = False
    kinds: str = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = "".join(chunk.kind for chunk in self.chunks)


def from_token(token: Token) -> Chunk:
    if token.kind == "code" and token.unit:
        au, side = token.unit
        units = Units((Meaning(au, side, True, ()),))
        return Chunk(Kind.CODE, token.start, token.end, units=units, value=token.value)
    if token.kind == "number":
        return Chunk(Kind.NUMBER, token.start, token.end, value=token.value)
    if token.word == ";":
        return Chunk(Kind.BREAK, token.start, token.end)
    kind = _MARKS.get(token.word, Kind.COMMA) if token.kind == "mark" else Kind.OTHER
    return Chunk(kind, token.start, token.end)


def _kind(entry: Entry) -> Kind:
    name = entry.name if entry.kind in ("link", "negation") else entry.kind
    return Kind[_NAMES.get(name, name).upper()]


def from_entries(run: list[Token], entries: list[Entry]) -> Chunk:
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
        elif entry.kind == "scope":
            chunk.roles += (entry.name,)
        elif entry.kind == "emotion":
            chunk.emotion = entry.name
        elif entry.kind == "hedge":
            chunk.hedge = True
            chunk.kind = Kind.COPULA if entry.name == "copula" else chunk.kind
    return chunk
