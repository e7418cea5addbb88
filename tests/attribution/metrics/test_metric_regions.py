"""Pointing game, mass, rank, IoU and AUC against OpenCV, scipy, counting, and chance that breaks ties."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from explab.attribution import metrics

ALL = [metrics.pointing_game, metrics.relevance_mass, metrics.relevance_rank, metrics.iou, metrics.auc]


def square(n: int = 1) -> np.ndarray:
    """(n, 10, 10) with 12 pixels of 1."""
    regions = np.zeros((n, 10, 10))
    regions[:, 2:5, 3:7] = 1
    return regions


def test_masks_are_those_of_otsu(blurry):
    soft = np.concatenate([blurry(4), blurry(4, seed=8) ** 3])
    for one, mask in zip(soft, metrics.binarised(soft), strict=True):
        grey = np.rint(one * 255).astype(np.uint8)
        _, reference = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        assert np.array_equal(mask, reference.astype(bool))
    assert np.array_equal(metrics.binarised(square()), square() > 0)
    assert not metrics.binarised(np.full((2, 4, 4), [[[0.0]], [[1.0]]])).any()


@pytest.mark.parametrize("measure", ALL)
def test_a_perfect_map_gets_one_and_a_map_outside_nothing(measure):
    assert measure(square(2) * 5, square(2)) == pytest.approx([1, 1])
    outside = np.zeros((1, 10, 10))
    outside[0, 7:, :] = np.arange(1, 31).reshape(3, 10)
    expected = (100 - 12 - 30) / 2 / 88 if measure is metrics.auc else 0  # ties with the zeros of the rest
    assert measure(outside, square()) == pytest.approx([expected])


def test_mass_counts_what_speaks_for_the_class():
    maps = np.zeros((1, 10, 10))
    maps[0, 3, 4], maps[0, 8, 8], maps[0, 0, 0] = 3, 1, -10
    assert metrics.relevance_mass(maps, square()) == pytest.approx([0.75])
    assert np.isnan(metrics.relevance_mass(-np.abs(maps), square())).all()


def test_maxima_share_the_point():
    maps = np.zeros((1, 10, 10))
    maps[0, 3, 4] = maps[0, 8, 8] = maps[0, 9, 9] = 2
    assert metrics.pointing_game(maps, square()) == pytest.approx([1 / 3])


def test_rank_and_iou_by_counting(blurry):
    maps, regions = blurry(5), blurry(5, seed=6)
    masks = metrics.binarised(regions)
    for i, (one, mask) in enumerate(zip(maps, masks, strict=True)):
        k = int(mask.sum())
        top = np.zeros(mask.size, bool)
        top[np.argsort(-one.ravel())[:k]] = True
        top = top.reshape(mask.shape)
        assert metrics.relevance_rank(maps, regions)[i] == pytest.approx((top & mask).sum() / k)
        assert metrics.iou(maps, regions)[i] == pytest.approx((top & mask).sum() / (top | mask).sum())


def test_auc_is_that_of_mann_and_whitney(blurry):
    maps, regions = np.round(blurry(5) * 6), blurry(5, seed=6)
    masks = metrics.binarised(regions)
    expected = [
        mannwhitneyu(one[mask], one[~mask]).statistic / (mask.sum() * (~mask).sum())
        for one, mask in zip(maps, masks, strict=True)
    ]
    assert metrics.auc(maps, regions) == pytest.approx(expected)


@pytest.mark.parametrize("measure", [metrics.pointing_game, metrics.relevance_rank])
def test_ties_count_as_chance_would_break_them(blurry, measure):
    maps = np.round(blurry(1, (10, 10), seed=3) * 3) + 1
    chance = np.random.default_rng(0)
    broken = maps + chance.random((4000, 10, 10)) * 1e-3
    mean = measure(broken, square().repeat(4000, 0)).mean()
    assert measure(maps, square())[0] == pytest.approx(mean, abs=0.02)


def test_a_constant_map_gets_what_chance_gets():
    flat = np.full((1, 10, 10), 0.4)
    found = [measure(flat, square())[0] for measure in ALL]
    assert found == pytest.approx([0.12, 0.12, 0.12, 0.12 / 1.88, 0.5])


@pytest.mark.parametrize("measure", ALL)
def test_what_has_no_value_is_missing(blurry, measure):
    maps, regions = blurry(5), blurry(5, seed=5)
    alone = measure(maps, regions)
    spoilt, faded = maps.copy(), regions.copy()
    spoilt[1, 3, 3], spoilt[2], faded[3] = np.inf, 0, 0.5
    found = measure(spoilt, faded, valid=[True, True, True, True, False])
    assert np.isnan(found).tolist() == [False, True, True, True, True]
    assert found[0] == pytest.approx(alone[0])


def test_small_maps_are_enlarged(blurry):
    regions = blurry(2, (28, 28))
    small = np.stack([cv2.resize(one, (7, 7), interpolation=cv2.INTER_AREA) for one in regions])
    large = np.stack([cv2.resize(one, (28, 28)) for one in small])
    assert metrics.auc(small, regions) == pytest.approx(metrics.auc(large, regions), abs=1e-4)
