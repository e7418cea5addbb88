"""`Check`: a figure beside its floor, what a trivial predictor reaches, with its interval and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
FEWEST = 5
"""Faces from which an interval over them says anything."""


@dataclass(frozen=True)
class Check:
    """One figure about one face or about many.

    Attributes:
        name: what is measured.
        value: the figure. What cannot be computed gives no check.
        floor: what a trivial predictor reaches on the same faces; None where there is none.
        low, high: 95 % bootstrap interval over faces, or None.
        verdict: "good", better than the floor, with its whole interval if it has one; "unsure", better, but the
            interval holds the floor or there is none; "floor", no better; "wrong", a wrong answer.
        text: one sentence that a person understands.
        shown: the value as it is written ("0.91", "2.1 %").
        track: the values at the left and the right end of the track.
    """

    name: str
    value: float
    floor: float | None
    verdict: str
    text: str
    shown: str
    track: tuple[float, float] = (0.0, 1.0)
    low: float | None = None
    high: float | None = None

    def data(self) -> dict[str, Any]:
        """For the front end."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "text": self.text,
            "shown": self.shown,
            **{key: _place(getattr(self, key), self.track) for key in ("value", "floor", "low", "high")},
        }


def _place(value: float | None, track: tuple[float, float]) -> float | None:
    return (
        None if value is None else round(float(np.clip((value - track[0]) / (track[1] - track[0]), 0, 1)), 4)
    )


def judge(value: float, floor: float | None, worst: float | None = None) -> str:
    """The verdict where less is better; `worst` is the bad end of the interval."""
    if floor is None:
        return "unsure"
    if value >= floor:
        return "floor"
    return "good" if worst is None or worst < floor else "unsure"


def over_faces(
    name: str,
    value: float,
    floor: float,
    text: str,
    write: Callable[[float], str],
    track: tuple[float, float],
    ends: tuple[float, float],
    n: int,
    sign: int,
) -> Check:
    """The check of a mean over n faces; `sign` is 1 where less is better, -1 where more is."""
    if n < FEWEST:
        verdict = "floor" if sign * value >= sign * floor else "unsure"
        text += f" Too few faces for an interval, n = {n}."
        return Check(name, value, floor, verdict, text, write(value), track)
    low, high = ends
    verdict = judge(sign * value, sign * floor, sign * (high if sign > 0 else low))
    text += f" 95 % interval {write(low)} to {write(high)}, n = {n}."
    return Check(name, value, floor, verdict, text, write(value), track, low, high)


def interval(values: NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over faces."""
    random = np.random.default_rng(seed)
    means = values[random.integers(0, len(values), (DRAWS, len(values)))].mean(1)
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927): of a few faces, all right, the bootstrap would say 100 % to 100 %."""
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return max(0.0, middle - half), min(1.0, middle + half)


def percent(share: float) -> str:
    """0.31 -> "31 %"."""
    return f"{100 * share:.0f}\u00a0%"
