"""Text -> sentences of chunks: runs of words, each of one kind (see `kinds`)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from explab.cot.parser.kinds import Kind, any_of, pattern
from explab.cot.parser.lexicon import Entry, Meaning, Units, lexicon
from explab.cot.parser.quotations import quotations, within
from explab.cot.parser.tokens import Token, stem, tokens

_LONGEST = 150  # words of a sentence; a longer one is cut there, so that time stays linear

# Words that stand inside phrases and change nothing: "the corners of her mouth".
_PEOPLE = frozenset(map(stem, "person subject man woman individual girl boy child".split()))
_DEFINITE = frozenset("the his her their its this these those my your our".split())
_DROPPED = _PEOPLE | frozenset(map(stem, [*_DEFINITE, "a", "an", "any", "one"]))
_PRONOUNS = frozenset("he she they it we i you".split())
_HERE_WORD, _BYSTANDER_WORD = "here", "bystander"  # words of words.csv
_SIDES = {
    stem(word): side
    for words, side in {
        "left leftward": "L",
        "right rightward": "R",
        "both bilateral bilaterally": "B",
    }.items()
    for word in words.split()
}
_VIEWERS = frozenset(stem(word) for word in ("viewer", "observer", "image", "picture", "photo"))

_NAMES = {
    "after": "absent",
    "plain": "other",
    "scope": "other",
}  # names of words.csv whose kind is called otherwise
_PULL = stem("pull")
_DIRECTED = [
    [stem(word)]
    for word in ("down", "downward", "in", "inward", "aside", "sideways", "tight", "straight", "taut")
]
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


@dataclass(frozen=True)
class _Side:
    """A word such as "left": its side, the number of the token after it, its place, and the article before it."""

    side: str
    before: int
    start: int
    end: int
    article: str


_HERE = re.compile(
    r"this\s+(?:one|face|person|man|woman|subject|picture|image|photo|photograph|frame|case|shot)\b", re.I
)
_BYSTANDER = re.compile(  # "the man behind her": somebody else
    r"(?:person|man|woman|individual|girl|boy|child)\s+(?:\w+ing\s+|right\s+|just\s+)?"
    r"(?:behind|next\s+to|beside|opposite|to\s+(?:the|her|his)\s+(?:left|right)\b(?!\s+(?:brow|eye))|in\s+the\s+back)",
    re.I,
)
_BESIDES = re.compile(r"(?:\bother|\banother|\bsecond|\bthird|\bolder|\byounger)\s+$", re.I)
_BE = frozenset("is are was were be been".split())
_REMAINS = re.compile(r"left(?:\s*[.,;!?]|\s*$|\s+(?:on|in|at|over|unsaid|behind|to\s+(?:be|see)))", re.I)
_ELSEWHERE = frozenset(
    map(stem, "previous earlier preceding last first next following second other another".split())
)


class _Words:
    """The words of a sentence that are kept, and what those that are dropped say of the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.articles: list[str] = []
        self.subject: list[bool] = []
        self.sides: list[_Side] = []
        self.viewer: Token | None = None
        self._article = ""
        self._person = False

    def keep(self, token: Token) -> None:
        self.tokens.append(token)
        self.articles.append(self._article)
        self.subject.append(self._person or token.word in _PRONOUNS)
        self._article = ""
        self._person = False

    def drop(self, token: Token) -> None:
        """Note what an article, a possessive or a person says of the word that follows."""
        written = self.text[token.start : token.end].lower()
        if _HERE.match(self.text, token.start):
            self.keep(token._replace(word=_HERE_WORD))
        elif token.word in _PEOPLE and (
            _BYSTANDER.match(self.text, token.start)
            or _BESIDES.search(self.text, max(0, token.start - 12), token.start)
        ):
            self.keep(token._replace(word=_BYSTANDER_WORD))
        elif token.word in _PEOPLE and not written.endswith(("'s", "\u2019s", "'", "\u2019")):
            self._person = True
        elif token.word not in _PEOPLE:
            self._article = written
        else:
            self._article = "the"  # "the woman's"

    def remains(self, token: Token) -> bool:
        """ "nothing of it is left": no side."""
        before = self.tokens[-1] if self.tokens else None
        written = "" if before is None else self.text[before.start : before.end].lower()
        return written in _BE and bool(_REMAINS.match(self.text, token.start))

    def side(self, token: Token) -> None:
        side = _SIDES[token.word]
        side = {"L": "R", "R": "L"}.get(side, side) if self.viewer else side
        if (
            self.sides
            and self.tokens
            and self.tokens[-1].word in ("and", "or")
            and self.sides[-1].before == len(self.tokens) - 1
        ):  # "left and right brows"
            self.tokens.pop()
            self.articles.pop()
            self.subject.pop()
        self.sides.append(_Side(side, len(self.tokens), token.start, token.end, self._article))
        self._article = ""
        self.viewer = None


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Sentence]:
    """The sentences of text[start:end]; places refer to the whole text."""
    words = _Words(text)
    quoted = quotations(text, start, len(text) if end is None else end)
    for token in tokens(text, start, end):
        if token.kind == "end" or len(words.tokens) == _LONGEST:
            if words.tokens:
                asked = token.kind == "end" and "?" in text[token.start : token.end]
                yield _sentence(words, quoted, question=asked)
            words = _Words(text)
        if token.kind == "end":
            continue
        if token.word in _SIDES and not words.remains(token):
            words.side(token)
        elif token.word in _VIEWERS:
            if words.tokens and words.tokens[-1].word in _ELSEWHERE:  # "the previous picture"
                words.keep(token)
            words.viewer = token
        elif token.word not in _DROPPED:
            words.keep(token)
            words.viewer = None
        else:
            words.drop(token)
    if words.tokens:
        yield _sentence(words, quoted)


def _sentence(kept_words: _Words, quoted: list[tuple[int, int]], *, question: bool = False) -> Sentence:
    text, kept = kept_words.text, kept_words.tokens
    words = [token.word if token.kind == "word" else "" for token in kept]
    chunks, first, last = [], [], []
    at = 0
    while at < len(kept):
        length, entries = lexicon().longest(words, at)
        if (
            length > 1
            and words[at + length - 1] == _PULL
            and words[at + length : at + length + 1] in _DIRECTED
        ):
            length, entries = lexicon().longest(words[: at + length - 1], at)  # "lip corners | pulled | down"
        run = kept[at : at + max(length, 1)]
        chunk = _from_entries(run, entries) if length else _from_token(run[0])
        chunk.word = text[chunk.start : chunk.end].lower()
        chunk.article, chunk.subject = kept_words.articles[at], kept_words.subject[at]
        if chunk.kind == Kind.INTENSITY and chunk.word in ("mark", "marks"):
            chunk.kind, chunk.value = Kind.OTHER, None  # a mark is nothing marked
        if chunk.article == "a" and chunk.word in ("little", "bit"):  # "a little" is more than "little"
            chunk.start = text.rindex("a", 0, chunk.start) if chunk.word != "" else chunk.start
            chunk.word, chunk.value = f"a {chunk.word}", 0.12
        chunk.quoted = within(quoted, chunk.start)
        chunk.plural = chunk.kind == Kind.FEATURE and chunk.word.endswith("s")
        chunks.append(chunk)
        first.append(at)
        at += len(run)
        last.append(at)
    for low, to, high in zip(chunks, chunks[1:], chunks[2:], strict=False):
        if _RANGE.fullmatch(low.kind + to.kind + high.kind) and to.word == "to":
            low.kind = to.kind = Kind.OTHER
            high.start, high.word = low.start, text[low.start : high.end].lower()
            high.value = ((low.value or 0) + (high.value or 0)) / 2
            low.value = None
    sentence = Sentence(chunks, question)
    unnamed = [side for side in kept_words.sides if not _attach(sentence, side, first, last)]
    return _completed(sentence, unnamed, first)


def _from_token(token: Token) -> Chunk:
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


def _from_entries(run: list[Token], entries: list[Entry]) -> Chunk:
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


# "left, slightly raised brow", "left side of the brow"
_TO_WHAT_FOLLOWS = pattern("""
    [intensity action manner hedge]* other? [intensity action manner hedge]* (?=[feature phrase code])
    | [other intensity] preposition [intensity action manner]* (?=feature)
""")
# "(on the left) side of the face, the brow ..."
_OPENING = pattern("([other intensity] (preposition [feature other thing])?)? (?P<comma>comma)?")
# "raised on the left"
_TO_WHAT_STANDS_BEFORE = pattern("""
    [feature action phrase code manner] [copula intensity other preposition comma hedge number verb]{0,5} $
""")
_RANGE = pattern("intensity preposition intensity")  # "slight to moderate"
# "(strongly on the left) and slightly on the (right)"
_WEIGHED_SIDE = pattern("[and comma] intensity preposition $")
# "... while the (right) is lowered"
_UNNAMED = pattern(
    "[break and comma] [intensity hedge]* [copula action] (?! [intensity other]{0,2} [feature thing])"
)


def _attach(sentence: Sentence, side: _Side, first: list[int], last: list[int]) -> bool:
    """Write a side into the chunk that it belongs to: the one around it, after it, or else before it.

    False where there is none.
    """
    chunks, line = sentence.chunks, sentence.kinds
    before = bisect_left(first, side.before) - 1
    after = before + 1
    if before >= 0 and last[before] > side.before:
        target = before
    elif side.article and before >= 0 and _UNNAMED.match(line, before):
        return False
    elif _open(sentence, side, after):
        return True
    else:
        following = _TO_WHAT_FOLLOWS.match(line, after)
        alone = (
            after < len(chunks)
            and chunks[after].word == "side"
            and line[after : after + 2] != Kind.OTHER + Kind.PREPOSITION
        )
        if following and not alone:
            target = following.end()
            chunks[target].start = (
                min(side.start, chunks[target].start) if target == after else chunks[target].start
            )
        elif found := _TO_WHAT_STANDS_BEFORE.search(line, max(0, before - 5), after):
            target = found.start()
        else:
            return False
    chunk = chunks[target]
    chunk.side = side.side if chunk.side in ("", side.side) else "B"
    return True


def _open(sentence: Sentence, side: _Side, after: int) -> bool:
    """Carry out "on the left, ...": the side of everything up to the next break that has none of its own."""
    chunks, line = sentence.chunks, sentence.kinds
    starts = after == 1 or (after > 1 and line[after - 2] in any_of("comma and break colon"))
    if not (
        starts
        and line[after - 1] == Kind.PREPOSITION
        and chunks[after - 1].word in ("on", "to", "at", "in", "along")
    ):
        return False
    opening = _OPENING.match(line, after)
    start = opening.end() if opening else after
    if start >= len(chunks) or not (opening and opening["comma"] or chunks[start].article or start > after):
        return False
    if start > after and not opening["comma"] and not chunks[start].article:
        return False  # "on the left side of the mouth"
    for chunk in chunks[start : start + _LONGEST]:
        if chunk.kind in any_of("break colon") or (
            chunk.kind == Kind.PREPOSITION and chunk.word == "on" and chunk.side
        ):
            break
        if (chunk.kind in any_of("feature phrase code") or chunk.word in ("it", "they")) and not chunk.side:
            chunk.side = side.side
    return True


def _repeated(before: list[Chunk], side: _Side) -> list[Chunk]:
    """The part and its movement once more, for the other side."""
    part = next((c for c in reversed(before) if c.kind == Kind.FEATURE), None)
    movement = next((c for c in reversed(before) if c.kind in any_of("action manner")), None)
    if part is None or movement is None:
        return []
    again = replace(part, side=side.side, plural=False, start=side.start, end=side.end, article="")
    return [again, replace(movement, side="", start=side.start, end=side.end, article="")]


def _completed(sentence: Sentence, unnamed: list[_Side], first: list[int]) -> Sentence:
    """The sentence with the parts that it leaves unsaid: "the left brow is raised while the right is lowered"."""
    chunks = [*sentence.chunks]
    for side in reversed(unnamed):
        after = bisect_left(first, side.before)
        if after and _WEIGHED_SIDE.search(sentence.kinds, max(0, after - 4), after):
            chunks[after:after] = _repeated(sentence.chunks[:after], side)
            continue
        if not _UNNAMED.match(sentence.kinds, max(after - 1, 0)):
            continue
        named = next((c for c in reversed(sentence.chunks[:after]) if c.kind == Kind.FEATURE), None)
        if named and named.side:
            chunks.insert(after, replace(named, start=side.start, end=side.end, side=side.side, plural=False))
    return Sentence(chunks, sentence.question)
