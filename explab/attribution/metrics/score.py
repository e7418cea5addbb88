"""`Score`: a figure that never stands alone, beside its floors and its interval; `Scores`: a table of them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from explab.attribution.metrics.maps import Values
from explab.words import count

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = {
    "good": "better than every floor",
    "unsure": "not clearly better than its floor",
    "floor": "no better than its floor",
}


@dataclass(frozen=True, eq=False)
class Score:
    """One metric over many faces.

    Attributes:
        name: of the metric.
        value: mean over faces; with labels, the unweighted mean over the classes' means. None where it cannot be
            computed, and `reason` says why.
        interval: 95 % bootstrap interval of the value, or None where there are too few faces for one.
        floors: what maps score that know nothing, by name, on the same faces; those that cannot be computed are not
            among them but in `no_floor`, with the reason.
        n: faces that count.
        better: "higher" or "lower".
        by_class: label -> mean of its faces, where labels were given.
        faces: (B,) the value of each face, NaN where it has none.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None = None
    floors: Mapping[str, float] = field(default_factory=dict)
    no_floor: Mapping[str, str] = field(default_factory=dict)
    n: int = 0
    better: str = "higher"
    reason: str = ""
    by_class: Mapping[Any, float] = field(default_factory=dict)
    faces: Values | None = field(default=None, repr=False)

    @property
    def highest_floor(self) -> str | None:
        """Name of the floor that is hardest to beat: the lowest figure where lower is better."""
        sign = 1 if self.better == "higher" else -1
        return max(self.floors, key=lambda name: sign * self.floors[name]) if self.floors else None

    @property
    def floor(self) -> float | None:
        """The floor that is hardest to beat."""
        name = self.highest_floor
        return None if name is None else self.floors[name]

    @property
    def verdict(self) -> str | None:
        """How the value stands to its floor, None without one of them.

        "good": the whole interval is better; "unsure": the value is, but the interval holds the floor or there is none;
        "floor": the value is no better.
        """
        if self.value is None or self.floor is None:
            return None
        sign = 1 if self.better == "higher" else -1
        if sign * (self.value - self.floor) <= 0:
            return "floor"
        if self.interval is None or min(sign * (end - self.floor) for end in self.interval) <= 0:
            return "unsure"
        return "good"

    @property
    def text(self) -> str:
        """One line that a person understands."""
        if self.value is None:
            return f"{self.name}: missing, {self.reason}"
        spread = "" if self.interval is None else f" [{_short(self.interval[0])}, {_short(self.interval[1])}]"
        floors = ", ".join(f"{name} {_short(value)}" for name, value in self.floors.items())
        verdict = "" if self.verdict is None else f": {VERDICTS[self.verdict]} ({self.highest_floor})"
        absent = "".join(f"; no {name} floor: {why}" for name, why in self.no_floor.items())
        lower = ", lower is better" if self.better == "lower" else ""
        return (
            f"{self.name} {_short(self.value)}{spread} over {count(self.n, 'face')}{lower}; "
            f"{f'floors {floors}' if floors else 'no floor'}{verdict}{absent}"
        )

    def __repr__(self) -> str:
        return f"<Score {self.text}>"

    def _repr_html_(self) -> str:
        return Scores([self])._repr_html_()

    def row(self) -> dict[str, Any]:
        """Everything but the single faces, flat: None where something is missing."""
        low, high = self.interval or (None, None)
        return {
            "metric": self.name,
            "value": self.value,
            "low": low,
            "high": high,
            "floor": self.floor,
            "highest_floor": self.highest_floor,
            "verdict": self.verdict,
            "n": self.n,
            "better": self.better,
            "reason": self.reason,
        }


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
        for one in self._scores:
            if one.name == key:
                return one
        raise KeyError(f"no score {key!r}; there are {', '.join(one.name for one in self._scores)}")

    def lines(self) -> list[str]:
        """One line of text for each score."""
        return [one.text for one in self._scores]

    def rows(self) -> list[dict[str, Any]]:
        """One flat record for each score, ready for JSON."""
        return [one.row() for one in self._scores]

    def to_pandas(self) -> pd.DataFrame:
        """A table with one row for each score."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def __repr__(self) -> str:
        return "\n".join(self.lines()) or "<Scores: none>"

    def _repr_html_(self) -> str:
        heads = ("metric", "value", "95 % interval", "hardest floor", "faces", "verdict")
        head = "".join(f'<th scope="col">{word}</th>' for word in heads)
        body = "".join(f"<tr>{''.join(_cells(one))}</tr>" for one in self._scores)
        return f'<table class="xl-scores"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _short(value: float) -> str:
    """Two decimals; two digits for what is small but not nothing, such as changes of a logit."""
    return f"{value:.2f}" if abs(value) >= 0.095 or value == 0 else f"{value:.2g}"


def _cells(score: Score) -> list[str]:
    spread = "" if score.interval is None else " to ".join(map(_short, score.interval))
    floor = "" if score.floor is None else f"{_short(score.floor)} ({score.highest_floor})"
    arrow = " ↓" if score.better == "lower" else ""
    verdict = score.reason if score.value is None else VERDICTS.get(score.verdict or "", "no floor")
    shown = "missing" if score.value is None else _short(score.value)
    cells = (score.name + arrow, shown, spread, floor, str(score.n), verdict)
    return [f"<td>{html.escape(cell)}</td>" for cell in cells]
