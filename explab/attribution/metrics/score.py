"""`Score`: a figure that never stands alone, with what it is ahead of its floors; `Scores`: a table of them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics.maps import Values
from explab.statistics import Interval, bootstrap, class_mean, verdict
from explab.words import count

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = {
    "good": "better than every floor",
    "unsure": "not clearly better than its floor",
    "floor": "no better than its floor",
}
"""From best to worst."""
ARROWS = {"higher": "↑", "lower": "↓"}


class Difference(NamedTuple):
    """Value minus floor on the same faces: its mean, as of `Score.value`, its 95 % interval, and what that says."""

    mean: float
    interval: Interval | None
    verdict: str


@dataclass(frozen=True, eq=False)
class Score:
    """One metric over many faces, beside its floors on the same faces.

    Attributes:
        name: of the metric.
        faces: (B,) the value of each face, NaN where it has none; None where the metric cannot be computed at all, and
            `reason` says why.
        better: "higher" or "lower".
        reason: why there is no value.
        floor_faces: what maps score that know nothing, by name, (B,) each; those that cannot be computed are not among
            them but in `no_floor`, with the reason.
        no_floor: floor -> why there is none.
        ceiling_faces: (B,) what the perfect map scores, brought through the maps' grid, where there is such a map.
        labels: (B,) classes: means are then unweighted means over the classes' means.
        groups: (B,) faces that belong together: bootstraps draw whole groups.
        seed: of the bootstraps.
    """

    name: str
    faces: Values | None = field(default=None, repr=False)
    better: str = "higher"
    reason: str = ""
    floor_faces: Mapping[str, Values] = field(default_factory=dict, repr=False)
    no_floor: Mapping[str, str] = field(default_factory=dict)
    ceiling_faces: Values | None = field(default=None, repr=False)
    labels: NDArray[Any] | None = field(default=None, repr=False)
    groups: NDArray[Any] | None = field(default=None, repr=False)
    seed: int = 0

    @property
    def value(self) -> float | None:
        """Mean over faces; with labels, the unweighted mean over the classes' means. None where it is missing."""
        return None if self.faces is None else class_mean(self.faces, self.labels)

    @cached_property
    def interval(self) -> Interval | None:
        """95 % bootstrap interval of the value: how much it differs from face to face. None for too few faces."""
        return None if self.faces is None else self._bootstrap(self.faces)

    @property
    def n(self) -> int:
        """Faces that count."""
        return 0 if self.faces is None else int(np.isfinite(self.faces).sum())

    @property
    def by_class(self) -> dict[Any, float]:
        """Label -> mean of its faces, where labels were given."""
        if self.labels is None or self.faces is None:
            return {}
        known = np.isfinite(self.faces)
        names = np.unique(self.labels[known]).tolist()
        return {name: float(self.faces[known & (self.labels == name)].mean()) for name in names}

    @property
    def floors(self) -> dict[str, float]:
        """What each floor scores on the same faces."""
        means = {name: class_mean(values, self.labels) for name, values in self.floor_faces.items()}
        return {name: mean for name, mean in means.items() if mean is not None}

    @property
    def ceiling(self) -> float | None:
        """What the perfect map scores when it is brought through the maps' grid; None where there is no such map."""
        return None if self.ceiling_faces is None else class_mean(self.ceiling_faces, self.labels)

    @cached_property
    def differences(self) -> dict[str, Difference]:
        """Floor -> value minus floor, paired face by face; the interval is of that difference, not of the value."""
        return {} if self.faces is None else {name: self._against(name) for name in self.floors}

    @property
    def highest_floor(self) -> str | None:
        """Name of the floor that is hardest to beat: that with the worst verdict, of several the one it is least ahead
        of, which where lower is better is the lowest figure."""
        worst = list(VERDICTS)
        hardest = sorted(
            self.differences,
            key=lambda name: (
                -worst.index(self.differences[name].verdict),
                self._sign * self.differences[name].mean,
            ),
        )
        return hardest[0] if hardest else None

    @property
    def floor(self) -> float | None:
        """The floor that is hardest to beat."""
        return None if self.highest_floor is None else self.floors[self.highest_floor]

    @property
    def difference(self) -> Difference | None:
        """Value minus the floor that is hardest to beat; None without a floor."""
        return None if self.highest_floor is None else self.differences[self.highest_floor]

    @property
    def verdict(self) -> str | None:
        """How the value stands to its floors, None without one of them; `explab.statistics.verdict` of the worst.

        "good": it is better than every floor, the whole interval of the difference; "unsure": it is better, but an
        interval holds 0 or there is none, as for a single face; "floor": it is no better.
        """
        return None if self.difference is None else self.difference.verdict

    @property
    def text(self) -> str:
        """One line that a person understands."""
        if self.value is None:
            return f"{self.name}: missing, {self.reason}"
        spread = "" if self.interval is None else f" [{_short(self.interval[0])}, {_short(self.interval[1])}]"
        floors = ", ".join(f"{name} {_short(value)}" for name, value in self.floors.items())
        top = "" if self.ceiling is None else f"; ceiling {_short(self.ceiling)}"
        ahead = ""
        if self.difference is not None:
            mean, interval, said = self.difference
            between = "" if interval is None else f" [{_signed(interval[0])}, {_signed(interval[1])}]"
            ahead = f"; {_signed(mean)}{between} on {self.highest_floor}: {VERDICTS[said]}"
        absent = "".join(f"; no {name} floor: {why}" for name, why in self.no_floor.items())
        return (
            f"{self.name} {_short(self.value)}{spread} over {count(self.n, 'face')}, {self.better} is better; "
            f"{f'floors {floors}' if floors else 'no floor'}{top}{ahead}{absent}"
        )

    def __repr__(self) -> str:
        return f"<Score {self.text}>"

    def _repr_html_(self) -> str:
        return Scores([self])._repr_html_()

    def row(self) -> dict[str, Any]:
        """Everything but the single faces, flat: None where something is missing.

        "difference" is value minus the hardest floor, paired, "difference_low" and "difference_high" its interval;
        "low" and "high" are of the value alone and say nothing about floors.
        """
        low, high = self.interval or (None, None)
        mean, interval, said = self.difference or (None, None, None)
        below, above = interval or (None, None)
        return {
            "metric": self.name,
            "value": self.value,
            "low": low,
            "high": high,
            "floor": self.floor,
            "highest_floor": self.highest_floor,
            "difference": mean,
            "difference_low": below,
            "difference_high": above,
            "ceiling": self.ceiling,
            "verdict": said,
            "n": self.n,
            "better": self.better,
            "reason": self.reason,
        }

    @property
    def _sign(self) -> int:
        return 1 if self.better == "higher" else -1

    def _against(self, name: str) -> Difference:
        ahead = self._sign * (np.asarray(self.faces) - self.floor_faces[name])
        mean, interval = class_mean(ahead, self.labels), self._bootstrap(ahead)
        if mean is None:  # floors that have a value have it on faces that have one
            raise ValueError(f"{self.name}: no face has both a value and the floor {name!r}")
        said = verdict(mean, interval)
        if self._sign > 0 or interval is None:
            return Difference(self._sign * mean, interval, said)
        return Difference(-mean, (-interval[1], -interval[0]), said)

    def _bootstrap(self, values: Values) -> Interval | None:
        return bootstrap(values, groups=self.groups, classes=self.labels, seed=self.seed)


class Scores(Sequence[Score]):
    """Several scores, in the order asked for; `scores["cosine"]` is one of them."""

    def __init__(self, scores: Sequence[Score]) -> None:
        self._scores = tuple(scores)

    def __len__(self) -> int:
        return len(self._scores)

    def __iter__(self) -> Iterator[Score]:
        return iter(self._scores)

    def __getitem__(self, key: Any) -> Any:
        """A score by its name or place. Raises `KeyError` for a name that is not among them."""
        if not isinstance(key, str):
            return self._scores[key]
        for score in self._scores:
            if score.name == key:
                return score
        raise KeyError(f"no score {key!r}; there are {', '.join(score.name for score in self._scores)}")

    def lines(self) -> list[str]:
        """One line of text for each score."""
        return [score.text for score in self._scores]

    def rows(self) -> list[dict[str, Any]]:
        """One flat record for each score, ready for JSON."""
        return [score.row() for score in self._scores]

    def to_pandas(self) -> pd.DataFrame:
        """A table with one row for each score."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def __repr__(self) -> str:
        return "\n".join(self.lines()) or "<Scores: none>"

    def _repr_html_(self) -> str:
        heads = (
            "metric",
            "value",
            "hardest floor",
            "difference, 95 % interval",
            "ceiling",
            "faces",
            "verdict",
        )
        head = "".join(f'<th scope="col">{word}</th>' for word in heads)
        body = "".join(f"<tr>{''.join(_cells(score))}</tr>" for score in self._scores)
        return (
            f'<table class="xl-scores"><caption>{CAPTION}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )


CAPTION = "↑ higher is better, ↓ lower is better; difference: value minus floor, paired face by face"


def _short(value: float) -> str:
    """Two decimals; two digits for what is small but not nothing, such as changes of a logit."""
    return f"{value:.2f}" if abs(value) >= 0.095 or value == 0 else f"{value:.2g}"


def _signed(value: float) -> str:
    return f"+{_short(value)}" if value > 0 else _short(value)


def _cells(score: Score) -> list[str]:
    floor = "" if score.floor is None else f"{_short(score.floor)} ({score.highest_floor})"
    ahead = ""
    if score.difference is not None:
        ahead = _signed(score.difference.mean)
        if score.difference.interval is not None:
            ahead += f", {' to '.join(map(_signed, score.difference.interval))}"
    verdict = score.reason if score.value is None else VERDICTS.get(score.verdict or "", "no floor")
    shown = "missing" if score.value is None else _short(score.value)
    top = "" if score.ceiling is None else _short(score.ceiling)
    cells = (f"{score.name} {ARROWS[score.better]}", shown, floor, ahead, top, str(score.n), verdict)
    return [f"<td>{html.escape(cell)}</td>" for cell in cells]
