"""Which words of a sentence negate, and which of them take each other back: "not absent", "nobody could overlook"."""

from __future__ import annotations

from collections.abc import Sequence

from explab.cot.parser.chunking.chunks import Chunk
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern

_ENDS = any_of("break except colon")
# "(is) not (yet) gone", "neither brow is without", "never not"
_NEGATED = pattern("[copula hedge other intensity]{0,2} (?P<second>[absent not no])")
_WITHOUT = pattern("[feature phrase] copula (?P<second>[absent no])")
_CLAIMS = frozenset(
    {"claim", "idea", "notion", "statement", "assertion", "impression", "view", "belief", "remark", "label"}
)
# "AU9: absent.", "AU4, AU7: none of these is visible"
_VERDICT = pattern(
    "colon [other intensity copula hedge]{0,2} [no not absent] (?! [^comma break]* [feature action phrase code])"
)
# "Not coded: AU9 and AU10."
_ANNOUNCED = pattern(
    "^ [other intensity hedge copula]* [no not absent] [^feature action phrase code comma break colon]* colon"
)


def is_cancelled(chunks: Sequence[Chunk], line: str, at: int) -> bool:
    """ "nobody would overlook", "it cannot be denied": both together affirm."""
    for i in range(at + 1, min(at + 7, len(line))):
        if "affirm" in chunks[i].roles:
            return True
        if line[i] in _ENDS or line[i] in any_of("action phrase code comma"):
            return False
    return False


def affirms(chunks: Sequence[Chunk], line: str, at: int) -> bool:
    """Whether a negation before the doubt at `at` turns it into its contrary."""
    return any(
        (line[i] in any_of("no not") or "false" in chunks[i].roles) and is_cancelled(chunks, line, i)
        for i in range(max(0, at - 6), at)
    )


def taken_back(chunks: Sequence[Chunk], line: str) -> set[int]:
    """The chunks of two negations of which the second takes the first back: "the frown is not gone"."""
    found: set[int] = set()
    for at, kind in enumerate(line):
        if kind not in any_of("no not") or at in found or chunks[at].word in ("nor", "or"):
            continue
        twice = _NEGATED.match(line, at + 1)
        if twice is None and chunks[at].word in ("no", "neither", "none of"):
            twice = _WITHOUT.match(line, at + 1)
        if twice is None:
            continue
        second = twice.start("second")
        if kind == Kind.NO and line[second] == Kind.NO and second > at + 1 and line[at + 1] != Kind.FEATURE:
            continue  # "no smile without ..." is another thing
        if chunks[second].word not in ("nor", "neither", "no"):
            found |= {at, second}
    return found


def that_clause(chunks: Sequence[Chunk], line: str, at: int) -> range:
    """The chunks that a "false" at `at` speaks of: "wrong to say, as the first coder did, that ..."."""
    near = range(at + 1, min(at + 12, len(line)))
    start = next((i for i in near if chunks[i].word == "that" and line[i] == Kind.BREAK), at) + 1
    end = start
    while (
        end < len(line) and line[end] != Kind.COMMA and (line[end] not in _ENDS or chunks[end].word == "that")
    ):
        end += 1
    return range(start, end)


def claimed_before(chunks: Sequence[Chunk], line: str, at: int) -> range:
    """The chunks of "the claim that the brows are raised" before an "is false" at `at`."""
    starts = (
        i for i in range(at - 1, max(-1, at - 20), -1) if chunks[i].word == "that" and line[i] == Kind.BREAK
    )
    start = next(starts, at)
    named = start < at and start > 0 and line[start - 1] == Kind.OTHER and chunks[start - 1].word in _CLAIMS
    return range(start + 1, at) if named else range(at, at)


def verdicts(line: str) -> dict[int, tuple[int, int]]:
    """Negations that stand behind or before a colon, and the chunks that each denies: "AU4, AU7: absent"."""
    found: dict[int, tuple[int, int]] = {}
    for verdict in _VERDICT.finditer(line):
        at = next(i for i in range(verdict.start(), verdict.end()) if line[i] in any_of("no not absent"))
        found[at] = (_start_of_list(line, verdict.start()), verdict.start())
    announced = _ANNOUNCED.match(line)
    if announced is not None:
        at = next(i for i in range(announced.end()) if line[i] in any_of("no not absent"))
        end = next((i for i in range(announced.end(), len(line)) if line[i] in _ENDS), len(line))
        found[at] = (announced.end(), end)
    return found


def _start_of_list(line: str, colon: int) -> int:
    """Index of the first item of the list before a colon: of "AU6: present, AU9: absent" the second."""
    comma = 0
    for i in range(colon - 1, -1, -1):
        if line[i] == Kind.COMMA:
            comma = i + 1
        elif line[i] == Kind.COLON:
            return comma
        elif line[i] in _ENDS:
            return i + 1
    return 0
