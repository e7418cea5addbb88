"""Where a sentence has its joints: segments between commas, conjunctions and breaks, and those that start a new clause.

"No smile or raised brow, and the lips are parted": three segments; the last has a subject and a verb of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from explab.cot.parser.chunking.chunks import Chunk, Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern

CONTRASTS = frozenset({
    "but", "while", "whereas", "although", "though", "however", "yet", "instead", "whilst", "despite", "even though",
    "nevertheless", "nonetheless", ";",
})  # fmt: skip
"""Words after which something else is said."""
RELATIVES = frozenset({"that", "which", "who", "where", "in which", "in whom", "for whom", "whose"})

JOINT = pattern("[comma and or break except colon]")
_VERB = pattern("[copula verb]")
_DIRECTIONS = frozenset({"up", "down", "upward", "downward", "upwards", "downwards", "together", "apart"})
_NOUNS = frozenset({"frown", "movement", "displacement", "squint", "tilt"})
_STATES = _DIRECTIONS | {
    "wider",
    "narrower",
    "tighter",
    "higher",
    "open",
    "wide",
    "tight",
    "tense",
    "taut",
    "shut",
}
# "the brows raised": a part and what it does, without a verb
_ABSOLUTE = pattern("[intensity hedge other not]{0,2} feature [intensity hedge not]* (?P<action>action)")

# "the brows, raised a moment ago, are"
_ASIDE = pattern(
    "feature (?P<aside> comma [^comma feature phrase code break colon verb copula]{1,8}) (?=comma [copula verb])"
)
_ACTS = pattern("[feature phrase] [intensity hedge other]? (?P<action>[action manner])")


def line_of(sentence: Sentence) -> str:
    """The kinds, brackets being plain words: "AU5 (upper lid raiser) is absent" denies AU5 too."""
    chunks = sentence.chunks
    return "".join(
        Kind.OTHER
        if chunk.word in ("(", ")") or (chunk.word == "be" and i and chunks[i - 1].word == "to")
        else chunk.kind
        for i, chunk in enumerate(chunks)
    )


def segment_end(line: str, start: int) -> int:
    """Index of the joint behind the segment that starts at `start`."""
    joint = JOINT.search(line, start)
    return joint.start() if joint else len(line)


def after_joint(line: str, joint: int) -> int:
    """Index of the first chunk behind a joint and the conjunctions that follow it."""
    while joint < len(line) and line[joint] in any_of("comma and or"):
        joint += 1
    return joint


def is_predicate(chunk: Chunk) -> bool:
    """Whether a movement is told of a part, "raised" and "open", not named, "raising" and "raise"."""
    last = chunk.word.split()[-1] if chunk.word else ""
    return (last.endswith(("ed", "wn", "lt", "nt")) and last not in _NOUNS) or last in _STATES


def is_direction(chunk: Chunk) -> bool:
    """Whether a movement is told by where it goes: "upward"."""
    return chunk.word in _DIRECTIONS


def has_verb(line: str, start: int, end: int) -> bool:
    """Whether a copula or a verb stands in line[start:end]."""
    return _VERB.search(line, start, end) is not None


def is_subject(chunk: Chunk) -> bool:
    """Whether a person or a pronoun that can start a clause is meant."""
    return chunk.subject or chunk.word in ("there", "they", "it", "he", "she", "we", "i", "nobody")


def starts_clause(sentence: Sentence, line: str, start: int) -> bool:
    """Whether the segment at `start` has a subject of its own."""
    chunks, end = sentence.chunks, segment_end(line, start)
    if start >= end:
        return False
    first = chunks[start]
    if first.word == "only" or "here" in first.roles or is_subject(first):
        return True
    if has_verb(line, start + 1, end) or (first.definite and Kind.NOT in line[start + 1 : end]):
        return True
    acts = _ACTS.match(line, start, end)
    if acts and first.definite:
        word = chunks[acts.start("action")].word
        if word.endswith("s") or (first.plural and not word.endswith("ing")):
            return True  # "the jaw drops"
    absolute = _ABSOLUTE.match(line, start, end)
    if absolute and is_predicate(chunks[absolute.start("action")]):
        return True
    return first.definite and line[start : start + 2] == Kind.OTHER + Kind.OTHER  # "the annotator notes"


@dataclass(frozen=True)
class Clause:
    """Chunks start to end of a sentence, and the word that opens them: "but", "," or "" at the start.

    aside: stands between two commas inside another clause: "the brows, raised a moment ago, are lowered".
    """

    start: int
    end: int
    opener: str
    aside: bool = False


def clauses(sentence: Sentence) -> list[Clause]:
    """The clauses of a sentence, in order."""
    line, chunks = line_of(sentence), sentence.chunks
    cuts = [(0, "")]
    asides = {match.start("aside"): match.end() for match in _ASIDE.finditer(line)}
    at = 0
    while at < len(line):
        joint = JOINT.search(line, at)
        if joint is None:
            break
        place = joint.start()
        if place in asides:
            cuts += [(place, "("), (asides[place], ")")]
            at = asides[place] + 1
            continue
        behind = after_joint(line, place)
        if line[place] == Kind.BREAK:
            cuts.append((place, chunks[place].word))
        elif (
            line[place] == Kind.COMMA
            and cuts[-1][1] in RELATIVES
            and line[behind : behind + 1] in any_of("copula verb")
        ):
            cuts.append((place, ","))  # "the brows, which were raised, are ..."
        elif (
            line[place] in any_of("comma and or")
            and behind < len(line)
            and line[behind] != Kind.BREAK
            and starts_clause(sentence, line, behind)
        ):
            cuts.append((place, chunks[behind - 1].word))
        at = max(behind, place + 1)
    edges = [*(start for start, _ in cuts), len(line)]
    return [
        Clause(start, end, word, word == "(")
        for (start, word), end in zip(cuts, edges[1:], strict=True)
        if start < end
    ]
