"""Where a text gives somebody else's words: the caption reads "a smiling boy".

A quotation is told where a word of speech or of a label stands close by; what stands in quotation marks for other
reasons ("the so-called 'Duchenne' smile") is the writer's own.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_QUOTED = re.compile(
    r"[\"\u201c\u201e\u00ab][^\"\u201c\u201d\u201e\u00ab\u00bb\n]{1,400}[\"\u201d\u00bb]|(?<![\w])'[^'\n]{1,400}'(?!\w)|\u2018[^\u2018\n]{1,400}\u2019(?!\w)"
)
_NAMED = re.compile(  # file names, and what is called by a name: "the Smile Clinic"
    r"(?<![\w_])(?!AU)[A-Za-z]{2,}(?:_[A-Za-z]{2,})+\w*(?:\.\w{2,4})?|[\w-]{1,100}\.(?:jpe?g|png|gif|mp4|webp|bmp|tiff?)\b"
    r"|(?<=[a-z] )(?:[A-Z][a-z]+ ){1,3}(?:Clinic|Street|Caf\u00e9|Cafe|Club|Bar|Studios?|Company|"
    r"Foundation|Festival|Theatre|Hotel|School|Hospital|Institute|Magazine|Shop|Project|Band|Avenue|Road|House|Dentists?|Dental|Campaign|Tour|Inc)\b"
    r"|(?<=called )(?:[A-Z][a-z]+ ?){1,5}|(?<=named )(?:[A-Z][a-z]+ ?){1,5}|(?<=titled )(?:[A-Z][a-z]+ ?){1,5}"
)
_SPEECH = (
    r"(?:says?|said|saying|reads?|reading|states?|stated|writes?|wrote|written|tells?|told|asks?|asked|answers?|answered|"
    r"replies|replied|calls?|called|claims?|claimed|shouts?|exclaims?|remarks?|remarked|comments?|commented|"
    r"captions?|captioned|titles?|titled|headlines?|labels?|labell?ed|signs?|posters?|text|tags?|tagged|quotes?|quoted|"
    r"words?|entitled|prompt|filename|descri(?:bes|bed|ption)|according to|definition|manual|line|t-shirt|"
    r"slogan|print(?:ed)?)"
)
_BEFORE = re.compile(rf"\b{_SPEECH}\b[^.!?]{{0,50}}\Z", re.IGNORECASE)
_AFTER = re.compile(rf"[^.!?\w]{{0,3}}(?:\w+\s){{0,4}}{_SPEECH}\b", re.IGNORECASE)
_NEAR = 70  # characters: keeps endless texts linear


def quotations(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Start and end of every quotation in text[start:end], in order."""
    said = [
        match.span()
        for match in _QUOTED.finditer(text, start, end)
        if _BEFORE.search(text, max(start, match.start() - _NEAR), match.start())
        or _AFTER.match(text, match.end(), min(end, match.end() + _NEAR))
    ]
    return sorted([*said, *(match.span() for match in _NAMED.finditer(text, start, end))])


def within(spans: list[tuple[int, int]], place: int) -> bool:
    """Whether a place lies in one of the spans, which are in order."""
    i = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return i >= 0 and spans[i][0] <= place < spans[i][1]
