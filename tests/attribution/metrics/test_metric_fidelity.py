"""Infidelity against captum's, and on a classifier for which a perfect map exists."""

from __future__ import annotations

import captum.metrics
import numpy as np
import pytest
import torch

from explab.attribution import metrics
from explab.attribution.metrics.fidelity import patches


@pytest.mark.parametrize("target", [1, [0, 3, 6, 2]])
def test_is_captums_normalised_infidelity(golden_cams, golden_cnn, target):
    x, maps = torch.from_numpy(golden_cams["x"]), golden_cams["layercam"] + 0.1
    drawn = iter(patches((64, 64), 30, seed=5))
    mean = x.mean((2, 3), keepdim=True)

    def perturb(inputs):
        inside = next(drawn).expand_as(inputs)
        return inside.float(), torch.where(inside, mean.expand_as(inputs), inputs)

    expected = captum.metrics.infidelity(
        golden_cnn,
        perturb,
        x,
        torch.from_numpy(maps)[:, None].expand_as(x) / 3,
        target=target if isinstance(target, int) else torch.tensor(target),
        n_perturb_samples=30,
        max_examples_per_batch=4,
        normalize=True,
    )
    found = metrics.infidelity(maps, golden_cnn, x, target, baseline="mean", samples=30, seed=5)
    assert found == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-10)
    assert (found > 0).all()


def test_the_true_map_of_a_linear_model_is_perfect_at_any_scale(spot, pictures):
    # The logit falls by gain / pixels x (picture - mean) summed over what is removed of the spot.
    grey = pictures.mean((2, 3), keepdim=True)
    true = ((pictures - grey).mean(1) * spot.mask).numpy()
    perfect = metrics.infidelity(true, spot, pictures, 1, baseline="mean")
    assert perfect == pytest.approx(0, abs=1e-9)
    assert metrics.infidelity(1000 * true, spot, pictures, 1, baseline="mean") == pytest.approx(0, abs=1e-9)
    elsewhere = metrics.infidelity(true[:, ::-1, ::-1].copy(), spot, pictures, 1, baseline="mean")
    assert (elsewhere > 0.01).all()


def test_a_map_of_nothing_is_off_by_the_falls_themselves(spot, pictures):
    nothing = metrics.infidelity(np.zeros((5, 32, 32)), spot, pictures, 1, samples=7, baseline="mean")
    with torch.no_grad():
        falls = [
            (spot(pictures) - spot(torch.where(p, pictures.mean((2, 3), keepdim=True), pictures)))[:, 1]
            for p in patches((32, 32), 7, seed=0)
        ]
    assert nothing == pytest.approx((torch.stack(falls) ** 2).mean(0).numpy(), rel=1e-4)


def test_patches_lie_inside_and_everywhere():
    drawn = patches((20, 33), 3000, seed=1)
    assert drawn.shape == (3000, 20, 33)
    assert (drawn.sum((1, 2)) == 25).all()
    assert drawn.any(0).all()


def test_faces_do_not_depend_on_their_batch(spot, pictures, blurry):
    maps = blurry(5)
    together = metrics.infidelity(maps, spot, pictures, 1, samples=9)
    alone = [metrics.infidelity(maps[[i]], spot, pictures[[i]], 1, samples=9)[0] for i in range(5)]
    assert together == pytest.approx(alone, rel=1e-5)


def test_what_is_no_map_is_missing(spot, pictures, blurry):
    maps = blurry(5)
    expected = metrics.infidelity(maps, spot, pictures, samples=5)
    maps[1, 2, 3] = np.nan
    found = metrics.infidelity(maps, spot, pictures, samples=5)
    assert np.isnan(found).tolist() == [False, True, False, False, False]
    assert found[2:] == pytest.approx(expected[2:])
    assert np.isnan(metrics.infidelity(maps * np.nan, spot, pictures)).all()
    with pytest.raises(metrics.MetricError, match="samples=0"):
        metrics.infidelity(maps, spot, pictures, samples=0)
