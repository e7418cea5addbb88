"""The vocabulary of faces: which words name a part, a movement, a strength, and what they mean in FACS.

Everything stands in tables that a person can edit, in `data/`:

    words.csv      words of one group: the feature "lip corner", the action "up", negations, hedges, link words; things
                   that are no part of the face ("thing"), and words that take a clause out of what is said of the
                   face ("scope"; see `reality`)
    lexicon.csv    feature and action -> units; where `action` is empty, `feature` is a phrase that means them alone
    intensity.csv  "slight" -> 0.12
    emotions.csv   "sorrow" -> Sadness, beyond the words of `explab.facs`
    forms.csv      irregular inflections

A row lists alternatives with " | "; "(upper|lower) lip" and "smile (that|) reach eye" stand for every variant. Words
are written in any one inflection and without articles. Units are written as

    AU6 AU12        both
    AU26|AU27       AU26, but AU27 would make the words true as well (`Claim.also`)
    AU1/AU2         either of them: AU1|AU2 AU2|AU1
    -AU25           the words say that AU25 is absent: "closed lips"

`left` and `right` replace the units where the words give a direction: "the jaw slides left".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from explab.cot.parser.chunking.tokens import rows, stem
from explab.facs import ALIASES, expression, parse


class LexiconError(ValueError):
    """A row of the lexicon that cannot be used; the message has its table and words."""


class Meaning(NamedTuple):
    """What words say of one unit; the fields are those of `Claim`."""

    au: str
    side: str | None
    present: bool
    also: tuple[str, ...]


@dataclass(frozen=True)
class Units:
    """The meanings of a phrase, and those for its left and right where it has a direction."""

    plain: tuple[Meaning, ...]
    left: tuple[Meaning, ...] = ()
    right: tuple[Meaning, ...] = ()

    def towards(self, side: str | None) -> tuple[Meaning, ...]:
        """The meanings for a direction "L", "R" or None."""
        return {"L": self.left, "R": self.right}.get(side or "") or self.plain

    @property
    def directed(self) -> bool:
        """Whether left and right say where it goes, and not which half of the face it is."""
        return bool(self.left)


class Entry(NamedTuple):
    """What a matched word can be: `kind` and `name` as in words.csv, or a phrase, an intensity, an emotion."""

    kind: str
    name: str
    value: Any = None


def meanings(units: str) -> tuple[Meaning, ...]:
    """Read the notation of the module text. Raises UnknownUnit for a code that does not exist."""
    found = []
    for word in units.split():
        codes = word.lstrip("-").replace("/", "|").split("|")
        au, side = parse(codes[0])
        for other in codes[1:]:
            parse(other)
        leaders = [au, *codes[1:]] if "/" in word else [au]
        for leader in leaders:
            also = tuple(code for code in [au, *codes[1:]] if code != leader)
            found.append(Meaning(leader, side or None, not word.startswith("-"), also))
    return tuple(found)


class Lexicon:
    """All tables, ready to match.

    pairs       (feature, action) -> Units
    features    names of the parts of the face
    """

    def __init__(self) -> None:
        self.pairs: dict[tuple[str, str], Units] = {}
        self._trie: dict[str, Any] = {}
        groups: set[str] = set()
        self.features: set[str] = set()
        for row in rows("words.csv"):
            groups.add(row["name"])
            if row["kind"] == "feature":
                self.features.add(row["name"])
            self._add(row["words"], Entry(row["kind"], row["name"]))
        for row in rows("lexicon.csv"):
            units = Units(*(meanings(row[column]) for column in ("units", "left", "right")))
            if not row["action"]:
                self._add(row["feature"], Entry("phrase", row["feature"], units))
            elif {row["feature"], row["action"]} <= groups:
                self.pairs[row["feature"], row["action"]] = units
            else:
                raise LexiconError(
                    f"lexicon.csv: {row['feature']!r} or {row['action']!r} is no group of words.csv"
                )
        for row in rows("intensity.csv"):
            self._add(row["words"], Entry("intensity", row["words"], float(row["value"])))
        for row in rows("emotions.csv"):
            self._add(row["words"], Entry("emotion", expression(row["expression"])))
        for word, name in ALIASES.items():
            self._add(word, Entry("emotion", name))

    def _add(self, alternatives: str, entry: Entry) -> None:
        for words in _variants(alternatives):
            node = self._trie
            for word in words:
                node = node.setdefault(stem(word), {})
            entries = node.setdefault("", [])
            if entry not in entries:
                entries.append(entry)

    def longest(self, words: Sequence[str], at: int) -> tuple[int, list[Entry]]:
        """The longest entry at a position: how many words it takes, and what it can be; (0, []) for none."""
        node, length, entries = self._trie, 0, []
        for i in range(at, len(words)):
            if words[i] not in node or not words[i]:
                break
            node = node[words[i]]
            if "" in node:
                length, entries = i + 1 - at, node[""]
        return length, entries

    def units(self, features: Sequence[str], actions: Sequence[str]) -> list[Units]:
        """What a part and a movement mean together; one for each feature that can do one of the actions."""
        found = ((self.pairs.get((f, a)) for a in actions) for f in features)
        return [units for units in (next(filter(None, options), None) for options in found) if units]


def _variants(alternatives: str) -> Iterator[list[str]]:
    for pattern in re.split(r"\s\|\s", alternatives):
        parts = [part.strip("()").split("|") for part in re.findall(r"\([^)]*\)|[^()]+", pattern)]
        for chosen in itertools.product(*parts):
            words = " ".join(chosen).lower().split()
            if not words:
                raise LexiconError(f"empty phrase in {alternatives!r}")
            yield words


@cache
def lexicon() -> Lexicon:
    """The lexicon of this package, read once."""
    return Lexicon()
