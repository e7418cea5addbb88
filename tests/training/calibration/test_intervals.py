"""Intervals that hold nine of ten truths where a unit is there, whatever share of faces shows it."""

from __future__ import annotations

import numpy as np
import pytest

from explab.training.calibration.intervals import ANYTHING, GROUP, GROUPS, MISSED, PRESENT, reach


def drawn(seed: int, n: int = 6000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimates of a unit that one face in ten shows and that a reader damps, misses at times and is unsure of."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.uniform(size=n) < 0.1, rng.uniform(0.1, 1, n), 0.0)
    seen = np.where(rng.uniform(size=n) < 0.3, 0.05, 0.7) * truth + np.abs(rng.normal(0, 0.03, n))
    sd = 0.03 + 0.2 * seen + rng.uniform(0, 0.03, n)
    return np.clip(seen, 0, 1), truth, sd


def held(table: np.ndarray, values: np.ndarray, truth: np.ndarray, sd: np.ndarray) -> np.ndarray:
    group = np.array([(table[0] <= value).sum() - 1 for value in values])
    return (values - table[1, group] * sd <= truth) & (truth <= values + table[2, group] * sd)


def test_present_units_are_held_on_others_at_every_height_of_the_estimate() -> None:
    table = reach(*drawn(0))
    values, truth, sd = drawn(1, 20000)
    inside, there = held(table, values, truth, sd), truth >= PRESENT
    assert inside[there].mean() > 0.9
    assert inside.mean() > 0.9
    thirds = np.searchsorted(np.quantile(values[there], (1 / 3, 2 / 3)), values)
    for third in range(3):
        assert inside[there & (thirds == third)].mean() > 0.88  # a share of 600 faces, within its own error
    # What stood before: 1.96 standard deviations to either side, calibrated over all faces.
    stretch = np.sqrt((((values - truth) / sd) ** 2).mean())
    before = np.abs(values - truth) <= 1.96 * stretch * sd
    assert before.mean() > 0.94
    assert before[there].mean() < 0.8


def test_one_group_by_brute_force() -> None:
    """With one group: the smallest reach that leaves no more than MISSED of the present, and of all, beyond it."""
    rng = np.random.default_rng(3)
    truth = np.concatenate([np.zeros(300), rng.uniform(0.1, 1, GROUP + 30)])
    values = np.clip(truth * 0.6 + rng.normal(0, 0.05, len(truth)), 0, 1)
    sd = rng.uniform(0.05, 0.1, len(truth))
    table = reach(values, truth, sd)
    there = truth >= PRESENT
    for row, beyond in ((1, (values - truth) / sd), (2, (truth - values) / sd)):
        ends = []
        for some in (beyond[there], beyond):
            # One more face, in whichever place: among n + 1 at most a share of MISSED may lie beyond.
            allowed = int(MISSED * (len(some) + 1))
            ends.append(next(end for end in np.sort(some) if (some > end).sum() + 1 <= allowed))
        assert table[row, 0] == pytest.approx(max(0.0, *ends))
    assert table[0, 0] == 0
    assert (table[0, 1:] > 1).all()  # groups that no estimate belongs to


def test_a_unit_that_hardly_occurs_may_be_anything() -> None:
    values, truth, sd = drawn(4, 200)
    assert (truth >= PRESENT).sum() < GROUP
    table = reach(values, truth, sd)
    assert (table[1:] == ANYTHING).all()
    assert held(table, values, truth, sd).all()


def test_no_group_misses_more_than_a_tenth_of_those_it_was_read_off() -> None:
    values, truth, sd = drawn(5)
    table = reach(values, truth, sd)
    inside = held(table, values, truth, sd)
    groups = np.searchsorted(table[0, 1:], values, side="right")
    for group in range(GROUPS):
        chosen = groups == group
        for some in (chosen & (truth >= PRESENT), chosen):
            assert (~inside[some]).mean() <= 2 * MISSED
