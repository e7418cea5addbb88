"""How far a negation or a hedge reaches in a sentence.

"No smile or raised brow, but wide eyes": the "no" reaches over the "or" and stops at the "but". What stops it also
depends on what it negates: "no" and "without" reach over the nouns that follow, "not" over the verb.
"""

from __future__ import annotations

import re

from explab.cot.parser.chunks import Sentence

_END_OF_PART = re.compile(r"[KBE:]")
_OWN_VERB = re.compile(r"[CV]")


def negated(sentence: Sentence) -> list[bool]:
    """For each chunk whether it is denied."""
    letters = _without_brackets(sentence)
    denied = [False] * len(letters)
    for at, letter in enumerate(letters):
        verb = letter == "!" or (
            letter == "~" and letters[at + 1 : at + 2] in ("A", "W")
        )  # "not noticeably raised"
        if verb or letter == "-":
            for i in range(at + 1, _reach(letters, at + 1, noun=letter == "-")):
                denied[i] = True
        elif letter == "~":
            for i in range(_back(letters, at), at):
                denied[i] = True
    return denied


def hedged(sentence: Sentence) -> list[bool]:
    """For each chunk whether a hedge before it makes it uncertain."""
    letters = _without_brackets(sentence)
    doubtful = [False] * len(letters)
    for at, chunk in enumerate(sentence.chunks):
        if chunk.hedge:
            for i in range(at + 1, _reach(letters, at + 1, noun=True)):
                doubtful[i] = True
    return doubtful


def _without_brackets(sentence: Sentence) -> str:
    """The letters, brackets being plain words: "AU5 (upper lid raiser) is absent" denies AU5 too."""
    return "".join("O" if chunk.word in ("(", ")") else chunk.letter for chunk in sentence.chunks)


def _reach(letters: str, start: int, *, noun: bool) -> int:
    """Index behind the last chunk that a negation before `start` denies."""
    i = start
    while i < len(letters):
        letter = letters[i]
        if letter in "BE:":
            break
        if letter == "V" and noun and i > start and letters[i - 1] not in "!-":
            break
        if letter == "K" and not _goes_on(letters, i + 1):
            break
        if letter == "J":
            part = _END_OF_PART.search(letters, i)
            rest = letters[i : part.start() if part else len(letters)]
            if not noun or _OWN_VERB.search(rest):
                break
        i += 1
    return i


def _goes_on(letters: str, i: int) -> bool:
    """Whether the list goes on behind a comma: "no X, Y, or Z"."""
    for _ in range(6):  # items
        part = _END_OF_PART.search(letters, i)
        end = part.start() if part else len(letters)
        if letters[i : i + 1] == "/":
            return True
        if _OWN_VERB.search(letters, i, end) or not part or part[0] != "K":
            return "/" in letters[i:end] and not _OWN_VERB.search(letters, i, end)
        i = end + 1
    return False


def _back(letters: str, at: int) -> int:
    """Index of the first chunk that "is absent" at `at` denies."""
    i = at
    joined = False
    while i > 0 and letters[i - 1] not in "BE:":
        before = letters[i - 1]
        part = max(letters.rfind(mark, 0, i - 1) for mark in "BEK:")
        if before in "JK" and _OWN_VERB.search(letters, part + 1, i - 1):
            break
        joined = joined or before in "J/"
        if before == "K" and not (joined and letters[at - 1] == "C"):  # "AU4, AU5, and AU7 are absent"
            break
        i -= 1
    return i
