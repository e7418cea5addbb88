"""Words that two texts share, and how varied many texts are."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

_WORD = re.compile(r"\d+\.\d+|[a-z0-9]+(?:[-'][a-z0-9]+)*")


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return _WORD.findall(text.lower())


def rouge_l(text: str, reference: str) -> float:
    """ROUGE-L: F-measure (beta 1) of the longest common subsequence of words (Lin, 2004), 0-1; no stemming."""
    a, b = words(text), words(reference)
    if not a or not b:
        return 0.0
    common = _longest_common(a, b)
    return 2 * common / (len(a) + len(b))


def distinct(texts: Iterable[str], n: int) -> float:
    """Different n-grams / all n-grams, over all texts (Li et al., NAACL 2016)."""
    seen: set[tuple[str, ...]] = set()
    total = 0
    for text in texts:
        body = words(text)
        grams = list(zip(*(body[i:] for i in range(n)), strict=False))
        seen.update(grams)
        total += len(grams)
    return len(seen) / total if total else 0.0


def _longest_common(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence (Hunt and Szymanski, 1977)."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for j, word in enumerate(b):
        places[word].append(j)
    ends: list[int] = []  # ends[k]: where in b the earliest common subsequence of k + 1 words ends
    for word in a:
        for j in reversed(places[word]):
            k = bisect_left(ends, j)
            if k == len(ends):
                ends.append(j)
            else:
                ends[k] = j
    return len(ends)
