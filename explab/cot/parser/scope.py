"""How far a negation or a hedge reaches in a sentence.

"No smile or raised brow, but wide eyes": the "no" reaches over the list and stops at the "but". What stops it depends
on what it negates. "No" and "without" reach over all nouns of a list, however it is joined, up to one that has a verb
of its own; "not" over the verbs of its subject; "neither" to the last "nor"; "is absent" back over its subject.
"""

from __future__ import annotations

from explab.cot.parser.chunking.chunks import Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.clauses import (
    RELATIVES,
    has_verb,
    is_predicate,
    segment_end,
)
from explab.cot.parser.negations import (
    affirms,
    claimed_before,
    is_cancelled,
    taken_back,
    that_clause,
    verdicts,
)
from explab.cot.parser.reach import READABLE, STOP, Reach

# "not show", "not to have": what follows is a list of nouns
_SHOWS = pattern("[other hedge]* verb")
# "Absent are ...", "Not visible in the face are ..."
_FRONTED = pattern("[other preposition feature]* copula")
_CLEFT = pattern("feature break copula")
# "(the lips) rather than the lids are (tightened)"
_SHARED = pattern("no [other intensity]? feature (?= (break)? copula)")


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
        if not chunk.hedge or (chunk.word == "could" and scope.denied[at]):
            continue  # "no smile could be seen" is certain
        if chunk.kind == Kind.HEDGE and scope.says_existence(at + 1):
            for i in range(scope.subject_start(at), at):  # "a smile may follow"
                doubtful[i] = True
        if not scope.is_cancelled(at):
            for i in range(at + 1, scope.reach_of_hedge(at)):
                doubtful[i] = True
    return scope.denied, doubtful


class _Scope(Reach):
    """The negations of one sentence, carried out."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.denied = [False] * len(self.line)
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
                said = claimed_before(self.chunks, self.line, at) or that_clause(self.chunks, self.line, at)
                for i in said:
                    self.denied[i] = not self.denied[i]  # "it is not true that the brows are not raised"

    def _is_negation(self, at: int, kind: str) -> bool:
        chunk = self.chunks[at]
        if kind == Kind.NOT and "affirm" in chunk.roles and affirms(self.chunks, self.line, at):
            return False  # "no reason to doubt that"
        if kind == Kind.ABSENT and "affirm" in chunk.roles:
            return chunk.word == "missing"  # and not "nobody could miss"
        if chunk.word in ("as", "so") and self.line[at + 1 : at + 2] == Kind.COPULA:
            return self._follows_denial(at)  # "as is AU7"
        if chunk.word == "nor" and any(self.line[i] == Kind.NOT and self.is_cancelled(i) for i in range(at)):
            return False  # "the smile cannot be overlooked, nor can the raised cheeks"
        return kind in any_of("no not absent") or chunk.word == "nor" or "false" in chunk.roles

    def is_cancelled(self, at: int) -> bool:
        """Whether what follows a negation takes it back."""
        return is_cancelled(self.chunks, self.line, at)

    def _deny(self, at: int, kind: str) -> None:
        word = self.chunks[at].word
        if word in ("nor", "as", "so"):
            self._mark(at + 1, segment_end(self.line, at + 1))
        elif word == "neither":
            self._mark(at + 1, self.reach_of_neither(at))
        elif word == "missing" and at + 1 < len(self.line) and self.chunks[at + 1].article:
            self._mark(at + 1, self.reach_of_noun(at, verb=True))  # "the smile is missing its cheek raise"
        elif kind == Kind.NO:
            self._deny_nouns(at)
        elif kind == Kind.NOT:
            self._deny_verb(at)
        else:
            self._deny_around(at)

    def _deny_nouns(self, at: int) -> None:
        """ "No smile", "without raised brows"."""
        word = self.chunks[at].word
        if word.startswith("lack") and self._ends_clause(at + 1):
            what = next((i for i in range(at, -1, -1) if self.chunks[i].word == "what"), at)
            self._mark(self.clause_start(what), what)  # "raised cheeks are what this smile lacks"
        elif not (word.startswith("without") and self.conditional):
            # and not "without the raised brows one would ...": they are there
            shared = _SHARED.match(self.line, at) if at and self.line[at - 1] == Kind.FEATURE else None
            self._mark(at + 1, shared.end() if shared else self.reach_of_noun(at))

    def _deny_verb(self, at: int) -> None:
        """ "(The brows are) not raised", "(she does) not show a smile"."""
        shows = _SHOWS.match(self.line, at + 1)
        open_end = self._reason_behind(at)
        cleft = _CLEFT.match(self.line, at + 1)
        if cleft and self.chunks[at + 2].word == "that":  # "it isn't the jaw that is tense but the neck"
            self._mark(at + 1, segment_end(self.line, at + 3))
            return
        if self.line[at + 1 : at + 2] == Kind.FEATURE and self.chunks[at + 1].side == "B":
            open_end = segment_end(self.line, at)  # "not both brows are raised"
        if open_end is not None:
            for i in range(at, open_end):
                self.undecided[i] = True
        elif self.line[at + 1 : at + 2] == Kind.BREAK and self.chunks[at + 1].word == "with":
            self._mark(at + 2, self.reach_of_noun(at + 1, verb=True))  # "not with a smile but"
        elif self._ends_clause(at + 1) or self.says_existence(at + 1):
            self._deny_subject(at)
        elif shows and shows.end() >= len(self.line):
            self._deny_subject(at)  # "the smile fails to show"
        elif shows and not self.reads(at + 1, shows.end()):
            self._mark(at + 1, self.reach_of_noun(shows.end() - 1, verb=True))
        else:
            self._mark(at + 1, self.reach_of_verb(at))

    def _mark(self, start: int, end: int) -> None:
        for i in range(start, end):
            self.denied[i] = True

    def _reason_behind(self, at: int) -> int | None:
        """Index of the "because" that a "not" before it may deny instead of the verb; None where there is none."""
        end = next(
            (i for i in range(at + 1, len(self.line)) if self.line[i] in STOP or self.line[i] == Kind.COMMA),
            None,
        )
        told = (
            end is not None
            and self.line[end] == Kind.BREAK
            and self.chunks[end].word in ("because", "because of")
        )
        return end if told and self.reads(at + 1, end or 0) else None

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

    def _deny_around(self, at: int) -> None:
        """ "The smile is absent", "Absent is the smile", "(is) not noticeably raised"."""
        line, start = self.line, self.clause_start(at)
        behind = at + 1
        nothing_before = not self.reads(start, at)
        fronted = _FRONTED.match(line, behind) if nothing_before else None
        if self.chunks[at].word.endswith((" way to", "replaced by", "supplanted by")):
            self._deny_subject(at)  # "the frown has given way to a smile"
        elif fronted and self.reads(fronted.end(), len(line)):
            self._mark(behind, self.reach_of_noun(fronted.end() - 1, verb=True))
        elif line[behind : behind + 1] in READABLE or (
            nothing_before and line[behind : behind + 1] in any_of("feature intensity other no")
        ):
            verb = line[behind : behind + 1] in any_of("action manner")
            self._mark(behind, self.reach_of_verb(at) if verb else self.reach_of_noun(at, verb=True))
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
        return self.line[i] in READABLE and self.denied[i]

    def subject_start(self, at: int) -> int:
        """Index of the first chunk of the list that is the subject of the verb before `at`."""
        line, i, joined = self.line, at, False
        while i > 0:
            kind = line[i - 1]
            if kind == Kind.BREAK and self.chunks[i - 1].word in RELATIVES and self._is_inside(i, at):
                i -= 1  # "the frown that one would look for is missing"
                continue
            if kind in STOP:
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
