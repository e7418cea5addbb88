"""Scores of a whole corpus: means with intervals, beside what texts score that know nothing of the face."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.cot.parser.parse import parse
from explab.cot.reasoning import Reasoning
from explab.cot.scores.reasoning import NAMES, Scores, score
from explab.cot.scores.rouge import distinct
from explab.cot.truth import MISSED, holds, level
from explab.facs import AUs, expression, unit
from explab.progress import progress

DRAWS = 2000
"""Bootstrap resamples."""

LOWER_IS_BETTER = frozenset(
    {"hallucination", "contradictions", "intensity_error", "label_leak", "redundancy"}
)


class CorpusError(ValueError):
    """A corpus that cannot be read: the message names the item and the field."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One text of a corpus, and what is known of its face."""

    name: str
    reasoning: Reasoning
    aus: AUs
    label: str | None


@dataclass(frozen=True)
class Row:
    """One figure of a corpus.

    Attributes:
        name: as in `Scores`.
        value: mean over texts; None where no text has it.
        interval: 95 %, resampling texts.
        others: the same texts, each held against another face, drawn by chance.
        mean_face: texts that the grammar writes from the mean AUs of each face's label.
        n: texts that have it.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None
    others: float | None
    mean_face: float | None
    n: int


@dataclass(frozen=True)
class UnitRow:
    """How one unit is spoken of: texts that should, do, and rightly do."""

    au: str
    present: int
    claimed: int
    right: int

    @property
    def precision(self) -> float | None:
        """Share of the claims that are true; None without any."""
        return self.right / self.claimed if self.claimed else None

    @property
    def recall(self) -> float | None:
        """Share of the faces with the unit at 0.3 or above whose text says so; None without any."""
        return self._found / self.present if self.present else None

    _found: int = 0


@dataclass(frozen=True, eq=False)
class CorpusScores:
    """Everything about a corpus."""

    entries: Sequence[Entry]
    scores: Sequence[Scores]
    rows: Sequence[Row]
    units: Sequence[UnitRow]
    diversity: Mapping[str, float]

    def lines(self) -> list[str]:
        """The table as text."""
        found = ["figure                 value   95 % interval     another's face  mean face      n"]
        for row in self.rows:
            low_high = f"{row.interval[0]:.3f} to {row.interval[1]:.3f}" if row.interval else ""
            found.append(
                f"{row.name:20} {_number(row.value):>7}   {low_high:15} {_number(row.others):>15}"
                f" {_number(row.mean_face):>10} {row.n:6d}"
            )
        found += [f"{name:20} {value:7.3f}" for name, value in self.diversity.items()]
        return found

    def worst(self, count: int = 20) -> list[tuple[Entry, Scores]]:
        """Texts with the most that is wrong: false claims first, then a wrong conclusion, then what they leave out."""

        def badness(pair: tuple[Entry, Scores]) -> tuple[float, float, float, float]:
            one = pair[1]
            return (
                1.0 if one.claim_precision is None else one.claim_precision,
                1.0 if one.label_consistency is None else one.label_consistency,
                1.0 if one.claim_f1 is None else one.claim_f1,
                -one.contradictions,
            )

        return sorted(zip(self.entries, self.scores, strict=True), key=badness)[:count]


def read_corpus(path: str | Path) -> list[Entry]:
    """A corpus in the authors' layout (JSON list), or a `records.jsonl` of explab.

    Raises:
        CorpusError: no such file, no JSON, or an item that lacks a field or holds a bad one.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from None
    if path.suffix == ".jsonl":
        lines = [line for line in text.split("\n") if line.strip()]
        rows = [_json(line, f"{path}, item {i}") for i, line in enumerate(lines)]
    else:
        rows = _json(text, str(path))
    if not isinstance(rows, list) or not rows:
        raise CorpusError(f"{path}: expected a list of records, in the authors' layout or explab's")
    return [entry for i, row in enumerate(rows) if (entry := _entry(row, f"{path}, item {i}")) is not None]


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: no valid JSON: {error}") from None


def _entry(row: Any, where: str) -> Entry | None:
    """One record; None for one that explab rejected, which has no text."""
    if not isinstance(row, dict):
        raise CorpusError(f"{where}: expected an object with fields, found {type(row).__name__}")
    ours = "aus" in row
    name, label = (row.get("name"), row.get("label")) if ours else (row.get("file_name"), row.get("emo"))
    text = row.get("text") if ours else row.get("description")
    if ours and row.get("status") == "rejected":
        return None
    where = f"{where} ({name})" if name else where
    if not isinstance(text, str):
        raise CorpusError(
            f"{where}: field {'text' if ours else 'description'!r} must be text, found {text!r}"
        )
    field = "aus" if ours else "au"
    try:
        aus = AUs.from_dict(row["aus"]) if ours else AUs.from_scheme("feafa24", row["au"])
    except KeyError:
        raise CorpusError(f"{where}: field {field!r} is missing") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise CorpusError(f"{where}: field {field!r}: {error}") from None
    try:
        known = None if label is None else expression(str(label))
    except ValueError as error:
        raise CorpusError(f"{where}: field {'label' if ours else 'emo'!r}: {error}") from None
    return Entry(str(name or where), parse(text), aus, known)


def score_corpus(entries: Sequence[Entry], *, seed: int = 0) -> CorpusScores:
    """All figures of a corpus, with floors.

    Args:
        entries: from `read_corpus`.
        seed: of the bootstrap and of which other face a text is held against.

    Raises:
        ValueError: no entries.
    """
    if not entries:
        raise ValueError("no texts to score")
    rng = np.random.default_rng(seed)
    own = [score(one.reasoning, one.aus, one.label) for one in progress(entries, "scoring", "text")]
    shifted = (np.arange(len(entries)) + rng.integers(1, max(len(entries), 2))) % len(entries)
    others = [
        score(entries[j].reasoning, one.aus, one.label) for one, j in zip(entries, shifted, strict=True)
    ]
    means = list(_of_mean_faces(entries, seed))
    rows = []
    for name in NAMES:
        values = _column(own, name)
        if np.isfinite(values).any():
            rows.append(
                Row(
                    name,
                    float(np.nanmean(values)),
                    _interval(values, rng),
                    _mean(_column(others, name)) if len(entries) > 1 else None,
                    _mean(_column(means, name)),
                    int(np.isfinite(values).sum()),
                )
            )
    texts = [one.reasoning.text for one in entries]
    diversity = {f"distinct-{n}": distinct(texts, n) for n in (1, 2, 3)}
    diversity["different texts"] = len(set(texts)) / len(texts)
    return CorpusScores(entries, own, rows, list(_units(entries)), diversity)


def _of_mean_faces(entries: Sequence[Entry], seed: int) -> Iterator[Scores]:
    """Scores of texts that are written from what all faces with a label have in common."""
    from explab.cot.engine.write import write

    written: dict[str | None, Reasoning] = {}
    for one in entries:
        if one.label not in written:
            alike = [other.aus for other in entries if other.label == one.label]
            codes = sorted({code for aus in alike for code in aus.codes})
            mean = {
                code: float(np.mean([level for aus in alike if (level := aus.get(code)) is not None]))
                for code in codes
            }
            written[one.label] = write(AUs(mean), one.label, seed=seed)
        yield score(written[one.label], one.aus, one.label)


def _units(entries: Sequence[Entry]) -> Iterator[UnitRow]:
    codes = dict.fromkeys(code for one in entries for code in one.aus)
    for code in codes:
        if unit(code).part not in ("upper", "lower"):
            continue
        present = claimed = right = found = 0
        for one in entries:
            about = [claim for claim in one.reasoning.claims if claim.au == code and claim.present]
            there = (level(one.aus, code) or 0.0) >= MISSED
            present += there
            claimed += bool(about)
            right += bool(about) and all(holds(claim, one.aus) is not False for claim in about)
            found += there and any(
                code in (claim.au, *claim.also) for claim in one.reasoning.claims if claim.present
            )
        yield UnitRow(code, present, claimed, right, found)


def _column(scores: Sequence[Scores], name: str) -> NDArray[np.float64]:
    return np.array([np.nan if (value := one[name]) is None else value for one in scores], np.float64)


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def _interval(values: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    if len(known) < 5:
        return None
    times = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=DRAWS)
    low, high = np.percentile(times @ known / len(known), [2.5, 97.5])
    return float(low), float(high)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
