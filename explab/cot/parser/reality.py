"""Which words of a sentence are said of this face, now, as a fact.

"If he smiled, his cheeks would rise" says nothing of the face, nor do questions, definitions, captions, other people in
the picture and what has been. What the words leave open is doubtful: a claim that is read there is hedged.

The words that tell are those of `data/words.csv` of kind "scope"; a clause has the standing that they give it, and
hands some of it on to the clauses that follow, up to a contrast or a word such as "here".
"""

from __future__ import annotations

from enum import IntEnum

from explab.cot.parser.chunking.chunks import Sentence
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.chunking.owners import is_person
from explab.cot.parser.clauses import (
    CONTRASTS,
    RELATIVES,
    Clause,
    after_joint,
    clauses,
    is_predicate,
    is_subject,
    line_of,
    segment_end,
)
from explab.cot.parser.generality import (
    Shapes,
    is_definition,
    is_of_a_feeling,
    is_of_a_thing,
    is_of_kinds_of_faces,
)


class Standing(IntEnum):
    """How a statement stands to the face."""

    REAL = 0
    DOUBTFUL = 1
    UNREAL = 2


_COMPARED = frozenset({"unlike", "than", "from", "since"})
_PAST = frozenset({"was", "were", "had", "did"})
_NEAR = frozenset({"behind", "beside", "near", "next to", "alongside"})
_BESIDE_WORDS = frozenset({"in", "on", "at", "beside", "behind", "with", "near", "next to", "by"})
_OWNERS = frozenset({"his", "her", "their", "my", "our", "its"})
_BESIDE = frozenset(
    {"at", "to", "toward", "towards", "for", "by", "of", "with", "behind", "near", "over", "like", "from"}
)
_FREQUENCIES = frozenset({"often", "always", "sometimes", "tend", "tends", "seldom", "in"})
_WHEN_SO = pattern("[other feature]* copula [intensity other]* emotion")  # "when people are sad"
# "contempt tightens one lip corner"
_EMOTION_ACTS = pattern("^ [other comma and break]* emotion other? (?P<act>[action manner])")
# "anger is marked by lowered brows"
_EMOTION_IS = pattern(
    "^ [other comma and break preposition]* emotion (copula | [other intensity])* (?P<by>preposition)"
)
_BEFORE_NOUN = any_of("intensity hedge action manner feature other")


def standings(sentence: Sentence) -> list[Standing]:
    """The standing of every chunk."""
    return _Reality(sentence).standing


class _Reality:
    def __init__(self, sentence: Sentence) -> None:
        self.sentence, self.chunks, self.line = sentence, sentence.chunks, line_of(sentence)
        self.standing = [Standing.REAL] * len(self.chunks)
        self.roles = {role for chunk in self.chunks for role in chunk.roles}
        self.subjunctive = "would" in self.roles
        self.supposing = False
        self._late = False  # whether an "in the distance" stood at the end of a clause
        handed, weak, felt = False, False, False
        for clause in clauses(sentence):
            fresh = self._is_fresh(clause)
            if clause.aside:
                self._set_aside(clause)
                continue
            general = is_definition(self.chunks, self.line, clause) or is_of_kinds_of_faces(
                self.chunks, self.line, clause
            )
            handed = self._hands_on(clause) or general or (handed and not fresh and not self._returns(clause))
            felt = is_of_a_feeling(self.chunks, self.line, clause) or (
                felt and not fresh and self.chunks[clause.start].kind in any_of("break comma and")
            )
            if felt:
                self._doubt(clause)
            weak = self._is_hypothetical(clause) or (
                weak and not fresh and (not self._is_indicative(clause) or self._continues_condition(clause))
            )
            if handed or self._shows_depiction(clause):
                self._set(clause.start, clause.end, Standing.UNREAL)
            elif weak:
                self._suppose(clause)
            else:
                self._look_closer(clause)
                self._generalise()
                if self.supposing:  # "unless the lids are tensed, AU7 is not coded"
                    codes = (i for i in range(clause.start, clause.end) if self.line[i] == Kind.CODE)
                    for i in codes:
                        self._set(i, i + 1, Standing.DOUBTFUL)
        self._order_in_time()
        shapes = Shapes(self.chunks, self.line)
        for i, chunk in enumerate(self.chunks):
            if (
                sentence.question
                or chunk.quoted
                or (chunk.kind != Kind.CODE and self._is_compared(i))
                or is_of_a_thing(self.chunks, i)
            ):
                self.standing[i] = Standing.UNREAL
            elif shapes.is_shape(i):
                self.standing[i] = max(self.standing[i], Standing.DOUBTFUL)

    def _doubt(self, clause: Clause) -> None:
        for i in range(clause.start, clause.end):
            if not self._is_given(i):
                self.standing[i] = max(self.standing[i], Standing.DOUBTFUL)

    def _returns(self, clause: Clause) -> bool:
        """ "(The river lies in the distance,) and the man smiles"."""
        first = after_joint(self.line, clause.start)
        return self._late and first < clause.end and is_subject(self.chunks[first])

    def _order_in_time(self) -> None:
        """ "Before smiling, she had pressed her lips together": neither is now."""
        for i, chunk in enumerate(self.chunks):
            if "order" not in chunk.roles:
                continue
            end = segment_end(self.line, i + 1)
            self._set(i + 1, end, Standing.UNREAL)
            if chunk.word in ("before", "until", "prior to") and i == 0 and self.line[1:2] != Kind.THING:
                for verb in range(end, len(self.chunks)):
                    if self.chunks[verb].word in _PAST:
                        self._set(verb, segment_end(self.line, verb), Standing.UNREAL)

    def _set_aside(self, clause: Clause) -> None:
        """ "The brows, raised a moment ago, are lowered": what stands between the commas has its own time."""
        if {"elsewhere", "before", "told", "generic", "if"} & self._roles(clause):
            self._set(clause.start, clause.end, Standing.UNREAL)
        elif "usual" in self._roles(clause):
            self._set(clause.start, clause.end, Standing.DOUBTFUL)

    def _set(self, start: int, end: int, standing: Standing) -> None:
        for i in range(start, end):
            self.standing[i] = max(self.standing[i], standing)

    def _roles(self, clause: Clause) -> set[str]:
        return {role for chunk in self.chunks[clause.start : clause.end] for role in chunk.roles}

    def _words(self, clause: Clause) -> set[str]:
        return {word for chunk in self.chunks[clause.start : clause.end] for word in chunk.word.split()}

    def _is_fresh(self, clause: Clause) -> bool:
        """Whether the clause turns to this face again."""
        return clause.opener in CONTRASTS or bool({"here", "now"} & self._roles(clause))

    # -- standings that are handed on

    def _hands_on(self, clause: Clause) -> bool:
        roles, words = self._roles(clause), self._words(clause)
        if "here" in roles:
            return False
        if "told" in roles or ("generic" in roles and not self._falls_short(clause)):
            return True
        if "elsewhere" in roles:
            place = next(i for i in range(clause.start, clause.end) if "elsewhere" in self.chunks[i].roles)
            self._late = place > clause.start + 2
            compared = bool(_COMPARED & words) or any(
                word.startswith(("compar", "contrast")) for word in words
            )
            return not compared or self._relative_follows(clause)
        return self._is_about_someone(clause)

    def _falls_short(self, clause: Clause) -> bool:
        """ "There is too little movement to be scored"."""
        return any(chunk.word.startswith("too ") for chunk in self.chunks[clause.start : clause.end])

    def _relative_follows(self, clause: Clause) -> bool:
        opener = self.chunks[clause.end] if clause.end < len(self.chunks) else None
        if opener is not None and opener.kind == Kind.COMMA and clause.end + 1 < len(self.chunks):
            opener = self.chunks[clause.end + 1]
        return opener is not None and opener.word in RELATIVES

    def _is_about_someone(self, clause: Clause) -> bool:
        """Whether the subject of the clause is somebody else; what is said beside somebody is marked alone."""
        for i in range(clause.start, clause.end):
            chunk = self.chunks[i]
            other = (
                "someone" in chunk.roles
                or ("relative" in chunk.roles and (self._is_owned(i) or self._is_beside(i, _BESIDE_WORDS)))
                or (
                    chunk.kind == Kind.OTHER
                    and chunk.article
                    and is_person(chunk.word)
                    and self._is_beside(i, _NEAR)
                )
            )
            if not other:
                continue
            before = self.line[clause.start : i]
            if self.chunks[max(i - 1, 0)].word in _BESIDE or any_of("feature code") & set(before):
                self._set(i, clause.end, Standing.UNREAL)
                return False
            return True
        return False

    def _shows_depiction(self, clause: Clause) -> bool:
        """ "The T-shirt has a frowning cartoon on it"."""
        return "depiction" in self._roles(clause)

    def _is_beside(self, i: int, places: frozenset[str]) -> bool:
        """ "The baby on his lap"."""
        place, owned = self.chunks[i + 1 : i + 2], self.chunks[i + 2 : i + 3]
        return bool(
            place
            and owned
            and place[0].word in places
            and (owned[0].article in _OWNERS or owned[0].word in ("him", "them"))
        )

    def _is_owned(self, i: int) -> bool:
        while (
            i > 0
            and not self.chunks[i].article
            and self.line[i - 1] in any_of("other action intensity emotion")
        ):
            i -= 1
        return self.chunks[i].article in _OWNERS

    # -- suppositions

    def _is_hypothetical(self, clause: Clause) -> bool:
        roles = self._roles(clause)
        if "affirm" in roles:
            return False
        first = after_joint(self.line, clause.start)
        inverted = first < clause.end and self.chunks[first].word in ("had", "were", "should")
        self.supposing = self.supposing or inverted or "if" in roles
        return bool({"if", "would"} & roles) or inverted

    def _is_indicative(self, clause: Clause) -> bool:
        return any(
            (self.line[i] == Kind.COPULA and self.chunks[i].word not in ("be", "been", "being"))
            or (
                self.line[i] in any_of("action phrase")
                and self.chunks[i].word.endswith("s")
                and self._has_subject(i)
            )
            for i in range(clause.start, clause.end)
        )

    def _has_subject(self, i: int) -> bool:
        """ "he presses"."""
        return i > 0 and self.chunks[i - 1].word in ("he", "she")

    def _continues_condition(self, clause: Clause) -> bool:
        return clause.opener in ("and", "or", "that")

    def _suppose(self, clause: Clause) -> None:
        """What is supposed is unreal but for what is taken for granted: "one would take the lowered brows ..."."""
        start = next(
            (i for i in range(clause.start, clause.end) if "if" in self.chunks[i].roles), clause.start
        )
        if start > clause.start and "would" not in self._roles(clause):
            self._set(start, clause.end, Standing.UNREAL)
            return
        expected = "expected" in self._roles(clause) or "if" in self._roles(clause)
        for i in range(clause.start, clause.end):
            if expected or not self._is_given(i):
                self.standing[i] = max(self.standing[i], Standing.UNREAL)

    def _is_given(self, i: int) -> bool:
        """Whether "the lowered brows" and not "lowered brows" or "the brows were lowered" stands at `i`."""
        if self.line[i] not in any_of("action manner phrase code"):
            return False
        if self.line[i] == Kind.CODE:
            return not self.supposing
        first = i
        while first > 0 and not self.chunks[first].article and self.line[first - 1] in _BEFORE_NOUN:
            first -= 1
        between = self.line[first:i]
        if Kind.FEATURE in between and Kind.OTHER in between[between.rindex(Kind.FEATURE) :]:
            return False  # "his cheeks would rise"
        predicate = Kind.FEATURE in between and (is_predicate(self.chunks[i]) or self._is_finite(first, i))
        return self.chunks[first].definite and not predicate

    def _is_finite(self, first: int, i: int) -> bool:
        """ "the lids tighten", "the jaw drops", and not "the lid tightening", "the lip corner pull"."""
        plural = any(chunk.plural for chunk in self.chunks[first:i])
        word = self.chunks[i].word
        return word.endswith("s") or (plural and not word.endswith(("ing", "er", "ion")))

    def _is_compared(self, i: int) -> bool:
        """ "Unlike a real smile, ...": what the face is compared with."""
        first = self.chunks[0].word
        if len(self.chunks) > 1 and self.chunks[1].word == "being":
            return False  # "as opposed to being raised": they are not
        comma = self.line.find(Kind.COMMA)
        return (
            first.startswith(("unlike", "as opposed to", "in contrast to", "compared"))
            and i < comma
            and not self._is_given(i)
        )

    # -- the past, expectations, generalities

    def _look_closer(self, clause: Clause) -> None:
        roles, words = self._roles(clause), self._words(clause)
        past = bool(_PAST & words) or "used to" in " ".join(
            c.word for c in self.chunks[clause.start : clause.end]
        )
        if past and ("before" in roles or ("now" in self.roles and "now" not in roles)):
            self._set(clause.start, clause.end, Standing.UNREAL)
        elif "before" in roles:
            for i in range(clause.start, clause.end):
                if "before" in self.chunks[i].roles:
                    self._set(i, self._noun_end(i, clause.end), Standing.UNREAL)
        for i in range(clause.start, clause.end):
            if "expected" in self.chunks[i].roles:
                if self.chunks[i].definite and any_of("no absent") & set(
                    self.line[clause.start : clause.end]
                ):
                    continue  # "instead of the expected smile": there is none
                end = clause.end if not self.chunks[i].definite else self._noun_end(i, clause.end)
                self._set(i, end, Standing.DOUBTFUL)
        linked = any(
            word.startswith(("link", "associat", "connect", "tied", "seen", "found", "met")) for word in words
        )
        if any(
            "usual" in self.chunks[i].roles and self._is_frequency(i) for i in range(clause.start, clause.end)
        ):
            for i in range(clause.start, clause.end):
                if not self._is_given(i) and not (linked and self._has_article(i)):
                    self.standing[i] = max(self.standing[i], Standing.DOUBTFUL)
        self._describe_emotion(clause)

    def _describe_emotion(self, clause: Clause) -> None:
        """ "Contempt tightens one lip corner", "anger is marked by lowered brows": of the emotion, not of the face."""
        acts = _EMOTION_ACTS.search(self.line[clause.start : clause.end])
        if acts and self.chunks[clause.start + acts.start("act")].word.endswith("s"):
            self._set(clause.start, clause.end, Standing.DOUBTFUL)
        by = _EMOTION_IS.search(self.line[clause.start : clause.end])
        if by and self.chunks[clause.start + by.start("by")].word == "by":
            for i in range(clause.start, clause.end):
                if not self._is_given(i):
                    self.standing[i] = max(self.standing[i], Standing.DOUBTFUL)

    def _has_article(self, i: int) -> bool:
        while i > 0 and not self.chunks[i].article and self.line[i - 1] in _BEFORE_NOUN:
            i -= 1
        return bool(self.chunks[i].article)

    def _noun_end(self, i: int, end: int) -> int:
        while i < end and self.line[i] in _BEFORE_NOUN | any_of("phrase code"):
            i += 1
        return i

    def _is_frequency(self, i: int) -> bool:
        """ "usually" and not "the usual smile"."""
        if self.chunks[i].word == "typical" and self.chunks[i].start == self.chunks[0].start:
            return True  # "typical of disgust is a wrinkled nose"
        return self.chunks[i].word.endswith("ly") or self.chunks[i].word.split()[0] in _FREQUENCIES

    def _generalise(self) -> None:
        """ "When people are sad, ...", "one pulls the lip corners up", "the mouth opens only when he speaks"."""
        general = any(
            (chunk.article == "one" and chunk.kind in any_of("action manner") and chunk.word.endswith("s"))
            or chunk.word in ("only when", "only if")
            for chunk in self.chunks
        )
        if general or (self.chunks[0].word == "when" and _WHEN_SO.match(self.line, 1)):
            self._set(0, len(self.chunks), Standing.DOUBTFUL)
