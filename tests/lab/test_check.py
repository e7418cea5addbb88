"""Checks: the verdict asks the paired difference, by one rule for one face and for many, whichever way is better."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from explab.lab import Check
from explab.lab.check import of_answers, of_face, over_faces
from explab.statistics import FEWEST
from explab.widgets.check_words import data, sentence


@pytest.mark.parametrize(
    ("value", "floor", "better", "verdict"),
    [
        (0.1, 0.2, "lower", "unsure"),
        (0.2, 0.2, "lower", "floor"),
        (0.3, 0.2, "lower", "floor"),
        (0.3, 0.2, "higher", "unsure"),
        (0.1, 0.2, "higher", "floor"),
    ],
)
def test_one_face_is_never_sure(value: float, floor: float, better: str, verdict: str) -> None:
    check = of_face("au_error", "AU error", value, {"mean face": floor}, better, about={"units": 3})  # type: ignore[arg-type]
    assert check.verdict == verdict
    few = over_faces("au_error", "AU error", np.array([value]), {"f": np.array([floor])}, better)  # type: ignore[arg-type]
    assert few.verdict == verdict
    assert f"{better.capitalize()} is better." in sentence(check)


def test_without_a_floor_nothing_is_sure() -> None:
    assert of_face("au_error", "AU error", 0.1, {}, "lower", about={"units": 1}).verdict == "unsure"


def test_a_small_gain_on_every_face_is_good_though_faces_differ_much() -> None:
    """An interval of the value beside a floor without one would say "unsure": faces differ more than the gain."""
    rng = np.random.default_rng(0)
    floors = rng.normal(0.5, 0.2, 40)
    values = floors + rng.normal(0.03, 0.02, 40)
    check = over_faces("map_agreement", "Map agreement", values, {"canonical face": floors})
    assert check.interval is not None
    assert check.floor is not None
    assert check.interval[0] < check.floor
    assert check.verdict == "good"
    assert check.gain == pytest.approx((values - floors).mean())
    theirs = stats.bootstrap((values - floors,), np.mean, method="percentile").confidence_interval
    assert check.gain_interval == pytest.approx((theirs.low, theirs.high), abs=0.003)
    worse = over_faces("map_agreement", "Map agreement", values, {"canonical face": floors}, "lower")
    assert worse.verdict == "floor"
    assert worse.gain == -check.gain


def test_the_hardest_floor_is_the_one_of_the_whole_not_of_each_face() -> None:
    easy, hard = np.array([0.9, 0.1, 0.1]), np.array([0.4, 0.4, 0.4])
    check = over_faces("agreement", "CAM", np.full(3, 0.5), {"easy": easy, "hard": hard})
    assert (check.hardest, check.floor) == ("hard", pytest.approx(0.4))


def answers(right: int, n: int) -> Check:
    true = ["a", "b"] * (n // 2) + ["a"] * (n % 2)
    said = [label if i < right else "c" for i, label in enumerate(true)]
    return of_answers("expression_right", "Expression right", said, true, 8)


def test_few_answers_have_no_interval_and_no_certainty() -> None:
    few = answers(FEWEST - 1, FEWEST - 1)
    assert (few.interval, few.verdict) == (None, "unsure")
    assert f"Too few faces for an interval, n = {FEWEST - 1}." in sentence(few)


def test_answers_are_held_against_the_most_frequent_label_face_by_face() -> None:
    assert [answers(right, 40).verdict for right in (40, 22, 20, 8)] == ["good", "unsure", "floor", "floor"]
    check = answers(38, 40)
    known = stats.binomtest(38, 40).proportion_ci(0.95, method="wilson")
    assert check.interval == pytest.approx((known.low, known.high), abs=1e-4)
    assert (check.hardest, check.floor) == ("majority", 0.5)
    assert data(check)["shown"] == "95\u00a0%"


def test_guessing_is_the_floor_of_many_even_classes() -> None:
    labels = [f"class {i}" for i in range(8)]
    check = of_answers("expression_right", "Expression right", labels, labels, 4)
    assert (check.hardest, check.floor) == ("guessing", 0.25)
    low, high = stats.binomtest(8, 8).proportion_ci(0.95, method="wilson")
    assert check.gain_interval == pytest.approx((low - 0.25, high - 0.25), abs=1e-4)


def test_places_on_the_track() -> None:
    check = of_face("au_error", "AU error", 0.1, {"mean face": 0.9}, "lower", about={"units": 2})
    places = data(check)
    assert (places["value"], places["floor"], places["low"]) == (0.25, 1.0, None)
