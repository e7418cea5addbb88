"""The guidance experiment in tables and sentences: each arm beside its own floor, and what guidance changed of that.

A network whose logits fall further when pixels are removed is not more faithful for that: a trivial map removed from it
takes more away as well. So the question is put to the difference of differences, face by face:
(guided - its floor) - (unguided - its floor), the floor being the same trivial map through the same network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics import Score
from explab.attribution.metrics.score import VERDICTS
from explab.statistics import Interval, class_mean, over_seeds, verdict
from explab.words import count

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ARMS = ("unguided", "guided")
KINDS = {"truth": "true", "road": "faithful", "deletion": "faithful", "comprehensiveness": "faithful"}
"""First word of a metric -> what it asks of a map; the others ask whether it is plausible."""

Judged = dict[tuple[str, int, str, str], Score]
"""Arm, seed, method and metric -> its score on the judged faces."""
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Experiment:
    """What came out.

    Attributes:
        table: one row per arm, seed, method and metric, as `Score.row`: value, its hardest floor and the paired
            difference with its interval over faces. The figures of a network on all test faces have no method: "score"
            (accuracy), "recall", "attention_cosine" (ATT-COS as in the paper) and "attention_cosine_layer" (on the
            layer's own grid).
        differences: one row per method and metric, on the faces that have a value in every run: both arms' means over
            seeds beside the same floor, that one of which both arms are least ahead; `difference`, the mean of
            (guided - its floor) - (unguided - its floor), `low` and `high` its 95 % interval over faces and trainings
            (missing for one seed), `verdict` of it by `explab.statistics.verdict` ("good": guidance lifted the maps
            further over their floor); `unguided_verdict` and `guided_verdict` of each arm against all its floors.
        models: folder of each run.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    models: dict[tuple[str, int], Path]

    def lines(self) -> list[str]:
        """The differences as text, and what they say."""
        head = (
            f"{'method':10} {'metric':26} {'unguided':>9} {'floor':>7} {'guided':>9} {'floor':>7}  "
            "change over floor (95 % interval)"
        )
        rows = [
            f"{row.method:10} {row.metric:24} {'↑' if row.better == 'higher' else '↓'} {row.unguided:9.3f} "
            f"{row.unguided_floor:7.3f} {row.guided:9.3f} {row.guided_floor:7.3f}  {row.difference:+.3f} "
            f"({row.low:+.3f} to {row.high:+.3f}) on {row.floor}"
            for row in self.differences.itertuples()
        ]
        return [head, *rows, *self.says()]

    def says(self) -> list[str]:
        """For each metric one sentence: on how many methods guidance helped, did harm, or neither is known."""
        seeds = self.table.seed.nunique()
        return [
            _sentence(str(metric), rows, seeds)
            for metric, rows in self.differences.groupby("metric", sort=False)
        ]

    def plot(self) -> Figure:
        """Every method by every metric, without and with guidance, over its own floor; see `guidance_figure`."""
        from explab.validation.guidance_figure import figure

        return figure(self.differences)


def kind(metric: str) -> str:
    """What a metric asks of a map: "plausible", "faithful" or "true"."""
    return KINDS.get(metric.partition("_")[0], "plausible")


def change(row: Any) -> str:
    """What guidance did to a method by a metric: "better", "worse" or "unsure", from a row of the differences."""
    if row.verdict == "good":
        return "better"
    sign = _sign(row.better)
    low, high = sorted((-sign * row.low, -sign * row.high))
    interval = None if np.isnan(low) else (low, high)
    return "worse" if verdict(-sign * row.difference, interval) == "good" else "unsure"


def _sentence(metric: str, rows: pd.DataFrame, seeds: int) -> str:
    said = [change(row) for row in rows.itertuples()]
    n = {word: said.count(word) for word in ("better", "worse", "unsure")}
    beats = int((rows.guided_verdict == "good").sum())
    sure = (
        f"further over its floor on {n['better']} of {count(len(said), 'method')}, less far on {n['worse']}, "
        f"not decided on {n['unsure']}"
        if seeds > 1
        else f"one training of each kind decides nothing on any of {count(len(said), 'method')}"
    )
    return (
        f"{kind(metric)}, {metric}: with guidance {sure}; better than every floor with guidance on {beats}."
    )


def read(folder: str | Path) -> Experiment:
    """An experiment that was made before, from its two tables.

    Raises:
        FileNotFoundError: a table is missing.
    """
    import pandas as pd

    folder = Path(folder)
    table = pd.read_csv(folder / "table.csv", keep_default_na=False, na_values=[""]).fillna({"method": ""})
    return Experiment(table, pd.read_csv(folder / "differences.csv"), {})


def tables(
    out: Path, overall: Sequence[Mapping[str, Any]], scores: Judged, models: dict[tuple[str, int], Path]
) -> Experiment:
    """The experiment of these scores, its tables written to `out`.

    Args:
        overall: rows of the table that have no method.
    """
    import pandas as pd

    rows = [
        {"arm": arm, "seed": seed, "method": method, **score.row()}
        for (arm, seed, method, _), score in scores.items()
    ]
    pairs = dict.fromkeys((method, metric) for _, _, method, metric in scores)
    differences = [
        {"method": method, "metric": metric, **_difference(*_stacked(scores, method, metric))}
        for method, metric in pairs
    ]
    experiment = Experiment(pd.DataFrame([*overall, *rows]), pd.DataFrame(differences), models)
    experiment.table.to_csv(out / "table.csv", index=False, float_format="%.4f")
    experiment.differences.to_csv(out / "differences.csv", index=False, float_format="%.4f")
    return experiment


def _stacked(
    scores: Judged, method: str, metric: str
) -> tuple[Score, Values, dict[str, Values], Values | None]:
    """One of the scores, and the values, floors and ceiling of all runs, (arms, seeds, faces) each."""
    seeds = list(dict.fromkeys(seed for _, seed, _, _ in scores))
    runs = [[scores[arm, seed, method, metric] for seed in seeds] for arm in ARMS]
    first = runs[0][0]
    values = np.array([[score.faces for score in arm] for arm in runs])
    shared = [
        name for name in first.floor_faces if all(name in score.floor_faces for arm in runs for score in arm)
    ]
    floors = {name: np.array([[score.floor_faces[name] for score in arm] for arm in runs]) for name in shared}
    top = None if first.ceiling_faces is None else np.array([[s.ceiling_faces for s in arm] for arm in runs])
    return first, values, floors, top


def _difference(
    score: Score, values: Values, floors: dict[str, Values], top: Values | None
) -> dict[str, Any]:
    """A row of the differences."""
    sign, worst = _sign(score.better), list(VERDICTS)
    gains = {name: sign * (values - bottom) for name, bottom in floors.items()}
    shared = {name: np.isfinite(gain).all((0, 1)) for name, gain in gains.items()}

    def spread(of: Values, usable: NDArray[np.bool_]) -> tuple[float, Interval | None]:
        """Mean over seeds of the unweighted mean over classes, and its interval, of (seeds, faces) values."""
        some = np.where(usable, of, np.nan)
        if len(of) > 1:
            return over_seeds(some, score.labels)
        return float(class_mean(some[0], score.labels) or 0.0), None

    ahead = {name: [spread(arm, shared[name]) for arm in gains[name]] for name in gains if shared[name].any()}
    hardest = min(ahead, key=lambda name: ahead[name][0][0] + ahead[name][1][0])
    usable = shared[hardest]
    lifted, interval = spread(gains[hardest][1] - gains[hardest][0], usable)
    low, high = sorted(sign * edge for edge in interval) if interval else (np.nan, np.nan)
    row: dict[str, Any] = {"better": score.better, "floor": hardest}
    for number, arm in enumerate(ARMS):
        said = [verdict(*arms[number]) for arms in ahead.values()]
        row |= {
            arm: spread(values[number], usable)[0],
            f"{arm}_floor": spread(floors[hardest][number], usable)[0],
            f"{arm}_verdict": max(said, key=worst.index),
        }
    return row | {
        "difference": sign * lifted,
        "low": low,
        "high": high,
        "verdict": verdict(lifted, interval),
        "ceiling": np.nan if top is None else spread(top[0], usable)[0],
        "n": int(usable.sum()),
    }


def _sign(better: str) -> int:
    return 1 if better == "higher" else -1
