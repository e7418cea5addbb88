"""A page about a corpus of chains of thought: its figures beside their floors, its units, and its worst texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from explab import __version__
from explab.cot.engine.layouts import put
from explab.cot.reasoning import HEADINGS, Claim
from explab.cot.scores.corpus import CorpusScores, Row
from explab.cot.scores.entries import Entry
from explab.cot.scores.reasoning import Scores
from explab.cot.truth import holds, missed
from explab.facs import unit
from explab.words import join

HERE = Path(__file__).parent
WORST = 24
"""Texts on the page."""

NAMES = {
    "claim_precision": ("Claims that are true", "of what is said to be there"),
    "claim_recall": ("Strong units that are named", "of units of 0.3 and above, sides apart"),
    "claim_f1": ("Claim F1", "of the two, mean over texts"),
    "claim_f1_micro": ("Claim F1, pooled", "of all claims together"),
    "hallucination": ("Hallucinated claims", "said to be there, and absent"),
    "denial_accuracy": ("Denials that are true", "of units said to be absent"),
    "denial_gain": ("What denials tell", "-1 to 1; 0 for who knows nothing"),
    "contradictions": ("Contradictions", "pairs in a text"),
    "side_accuracy": ("Sides that are right", "of one-sided claims about units that are there"),
    "intensity_error": ("Error of intensities", "0-1"),
    "label_consistency": ("Conclusion names the label", "share of texts"),
    "reader_consistency": ("Observations lead to it", "read by somebody who sees nothing else"),
    "label_leak": ("Emotion named in the observations", "share of texts"),
    "format_valid": ("Format", "three sections in order, at most 130 words"),
    "words": ("Words", "of the three sections"),
    "redundancy": ("Repetition", "of word triples within a text"),
    "rouge_l": ("ROUGE-L", "with a reference"),
    "facial_r1_au": ("AU reward of Facial-R1", "F1 of the set of units, 0-1"),
    "facial_r1": ("Reward of Facial-R1", "AUs + label + format, 0-3"),
    "rege": ("REGE of EmoLA", "label + ROUGE-L, 0-2"),
}
"""Figure -> what a reader calls it, and what it is of."""

RANGES = {"denial_gain": (-1.0, 1.0), "facial_r1": (0.0, 3.0)}
"""Where the track of a figure begins and ends; the others go from 0 to 1."""

VERDICTS = {"good": ("✓", "better"), "unsure": ("~", "not surely better"), "floor": ("–", "no better")}
"""Verdict -> mark, and what a figure is beside its hardest floor."""

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
        for name in ("front/base.css", "front/chips.css", "page/page.css", "page/cot.css")
    )
    page = env.get_template("cot.html.j2").render(
        title=title,
        styles=styles,
        version=__version__,
        count=len(scores.entries),
        figures=[_figure(row) for row in scores.rows],
        floors=next((row.floors for row in scores.rows if row.name == "claim_f1"), {}),
        drawn="texts" if scores.groups is None else f"whole groups of texts ({scores.groups:,} of them)",
        diversity=scores.diversity,
        units=[
            (row.au, unit(row.au).name, row.present, row.claimed, row.precision, row.recall)
            for row in scores.units
            if row.present or row.claimed
        ],
        cases=[_case(entry, figures) for entry, figures in scores.worst(WORST)],
    )
    path = Path(path)
    put(path, page)
    return path


def _figure(row: Row) -> dict[str, object]:
    """A row as the template shows it: numbers as text, and places on the track in percent."""
    name, of = NAMES[row.name]
    shown = "{:.1f}" if row.name == "words" else "{:.3f}"
    low, high = RANGES.get(row.name, (0.0, 1.0))

    def place(value: float) -> float:
        return 100 * (value - low) / (high - low)

    figure: dict[str, object] = {
        "name": name,
        "of": of,
        "better": "lower is better" if row.lower_is_better else "",
        "value": shown.format(row.value),
        "interval": _range(row.interval, shown),
        "n": row.n,
        "chip": None,
    }
    if row.verdict is None or row.hardest is None:
        return figure
    mark, says = VERDICTS[row.verdict]
    floor = row.floors[row.hardest]
    direction = "lower" if row.lower_is_better else "higher"
    return figure | {
        "better": f"{direction} is better",
        "floor": shown.format(floor),
        "hardest": row.hardest,
        "gain": "" if row.gain is None else f"{row.gain:+.3f}",
        "gain_interval": _range(row.gain_interval, "{:+.3f}"),
        "chip": {
            "verdict": row.verdict,
            "mark": mark,
            "says": says,
            "dot": place(row.value),
            "tick": place(floor),
            "whisker": [place(end) for end in row.interval] if row.interval else None,
            "tip": f"{name}: {shown.format(row.value)}; {row.hardest}: {shown.format(floor)}. {says.capitalize()} than "
            f"the floor; {direction} is better.",
        },
    }


def _range(interval: tuple[float, float] | None, shown: str) -> str:
    return " to ".join(shown.format(end) for end in interval) if interval else ""


def _case(entry: Entry, figures: Scores) -> Case:
    told = entry.reasoning
    sections = [
        (heading, list(_pieces(entry, told.spans[name])))
        for name, heading in HEADINGS.items()
        if name in told.spans
    ]
    left_out = missed(told.claims, entry.aus)
    said = [
        f"{code} {unit(code).name.lower()} ({max(entry.aus.sides(code).values()):.2f})" for code in left_out
    ]
    return Case(
        entry.name, entry.label or "no label", _verdict(figures), sections, join(said) if said else ""
    )


def _verdict(figures: Scores) -> str:
    parts = []
    if figures.claim_f1 is not None:
        floors = {name: value for name, value in figures.floors.items() if value is not None}
        hardest = max(floors, key=floors.__getitem__, default=None)
        beside = f" ({hardest}: {floors[hardest]:.2f})" if hardest else ""
        parts.append(f"claim F1 {figures.claim_f1:.2f}{beside}")
    if figures.hallucination is not None:
        parts.append(f"{figures.hallucination:.0%} of the units it sees are not there")
    if figures.claim_recall is not None:
        parts.append(f"{figures.claim_recall:.0%} of the strong units are named")
    if figures.label_consistency is not None:
        parts.append(
            "the conclusion names the label"
            if figures.label_consistency
            else "the conclusion names no or another label"
        )
    if figures.label_leak:
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
    told = [f"{said.side or ''} {said.au} {'there' if said.present else 'absent'}".strip() for said in same]
    return Piece(words, kind, mark, f"{join(list(dict.fromkeys(told)))}: {word}")
