"""How far a list, a verb or a clause goes on from a word that negates or hedges it; the rules stand in `scope`."""

from __future__ import annotations

from explab.cot.parser.chunking.chunks import Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of
from explab.cot.parser.clauses import (
    JOINT,
    after_joint,
    has_verb,
    is_predicate,
    is_subject,
    line_of,
    segment_end,
    starts_clause,
)

STOP = any_of("break except colon")
JOINS = any_of("comma and or")
READABLE = any_of("action manner phrase code")
_PREPOSED = ("without", "instead of", "rather than", "in place of", "as opposed to", "in lieu of", "unlike")


class Reach:
    """The reaches in one sentence; `undecided` are the chunks that a negation may or may not reach."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence, self.chunks, self.line = sentence, sentence.chunks, line_of(sentence)
        self.undecided = [False] * len(self.line)
        self._starts: dict[int, bool] = {}  # keeps endless lists quick

    def starts_clause(self, start: int) -> bool:
        """Whether the segment at `start` has a subject of its own."""
        if start not in self._starts:
            self._starts[start] = starts_clause(self.sentence, self.line, start)
        return self._starts[start]

    def reads(self, start: int, end: int) -> bool:
        """Whether a movement or a unit stands in line[start:end]."""
        return any(kind in READABLE for kind in self.line[start:end])

    def clause_start(self, at: int) -> int:
        """Index of the first chunk of the clause around `at`."""
        i = at
        while i > 0:
            if self.line[i - 1] in STOP:
                return i
            if self.line[i - 1] in JOINS and self.starts_clause(i):
                return i
            i -= 1
        return 0

    def reach_of_noun(self, at: int, *, verb: bool = False) -> int:
        """Index behind the last chunk of the list that a "no" at `at` denies.

        The list goes on over commas and any conjunction. It ends at a break, at a verb that is not its own, and at a
        segment with its own subject: "no smile, and the brows are furrowed". `verb`: the clause has had its verb.
        """
        line, chunks = self.line, self.chunks
        start = self.clause_start(at)
        verb = verb or has_verb(line, start, at)
        preposed = (
            (chunks[at].word.startswith(_PREPOSED) or (at > 0 and chunks[at - 1].word == "with"))
            and not self.reads(start, at)
            and not verb
        )
        i, first_comma = at + 1, None
        while i < len(line):
            kind = line[i]
            if kind in STOP or (i > at + 1 and chunks[i].word == "there" and not verb):
                return i
            if preposed and i > at + 1 and is_subject(chunks[i]):
                return i  # "rather than a raised brow we see ..."
            if (
                kind == Kind.VERB
                and i > at + 1
                and line[i - 1] not in any_of("not no")
                and "exists" not in chunks[i].roles
            ):
                return i
            if kind in JOINS:
                behind = after_joint(line, i)
                first_comma = i if first_comma is None and kind == Kind.COMMA else first_comma
                if self._leaves_list(at, behind, verb=verb, preposed=preposed):
                    return i
                if self._may_leave_list(at, i, behind, verb=verb):
                    for j in range(behind, segment_end(line, behind)):
                        self.undecided[j] = True
                i = behind
                continue
            i += 1
        return first_comma if preposed and first_comma is not None else i

    def reach_of_hedge(self, at: int) -> int:
        """Index behind the last chunk that a hedge makes uncertain: of "a hint of" the first item only."""
        end = self.reach_of_noun(at)
        if not self.chunks[at].word.endswith("of"):
            return end
        for i in range(at + 1, end):
            if self.line[i] in JOINS and self.chunks[after_joint(self.line, i)].article:
                return i
        return end

    def _leaves_list(self, at: int, start: int, *, verb: bool, preposed: bool) -> bool:
        """Whether the segment at `start` is no item of the list of `at`."""
        line, chunks = self.line, self.chunks
        if start >= len(line) or line[start] in any_of("copula verb"):
            return True  # "the mouth, instead of smiling, is pressed"
        if preposed and chunks[start].definite and not chunks[at + 1].definite:
            return True  # "without raised cheeks, the smile ..."
        if chunks[start].word in ("just", "only", "merely", "simply", "instead"):
            return True  # "no smile, just pressed lips"
        if not self.starts_clause(start) or verb or preposed or is_subject(chunks[start]):
            return self.starts_clause(start)
        end = segment_end(line, start)
        copula = next((i for i in range(start + 1, end) if line[i] in any_of("copula verb")), None)
        if copula is None or segment_end(line, end) != end:
            return True
        # "no smile, raised brows or wide eyes are visible": the verb of the whole list
        shared = chunks[at].word.startswith(
            ("none", "not") if chunks[start].definite else ("none", "not", "absence", "lack")
        ) or any("exists" in chunks[i].roles for i in range(copula, end))
        return not shared or has_verb(line, at + 1, segment_end(line, at + 1))

    def _may_leave_list(self, at: int, joint: int, start: int, *, verb: bool) -> bool:
        """ "With no smile and lowered brows": the words do not tell whether the brows are lowered."""
        line = self.line
        if line[joint] != Kind.AND or JOINT.search(line, at + 1, joint):
            return False
        end = segment_end(line, start)
        first = self.chunks[start]
        attribute = line[start] == Kind.ACTION and is_predicate(first) and not has_verb(line, start, end)
        return attribute and self.chunks[at].word == "no" and not verb

    def reach_of_neither(self, at: int) -> int:
        last, i = None, at + 1
        while i < len(self.line) and self.line[i] not in STOP:
            if self.line[i] == Kind.OR:
                last = i
            elif (
                last is not None
                and self.line[i] in any_of("comma and")
                and self.chunks[after_joint(self.line, i) - 1].word not in ("nor", "or")
            ):
                break
            i += 1
        return segment_end(self.line, (at if last is None else last) + 1)

    def reach_of_verb(self, at: int) -> int:
        """Index behind the last chunk that a "not" at `at` denies: the verbs of its subject, joined by "or"."""
        line = self.line
        i = at + 1
        while i < len(line):
            kind = line[i]
            if kind in STOP:
                return i
            if kind in JOINS:
                behind = after_joint(line, i)
                never = kind == Kind.OR and self.chunks[at].word.startswith(("at no", "on no"))
                if behind >= len(line) or (self.starts_clause(behind) and not never) or line[behind] in STOP:
                    return i
                if kind == Kind.COMMA and line[i:behind] == Kind.COMMA and not self._list_goes_on(behind):
                    return i
                if kind == Kind.AND and not JOINT.search(line, at + 1, i):
                    if line[behind] not in any_of("feature code phrase no not"):
                        for j in range(behind, segment_end(line, behind)):
                            self.undecided[j] = True  # "not raised and drawn together"
                    return i
                i = behind
                continue
            i += 1
        return i

    def _list_goes_on(self, start: int) -> bool:
        """Whether items without a subject follow up to an "or" or "and": "not X, Y, or Z"."""
        line = self.line
        for _ in range(6):
            end = segment_end(line, start)
            if end >= len(line) or line[end] not in JOINS:
                return False
            behind = after_joint(line, end)
            if behind < len(line) and self.starts_clause(behind):
                return False
            if not any_of("and or").isdisjoint(line[end:behind]):
                return True
            start = behind
        return False
