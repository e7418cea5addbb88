"""Named random numbers: reproducible, independent of the batch and of one another."""

import numpy as np
from scipy import stats

from explab.synth.randomness import Draws, face_seeds


def test_a_face_gets_the_same_numbers_in_any_batch() -> None:
    many = Draws(face_seeds(5, 100))
    late = Draws(face_seeds(5, 10, first=90))
    assert np.array_equal(many.uniform("age", size=(3,))[90:], late.uniform("age", size=(3,)))
    assert np.array_equal(many.choice("style", [1, 2, 3])[90:], late.choice("style", [1, 2, 3]))


def test_asking_for_something_else_changes_nothing() -> None:
    one, two = Draws(face_seeds(1, 50)), Draws(face_seeds(1, 50))
    two.uniform("unrelated")
    assert np.array_equal(one.normal("nose"), two.normal("nose"))


def test_numbers_have_their_distributions() -> None:
    draws = Draws(face_seeds(0, 50_000))
    assert stats.kstest(draws.uniform("u", 2, 5), stats.uniform(2, 3).cdf).pvalue > 0.01
    assert stats.kstest(draws.normal("n", 1, 2, clip=9), stats.norm(1, 2).cdf).pvalue > 0.01
    counts = np.bincount(draws.choice("c", [1, 2, 7]))
    assert stats.chisquare(counts, np.array([0.1, 0.2, 0.7]) * 50_000).pvalue > 0.01
    assert abs(draws.chance("p", 0.3).mean() - 0.3) < 0.01


def test_each_face_may_have_weights_of_its_own() -> None:
    weights = np.tile(np.eye(3), (100, 1))
    assert np.array_equal(Draws(face_seeds(2, 300)).choice("own", weights), np.tile([0, 1, 2], 100))


def test_names_seeds_and_positions_are_independent() -> None:
    draws = Draws(face_seeds(3, 20_000))
    columns = np.column_stack([draws.uniform("a"), draws.uniform("b"), draws.uniform("c", size=(2,))])
    neighbours = np.corrcoef(columns[:-1, 0], columns[1:, 0])[0, 1]
    off = np.corrcoef(columns.T) - np.eye(4)
    assert np.abs(off).max() < 0.03
    assert abs(neighbours) < 0.03


def test_normal_numbers_are_cut_off() -> None:
    assert np.abs(Draws(face_seeds(0, 10_000)).normal("n", sd=2, clip=1.5)).max() == 3.0


def test_negative_and_huge_seeds_work() -> None:
    assert len({int(face_seeds(seed, 1)[0]) for seed in (-1, 0, 1, 2**64, 2**70)}) == 5
