"""`Check`: a figure beside its floor, what a trivial predictor reaches on the same faces, with a verdict.

Whether a figure is better than its floor is asked of the difference on the same faces, and by one rule for one face and
for many: see `explab.statistics.verdict`. How a check is put into words stands in `explab.widgets.check_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explab.statistics import Interval, bootstrap, verdict, wilson

Better = Literal["higher", "lower"]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Check:
    """One figure about one face or about many.

    Attributes:
        kind: what is measured, a key: "au_error", "agreement", ...
        name: the same as it is written: "Grad-CAM on Happiness".
        value: the figure. What cannot be computed gives no check.
        better: whether a "higher" or a "lower" value is better.
        floors: what trivial predictors reach on the same faces, by name; empty where there is none.
        gain: how much better than the hardest floor, on the same faces; below 0 where it is worse.
        gain_interval: 95 %, of the paired differences over faces; None for one face, or too few.
        interval: 95 %, of the value; None alike.
        n: faces.
        right: whether an answer is right, where it is one; no probability makes a wrong one good.
        about: what its sentence needs besides.
    """

    kind: str
    name: str
    value: float
    better: Better = "higher"
    floors: Mapping[str, float] = field(default_factory=dict)
    gain: float | None = None
    gain_interval: Interval | None = None
    interval: Interval | None = None
    n: int = 1
    right: bool | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hardest(self) -> str | None:
        """Name of the floor that is hardest to beat."""
        return hardest(self.floors, self.better)

    @property
    def floor(self) -> float | None:
        """The floor that is hardest to beat; None where there is none."""
        return None if self.hardest is None else self.floors[self.hardest]

    @property
    def verdict(self) -> str:
        """ "good", "unsure" or "floor" as of `explab.statistics.verdict`; "unsure" without a floor.

        An answer is known to be right, "good", or "wrong".
        """
        if self.right is not None:
            return "good" if self.right else "wrong"
        return "unsure" if self.gain is None else verdict(self.gain, self.gain_interval)


def hardest(floors: Mapping[str, float], better: Better = "higher") -> str | None:
    """The name of the floor that is hardest to beat, None of none."""
    if not floors:
        return None
    return (max if better == "higher" else min)(floors, key=lambda name: floors[name])


def of_face(
    kind: str,
    name: str,
    value: float,
    floors: Mapping[str, float],
    better: Better = "higher",
    *,
    right: bool | None = None,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> Check:
    """The check of one face, which has no interval."""
    barest = hardest(floors, better)
    gain = None if barest is None else _gains(np.array([value]), np.array([floors[barest]]), better)
    return Check(
        kind,
        name,
        value,
        better,
        floors,
        gain=None if gain is None else float(gain[0]),
        right=right,
        about=about,
    )


def over_faces(
    kind: str,
    name: str,
    values: Values,
    floors: Mapping[str, Values],
    better: Better = "higher",
    *,
    groups: Any = None,
    about: Mapping[str, Any] = MappingProxyType({}),
    seed: int = 0,
) -> Check:
    """The check of a mean over n faces, each held against what the floors get on that very face.

    Args:
        kind, name, better, about: as of `Check`.
        values: (n,).
        floors: (n,) for each floor.
        groups: (n,) whose faces they are; whole groups are resampled.
        seed: of the bootstrap.
    """
    means = {floor: float(scores.mean()) for floor, scores in floors.items()}
    barest = hardest(means, better)
    gains = None if barest is None else _gains(values, floors[barest], better)
    return Check(
        kind,
        name,
        float(values.mean()),
        better,
        means,
        gain=None if gains is None else float(gains.mean()),
        gain_interval=None if gains is None else bootstrap(gains, groups=groups, seed=seed),
        interval=bootstrap(values, groups=groups, seed=seed),
        n=len(values),
        about=about,
    )


def of_answers(
    kind: str,
    name: str,
    said: list[str],
    true: list[str],
    classes: int,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> Check:
    """The share of right answers over n faces, beside guessing and beside always saying the most frequent.

    Args:
        kind, name, about: as of `Check`; "common", "right" are added to `about`.
        said, true: n labels.
        classes: how many there are to choose from.
    """
    labels, counts = np.unique(true, return_counts=True)
    common = str(labels[counts.argmax()])
    right = np.array([answer == label for answer, label in zip(said, true, strict=True)], np.float64)
    always = np.array([label == common for label in true], np.float64)
    floors = {"guessing": np.full(len(true), 1 / classes), "majority": always}
    check = over_faces(
        kind, name, right, floors, about={**about, "common": common, "right": int(right.sum())}
    )
    if check.interval is None:
        return check
    low, high = wilson(right.sum(), len(right))
    chance = 1 / classes
    # Of a few faces, all right, a bootstrap would be sure of everything.
    surely = (low - chance, high - chance) if check.hardest == "guessing" else check.gain_interval
    return replace(check, interval=(low, high), gain_interval=surely)


def _gains(values: Values, floors: Values, better: Better) -> Values:
    return values - floors if better == "higher" else floors - values
