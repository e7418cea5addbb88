"""A page about a corpus of chains of thought: its figures beside their floors, its units, and its worst texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from explab import __version__
from explab.cot.engine.layouts import put
from explab.cot.reasoning import HEADINGS, Claim
from explab.cot.scores.corpus import LOWER_IS_BETTER, CorpusScores, Entry, Row
from explab.cot.scores.reasoning import Scores
from explab.cot.truth import holds, missed
from explab.facs import unit
from explab.words import join

HERE = Path(__file__).parent
WORST = 24
"""Texts on the page."""

NAMES = {
    "claim_precision": ("Claims that are true", "of those whose unit was measured"),
    "claim_recall": ("Strong units that are named", "of units of 0.3 and above"),
    "claim_f1": ("Claim F1", "harmonic mean of the two"),
    "hallucination": ("Hallucinated claims", "said to be there, and absent; lower is better"),
    "contradictions": ("Contradictions", "pairs in a text; lower is better"),
    "side_accuracy": ("Sides that are right", "of one-sided claims about units that are there"),
    "intensity_error": ("Error of intensities", "0-1; lower is better"),
    "label_consistency": ("Conclusion names the label", "share of texts"),
    "reader_consistency": ("Observations lead to it", "read by somebody who sees nothing else"),
    "label_leak": ("Emotion named in the observations", "share of texts; lower is better"),
    "format_valid": ("Format", "three sections in order, at most 130 words"),
    "words": ("Words", "of the three sections"),
    "redundancy": ("Repetition", "of word triples within a text; lower is better"),
    "rouge_l": ("ROUGE-L", "with a reference"),
    "facial_r1": ("Reward of Facial-R1", "AU F1 + label + format, 0-3"),
    "rege": ("REGE of EmoLA", "label + ROUGE-L, 0-2"),
}
"""Figure -> what a reader calls it, and what it is of."""

MARKS = {
    True: ("true", "✓", "true"),
    False: ("false", "✗", "not true"),
    None: ("unknown", "?", "not measured"),
}
"""Is a claim true? -> class, mark and word."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text, with what it claims: class, mark and a sentence; empty for plain text."""

    text: str
    kind: str = ""
    mark: str = ""
    says: str = ""


@dataclass(frozen=True)
class Case:
    """One text as the page shows it."""

    name: str
    label: str
    verdict: str
    sections: list[tuple[str, list[Piece]]]
    missed: str


def write_page(scores: CorpusScores, path: str | Path, *, title: str) -> Path:
    """Write the page, self-contained. Everything in it that comes from the corpus is escaped. Raises OSError."""
    from jinja2 import Environment, FileSystemLoader

    env = Environment(loader=FileSystemLoader(HERE / "page"), autoescape=True)
    styles = "\n".join(
        (HERE / name).read_text(encoding="utf-8")
        for name in ("front/base.css", "page/page.css", "page/cot.css")
    )
    page = env.get_template("cot.html.j2").render(
        title=title,
        styles=styles,
        version=__version__,
        count=len(scores.entries),
        figures=[_figure(row) for row in scores.rows],
        diversity=scores.diversity,
        units=[
            (row.au, unit(row.au).name, row.present, row.claimed, row.precision, row.recall)
            for row in scores.units
            if row.present or row.claimed
        ],
        cases=[_case(entry, one) for entry, one in scores.worst(WORST)],
    )
    path = Path(path)
    put(path, page)
    return path


def _figure(row: Row) -> dict[str, object]:
    name, of = NAMES[row.name]
    floors = [value for value in (row.others, row.mean_face) if value is not None]
    worse = row.name in LOWER_IS_BETTER
    hardest = (min if worse else max)(floors) if floors else None
    better = (
        row.value is not None
        and hardest is not None
        and (row.value < hardest if worse else row.value > hardest)
    )
    return {
        "name": name,
        "of": of,
        "value": row.value,
        "interval": row.interval,
        "others": row.others,
        "mean_face": row.mean_face,
        "n": row.n,
        "digits": "%.1f" if row.name == "words" else "%.3f",
        "better": better and row.name not in ("words", "format_valid", "redundancy"),
    }


def _case(entry: Entry, one: Scores) -> Case:
    told = entry.reasoning
    sections = [
        (heading, list(_pieces(entry, told.spans[name])))
        for name, heading in HEADINGS.items()
        if name in told.spans
    ]
    left_out = missed(told.claims, entry.aus)
    said = [f"{code} {unit(code).name.lower()} ({entry.aus[code]:.2f})" for code in left_out]
    return Case(entry.name, entry.label or "no label", _verdict(one), sections, join(said) if said else "")


def _verdict(one: Scores) -> str:
    parts = []
    if one.hallucination is not None:
        parts.append(f"{one.hallucination:.0%} of the units it sees are not there")
    if one.claim_recall is not None:
        parts.append(f"{one.claim_recall:.0%} of the strong units are named")
    if one.label_consistency is not None:
        parts.append(
            "the conclusion names the label"
            if one.label_consistency
            else "the conclusion names no or another label"
        )
    if one.label_leak:
        parts.append("the observations name an emotion")
    return "; ".join(parts)


def _pieces(entry: Entry, span: tuple[int, int]) -> Iterator[Piece]:
    """A section, cut where claims begin and end; of claims that overlap the first is shown."""
    text, at = entry.reasoning.text, span[0]
    for claim in entry.reasoning.claims:
        start, end = claim.span
        if start < at or end > span[1]:
            continue
        if start > at:
            yield Piece(text[at:start])
        yield _piece(entry, claim, text[start:end])
        at = end
    yield Piece(text[at : span[1]])


def _piece(entry: Entry, claim: Claim, words: str) -> Piece:
    """A claim with all that its words say: of several units, the least true one decides."""
    same = [other for other in entry.reasoning.claims if other.span == claim.span]
    verdicts = [holds(other, entry.aus) for other in same]
    verdict = False if False in verdicts else None if None in verdicts else True
    kind, mark, word = MARKS[verdict]
    told = [f"{one.side or ''} {one.au} {'there' if one.present else 'absent'}".strip() for one in same]
    return Piece(words, kind, mark, f"{join(list(dict.fromkeys(told)))}: {word}")
