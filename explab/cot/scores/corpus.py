"""Scores of a whole corpus: means with intervals, beside what texts score that know nothing of the face.

A figure and its floors come from the same faces, so the verdict is on their paired difference
(`explab.statistics.verdict`), whole persons drawn where it is known who is seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explab.cot.scores.claims import ClaimScores, Counts, claim_scores
from explab.cot.scores.entries import Entry
from explab.cot.scores.floors import floor_claims
from explab.cot.scores.reasoning import NAMES, Scores, score
from explab.cot.scores.rouge import distinct
from explab.cot.truth import MISSED, holds, level
from explab.facs import unit
from explab.progress import progress
from explab.statistics import Interval, bootstrap, verdict

MICRO = "claim_f1_micro"
"""Claim F1 of the presences of all texts together, where `claim_f1` is the mean over texts."""

LOWER_IS_BETTER = frozenset(
    {"hallucination", "contradictions", "intensity_error", "label_leak", "redundancy"}
)

OF_CLAIMS = frozenset(
    {
        "claim_precision",
        "claim_recall",
        "claim_f1",
        MICRO,
        "hallucination",
        "denial_accuracy",
        "denial_gain",
        "side_accuracy",
        "intensity_error",
        "facial_r1_au",
    }
)
"""Figures that depend on the face's units, and so have all floors."""

OF_LABELS = frozenset({"label_consistency", "facial_r1"})
"""Figures that depend on the label as well. A floor that knows it would be right by knowing."""

OTHER_FACE = "another face"
COMMON_LABEL = "the commonest label"

SAYS = {"good": "better", "unsure": "not surely better", "floor": "no better", None: ""}
"""A verdict in words: than the hardest floor."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One figure of a corpus.

    Attributes:
        name: as in `Scores`, or "claim_f1_micro".
        value: mean over texts.
        interval: 95 %, resampling texts, or persons; None for few of them.
        n: texts that have it.
        floors: the mean of each floor over the texts that have the figure, by name: those of
            `explab.cot.scores.floors`, and "another face": the texts, each held against another face, drawn by chance.
            Empty for figures that do not depend on the face.
        hardest: the floor that leaves the smallest gain.
        gain: by how much the figure is better than the hardest floor on the same texts; above 0 is better, also where
            lower figures are.
        gain_interval: 95 % of the gain; None for few.
        verdict: of `explab.statistics.verdict` on the gain; None without floors.
    """

    name: str
    value: float
    interval: Interval | None
    n: int
    floors: Mapping[str, float]
    hardest: str | None = None
    gain: float | None = None
    gain_interval: Interval | None = None
    verdict: str | None = None

    @property
    def lower_is_better(self) -> bool:
        """Whether a lower figure is a better one."""
        return self.name in LOWER_IS_BETTER


@dataclass(frozen=True)
class UnitRow:
    """How one unit is spoken of: texts that should, do, and rightly do."""

    au: str
    present: int
    claimed: int
    right: int
    named: int

    @property
    def precision(self) -> float | None:
        """Share of the claims that are true; None without any."""
        return self.right / self.claimed if self.claimed else None

    @property
    def recall(self) -> float | None:
        """Share of the faces with the unit at 0.3 or above whose text says so; None without any."""
        return self.named / self.present if self.present else None


@dataclass(frozen=True, eq=False)
class CorpusScores:
    """Everything about a corpus; `groups` is the number of persons, None where faces stand alone."""

    entries: Sequence[Entry]
    scores: Sequence[Scores]
    rows: Sequence[Row]
    units: Sequence[UnitRow]
    diversity: Mapping[str, float]
    groups: int | None = None

    def lines(self) -> list[str]:
        """The table as text."""
        header = (
            f"{'figure':18} {'value':>7} {'95 % interval':17} {'better':6} {'hardest floor':31} "
            f"{'gain':>6} {'95 % interval':17} {'than the floor':17} n"
        )
        lines = [header, *map(_line, self.rows)]
        for row in self.rows:
            if row.name == "claim_f1" and row.floors:
                told = ", ".join(f"{name} {value:.3f}" for name, value in row.floors.items())
                lines.append(f"floors of {row.name}: {told}")
        return lines + [f"{name:18} {value:7.3f}" for name, value in self.diversity.items()]

    def worst(self, count: int = 20) -> list[tuple[Entry, Scores]]:
        """Texts with the most that is wrong: false claims first, then a wrong conclusion, then what they leave out."""

        def badness(pair: tuple[Entry, Scores]) -> tuple[float, float, float, float]:
            figures = pair[1]
            return (
                1.0 if figures.claim_precision is None else figures.claim_precision,
                1.0 if figures.label_consistency is None else figures.label_consistency,
                1.0 if figures.claim_f1 is None else figures.claim_f1,
                -figures.contradictions,
            )

        return sorted(zip(self.entries, self.scores, strict=True), key=badness)[:count]


def score_corpus(
    entries: Sequence[Entry], *, groups: Sequence[object] | None = None, seed: int = 0
) -> CorpusScores:
    """All figures of a corpus, with floors.

    Args:
        entries: from `read_corpus`.
        groups: of each entry, what belongs together, such as who is seen: intervals are over whole groups. By default
            the persons of the entries, where all of them have one.
        seed: of the bootstrap and of which other face a text is held against.

    Raises:
        ValueError: no entries, or not as many groups.
    """
    if not entries:
        raise ValueError("no texts to score")
    if groups is None and all(entry.person is not None for entry in entries):
        groups = [entry.person for entry in entries]
    if groups is not None and len(groups) != len(entries):
        raise ValueError(f"{len(groups)} groups for {len(entries)} texts")
    members = None if groups is None else np.unique([str(group) for group in groups], return_inverse=True)[1]
    own = [score(entry.reasoning, entry.aus, entry.label) for entry in progress(entries, "scoring", "text")]
    blind = _floors(entries, seed)
    rows = []
    for name in dict.fromkeys(
        new for old in NAMES for new in ((old, MICRO) if old == "claim_f1" else (old,))
    ):
        values = _values(own, name)
        if np.isfinite(values).any():
            without = {floor: _values(scores, name) for floor, scores in blind.items() if _fits(floor, name)}
            if name == "label_consistency":
                without[COMMON_LABEL] = _commonest(entries)
            rows.append(_row(name, values, without, members, seed))
    texts = [entry.reasoning.text for entry in entries]
    diversity = {f"distinct-{n}": distinct(texts, n) for n in (1, 2, 3)}
    diversity["different texts"] = len(set(texts)) / len(texts)
    number = None if members is None else int(members.max()) + 1
    return CorpusScores(entries, own, rows, list(_units(entries)), diversity, number)


Figures = Sequence[Scores | ClaimScores | None]
"""Of each text; None where a floor has no text for it."""


def _floors(entries: Sequence[Entry], seed: int) -> dict[str, Figures]:
    """Figures of texts that do not look at the face, by floor."""
    said = [floor_claims(entry.label) for entry in entries]
    blind: dict[str, Figures] = {}
    for name in dict.fromkeys(name for claims in said for name in claims):
        blind[name] = [
            claim_scores(claims[name], entry.aus) if name in claims else None
            for entry, claims in zip(entries, said, strict=True)
        ]
    if len(entries) > 1:
        by = int(np.random.default_rng(seed).integers(1, len(entries)))
        others = [entries[(i + by) % len(entries)].reasoning for i in range(len(entries))]
        blind[OTHER_FACE] = [
            score(other, entry.aus, entry.label) for other, entry in zip(others, entries, strict=True)
        ]
    return blind


def _fits(floor: str, name: str) -> bool:
    return name in OF_CLAIMS or (name in OF_LABELS and floor == OTHER_FACE)


def _commonest(entries: Sequence[Entry]) -> Values:
    labels = [entry.label for entry in entries]
    top = Counter(label for label in labels if label is not None).most_common(1)[0][0]
    return np.array([np.nan if label is None else float(label == top) for label in labels])


def _row(
    name: str, values: Values, without: Mapping[str, Values], groups: NDArray[np.int64] | None, seed: int
) -> Row:
    sign = -1.0 if name in LOWER_IS_BETTER else 1.0
    gains = {floor: sign * (values - others) for floor, others in without.items()}
    means = {floor: float(np.nanmean(gain)) for floor, gain in gains.items() if np.isfinite(gain).any()}
    hardest = min(means, key=means.__getitem__) if means else None
    gain = None if hardest is None else means[hardest]
    interval = None if hardest is None else bootstrap(gains[hardest], groups=groups, seed=seed)
    return Row(
        name=name,
        value=float(np.nanmean(values)),
        interval=bootstrap(values, groups=groups, seed=seed),
        n=int(np.isfinite(values).sum()),
        floors={floor: float(without[floor][np.isfinite(gains[floor])].mean()) for floor in means},
        hardest=hardest,
        gain=gain,
        gain_interval=interval,
        verdict=None if gain is None else verdict(gain, interval),
    )


def _values(scores: Figures, name: str) -> Values:
    """(n,) a figure of each text, NaN where it has none; their mean is the figure of the corpus."""
    if name == MICRO:
        return micro_f1([None if figures is None else figures.counts for figures in scores])
    values = [None if figures is None else getattr(figures, name) for figures in scores]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def micro_f1(counts: Sequence[Counts | None]) -> Values:
    """(n,) what each text contributes to the F1 of all presences together, which is the mean of the contributions.

    F1 of pooled counts is no mean over texts. These are its linear part at the pooled counts (the delta method), whose
    mean is F1 itself, so that the bootstrap of means holds for it as well. NaN where nothing can be pooled.
    """
    known = np.array([each is not None for each in counts])
    pooled = np.array([(c.asserted, c.true, c.strong, c.named) for c in counts if c is not None], np.float64)
    values = np.full(len(counts), np.nan)
    if not len(pooled):
        return values
    asserted, true, strong, named = pooled.T
    if not (asserted.any() and strong.any()):
        return values
    precision, recall = true.sum() / asserted.sum(), named.sum() / strong.sum()
    total = precision + recall
    if not total:
        values[known] = 0.0
        return values
    by_precision = 2 * recall**2 / total**2 * (true - precision * asserted) / asserted.mean()
    by_recall = 2 * precision**2 / total**2 * (named - recall * strong) / strong.mean()
    values[known] = 2 * precision * recall / total + by_precision + by_recall
    return values


def _units(entries: Iterable[Entry]) -> Iterator[UnitRow]:
    codes = dict.fromkeys(code for entry in entries for code in entry.aus)
    for code in codes:
        if unit(code).part not in ("upper", "lower"):
            continue
        present = claimed = right = named = 0
        for entry in entries:
            claims = [claim for claim in entry.reasoning.claims if claim.present]
            about = [claim for claim in claims if claim.au == code]
            shown = (level(entry.aus, code) or 0.0) >= MISSED
            present += shown
            claimed += bool(about)
            right += bool(about) and all(holds(claim, entry.aus) is not False for claim in about)
            named += shown and any(code in (claim.au, *claim.also) for claim in claims)
        yield UnitRow(code, present, claimed, right, named)


def _line(row: Row) -> str:
    floor = f"{row.floors[row.hardest]:.3f} {row.hardest}" if row.hardest else ""
    gain = "" if row.gain is None else f"{row.gain:+.3f}"
    better = "" if row.hardest is None else "lower" if row.lower_is_better else "higher"
    return (
        f"{row.name:18} {row.value:7.3f} {_range(row.interval):17} {better:6} {floor:31} "
        f"{gain:>6} {_range(row.gain_interval, '+'):17} {SAYS[row.verdict]:17} {row.n}"
    )


def _range(interval: Interval | None, sign: str = "") -> str:
    return f"{interval[0]:{sign}.3f} to {interval[1]:{sign}.3f}" if interval else ""
