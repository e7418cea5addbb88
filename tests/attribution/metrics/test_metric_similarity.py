"""Cosine, Pearson, Spearman and class margin against scipy, OpenCV and hand-made maps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from scipy.spatial.distance import cosine as cosine_distance
from scipy.stats import pearsonr, spearmanr

from explab.attribution import metrics
from explab.training.alignment import Alignment


def stretched(one):
    return (one - one.min()) / (one.max() - one.min())


def test_cosine_is_that_of_the_stretched_map(blurry):
    maps, regions = blurry(4) * 7 - 3, blurry(4, seed=9)
    expected = [
        1 - cosine_distance(stretched(m).ravel(), r.ravel()) for m, r in zip(maps, regions, strict=True)
    ]
    assert metrics.cosine(maps, regions) == pytest.approx(expected, abs=1e-12)


def test_cosine_resizes_as_pictures_are_resized(blurry):
    maps, regions = blurry(3, (7, 9)), blurry(3, (63, 54), seed=2)
    expected = [
        1 - cosine_distance(cv2.resize(stretched(m), (54, 63)).ravel(), r.ravel())
        for m, r in zip(maps, regions, strict=True)
    ]
    assert metrics.cosine(maps, regions) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [(7, 7), (40, 44)])
def test_attention_is_resized_clipped_and_lifted_but_not_stretched(blurry, size):
    maps, regions = blurry(3, size) + np.array([0.5, 0.0, -0.3])[:, None, None], blurry(3, (28, 30), seed=4)
    expected = []
    for one, region in zip(maps, regions, strict=True):
        large = torch.nn.functional.interpolate(
            torch.from_numpy(one)[None, None],
            size=(28, 30),
            mode="bilinear",
            align_corners=True,
            antialias=True,
        )[0, 0].numpy()
        large = np.clip(large, one.min(), one.max())
        large = large - min(large.min(), 0)
        expected.append(1 - cosine_distance(large.ravel(), region.ravel()))
    assert metrics.attention_cosine(maps, regions) == pytest.approx(expected, abs=1e-9)
    # What is constant is added to every pixel, so it raises the cosine of a map that is not stretched.
    assert metrics.attention_cosine(regions, regions) == pytest.approx(1)
    assert (metrics.attention_cosine(regions + 1, regions) < 0.99).all()
    assert metrics.cosine(regions + 1, regions) == pytest.approx(1)


def test_attention_at_its_own_grid_is_what_training_raises(blurry):
    attention, regions = blurry(4, (7, 7)) - 0.2, blurry(4, (28, 28), seed=4)
    align = Alignment(["any"])
    far = [
        float(align(torch.from_numpy(a)[None], torch.from_numpy(r)[None], torch.tensor([True])))
        for a, r in zip(attention, regions, strict=True)
    ]
    assert metrics.attention_cosine_layer(attention, regions) == pytest.approx(1 - np.array(far), abs=1e-9)
    assert not np.allclose(
        metrics.attention_cosine_layer(attention, regions),
        metrics.attention_cosine(attention, regions),
        atol=0.01,
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(metrics.pearson, pearsonr), (metrics.spearman, spearmanr)],
    ids=["pearson", "spearman"],
)
def test_correlations_are_those_of_scipy(blurry, ours, theirs):
    maps = np.round(blurry(4) * 10)  # with ties
    others = blurry(4, seed=3)
    expected = [theirs(m.ravel(), o.ravel()).statistic for m, o in zip(maps, others, strict=True)]
    assert ours(maps, others) == pytest.approx(expected, abs=1e-10)
    assert ours(-maps, others) == pytest.approx([-x for x in expected], abs=1e-10)


def test_a_perfect_map_and_a_map_elsewhere():
    regions = np.zeros((2, 16, 16))
    regions[:, 2:6, 3:9] = 1
    elsewhere = np.zeros_like(regions)
    elsewhere[:, 10:14, 3:9] = 1
    assert metrics.cosine(3 * regions, regions) == pytest.approx(1)
    assert metrics.cosine(elsewhere, regions) == pytest.approx(0)
    assert metrics.pearson(regions, regions) == pytest.approx(1)
    assert (metrics.pearson(elsewhere, regions) < 0).all()


@pytest.mark.parametrize(
    "measure", [metrics.cosine, metrics.attention_cosine, metrics.attention_cosine_layer, metrics.pearson]
)
def test_what_has_no_value_is_missing_and_leaves_the_others_alone(blurry, measure):
    maps, regions = blurry(6), blurry(6, seed=5)
    alone = measure(maps, regions)
    spoilt, faded = maps.copy(), regions.copy()
    spoilt[1, 3, 3], spoilt[2], faded[4] = np.nan, 0, 0
    found = measure(spoilt, faded, valid=[True, True, True, False, True, True])
    assert np.isnan(found).tolist() == [False, True, True, True, True, False]
    assert found[[0, 5]] == pytest.approx(alone[[0, 5]], abs=1e-12)
    assert np.isnan(measure(maps, regions, valid=np.zeros(6, bool))).all()


def test_a_constant_map_counts_as_ones_for_the_cosine_alone(blurry):
    regions = blurry(2)
    flat = np.full_like(regions, 0.3)
    expected = regions.sum((1, 2)) / np.sqrt((regions**2).sum((1, 2)) * regions[0].size)
    assert metrics.cosine(flat, regions) == pytest.approx(expected)
    assert np.isnan(metrics.pearson(flat, regions)).all()


def test_tensors_are_as_good_as_arrays(blurry):
    maps, regions = blurry(3, (8, 8)).astype(np.float32), blurry(3).astype(np.float32)
    tensors = torch.from_numpy(maps).requires_grad_(), torch.from_numpy(regions)
    assert np.array_equal(metrics.cosine(*tensors), metrics.cosine(maps, regions))


def test_the_margin_is_what_the_own_class_is_ahead(blurry):
    every = blurry(3, seed=1)[None].repeat(4, 0)
    maps = every[np.arange(4), [0, 1, 2, 0]]
    table = np.array([[metrics.cosine(a[None], b[None])[0] for b in every[0]] for a in every[0]])
    np.fill_diagonal(table, -1)
    assert metrics.class_margin(maps[:3], every[:3], np.arange(3)) == pytest.approx(1 - table.max(1))
    assert metrics.class_margin(maps[3:], every[3:], np.array([1])) == pytest.approx([table[0, 1] - 1])


def test_the_margin_is_missing_without_a_rival_or_without_an_own_map(blurry):
    every = blurry(3, seed=1)[None].repeat(4, 0)
    every[1, 2] = 0  # the own map
    every[2, :2] = 0  # all rivals
    every[3, 0] = 0  # one rival
    found = metrics.class_margin(every[0, [2]].repeat(4, 0), every, np.array([-1, 2, 2, 2]))
    assert np.isnan(found).tolist() == [True, True, True, False]


def test_shapes_that_do_not_fit_are_named(blurry):
    with pytest.raises(metrics.MetricError, match=r"maps have shape \(32, 32\).*maps\[None\]"):
        metrics.cosine(blurry(1)[0], blurry(1))
    with pytest.raises(metrics.MetricError, match="3 maps but 2 au_maps"):
        metrics.pearson(blurry(3), blurry(2))
    with pytest.raises(metrics.MetricError, match="valid has shape"):
        metrics.cosine(blurry(3), blurry(3), valid=[True])
    with pytest.raises(metrics.MetricError, match="labels must be 2 whole numbers below 3"):
        metrics.class_margin(blurry(2), blurry(3)[None].repeat(2, 0), ["Anger", "Fear"])
