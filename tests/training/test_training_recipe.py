"""Learning rates against torch's own schedulers, and settings that are not allowed."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn, optim
from torch.optim import lr_scheduler

from explab.training.presets import PRESETS, preset
from explab.training.recipe import Recipe


def rates(schedule, optimizer, n):
    found = []
    for _ in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def sgd(lr):
    return optim.SGD(nn.Linear(1, 1).parameters(), lr)


def test_steps_are_those_of_torch():
    recipe = Recipe(epochs=10, lr=0.3, schedule="steps", warmup=0, decay_every=4, decay=0.9)
    optimizer = sgd(0.3)
    expected = rates(lr_scheduler.StepLR(optimizer, 4, 0.9), optimizer, 10)
    found = [recipe.rate(step, 70, 7) for step in range(70)]
    assert found == pytest.approx([rate for rate in expected for _ in range(7)])
    assert found[-1] == pytest.approx(0.3 * 0.81)


def test_cosine_is_that_of_torch():
    optimizer = sgd(0.2)
    expected = rates(lr_scheduler.CosineAnnealingLR(optimizer, 50), optimizer, 50)
    assert [Recipe(lr=0.2, warmup=0).rate(step, 50, 5) for step in range(50)] == pytest.approx(expected)


def test_warm_up_and_cosine_by_hand():
    recipe = Recipe(lr=1.0, warmup=0.2)
    found = [recipe.rate(step, 20, 5) for step in range(20)]
    assert found[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert found[4:] == pytest.approx([0.5 + 0.5 * math.cos(math.pi * i / 16) for i in range(16)])
    assert 0 < found[-1] < 0.01


def test_constant():
    recipe = Recipe(lr=0.1, schedule="constant", warmup=0.1)
    assert [recipe.rate(step, 20, 5) for step in range(20)] == pytest.approx([0.05] + [0.1] * 19)


@given(
    st.sampled_from(["cosine", "steps", "constant"]),
    st.floats(0, 0.99),
    st.integers(1, 60),
    st.integers(1, 12),
)
def test_no_rate_is_above_the_one_asked_for(schedule, warmup, steps, per_epoch):
    recipe = Recipe(lr=0.1, schedule=schedule, warmup=warmup)
    found = [recipe.rate(step, steps, per_epoch) for step in range(steps)]
    assert all(0 < rate <= 0.1 for rate in found)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"optimiser": "adam"}, "optimiser='adam': there are adamw, sgd"),
        ({"schedule": "linear"}, "schedule='linear': there are cosine, steps, constant"),
        ({"precision": "fp8"}, "precision='fp8': there are no, bf16, fp16"),
        ({"epochs": 0}, "epochs=0 must be a whole number, at least 1"),
        ({"batch": 2.5}, "batch=2.5 must be a whole number"),
        ({"accumulate": 0}, "accumulate=0 must"),
        ({"decay_every": 0}, "decay_every=0 must"),
        ({"ema": 1.0}, r"ema=1.0 must lie in \[0, 1\)"),
        ({"warmup": -0.1}, r"warmup=-0.1 must lie in \[0, 1\)"),
        ({"momentum": 1.0}, r"momentum=1.0 must lie in \[0, 1\)"),
        ({"decay": 0.0}, "decay=0.0 must lie above 0, up to 1"),
        ({"lr": 0.0}, "lr=0.0 must be above 0"),
        ({"lr": math.nan}, "lr=nan must be above 0"),
        ({"weight_decay": -1}, "weight_decay=-1 and .* not below"),
        ({"patience": -1}, "patience=-1 not below"),
    ],
)
def test_values_that_are_not_allowed(wrong, says):
    with pytest.raises(ValueError, match=says):
        Recipe(**wrong)


def test_optimisers():
    net = nn.Linear(3, 2)
    assert isinstance(Recipe().optimizer(net), torch.optim.AdamW)
    descent = Recipe(optimiser="sgd", lr=0.3).optimizer(net)
    assert isinstance(descent, torch.optim.SGD)
    assert all((g["lr"], g["momentum"], g["nesterov"]) == (0.3, 0.9, True) for g in descent.param_groups)
    assert not Recipe(optimiser="sgd", momentum=0).optimizer(net).param_groups[0]["nesterov"]


def test_presets_are_what_the_authors_published():
    """README of the authors: SGD with momentum 0.9, 0.002, 5e-4, 0.9 every 4 epochs, 20 epochs, batch 224, lambda 9."""
    recipe = preset("paper-affectnet").recipe
    assert (recipe.optimiser, recipe.momentum, recipe.lr, recipe.weight_decay) == ("sgd", 0.9, 0.002, 5e-4)
    assert (recipe.schedule, recipe.decay_every, recipe.decay) == ("steps", 4, 0.9)
    assert (recipe.epochs, recipe.batch, preset("paper-affectnet").guidance) == (20, 224, 9)
    assert preset("paper-rafdb").guidance == 4
    for name in ("paper-affectnet", "paper-rafdb"):
        assert (preset(name).profile, preset(name).codebook) == ("paper", "paper")
        assert preset(name).unknown
        assert len(preset(name).departures) >= 10
    assert (PRESETS["mini"].profile, PRESETS["mini"].departures) == ("face", ())
    with pytest.raises(ValueError, match=r"no preset 'minni'; there are mini, .*'mini'"):
        preset("minni")


@pytest.mark.parametrize(
    ("n", "batch"), [(64, 64), (1000, 64), (63, 16), (56, 16), (32, 16), (31, 8), (3, 1), (1, 1)]
)
def test_small_sets_train_in_smaller_batches(n, batch):
    """A batch is full even when half of the pictures are lost."""
    assert Recipe(batch=64).fitting(n).batch == batch
