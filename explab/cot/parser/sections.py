"""Find the three sections of a reasoning text, however its headings are written.

Models write `**Key Observations:**`, `### Key Observations`, `1. Key Observations -`, `<b>KEY OBSERVATIONS</b>`, leave
out the colon or "Overall", put everything on one line or in another order. A heading is one of the names with something
that marks it: decoration around it, a colon, a dash, or a line of its own; "in conclusion, the face ..." and "a key
observation is ..." have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from explab.cot.reasoning import HEADINGS, Section
from explab.words import count, join

_NAME = re.compile(
    r"""
    (?<![^\W_]|['’-])(?:
        (?P<observations>(?:(?:key|main|facial|visual)[ \t]+){0,2}observations?)
      | (?P<interpretation>(?:overall[ \t]+)?(?:emotion(?:al)?[ \t]+)?interpretation)
      | (?P<conclusion>(?:final[ \t]+|overall[ \t]+)?conclusions?)
    )(?![^\W_]|['’])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BULLET = r"(?:\(?\d{1,2}[.):]|\(?[ivx]{1,4}[.)]|\(?[abc][.)])"
_OPEN = re.compile(  # what stands before a name: a bullet, a number, decoration
    rf"(?:(?:[-•*+>]|\#+)[ \t]+)*(?:{_BULLET}[ \t]*)?"
    rf"(?:(?:\*{{1,3}}|_{{1,2}}|\#+|</?\w{{1,8}}>)[ \t]*)*(?:{_BULLET}[ \t]*)?\Z",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    r"(?P<wrap>[ \t]*(?:\*\*?|__?|\#+|</\w{1,8}>))?[ \t]*(?P<mark>[:：]|[-–—](?=\s))?"
    r"(?P<late>[ \t]*(?:\*\*?|__?|</\w{1,8}>))?(?:[ \t]*(?P<mark2>[:：]))?"
)
_LINE_END = re.compile(r"[ \t]*(?:\r?\n|\r|$)|<br")
_SENTENCE = re.compile(r"(?<=[ \t])[A-Z]")
_BEFORE = 48  # characters looked back for decoration: keeps endless lines linear

_STOPS = tuple(".!?:;\"'”)>")  # a heading in the middle of a line stands after one
_LEFT_OVER = re.compile(r"(?:\s|[:：]|\*\*(?=\s)|</?(?:b|p|br|strong|h\d)\s?/?>)+", re.IGNORECASE)
_RIGHT_OVER = re.compile(
    rf"(?:\s|(?<=\s)[*_\#>-]+|(?<=\n){_BULLET}|</?(?:b|p|br|strong|h\d)\s?/?>)+\Z", re.IGNORECASE
)


def sections(text: str) -> tuple[Mapping[Section, tuple[int, int]], tuple[str, ...]]:
    """Where the bodies of the sections are, (start, end) without heading and surrounding space, and remarks.

    A text without headings is taken as the sections in order if it has three paragraphs, else as observations. Of a
    repeated heading the first that has a body counts.
    """
    headings = list(_headings(text))
    if not headings:
        return _by_paragraphs(text)
    spans: dict[Section, tuple[int, int]] = {}
    remarks = []
    order: list[Section] = []
    for (name, _, start), following in zip(headings, [*(h[1] for h in headings[1:]), len(text)], strict=True):
        span = _trimmed(text, start, following)
        if name in spans:
            remarks.append(f"heading {HEADINGS[name]!r} stands there again; only its first body is read")
        elif span[0] < span[1]:
            spans[name] = span
            order.append(name)
    before = _trimmed(text, 0, headings[0][1])
    if before[0] < before[1]:
        if "observations" not in spans and not any(name == "observations" for name, _, _ in headings):
            spans["observations"] = before
            remarks.append("the text before the first heading is taken as observations")
        else:
            words = count(len(text[slice(*before)].split()), "word")
            remarks.append(f"{words} before the first heading belong to no section")
    missing = [HEADINGS[name] for name in HEADINGS if name not in spans]
    if missing:
        remarks.append(f"no section {join(missing)}")
    if order != [name for name in HEADINGS if name in order]:
        remarks.append(f"sections in another order: {join([HEADINGS[name] for name in order])}")
    return MappingProxyType({name: spans[name] for name in HEADINGS if name in spans}), tuple(remarks)


def _headings(text: str) -> list[tuple[Section, int, int]]:
    """Name, start and end of every heading."""
    found = []
    for match in _NAME.finditer(text):
        low = max(0, match.start() - _BEFORE)
        before = text[low : match.start()]
        opening, closing = _OPEN.search(before), _CLOSE.match(text, match.end())
        assert opening is not None  # both match the empty string
        assert closing is not None
        rest = before[: opening.start()].rstrip(" \t")
        decorated = not set("#*_<").isdisjoint(opening[0])
        closed = bool(closing["wrap"] or closing["late"])
        marked = bool(closing["mark"] or closing["mark2"])
        alone = bool(_LINE_END.match(text, closing.end()))
        if rest.endswith(("\n", "\r")) or (not rest and low == 0):
            sentence = match[0][0].isupper() and bool(_SENTENCE.match(text, closing.end()))
            heading = marked or alone or sentence or (decorated and closed)
        else:
            heading = marked or alone or closed if decorated else (marked or alone) and rest[-1:] in _STOPS
        if heading:
            found.append((_section(match), low + opening.start(), closing.end()))
    return found


def _section(match: re.Match[str]) -> Section:
    return next(name for name in HEADINGS if match[name] is not None)


def _by_paragraphs(text: str) -> tuple[Mapping[Section, tuple[int, int]], tuple[str, ...]]:
    start, end = _trimmed(text, 0, len(text))
    if start == end:
        return MappingProxyType({}), ("the text is empty",)
    breaks = [
        (start + m.start(), start + m.end()) for m in re.finditer(r"\r?\n[ \t]*\r?\n\s*", text[start:end])
    ]
    if len(breaks) == 2:
        edges = [start, *(edge for pair in breaks for edge in pair), end]
        spans = {name: _trimmed(text, *edges[2 * i : 2 * i + 2]) for i, name in enumerate(HEADINGS)}
        if all(start < end for start, end in spans.values()):
            return MappingProxyType(spans), ("no headings: the three paragraphs are taken in order",)
    return MappingProxyType({"observations": (start, end)}), (
        "no headings: all of it is taken as observations",
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without space, and without marks of headings at its edges; empty spans are (start, start)."""
    left = _LEFT_OVER.match(text, start, end)
    start = left.end() if left else start
    while end > start and (right := _RIGHT_OVER.search(text, max(start, end - _BEFORE), end)):
        end = right.start()
    return start, end
