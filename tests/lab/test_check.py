"""Checks over many faces: verdicts, floors and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from explab.lab import Check
from explab.lab.check import FEWEST, interval, judge, over_faces, percent, wilson


@pytest.mark.parametrize(
    ("value", "floor", "worst", "verdict"),
    [
        (0.1, 0.2, None, "good"),
        (0.2, 0.2, None, "floor"),
        (0.3, 0.2, None, "floor"),
        (0.1, None, None, "unsure"),
        (0.1, 0.2, 0.15, "good"),
        (0.1, 0.2, 0.25, "unsure"),
    ],
)
def test_less_is_better(value: float, floor: float | None, worst: float | None, verdict: str) -> None:
    assert judge(value, floor, worst) == verdict


def share(value: float, n: int) -> Check:
    return over_faces("right", value, 0.5, "Said.", percent, (0.0, 1.0), wilson(value, n), n, -1)


def test_few_faces_have_no_interval_and_no_certainty() -> None:
    few = share(1.0, FEWEST - 1)
    assert (few.low, few.verdict) == (None, "unsure")
    assert few.text.endswith(f"Too few faces for an interval, n = {FEWEST - 1}.")


def test_a_share_is_good_only_where_its_whole_interval_is() -> None:
    assert [share(v, 20).verdict for v in (0.95, 0.6, 0.5, 0.2)] == ["good", "unsure", "floor", "floor"]
    assert share(0.95, 20).shown == "95\u00a0%"


@pytest.mark.parametrize(("right", "n"), [(7, 7), (3, 20), (50, 100)])
def test_wilson_is_scipys(right: int, n: int) -> None:
    known = stats.binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson(right / n, n) == pytest.approx((known.low, known.high), abs=1e-4)


def test_bootstrap_of_a_mean_is_scipys() -> None:
    values = np.random.default_rng(1).normal(3, 1, 200)
    known = stats.bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(2))
    assert interval(values) == pytest.approx(tuple(known.confidence_interval), abs=0.02)


def test_places_on_the_track() -> None:
    data = Check("error", 0.1, 0.9, "good", "", "0.10", track=(0.0, 0.4)).data()
    assert (data["value"], data["floor"], data["low"]) == (0.25, 1.0, None)
