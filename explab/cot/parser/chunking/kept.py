"""The words of a sentence that are kept, and what those that are dropped tell of them.

Articles, possessives and people stand inside phrases and change nothing: "the corners of her mouth". They are dropped,
and what they tell is noted: that the next word is definite, that a person is its subject, that somebody else is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from explab.cot.parser.chunking.tokens import Token, stem

_PEOPLE = frozenset(map(stem, ["person", "subject", "man", "woman", "individual", "girl", "boy", "child"]))
_POSSESSIVE = frozenset(["the", "his", "her", "their", "its", "this", "these", "those", "my", "your", "our"])
DROPPED = _PEOPLE | frozenset(map(stem, [*_POSSESSIVE, "a", "an", "any", "one"]))
_PRONOUNS = frozenset(["he", "she", "they", "it", "we", "i", "you"])
_HERE_WORD, _BYSTANDER_WORD = "here", "bystander"  # words of words.csv
SIDES = {
    stem(word): side
    for words, side in {
        "left leftward": "L",
        "right rightward": "R",
        "both bilateral bilaterally": "B",
    }.items()
    for word in words.split()
}
VIEWERS = frozenset(stem(word) for word in ("viewer", "observer", "image", "picture", "photo"))


@dataclass(frozen=True)
class Side:
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
    r"(?:behind|next\s+to|beside(?!\s+it\b)|opposite|(?:with|holding)\s+(?:him|them)\b|"
    r"(?:in|on|at)\s+(?:his|her|their)\s+(?:\w+\s+)?(?:arms?|laps?|shoulders?|backs?|knees?|hips?|sides?|feet)\b|"
    r"to\s+(?:the|her|his)\s+(?:left|right)\b(?!\s+(?:brow|eye))|in\s+the\s+back)",
    re.I,
)
_BESIDES = re.compile(r"(?:\bother|\banother|\bsecond|\bthird)\s+$", re.I)
_WAYS = frozenset(map(stem, ["side", "way", "direction", "half"]))
_RELATED = frozenset(map(stem, ["same", "opposite", "other"]))
_FACING = re.compile(
    r"\b(?:(?:from|in)\s+(?:the|an?|our|my|your)\s+(?:camera|viewer|observer|onlooker|reader|spectator|photographer|audience|lens)"
    r"(?:'s|’s|s’|s')?\s+(?:\w+\s+)?(?:point|perspective|view\w*|vantage|position|angle|side)|seen\s+(?:from|by)\s+(?:the|an?)\s+"
    r"(?:viewer|observer|camera|onlooker|spectator)|as\s+(?:one|we|you|the\s+viewer)\s+(?:faces?|sees?|looks?\s+at|views?)|"
    r"from\s+where\s+(?:we|one|the\s+viewer)|for\s+the\s+(?:viewer|observer)|from\s+our\s+side|"
    r"camera(?:'s|’s)?\s+(?:left|right))\b",
    re.I,
)
"""Where left and right are told as in the picture."""
_BE = frozenset(["is", "are", "was", "were", "be", "been"])
_REMAINS = re.compile(r"left(?:\s*[.,;!?]|\s*$|\s+(?:on|in|at|over|unsaid|behind|to\s+(?:be|see)))", re.I)
ELSEWHERE = frozenset(
    stem(word)
    for word in (
        *(
            "previous",
            "earlier",
            "preceding",
            "last",
            "first",
            "next",
            "following",
            "second",
            "other",
            "another",
        ),
        *("passport", "childhood", "wedding", "school", "profile"),
    )
)
"""Words that make a picture another one."""


class Words:
    """The words of a sentence that are kept, and what those that are dropped say of the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.articles: list[str] = []
        self.subject: list[bool] = []
        self.sides: list[Side] = []
        self.viewer: Token | None = None
        self.turned = False
        self._article = ""
        self._person = False

    def keep(self, token: Token) -> None:
        before = self.tokens[-1].word if self.tokens else ""
        if token.word in _WAYS and before in _RELATED and self.sides:  # "(tilted) to the same side"
            named = self.sides[-1].side
            side = named if before == stem("same") else {"L": "R", "R": "L"}.get(named, named)
            related = self.tokens.pop()
            self.articles.pop()
            self.subject.pop()
            self.sides.append(Side(side, len(self.tokens), related.start, related.end, "the"))
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
        return written in _BE and not self._article and bool(_REMAINS.match(self.text, token.start))

    def seen_from_the_front(self) -> None:
        """Turn the sides round where the sentence takes the place of the viewer: "from the camera's perspective"."""
        text = self.text[self.tokens[0].start : self.tokens[-1].end] if self.tokens else ""
        if self.sides and not self.turned and _FACING.search(text):
            self.sides = [
                replace(side, side={"L": "R", "R": "L"}.get(side.side, side.side)) for side in self.sides
            ]

    def side(self, token: Token) -> None:
        side = SIDES[token.word]
        if self.viewer:
            side, self.turned = {"L": "R", "R": "L"}.get(side, side), True
        if (
            self.sides
            and self.tokens
            and self.tokens[-1].word in ("and", "or", "nor")
            and self.sides[-1].before == len(self.tokens) - 1
        ):  # "left and right brows"
            self.tokens.pop()
            self.articles.pop()
            self.subject.pop()
        self.sides.append(Side(side, len(self.tokens), token.start, token.end, self._article))
        self._article = ""
        self.viewer = None
