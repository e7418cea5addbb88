"""How far a negation or a hedge reaches in a sentence.

"No smile or raised brow, but wide eyes": the "no" reaches over the list and stops at the "but". What stops it depends
on what it negates. "No" and "without" reach over all nouns of a list, however it is joined, up to one that has a verb
of its own; "not" over the verbs of its subject; "neither" to the last "nor"; "is absent" back over its subject.
"""

from __future__ import annotations

from explab.cot.parser.chunking.chunks import Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.clauses import (
    JOINT,
    RELATIVES,
    after_joint,
    has_verb,
    is_predicate,
    is_subject,
    line_of,
    segment_end,
    starts_clause,
)
from explab.cot.parser.negations import affirms, is_cancelled, taken_back, that_clause, verdicts

_STOP = any_of("break except colon")
_JOINS = any_of("comma and or")
_READABLE = any_of("action manner phrase code")

# "not show", "not to have": what follows is a list of nouns
_SHOWS = pattern("[other hedge]* verb")
# "Absent are ...", "Not visible in the face are ..."
_FRONTED = pattern("[other preposition feature]* copula")
# "(the lips) rather than the lids are (tightened)"
_SHARED = pattern("no [other intensity]? feature (?= (break)? copula)")
_PREPOSED = ("without", "instead of", "rather than", "in place of", "as opposed to", "in lieu of", "unlike")


def negated(sentence: Sentence) -> list[bool]:
    """For each chunk whether it is denied."""
    return _Scope(sentence).denied


def hedged(sentence: Sentence) -> list[bool]:
    """For each chunk whether a hedge makes it uncertain, or whether a negation may or may not reach it."""
    return scopes(sentence)[1]


def scopes(sentence: Sentence) -> tuple[list[bool], list[bool]]:
    """`negated` and `hedged` at once."""
    scope = _Scope(sentence)
    doubtful = scope.undecided
    for at, chunk in enumerate(sentence.chunks):
        if not chunk.hedge:
            continue
        if chunk.kind == Kind.HEDGE and scope.says_existence(at + 1):
            for i in range(scope.subject_start(at), at):  # "a smile may follow"
                doubtful[i] = True
        if not scope.is_cancelled(at):
            for i in range(at + 1, scope.reach_of_hedge(at)):
                doubtful[i] = True
    return scope.denied, doubtful


class _Scope:
    """The negations of one sentence, carried out."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence, self.chunks, self.line = sentence, sentence.chunks, line_of(sentence)
        self.denied = [False] * len(self.line)
        self.undecided = [False] * len(self.line)
        self._starts: dict[int, bool] = {}  # keeps endless lists quick
        self.conditional = any("would" in chunk.roles for chunk in self.chunks)
        decided = verdicts(self.line)
        void = taken_back(self.chunks, self.line)
        negations = [
            at for at, kind in enumerate(self.line) if self._is_negation(at, kind) and at not in void
        ]
        for at in negations:
            if at in decided:
                self._mark(*decided[at])
            elif "false" not in self.chunks[at].roles and not self.is_cancelled(at):
                self._deny(at, self.line[at])
        for at in negations:
            if "false" in self.chunks[at].roles and not self.is_cancelled(at):
                for i in that_clause(self.chunks, self.line, at):
                    self.denied[i] = not self.denied[i]  # "it is not true that the brows are not raised"

    def starts_clause(self, start: int) -> bool:
        """Whether the segment at `start` has a subject of its own."""
        if start not in self._starts:
            self._starts[start] = starts_clause(self.sentence, self.line, start)
        return self._starts[start]

    def _is_negation(self, at: int, kind: str) -> bool:
        chunk = self.chunks[at]
        if kind == Kind.NOT and "affirm" in chunk.roles and affirms(self.chunks, self.line, at):
            return False  # "no reason to doubt that"
        if kind == Kind.ABSENT and "affirm" in chunk.roles:
            return chunk.word == "missing"  # and not "nobody could miss"
        if chunk.word in ("as", "so") and self.line[at + 1 : at + 2] == Kind.COPULA:
            return self._follows_denial(at)  # "as is AU7"
        return kind in any_of("no not absent") or chunk.word == "nor" or "false" in chunk.roles

    def is_cancelled(self, at: int) -> bool:
        """Whether what follows a negation takes it back."""
        return is_cancelled(self.chunks, self.line, at)

    def _deny(self, at: int, kind: str) -> None:
        word = self.chunks[at].word
        if word in ("nor", "as", "so"):
            self._mark(at + 1, segment_end(self.line, at + 1))
        elif word == "neither":
            self._mark(at + 1, self._reach_of_neither(at))
        elif kind == Kind.NO:
            if word.startswith("without") and self.conditional:
                return  # "without the raised brows one would ...": they are there
            shared = _SHARED.match(self.line, at) if at and self.line[at - 1] == Kind.FEATURE else None
            self._mark(at + 1, shared.end() if shared else self.reach_of_noun(at))
        elif kind == Kind.NOT:
            shows = _SHOWS.match(self.line, at + 1)
            because = self._reason_behind(at)
            if because is not None:
                for i in range(at, because):  # "she isn't smiling because she is amused"
                    self.undecided[i] = True
            elif self.line[at + 1 : at + 2] == Kind.BREAK and self.chunks[at + 1].word == "with":
                self._mark(at + 2, self.reach_of_noun(at + 1, verb=True))  # "not with a smile but"
            elif self._ends_clause(at + 1) or self.says_existence(at + 1):
                self._deny_subject(at)
            elif shows and not self._reads(at + 1, shows.end()):
                self._mark(at + 1, self.reach_of_noun(shows.end() - 1, verb=True))
            else:
                self._mark(at + 1, self._reach_of_verb(at))
        else:
            self._deny_around(at)

    def _mark(self, start: int, end: int) -> None:
        for i in range(start, end):
            self.denied[i] = True

    def _reason_behind(self, at: int) -> int | None:
        """Index of the "because" that a "not" before it may deny instead of the verb; None where there is none."""
        end = next(
            (i for i in range(at + 1, len(self.line)) if self.line[i] in _STOP or self.line[i] == Kind.COMMA),
            None,
        )
        told = (
            end is not None
            and self.line[end] == Kind.BREAK
            and self.chunks[end].word in ("because", "because of")
        )
        return end if told and self._reads(at + 1, end or 0) else None

    def _reads(self, start: int, end: int) -> bool:
        return any(kind in _READABLE for kind in self.line[start:end])

    def _ends_clause(self, i: int) -> bool:
        return i >= len(self.line) or self.line[i] in any_of("break comma and")

    def says_existence(self, i: int) -> bool:
        """ "(AU1) failed to appear", "(the smile is) not to be seen"."""
        exists = False
        while (
            i < len(self.line)
            and self.line[i] in any_of("copula hedge other verb preposition")
            and not exists
        ):
            exists = "exists" in self.chunks[i].roles
            i += 1
        return exists and self._ends_clause(i)

    # -- forward

    def clause_start(self, at: int) -> int:
        """Index of the first chunk of the clause around `at`."""
        i = at
        while i > 0:
            if self.line[i - 1] in _STOP:
                return i
            if self.line[i - 1] in _JOINS and self.starts_clause(i):
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
            and not self._reads(start, at)
            and not verb
        )
        i, first_comma = at + 1, None
        while i < len(line):
            kind = line[i]
            if kind in _STOP or (i > at + 1 and chunks[i].word == "there" and not verb):
                return i
            if (
                kind == Kind.VERB
                and i > at + 1
                and line[i - 1] not in any_of("not no")
                and "exists" not in chunks[i].roles
            ):
                return i
            if kind in _JOINS:
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
            if self.line[i] in _JOINS and self.chunks[after_joint(self.line, i)].article:
                return i
        return end

    def _leaves_list(self, at: int, start: int, *, verb: bool, preposed: bool) -> bool:
        """Whether the segment at `start` is no item of the list of `at`."""
        line, chunks = self.line, self.chunks
        if start >= len(line) or line[start] in any_of("copula verb"):
            return True  # "the mouth, instead of smiling, is pressed"
        if preposed and chunks[start].definite and not chunks[at + 1].definite:
            return True  # "without raised cheeks, the smile ..."
        if not self.starts_clause(start):
            return False
        if verb or preposed or is_subject(chunks[start]) or chunks[start].word == "only":
            return True
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

    def _reach_of_neither(self, at: int) -> int:
        last, i = None, at + 1
        while i < len(self.line) and self.line[i] not in _STOP:
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

    def _reach_of_verb(self, at: int) -> int:
        """Index behind the last chunk that a "not" at `at` denies: the verbs of its subject, joined by "or"."""
        line = self.line
        i = at + 1
        while i < len(line):
            kind = line[i]
            if kind in _STOP:
                return i
            if kind in _JOINS:
                behind = after_joint(line, i)
                if behind >= len(line) or self.starts_clause(behind) or line[behind] in _STOP:
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
            if end >= len(line) or line[end] not in _JOINS:
                return False
            behind = after_joint(line, end)
            if behind < len(line) and self.starts_clause(behind):
                return False
            if not any_of("and or").isdisjoint(line[end:behind]):
                return True
            start = behind
        return False

    # -- back

    def _deny_around(self, at: int) -> None:
        """ "The smile is absent", "Absent is the smile", "(is) not noticeably raised"."""
        line, start = self.line, self.clause_start(at)
        behind = at + 1
        nothing_before = not self._reads(start, at)
        fronted = _FRONTED.match(line, behind) if nothing_before else None
        if fronted and self._reads(fronted.end(), len(line)):
            self._mark(behind, self.reach_of_noun(fronted.end() - 1, verb=True))
        elif line[behind : behind + 1] in _READABLE or (
            nothing_before and line[behind : behind + 1] in any_of("feature intensity other no")
        ):
            verb = line[behind : behind + 1] in any_of("action manner")
            self._mark(behind, self._reach_of_verb(at) if verb else self.reach_of_noun(at, verb=True))
        else:
            self._deny_subject(at)

    def _deny_subject(self, at: int) -> None:
        """Deny what stands before `at` in its clause; "AU4 is absent, AU7 is not" affirms."""
        start = self.subject_start(at)
        if (
            start
            and self.line[start - 1] == Kind.EXCEPT
            and self.chunks[start - 1].word.startswith(("all", "every"))
        ):
            return  # "all units but AU12 are absent"
        if self.line[at] == Kind.NOT and self._follows_denial(start):
            return
        self._mark(start, at)

    def _follows_denial(self, start: int) -> bool:
        before = start - 1
        while before >= 0 and self.line[before] in any_of("comma and or break other"):
            before -= 1
        return before >= 0 and (self.line[before] == Kind.ABSENT or self._denied_predicate(before))

    def _denied_predicate(self, i: int) -> bool:
        return self.line[i] in _READABLE and self.denied[i]

    def subject_start(self, at: int) -> int:
        """Index of the first chunk of the list that is the subject of the verb before `at`."""
        line, i, joined = self.line, at, False
        while i > 0:
            kind = line[i - 1]
            if kind == Kind.BREAK and self.chunks[i - 1].word in RELATIVES and self._is_inside(i, at):
                i -= 1  # "the frown that one would look for is missing"
                continue
            if kind in _STOP:
                break
            if kind in any_of("comma and"):
                before = max(
                    (j for j in range(i - 1) if line[j] in any_of("break except comma colon and or")),
                    default=-1,
                )
                if Kind.NUMBER in line[before + 1 : i - 1] and Kind.CODE in line[before + 1 : i - 1]:
                    break  # "AU12 reaches 60 %, and AU26 stays at zero"
                if has_verb(line, before + 1, i - 1) or self._has_absolute(before + 1, i - 1):
                    break
            joined = joined or kind in any_of("and or")
            if kind == Kind.COMMA and not (joined and line[at - 1] in any_of("copula other")):
                break
            i -= 1
        return i

    def _has_absolute(self, start: int, end: int) -> bool:
        """ "the brows raised and the smile absent"."""
        return any(
            self.line[i] == Kind.FEATURE
            and self.line[i + 1 : i + 2] == Kind.ACTION
            and is_predicate(self.chunks[i + 1])
            for i in range(start, end - 1)
        )

    def _is_inside(self, start: int, at: int) -> bool:
        """Whether the clause between `start` and the verb at `at` has a verb of its own."""
        verbs = sum(
            self.line[i] in any_of("copula verb") or "would" in self.chunks[i].roles for i in range(start, at)
        )
        return verbs > 1
