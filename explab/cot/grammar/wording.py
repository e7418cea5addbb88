"""English that is put together: alternatives, articles, lists, sentences, and a seeded voice that varies its words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from random import Random
from typing import TypeVar

T = TypeVar("T")

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"[a-z]+(?:[-'’][a-z]+)*")
_SOUNDS_LIKE_CONSONANT = ("one", "uni", "eu", "use")
_COMMON = frozenset(
    _WORD.findall("the a an and or of to in on at with by is are it its no as that this which while for from")
)


@cache
def alternatives(pattern: str) -> tuple[str, ...]:
    """Everything that a pattern can say: "[raised|lifted] brow[s|]" -> "raised brows", "raised brow", ...

    Choices do not nest. An empty pattern says nothing: ().
    """
    parts = _CHOICE.split(pattern)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return tuple(filter(None, (tidy("".join(choice)) for choice in product(*choices))))


def tidy(words: str) -> str:
    """Single spaces, none before a comma, a semicolon or a full stop, and none at the ends."""
    return re.sub(r"\s+([,;:.])", r"\1", " ".join(words.split()))


def with_article(words: str) -> str:
    """ "lift" -> "a lift", "upward pull" -> "an upward pull", "one-sided smile" -> "a one-sided smile"."""
    vowel = words[:1].lower() in "aeiou" and not words.lower().startswith(_SOUNDS_LIKE_CONSONANT)
    return f"{'an' if vowel else 'a'} {words}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """["a", "b", "c"] -> "a, b, and c"; ["a", "b"] -> "a and b"."""
    if len(parts) < 3:
        return f" {last} ".join(parts)
    return f"{', '.join(parts[:-1])}, {last} {parts[-1]}"


def sentence(words: str) -> str:
    """A capital at the beginning and a full stop at the end."""
    text = tidy(words)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def count_words(text: str) -> int:
    """Words between white space, as the corpus is counted."""
    return len(text.split())


class Voice:
    """Seeded choices among phrases; those whose words have not been heard yet in this text are preferred.

    The same key makes the same choices in every process and on every machine.
    """

    def __init__(self, key: str, heard: Iterable[str] = ()) -> None:
        self._random = Random(key)
        self._heard: Counter[str] = Counter()
        for words in heard:
            self.hear(words)

    def hear(self, words: str) -> None:
        """Count the words of a phrase as said."""
        self._heard.update(content(words))

    def heard(self, word: str) -> int:
        """How often a word has been said."""
        return self._heard[word]

    def pick(self, options: Sequence[str]) -> str:
        """The least worn of a few options drawn at random."""
        if not options:
            raise ValueError("nothing to choose from")
        drawn = [self.any(options) for _ in range(min(4, len(options)))]
        return self._least_worn(drawn)

    def spell(self, pattern: str) -> str:
        """A pattern with one of its alternatives at every choice; choices may nest."""
        while _CHOICE.search(pattern):
            pattern = _CHOICE.sub(lambda choice: self._one_of(choice[1].split("|")), pattern)
        return tidy(pattern)

    def tell(self, patterns: Sequence[str]) -> str:
        """One of several patterns, spelt out."""
        return self.spell(self.any(patterns))

    def _one_of(self, options: Sequence[str]) -> str:
        return self.pick(options) if all(options) else self.any(options)  # silence never wears out

    def any(self, options: Sequence[T]) -> T:
        """One of them, all as likely."""
        return options[int(self._random.random() * len(options))]

    def _least_worn(self, drawn: Sequence[str]) -> str:
        best = min(drawn, key=self.wear)
        self.hear(best)
        return best

    def wear(self, words: str) -> float:
        """How often the words of a phrase have been said already, on average."""
        content_words = content(words)
        return sum(self._heard[word] for word in content_words) / max(len(content_words), 1)

    def chance(self, probability: float) -> bool:
        """True as often as `probability`."""
        return self._random.random() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))


@cache
def content(words: str) -> tuple[str, ...]:
    """The words of a phrase that one hears again, in lower case: no articles and the like, no slots."""
    bare = re.sub(r"\{[^}]*\}", " ", words.lower())
    return tuple(word for word in _WORD.findall(bare) if word not in _COMMON)
