"""ROAD against published values, and its imputation against the equations solved one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explab.attribution import metrics
from explab.attribution.metrics import floors
from explab.attribution.metrics.imputation import imputed

PERCENTILES = (20, 40, 60, 80)


def by_equations(picture, keep):
    """Every missing pixel is the weighted mean of its neighbours: a dense system, written down pixel by pixel."""
    h, w = keep.shape
    a, b = np.eye(h * w), picture.reshape(len(picture), -1).T.copy()
    for y, x in np.argwhere(~keep):
        row = y * w + x
        around = {
            (y + i, x + j): (1 / 12 if i and j else 1 / 6)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (i or j) and 0 <= y + i < h and 0 <= x + j < w
        }
        for (yy, xx), weight in around.items():
            a[row, yy * w + xx] = -weight / sum(around.values())
        b[row] = 0
    return np.linalg.solve(a, b).T.reshape(picture.shape)


def test_missing_pixels_are_the_mean_of_their_neighbours(blurry):
    chance = np.random.default_rng(0)
    pictures = chance.random((4, 3, 12, 15))
    keep = chance.random((4, 12, 15)) < np.array([0.1, 0.5, 0.9, 0.2])[:, None, None]
    keep[3] = blurry(1, (12, 15))[0] > 0.7
    keep[1] = keep[0]  # the same hole in two pictures
    filled = imputed(pictures, keep)
    for one, mask, found in zip(pictures, keep, filled, strict=True):
        assert found == pytest.approx(by_equations(one, mask), abs=1e-10)
        assert np.array_equal(found[:, mask], one[:, mask])


def test_a_picture_of_one_colour_is_restored():
    keep = np.zeros((1, 20, 20), bool)
    keep[0, 7, 3] = True
    assert imputed(np.full((1, 3, 20, 20), 0.7), keep) == pytest.approx(0.7)
    with pytest.raises(metrics.MetricError, match="1 picture without a pixel"):
        imputed(np.zeros((1, 3, 20, 20)), np.zeros((1, 20, 20), bool))


def test_equals_published_values_within_the_noise(golden_cams, golden_cnn):
    maps, x, targets = golden_cams["gradcam"], torch.from_numpy(golden_cams["x"]), golden_cams["targets"]
    runs = [
        metrics.road_curves(maps, golden_cnn, x, targets, percentiles=PERCENTILES, seed=seed)
        for seed in range(12)
    ]
    # Map 1 is zero over most of the picture. There the reference removes all equal pixels at once, up to the whole
    # picture, where chance decides here; only where the percentile falls on distinct values must the two agree.
    distinct = {
        "morf": [
            [(one >= np.percentile(one, p)).sum() <= 1.01 * (100 - p) / 100 * 4096 for one in maps]
            for p in PERCENTILES
        ],
        "lerf": [
            [(1 - one >= np.percentile(1 - one, p)).sum() <= 1.01 * (100 - p) / 100 * 4096 for one in maps]
            for p in PERCENTILES
        ],
    }
    for order in ("morf", "lerf"):
        ours = np.array([getattr(run, order) for run in runs])
        theirs = np.array([golden_cams[f"road_{order}_{p}"] for p in PERCENTILES])
        sure = np.array(distinct[order]) & (np.arange(4) != 1)
        assert sure.sum() == 12
        off = np.abs(theirs - ours.mean(0)) / ours.std(0)
        assert off[sure].max() < 5, order
        assert np.abs(theirs - ours.mean(0))[sure].max() < 1e-4 < np.abs(theirs[sure]).max() / 20
    assert distinct["morf"][3][1]
    assert runs[0].morf[3, 1] == pytest.approx(golden_cams["road_morf_80"][1], abs=1e-4)


def test_combined_is_half_of_what_the_orders_differ(spot, pictures, blurry):
    curves = metrics.road_curves(blurry(5), spot, pictures, 1, percentiles=(30, 70))
    assert curves.morf.shape == curves.lerf.shape == (2, 5)
    expected = [
        ((curves.lerf[0, i] - curves.morf[0, i]) + (curves.lerf[1, i] - curves.morf[1, i])) / 4
        for i in range(5)
    ]
    assert metrics.road(blurry(5), spot, pictures, 1, percentiles=(30, 70)) == pytest.approx(expected)


def test_the_true_map_beats_a_random_map_of_the_same_blur(spot, pictures):
    true = np.zeros((5, 32, 32))
    true[:, 4:12, 8:16] = 1
    true += np.random.default_rng(0).random(true.shape) * 1e-3
    found = metrics.road(true, spot, pictures, 1)
    assert (found > 0.3).all()
    assert metrics.road(-true, spot, pictures, 1) == pytest.approx(-found, abs=0.02)
    control = metrics.road(floors.random(true, seed=3), spot, pictures, 1)
    assert control.mean() < found.mean() / 3


def test_faces_do_not_depend_on_their_batch(spot, pictures, blurry):
    maps = blurry(5)
    together = metrics.road(maps, spot, pictures, 1, percentiles=(30, 70), noise=0.2)
    alone = [
        metrics.road(maps[[i]], spot, pictures[[i]], 1, percentiles=(30, 70), noise=0.2)[0] for i in range(5)
    ]
    assert together == pytest.approx(alone, abs=1e-6)
    assert metrics.road(maps, spot, pictures, 1, percentiles=30) == pytest.approx(
        metrics.road(maps, spot, pictures, 1, percentiles=(30,))
    )


def test_half_precision(spot, pictures, blurry):
    exact = metrics.road(blurry(5), spot, pictures, 1)
    assert metrics.road(blurry(5), spot, pictures.bfloat16(), 1) == pytest.approx(exact, abs=0.05)


def test_nothing_to_try_and_nothing_to_keep(spot, pictures, blurry):
    maps = blurry(5)
    maps[0] = np.nan
    found = metrics.road(maps, spot, pictures, percentiles=(50,))
    assert np.isnan(found).tolist() == [True, False, False, False, False]
    assert np.isnan(metrics.road(np.full((5, 8, 8), np.inf), spot, pictures)).all()
    with pytest.raises(metrics.MetricError, match="above 0 and below 100"):
        metrics.road(maps, spot, pictures, percentiles=(0, 50))


def test_a_constant_map_removes_the_same_random_pixels_everywhere(spot, pictures):
    flat = metrics.road(np.full((5, 8, 8), 0.5), spot, pictures, 1, percentiles=(50,))
    assert np.abs(flat).max() < 0.2
