"""Intervals cover as often as they say, against scipy and by simulation; verdicts follow the paired difference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from scipy.stats import bootstrap as scipy_bootstrap

from explab.statistics import bootstrap, calibration_error, class_mean, over_seeds, verdict, wilson


def test_bootstrap_is_that_of_scipy() -> None:
    values = np.random.default_rng(3).normal(0.4, 0.2, 60)
    theirs = scipy_bootstrap((values,), np.mean, method="percentile", n_resamples=4000).confidence_interval
    assert bootstrap(values) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_faces_of_one_person_are_drawn_together() -> None:
    people = np.repeat(np.arange(20), 10)
    values = np.random.default_rng(1).normal(0, 1, 20)[people]
    apart, together = bootstrap(values), bootstrap(values, groups=people)
    assert apart is not None
    assert together is not None
    assert together[1] - together[0] > 2.5 * (apart[1] - apart[0])


def test_few_faces_have_no_interval() -> None:
    assert bootstrap(np.arange(4.0)) is None
    assert bootstrap(np.full(9, np.nan)) is None
    assert bootstrap(np.arange(10.0), groups=[0, 1] * 5) is None


def test_classes_count_alike() -> None:
    values, names = np.array([1.0, 1.0, 1.0, 0.0, np.nan]), ["a", "a", "a", "b", "b"]
    assert class_mean(values, names) == 0.5
    assert class_mean(values) == 0.75
    assert class_mean(np.array([np.nan])) is None


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_few_seeds_are_covered(seeds: int) -> None:
    """A bootstrap of three seeds would hold the truth in about three of four experiments."""
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        effects = 0.3 + rng.normal(0, 0.1, (seeds, 1)) + rng.normal(0, 0.3, (1, 40))
        _, (low, high) = over_seeds(effects + rng.normal(0, 0.2, (seeds, 40)), np.arange(40) % 4)
        held += low <= 0.3 <= high
    assert held / 400 >= 0.93


def test_over_seeds_leaves_out_faces_without_a_value() -> None:
    values = np.array([[1.0, 2.0, np.nan], [1.0, 2.0, 9.0]])
    assert over_seeds(values)[0] == 1.5
    with pytest.raises(ValueError, match="two of each"):
        over_seeds(values[:1])


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (17, 30), (1, 1000)])
def test_wilson_is_that_of_scipy(right: int, n: int) -> None:
    theirs = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right, n) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_calibration_error_of_known_cases() -> None:
    sure = np.tile([0.8, 0.2], (10, 1))
    assert calibration_error(sure, np.array([0] * 8 + [1] * 2)) == pytest.approx(0)
    assert calibration_error(sure, np.array([0] * 5 + [1] * 5)) == pytest.approx(0.3)


def test_a_verdict_asks_the_difference() -> None:
    """Faces differ much, the gain on each is small and sure: good, though the intervals of both overlap."""
    rng = np.random.default_rng(0)
    floors = rng.normal(0.5, 0.2, 50)
    values = floors + rng.normal(0.02, 0.01, 50)
    own = bootstrap(values)
    assert own is not None
    assert own[0] < floors.mean()
    gains = values - floors
    assert verdict(float(gains.mean()), bootstrap(gains)) == "good"
    assert verdict(0.1) == verdict(0.1, (-0.1, 0.2)) == "unsure"  # one face, or many that do not agree
    assert verdict(0.0) == verdict(-0.1, (-0.2, 0.1)) == verdict(float("nan")) == "floor"
