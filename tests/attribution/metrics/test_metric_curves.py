"""Insertion and deletion on a classifier whose reasons are known, and against a loop over single pictures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d

from explab.attribution import AttributionError, metrics


def the_spot(n: int) -> np.ndarray:
    maps = np.zeros((n, 32, 32))
    maps[:, 4:12, 8:16] = 1
    return maps


def by_hand(module, x, one, target, steps, replaced, insert):
    """One picture at a time, pixels in the order of a map without ties."""
    order = np.argsort(-one.ravel())
    curve = []
    for step in range(steps + 1):
        chosen = torch.zeros(32 * 32, dtype=torch.bool)
        chosen[torch.from_numpy(order[: round(step / steps * 1024)].copy())] = True
        chosen = chosen.reshape(32, 32)
        picture = torch.where(chosen == insert, x, replaced)
        curve.append(module(picture[None]).softmax(1)[0, target].item())
    return sum((a + b) / 2 for a, b in pairwise(curve)) / steps


def test_as_by_hand(spot, pictures, blurry):
    maps = blurry(5)
    with torch.no_grad():
        mean = pictures.mean((2, 3), keepdim=True).expand_as(pictures)
        rows = gaussian_filter1d(pictures.numpy().astype(float), 32 / 14, axis=2, mode="mirror", truncate=3)
        blurred = torch.from_numpy(
            gaussian_filter1d(rows, 32 / 14, axis=3, mode="mirror", truncate=3).astype(np.float32)
        )
        for measure, insert in ((metrics.insertion, True), (metrics.deletion, False)):
            for kind, instead in (("mean", mean), ("blur", blurred)):
                found = measure(maps, spot, pictures, 1, baseline=kind, steps=8)
                expected = [
                    by_hand(spot, pictures[i], maps[i], 1, 8, instead[i], insert) for i in range(len(maps))
                ]
                assert found == pytest.approx(expected, abs=1e-5), (measure.__name__, kind)


def test_the_true_pixels_delete_and_insert_the_answer_at_once(spot, pictures):
    true, wrong = the_spot(5), 1 - the_spot(5)
    whole = spot(pictures).softmax(1)[:, 1].detach().numpy()
    nothing = spot(pictures.mean((2, 3), keepdim=True).expand_as(pictures)).softmax(1)[:, 1].detach().numpy()
    gone, back = (
        metrics.deletion(true, spot, pictures, 1),
        metrics.insertion(true, spot, pictures, 1, baseline="mean"),
    )
    # The spot is 1/16 of the picture, over a step and a quarter of 1/20.
    assert gone == pytest.approx(nothing + (whole - nothing) * 0.035, abs=0.01)
    assert back == pytest.approx(whole - (whole - nothing) * 0.035, abs=0.01)
    assert (metrics.deletion(wrong, spot, pictures, 1) > gone + 0.5 * (whole - nothing)).all()
    assert (
        metrics.insertion(wrong, spot, pictures, 1, baseline="mean") < back - 0.5 * (whole - nothing)
    ).all()


def test_faces_do_not_depend_on_their_batch(spot, pictures, blurry):
    maps = np.round(blurry(5) * 3)  # with ties
    together = metrics.deletion(maps, spot, pictures, [0, 1, 1, 0, 1])
    alone = [metrics.deletion(maps[[i]], spot, pictures[[i]], t)[0] for i, t in enumerate([0, 1, 1, 0, 1])]
    assert together == pytest.approx(alone, abs=1e-6)


def test_a_map_that_is_no_map_is_missing_and_the_predicted_class_is_the_default(spot, pictures, blurry):
    maps = blurry(5)
    expected = metrics.insertion(maps, spot, pictures, 1)
    assert (spot(pictures).argmax(1) == 1).all()
    maps[2, 0, 0] = np.nan
    found = metrics.insertion(maps, spot, pictures)
    assert np.isnan(found).tolist() == [False, False, True, False, False]
    assert found[[0, 1, 3, 4]] == pytest.approx(expected[[0, 1, 3, 4]])
    assert np.isnan(metrics.deletion(np.full((5, 4, 4), np.nan), spot, pictures)).all()


def test_the_module_is_left_as_it_was(pictures, blurry):
    module = torch.nn.Sequential(
        *(
            torch.nn.Conv2d(3, 4, 3),
            torch.nn.BatchNorm2d(4),
            torch.nn.Dropout(0.5),
            torch.nn.AdaptiveAvgPool2d(1),
        ),
        *(torch.nn.Flatten(), torch.nn.Linear(4, 3)),
    )
    module.train()
    module[1].eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    first, second = (metrics.deletion(blurry(5), module, pictures) for _ in range(2))
    assert np.array_equal(first, second)  # no dropout
    assert [part.training for part in module] == [True, False, True, True, True, True]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(weight.grad is None for weight in module.parameters())


def test_errors_say_what_does_not_fit(spot, pictures, blurry):
    with pytest.raises(metrics.MetricError, match=r"expected a tensor \(4, channels"):
        metrics.deletion(blurry(4), spot, pictures)
    with pytest.raises(metrics.MetricError, match="class index from 0 to 1"):
        metrics.deletion(blurry(5), spot, pictures, 2)
    with pytest.raises(metrics.MetricError, match="did you mean 'blur'"):
        metrics.deletion(blurry(5), spot, pictures, baseline="blurr")
    with pytest.raises(metrics.MetricError, match="steps=0"):
        metrics.insertion(blurry(5), spot, pictures, steps=0)
    with pytest.raises(AttributionError, match="wrap it in a module that returns its logits"):
        metrics.insertion(blurry(5), torch.nn.Identity(), pictures)
