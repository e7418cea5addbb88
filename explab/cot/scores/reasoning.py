"""How good is a chain of thought? Every figure from the text, the AUs and the label, whoever wrote it.

A text is right about a face when what it says of units is so (claims), leaves no strong unit out (recall), and comes to
the label by what is seen and not by knowing it (consistency, leak).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import combinations

import numpy as np

from explab.cot.parser.parse import conclusion_label, emotions_in
from explab.cot.reasoning import HEADINGS, Claim, Reasoning
from explab.cot.scores.rouge import rouge_l, words
from explab.cot.truth import MISSED, PRESENT, holds, level, missed
from explab.facs import AUs, expression

MOST_WORDS = 130
"""The paper's limit."""


@dataclass(frozen=True, kw_only=True)
class Scores(Mapping[str, float | None]):
    """Figures of one text; also a mapping. None: nothing to measure it on.

    Attributes:
        claim_precision: share of claims that are true, of those whose unit was measured.
        claim_recall: share of the units of at least 0.3 that the text says are there.
        claim_f1: harmonic mean of the two.
        hallucination: share of "there" claims whose unit is absent (below 0.05).
        contradictions: pairs of claims of which only one can be true.
        side_accuracy: share of one-sided "there" claims whose side shows the unit, of units that are there at all.
        intensity_error: mean distance of claimed and measured intensity, of true claims that name one, 0-1.
        label_consistency: 1 where the conclusion names the label, else 0.
        reader_consistency: 1 where somebody who reads the observations alone comes to the conclusion's label, else 0.
        label_leak: 1 where the observations name an emotion, else 0.
        format_valid: 1 for three sections under their headings, in order, within 130 words; else 0.
        words: of the three sections.
        redundancy: share of word triples that the text has used before, 0-1.
        rouge_l: F-measure of the longest common subsequence with a reference (Lin, 2004).
        facial_r1: reward of Facial-R1 (arXiv 2511.10254): AU F1 + label + format, 0-3.
        rege: of EmoLA (ECCV 2024): recognition (label right) + generation (ROUGE-L), 0-2.
    """

    claim_precision: float | None
    claim_recall: float | None
    claim_f1: float | None
    hallucination: float | None
    contradictions: float
    side_accuracy: float | None
    intensity_error: float | None
    label_consistency: float | None
    reader_consistency: float | None
    label_leak: float
    format_valid: float
    words: float
    redundancy: float
    rouge_l: float | None
    facial_r1: float | None
    rege: float | None

    def __getitem__(self, name: str) -> float | None:
        if name not in NAMES:
            raise KeyError(name)
        value: float | None = getattr(self, name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


NAMES = tuple(field.name for field in fields(Scores))


def score(
    reasoning: Reasoning, aus: AUs, label: str | None = None, *, reference: str | None = None
) -> Scores:
    """All figures of one text.

    Args:
        reasoning: from `explab.cot.parser.parse`, or written.
        aus: of the face. Units that were not measured say nothing for or against a claim.
        label: the expression of the face.
        reference: a text by somebody else about the same face, for `rouge_l` and `rege`.

    Raises:
        ValueError: an unknown expression.
    """
    if not isinstance(reasoning, Reasoning):
        raise TypeError(
            f"score takes a Reasoning, as `cot.parse(text)` gives it, not {type(reasoning).__name__}"
        )
    if not isinstance(aus, AUs):
        raise TypeError(f"aus must be explab.facs.AUs, not {type(aus).__name__}")
    label = None if label is None else expression(label)
    concluded = conclusion_label(reasoning)
    precision, recall, f1 = claim_f1(reasoning.claims, aus)
    valid = float(is_valid(reasoning))
    right = None if label is None else float(concluded == label)
    overlap = None if reference is None else rouge_l(reasoning.text, reference)
    return Scores(
        claim_precision=precision,
        claim_recall=recall,
        claim_f1=f1,
        hallucination=_hallucination(reasoning.claims, aus),
        contradictions=float(len(contradictions(reasoning.claims))),
        side_accuracy=_side_accuracy(reasoning.claims, aus),
        intensity_error=_intensity_error(reasoning.claims, aus),
        label_consistency=right,
        reader_consistency=_reader_consistency(reasoning, concluded),
        label_leak=float(bool(emotions_in(reasoning.observations))),
        format_valid=valid,
        words=float(len(_bodies(reasoning))),
        redundancy=redundancy(reasoning),
        rouge_l=overlap,
        facial_r1=None if right is None or f1 is None else f1 + right + valid,
        rege=None if right is None or overlap is None else right + overlap,
    )


def claim_f1(claims: tuple[Claim, ...], aus: AUs) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 of what a text says of units; None where there is nothing to count."""
    verdicts = [verdict for claim in claims if (verdict := holds(claim, aus)) is not None]
    strong = aus.strongest(len(aus), MISSED)
    precision = float(np.mean(verdicts)) if verdicts else None
    recall = 1 - len(missed(claims, aus)) / len(strong) if strong else None
    if precision is None:
        return None, recall, None if recall is None else 0.0
    if recall is None:
        return precision, None, precision
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def contradictions(claims: tuple[Claim, ...]) -> list[tuple[Claim, Claim]]:
    """Pairs of claims about one unit, one of which says it is there and the other that it is not."""
    return [
        (a, b)
        for a, b in combinations(claims, 2)
        if a.au == b.au
        and a.present != b.present
        and (a.side is None or b.side is None or a.side == b.side)
        and not (a.also or b.also)
    ]


def is_valid(reasoning: Reasoning) -> bool:
    """Three sections under their headings, in the paper's order, none empty, within 130 words."""
    places = [reasoning.spans[name][0] for name in HEADINGS if name in reasoning.spans]
    full = all(getattr(reasoning, name).strip() for name in HEADINGS)
    return full and places == sorted(places) and len(_bodies(reasoning)) <= MOST_WORDS


def redundancy(reasoning: Reasoning) -> float:
    """Share of word triples that stood in the text before."""
    found = _bodies(reasoning)
    triples = Counter(zip(found, found[1:], found[2:], strict=False))
    total = sum(triples.values())
    return 1 - len(triples) / total if total else 0.0


def _bodies(reasoning: Reasoning) -> list[str]:
    return words(" ".join(getattr(reasoning, name) for name in HEADINGS))


def _hallucination(claims: tuple[Claim, ...], aus: AUs) -> float | None:
    verdicts = [holds(claim, aus) for claim in claims if claim.present]
    known = [verdict for verdict in verdicts if verdict is not None]
    return 1 - float(np.mean(known)) if known else None


def _side_accuracy(claims: tuple[Claim, ...], aus: AUs) -> float | None:
    found = [
        (own := level(aus, claim.au, claim.side)) is not None and own >= PRESENT
        for claim in claims
        if claim.present and claim.side and (level(aus, claim.au) or 0) >= PRESENT
    ]
    return float(np.mean(found)) if found else None


def _intensity_error(claims: tuple[Claim, ...], aus: AUs) -> float | None:
    found = []
    for claim in claims:
        if claim.present and claim.intensity is not None and holds(claim, aus):
            levels = [level(aus, code, claim.side) for code in (claim.au, *claim.also)]
            there = [value for value in levels if value is not None and value >= PRESENT]
            found.append(min(abs(claim.intensity - value) for value in there))
    return float(np.mean(found)) if found else None


def _reader_consistency(reasoning: Reasoning, concluded: str | None) -> float | None:
    from explab.cot.grammar.compose import interpret

    if not reasoning.observations or concluded is None:
        return None
    return float(interpret(reasoning.observations, seed=0).label == concluded)
