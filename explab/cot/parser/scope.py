"""How far a negation or a hedge reaches in a sentence.

"No smile or raised brow, but wide eyes": the "no" reaches over the "or" and stops at the "but". What stops it also
depends on what it negates: "no" and "without" reach over the nouns that follow, "not" over the verb.
"""

from __future__ import annotations

from explab.cot.parser.chunks import Sentence
from explab.cot.parser.kinds import Kind, any_of, pattern

_END_OF_PART = pattern("[comma break except colon]")
_OWN_VERB = pattern("[copula verb]")


def negated(sentence: Sentence) -> list[bool]:
    """For each chunk whether it is denied."""
    line = _without_brackets(sentence)
    denied = [False] * len(line)
    for at, kind in enumerate(line):
        verb = kind == Kind.NOT or (
            kind == Kind.ABSENT and line[at + 1 : at + 2] in any_of("action manner")
        )  # "not noticeably raised"
        if verb or kind == Kind.NO:
            for i in range(at + 1, _reach(line, at + 1, noun=kind == Kind.NO)):
                denied[i] = True
        elif kind == Kind.ABSENT:
            for i in range(_back(line, at), at):
                denied[i] = True
    return denied


def hedged(sentence: Sentence) -> list[bool]:
    """For each chunk whether a hedge before it makes it uncertain."""
    line = _without_brackets(sentence)
    doubtful = [False] * len(line)
    for at, chunk in enumerate(sentence.chunks):
        if chunk.hedge:
            for i in range(at + 1, _reach(line, at + 1, noun=True)):
                doubtful[i] = True
    return doubtful


def _without_brackets(sentence: Sentence) -> str:
    """The kinds, brackets being plain words: "AU5 (upper lid raiser) is absent" denies AU5 too."""
    return "".join(Kind.OTHER if chunk.word in ("(", ")") else chunk.kind for chunk in sentence.chunks)


def _reach(line: str, start: int, *, noun: bool) -> int:
    """Index behind the last chunk that a negation before `start` denies."""
    i = start
    while i < len(line):
        kind = line[i]
        if kind in any_of("break except colon"):
            break
        if kind == Kind.VERB and noun and i > start and line[i - 1] not in any_of("not no"):
            break
        if kind == Kind.COMMA and not _goes_on(line, i + 1):
            break
        if kind == Kind.AND:
            part = _END_OF_PART.search(line, i)
            rest = line[i : part.start() if part else len(line)]
            if not noun or _OWN_VERB.search(rest):
                break
        i += 1
    return i


def _goes_on(line: str, i: int) -> bool:
    """Whether the list goes on behind a comma: "no X, Y, or Z"."""
    for _ in range(6):  # items
        part = _END_OF_PART.search(line, i)
        end = part.start() if part else len(line)
        if line[i : i + 1] == Kind.OR:
            return True
        if _OWN_VERB.search(line, i, end) or not part or part[0] != Kind.COMMA:
            return Kind.OR in line[i:end] and not _OWN_VERB.search(line, i, end)
        i = end + 1
    return False


def _back(line: str, at: int) -> int:
    """Index of the first chunk that "is absent" at `at` denies."""
    i = at
    joined = False
    while i > 0 and line[i - 1] not in any_of("break except colon"):
        before = line[i - 1]
        part = max(line.rfind(mark, 0, i - 1) for mark in any_of("break except comma colon"))
        if before in any_of("and comma") and _OWN_VERB.search(line, part + 1, i - 1):
            break
        joined = joined or before in any_of("and or")
        if before == Kind.COMMA and not (
            joined and line[at - 1] == Kind.COPULA
        ):  # "AU4, AU5, and AU7 are absent"
            break
        i -= 1
    return i
