"""ROAD against published values, and its imputation against the equations solved one by one."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

import explab as xl
from explab.attribution import metrics
from explab.attribution.metrics import floors
from explab.attribution.metrics.imputation import imputed

PERCENTILES = (20, 40, 60, 80)


@pytest.fixture
def reader() -> torch.nn.Sequential:
    """Four classes, weights that say something, double precision."""
    torch.manual_seed(4)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 5, 2, 2),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(6, 4),
    )
    with torch.no_grad():
        net[0].weight.mul_(8)
        net[4].weight.mul_(6)
    return net.double().eval()


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
        metrics.road_curves(maps, golden_cnn, x, targets, percentiles=PERCENTILES, seed=seed, answer="logit")
        for seed in range(12)
    ]
    by_name = metrics.road_logits(maps, golden_cnn, x, targets, percentiles=PERCENTILES, seed=0)
    assert np.array_equal(by_name, runs[0].combined)
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


def test_the_unit_is_the_spread_of_the_networks_own_logits(reader, pictures):
    with torch.no_grad():
        logits = reader(pictures.double()).numpy()
    by_hand = np.sqrt(np.mean([np.var(row) for row in logits]))
    assert metrics.logit_scale(reader, pictures.double()) == pytest.approx(by_hand, rel=1e-9)
    silent = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 3).double())
    torch.nn.init.zeros_(silent[1].weight)
    torch.nn.init.ones_(silent[1].bias)
    assert np.isnan(metrics.logit_scale(silent, pictures.double()))


def test_road_is_the_margin_in_that_unit(reader, pictures, blurry):
    """Removed pixels filled in and the margin read, picture by picture."""
    maps, x, targets = blurry(5), pictures.double(), [0, 3, 1, 2, 0]
    asked = {"percentiles": (40,), "noise": 0.0}
    found = metrics.road(maps, reader, x, targets, **asked)

    def margin(picture, target):
        with torch.no_grad():
            logits = reader(torch.from_numpy(picture)[None])[0].numpy()
        return logits[target] - np.delete(logits, target).max()

    with torch.no_grad():
        scale = np.sqrt(np.var(reader(x).numpy(), axis=1).mean())
    for i, target in enumerate(targets):
        order = np.argsort(-maps[i].ravel())
        fallen = []
        for removed in (
            order[: 32 * 32 - 410],
            order[410:],
        ):  # 40 percent of 1023 steps, rounded up, are kept
            keep = np.ones(32 * 32, bool)
            keep[removed] = False
            filled = imputed(x[i : i + 1].numpy(), keep.reshape(1, 32, 32))[0]
            fallen.append(margin(filled, target))
        assert found[i] == pytest.approx((fallen[1] - fallen[0]) / 2 / scale, abs=1e-5)


@pytest.mark.parametrize("factor", [0.85, 3.0])
def test_faithfulness_does_not_depend_on_the_scale_of_the_logits(reader, pictures, blurry, factor):
    """The last layer times a number: the same answers, the same maps, so the same figures and the same floors."""
    scaled = deepcopy(reader)
    with torch.no_grad():
        scaled[-1].weight.mul_(factor)
        scaled[-1].bias.mul_(factor)
    points = np.stack([xl.synth.face(seed=3, size=32).landmarks] * 5)
    every = blurry(10, seed=5).reshape(5, 2, 32, 32)
    free = ["road", "insertion_margin", "deletion_margin", "comprehensiveness_margin", "sufficiency_margin"]

    def figures(net):
        with torch.no_grad():  # a CAM, which grows with the layer
            weight = net[-1].weight[:, :, None, None]
            maps = torch.einsum("bchw,kcxy->bhw", net[:2](pictures.double()), weight[1:2]).numpy()
        return metrics.evaluate(
            [*free, "class_margin", "road_logits", "deletion"],
            maps,
            class_maps=every,
            labels=np.array([0, 1, 1, 0, 0]),
            module=net,
            x=pictures.double(),
            target=1,
            landmarks=points,
            percentiles=(50, 80),
            steps=5,
            k=2,
            units=("AU1", "AU4", "AU12", "AU25"),
        )

    before, after = figures(reader), figures(scaled)
    for name in (*free, "class_margin"):
        assert after[name].faces == pytest.approx(before[name].faces, abs=1e-6), name
        assert np.abs(before[name].faces).max() > 1e-3, name
        for floor, values in before[name].floor_faces.items():
            assert after[name].floor_faces[floor] == pytest.approx(values, abs=1e-6, nan_ok=True), (
                name,
                floor,
            )
        assert after[name].difference.mean == pytest.approx(before[name].difference.mean, abs=1e-6)
    assert after["road_logits"].faces == pytest.approx(factor * before["road_logits"].faces, rel=1e-3)
    assert np.abs(after["deletion"].faces - before["deletion"].faces).max() > 1e-3


def test_units_that_do_not_exist(spot, pictures, blurry):
    with pytest.raises(metrics.MetricError, match=r"no answer 'margins'.*did you mean 'margin'"):
        metrics.road_curves(blurry(5), spot, pictures, 1, answer="margins")
    one_logit = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 1))
    with pytest.raises(metrics.MetricError, match="one logit; a margin needs at least two classes"):
        metrics.road(blurry(5), one_logit, pictures)


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
    given = {"percentiles": (30, 70), "noise": 0.2}
    unit = {"scale": metrics.logit_scale(spot, pictures)}
    for measure, options in ((metrics.road, given | unit), (metrics.road_logits, given)):
        together = measure(maps, spot, pictures, 1, **options)
        alone = [measure(maps[[i]], spot, pictures[[i]], 1, **options)[0] for i in range(5)]
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
