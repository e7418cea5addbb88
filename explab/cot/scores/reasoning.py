"""How good is a chain of thought? Every figure from the text, the AUs and the label, whoever wrote it.

A text is right about a face when what it says of units is so (claims), leaves no strong unit out (recall), and comes to
the label by what is seen and not by knowing it (consistency, leak). What figures of claims count is told in `claims`;
what they are without a look at the face, in `floors`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from explab.cot.parser.parse import conclusion_label, emotions_in
from explab.cot.reasoning import HEADINGS, Reasoning
from explab.cot.scores.claims import Counts, claim_scores
from explab.cot.scores.floors import floors
from explab.cot.scores.rouge import rouge_l, words
from explab.facs import AUs, expression

MOST_WORDS = 130
"""The paper's limit."""


@dataclass(frozen=True, kw_only=True)
class Scores(Mapping[str, float | None]):
    """Figures of one text; also a mapping. None: nothing to measure it on.

    Attributes:
        claim_precision: share of distinct presences (a unit and a side said to be there) that are true, of measured
            units, 0-1.
        claim_recall: share of the face's (unit, side) pairs of at least 0.3 that the text says are there, 0-1.
        claim_f1: harmonic mean of the two, 0-1. Of a face without such pairs, the precision.
        hallucination: share of distinct presences whose units are absent (below 0.05), 0-1.
        denial_accuracy: share of distinct units said to be absent that are, 0-1. Most units are absent from most faces:
            who denies rare ones is right without looking.
        denial_gain: what the denials say beyond that, -1 to 1: a right one earns the share of synthetic faces that show
            the unit, a wrong one costs the share that do not; their mean. Without looking it is 0 on average, whatever
            is denied.
        contradictions: pairs of claims of which only one can be true.
        side_accuracy: share of one-sided "there" claims whose side shows the unit, of units that are there at all.
        intensity_error: mean distance of claimed and measured intensity, of true claims that name one, 0-1.
        label_consistency: 1 where the conclusion names the label, else 0.
        reader_consistency: 1 where somebody who reads the observations alone comes to the conclusion's label, else 0.
        label_leak: 1 where the observations name an emotion, else 0.
        format_valid: 1 for three sections under their headings, in order, within 130 words; else 0.
        words: of the three sections.
        redundancy: share of word triples that the text has used before, 0-1.
        rouge_l: F-measure of the longest common subsequence with a reference (Lin, 2004), 0-1.
        facial_r1_au: AU reward of Facial-R1 (arXiv 2511.10254): F1 of the set of units that the text names against the
            set of those that are there, 0-1; sides, strengths and denials do not count. As its README has it; its code
            (RobitsG/Facial-R1, `au_reward`) trains on 2 F1 - 1 times the rarity of the units.
        facial_r1: its whole reward R_AU + R_acc + R_format, 0-3; the format is the paper's, which is not theirs.
        rege: of EmoLA (ECCV 2024): recognition (label right) + generation (ROUGE-L), 0-2.
        floors: claim F1 of texts that do not look at the face, by name; see `explab.cot.scores.floors`.
        counts: the presences that claim figures are made of, to be pooled over texts.
    """

    claim_precision: float | None
    claim_recall: float | None
    claim_f1: float | None
    hallucination: float | None
    denial_accuracy: float | None
    denial_gain: float | None
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
    facial_r1_au: float | None
    facial_r1: float | None
    rege: float | None
    floors: Mapping[str, float | None]
    counts: Counts

    def __getitem__(self, name: str) -> float | None:
        if name not in NAMES:
            raise KeyError(name)
        value: float | None = getattr(self, name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


NAMES = tuple(field.name for field in fields(Scores) if field.name not in ("floors", "counts"))
"""The figures, in the order of `Scores`."""


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
    told = claim_scores(reasoning.claims, aus)
    valid = float(is_valid(reasoning))
    right = None if label is None else float(concluded == label)
    overlap = None if reference is None else rouge_l(reasoning.text, reference)
    whole = None if right is None or told.facial_r1_au is None else told.facial_r1_au + right + valid
    return Scores(
        **vars(told),
        label_consistency=right,
        reader_consistency=_reader_consistency(reasoning, concluded),
        label_leak=float(bool(emotions_in(reasoning.observations))),
        format_valid=valid,
        words=float(len(_bodies(reasoning))),
        redundancy=redundancy(reasoning),
        rouge_l=overlap,
        facial_r1=whole,
        rege=None if right is None or overlap is None else right + overlap,
        floors=floors(aus, label),
    )


def is_valid(reasoning: Reasoning) -> bool:
    """Three sections under their headings, in the paper's order, none empty, within 130 words."""
    places = [reasoning.spans[name][0] for name in HEADINGS if name in reasoning.spans]
    full = all(getattr(reasoning, name).strip() for name in HEADINGS)
    return full and places == sorted(places) and len(_bodies(reasoning)) <= MOST_WORDS


def redundancy(reasoning: Reasoning) -> float:
    """Share of word triples that stood in the text before."""
    body = _bodies(reasoning)
    triples = Counter(zip(body, body[1:], body[2:], strict=False))
    total = sum(triples.values())
    return 1 - len(triples) / total if total else 0.0


def _bodies(reasoning: Reasoning) -> list[str]:
    return words(" ".join(getattr(reasoning, name) for name in HEADINGS))


def _reader_consistency(reasoning: Reasoning, concluded: str | None) -> float | None:
    from explab.cot.grammar.compose import interpret

    if not reasoning.observations or concluded is None:
        return None
    return float(interpret(reasoning.observations, seed=0).label == concluded)
