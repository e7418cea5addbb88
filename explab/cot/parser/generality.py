"""What is said of faces in general, or of FACS itself: definitions, prototypes, feelings, build.

"AU9 denotes a wrinkling of the nose", "fear involves wide eyes" and "an angry face has lowered brows" would be true
whatever this face did; "his heavy brows" would be true of it at rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from explab.cot.parser.chunking.chunks import Chunk
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.clauses import Clause, is_subject

# "AU9 denotes", but not "AU6 combines (with AU12 in this face)"
_OF_CODES = ("denot", "stand", "refer", "designat", "defin", "mean", "describ", "involv", "entail")
_CODE_IS = pattern(
    "^ code [comma other action feature phrase]{0,6}? copula (?P<named>[action phrase feature])"
)
_PLURALS = frozenset({"faces", "expressions", "displays"})
_FEELINGS = frozenset({
    "anger", "fear", "sadness", "disgust", "happiness", "surprise", "contempt", "joy", "sorrow", "grief", "rage",
    "shock", "terror", "amusement", "delight",
})  # fmt: skip
_FEELING_DOES = re.compile(
    r"(?:has|involve|include|require|come|bring|produce|combine|differ|exhibit|display|feature|consist|go|mean|cause|need)"
)
_FACES = frozenset({"face", "expression", "look", "display", "mien"})
# What may stand before the subject of a clause: "Typically, anger ..."
_LEAD = any_of("other comma and break hedge colon preposition")
# How a face may be built: with a word for that in the sentence they tell nothing of a movement.
_SHAPES = frozenset({
    "wide", "thin", "narrow", "heavy", "hollow", "sunken", "upturned", "downturned", "arched", "high", "straight",
    "full", "hooded", "drooping", "droopy", "sagging", "slanted", "puffy", "low", "curved", "wrinkled", "creased",
    "lined", "protruding", "jutting", "sunk", "bulging", "pouting", "puckered", "dimpled", "swollen",
})  # fmt: skip
_BUILD = re.compile(
    r"\b(?:broad|big|small|long|short|flat|sharp|straight|round|thick|bushy|full) "
    r"(?:nose|chin|face|lips|eyebrows|hair|forehead)\b"
)
_INBORN = re.compile(
    r"\b(?:natur\w*|birth|born|genetic|inherit\w*|permanent\w*|anatom\w*|bon[ey]\w*|famil\w*|illness|build)\b"
)
_AGE = re.compile(
    r"\b(?:young|old|elderly|aged|blonde?|bald|brunette)\b"
)  # who it is, and nothing of a shape
# Shapes that a part has at rest, each before the part itself.
_BUILT = {
    "heavy": ("brow",), "thick": ("brow",), "high": ("forehead", "brow"), "thin": ("lip", "upper lip", "lower lip"),
    "narrow": ("nose", "face", "mouth", "jaw", "chin"),"sunken": ("cheek", "eye"),
    "wide": ("nose", "nostril"), "straight": ("nose", "brow"), "full": ("lip",),
}  # fmt: skip
_LIVELY = (
    "smiling",
    "frowning",
    "grinning",
    "laughing",
    "scowling",
    "winking",
    "pouting",
    "beaming",
    "sneering",
)


def is_definition(chunks: Sequence[Chunk], line: str, clause: Clause) -> bool:
    """ "AU9 denotes ...", "AU9 is the wrinkling of the nose", "a Duchenne smile combines AU6 with AU12"."""
    start = _first(line, clause)
    for verb in range(start + 1, clause.end):
        if "defines" in chunks[verb].roles and not any(is_subject(c) for c in chunks[start:verb]):
            subject = chunks[verb - 1]
            if any(chunk.word in ("word", "name", "phrase") for chunk in chunks[start:verb]):
                return True
            if subject.kind == Kind.CODE or Kind.CODE in line[start:verb]:
                return chunks[verb].word.startswith(_OF_CODES)
            if line[start] in any_of("phrase action intensity") and chunks[start].article in ("a", "an"):
                return True
            if Kind.CODE in line[verb : clause.end] and chunks[verb].word.startswith("mean"):
                return True
    named = _CODE_IS.match(line[start : clause.end])
    return named is not None and chunks[start + named.start("named")].article in ("the", "a", "an")


def _first(line: str, clause: Clause) -> int:
    start = clause.start
    while start < clause.end - 1 and line[start] in any_of("comma and break or colon"):
        start += 1
    return start


def is_of_kinds_of_faces(chunks: Sequence[Chunk], line: str, clause: Clause) -> bool:
    """ "Faces of disgust have wrinkled noses", "raise your brows"."""
    start = _first(line, clause)
    if any(chunk.article in ("your", "one's") for chunk in chunks[clause.start : clause.end]):
        return True
    while start < clause.end - 1 and (
        line[start] in any_of("preposition emotion") or chunks[start].word == "most"
    ):
        start += 1
    return chunks[start].word in _PLURALS and not chunks[start].article and not chunks[start].side


def is_of_a_feeling(chunks: Sequence[Chunk], line: str, clause: Clause) -> bool:
    """ "Happiness involves raised cheeks", "a frightened face shows wide eyes"."""
    at = clause.start
    while at < clause.end - 1 and line[at] in _LEAD:
        at += 1
    feeling = chunks[at]
    if feeling.kind != Kind.EMOTION or at + 1 >= clause.end:
        return False
    if feeling.word in _FEELINGS and not feeling.article:
        return _FEELING_DOES.match(chunks[at + 1].word) is not None
    head = chunks[at + 1]
    return (
        feeling.article in ("a", "an")
        and feeling.emotion != "Neutral"
        and head.word in _FACES
        and at + 2 < clause.end
        and (line[at + 2] == Kind.VERB or "defines" in chunks[at + 2].roles)
    )


class Shapes:
    """Which movements of a sentence may be the shape of a part at rest: "his heavy brows", "lips thin by nature"."""

    def __init__(self, chunks: Sequence[Chunk], line: str) -> None:
        self.chunks, self.line = chunks, line
        words = " ".join(chunk.word for chunk in chunks)
        self.trait = any("trait" in chunk.roles for chunk in chunks) or _BUILD.search(words) is not None
        self.inborn = _INBORN.search(words) is not None
        self.aged = _AGE.search(words) is not None

    def is_shape(self, i: int) -> bool:
        """Whether chunk `i` is told as a shape, or the sentence speaks of age, dress or build."""
        chunk, behind = self.chunks[i], self.chunks[i + 1] if i + 1 < len(self.chunks) else None
        if behind is not None and not set(_BUILT.get(chunk.word, ())).isdisjoint(behind.features):
            return True
        if not self.trait:
            return False
        if chunk.kind == Kind.PHRASE:
            lasting = chunk.word.endswith(("lines", "wrinkles", "folds", "creases", "furrows"))
            return lasting or (self.inborn and chunk.word.split()[0] in _SHAPES)
        before_part = self.line[i + 1 : i + 2] == Kind.FEATURE
        of_shape = chunk.kind == Kind.ACTION and chunk.word in _SHAPES
        return of_shape and (self.inborn or before_part or not self.aged)


def is_of_a_thing(chunks: Sequence[Chunk], i: int) -> bool:
    """ "A smiling sun": what smiles is no face."""
    behind = chunks[i + 1] if i + 1 < len(chunks) else None
    if behind is None or chunks[i].word not in _LIVELY:
        return False
    return behind.kind == Kind.THING or "depiction" in behind.roles
