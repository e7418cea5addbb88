"""The loop: killed and gone on with, read when finished, refused when it cannot be right."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny_task
import torch
from safetensors.torch import load_file
from tiny_task import BROKEN, TinyTask
from torch import nn
from torch.nn import functional

from explab.training.errors import TrainingError
from explab.training.loop import LOG, train
from explab.training.recipe import Recipe
from explab.training.state import BEST, STATE

QUICK = Recipe(epochs=3, batch=8, lr=0.05, seed=1)


def run(task, recipe, out, **options):
    return train(task, recipe, out, device="cpu", **options)


def weights(task):
    return {name: value.clone() for name, value in task.module.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_killed_again_and_again_it_ends_with_the_same_bits(tmp_path):
    done = subprocess.run(
        [sys.executable, tiny_task.__file__, tmp_path, "3"],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 4, "killed several times"
    straight, broken = (torch.load(tmp_path / name / STATE) for name in ("straight", "broken"))
    assert straight["run"]["step"] == broken["run"]["step"] == 20
    for part in ("module", "average"):
        assert same(straight[part], broken[part]), part
    first, second = (state["optimizer"]["state"] for state in (straight, broken))
    assert all(same(first[i], second[i]) for i in first)
    best = [load_file(tmp_path / name / BEST) for name in ("straight", "broken")]
    assert same(*best)
    assert (tmp_path / "broken" / LOG).read_bytes() == (tmp_path / "straight" / LOG).read_bytes()
    assert not same(best[0], weights(TinyTask())), "something was learned"


@pytest.mark.parametrize("at", [1, 3, 4, 8])
def test_interrupted_in_a_notebook_the_same_task_goes_on(tmp_path, at):
    """The network is that of the interrupted run, gradients and all, before anything was written."""
    recipe = replace(BROKEN, epochs=2)
    straight = TinyTask()
    history = run(straight, recipe, tmp_path / "straight")
    left = at

    def interrupt(what):
        nonlocal left
        left -= what == "loss"
        if left == 0:
            left = -1
            raise KeyboardInterrupt

    task = TinyTask(moment=interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(task, recipe, tmp_path / "broken", save_every=1e9)
    again = run(task, recipe, tmp_path / "broken", save_every=1e9)
    assert again.rows == history.rows
    assert same(weights(task), weights(straight))


def test_the_log_says_what_was_measured(tmp_path):
    task = TinyTask()
    history = run(task, QUICK, tmp_path)
    table = pd.read_csv(tmp_path / LOG)
    assert list(table["epoch"]) == [1, 2, 3]
    assert history.best == 1 + int(table["val/score"].argmax())
    assert np.allclose(table["train/loss"], history.frame()["train/loss"])
    assert table["train/loss"].iloc[-1] < table["train/loss"].iloc[0]
    task.module.eval()
    with torch.no_grad():  # the network has the weights of the best epoch
        assert task.validate(task.module)["score"] == pytest.approx(table["val/score"].max(), abs=1e-6)
    assert table["lr"].iloc[-1] == pytest.approx(QUICK.rate(14, 15, 5))


def test_the_mean_training_loss_is_that_of_the_batches(tmp_path):
    losses = []

    class Watched(TinyTask):
        def loss(self, module, rows):
            found = super().loss(module, rows)
            losses.append((found[0].item(), rows.tolist()))
            return found

    history = run(Watched(), QUICK, tmp_path)
    assert np.allclose(
        [row["train/ce"] for row in history.rows], np.reshape([value for value, _ in losses], (3, 5)).mean(1)
    )
    for epoch in range(3):  # 40 of 44 samples, none twice, in another order each time
        seen = [row for _, rows in losses[5 * epoch : 5 * epoch + 5] for row in rows]
        assert len(set(seen)) == 40
        assert set(seen) <= set(range(44))
    assert losses[0][1] != losses[5][1]


def test_a_finished_run_is_only_read(tmp_path):
    first = TinyTask()
    history = run(first, QUICK, tmp_path)
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()
    }

    def never(what):
        raise AssertionError(what)

    again = TinyTask(seed=9, moment=never)
    found = run(again, QUICK, tmp_path)
    assert (found.rows, found.best) == (history.rows, history.best)
    assert same(weights(again), weights(first))
    assert before == {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("task", "recipe", "says"),
    [
        ({}, {"lr": 0.1, "epochs": 5}, "recipe.epochs, recipe.lr"),
        ({"plain": True}, {}, "task.plain"),
        ({"n": 40}, {}, "samples"),
    ],
)
def test_another_run_in_the_same_folder(tmp_path, task, recipe, says):
    run(TinyTask(), QUICK, tmp_path)
    state = (tmp_path / STATE).read_bytes()
    with pytest.raises(
        TrainingError, match=f"{tmp_path.name} holds a run with another {re.escape(says)}; name another"
    ):
        run(TinyTask(**task), replace(QUICK, **recipe), tmp_path)
    assert (tmp_path / STATE).read_bytes() == state


def test_a_setting_of_an_older_version_is_named(tmp_path):
    run(TinyTask(), QUICK, tmp_path)
    state = torch.load(tmp_path / STATE)
    state["key"]["recipe"]["warp"] = 1
    torch.save(state, tmp_path / STATE)
    with pytest.raises(TrainingError, match=r"another recipe\.warp"):
        run(TinyTask(), QUICK, tmp_path)


def test_a_loss_that_is_not_finite(tmp_path):
    class Broken(TinyTask):
        calls = 0

        def loss(self, module, rows):
            self.calls += 1
            value, parts = super().loss(module, rows)
            return (value * math.nan if self.calls == 7 else value), parts

    with pytest.raises(
        TrainingError, match=r"the loss is nan at step 7 of 15; lower the learning rate \(0\.05\)"
    ) as error:
        run(Broken(), QUICK, tmp_path)
    assert f"reached before is in {tmp_path}" in str(error.value)
    kept = load_file(tmp_path / BEST)
    assert all(torch.isfinite(value).all() for value in kept.values())
    assert torch.load(tmp_path / STATE)["run"]["step"] == 5


def test_a_score_that_is_not_finite(tmp_path):
    class Broken(TinyTask):
        def validate(self, *_):
            return {"score": math.nan}

    with pytest.raises(TrainingError, match=f"score is nan after epoch 1.*{tmp_path.name}"):
        run(Broken(), QUICK, tmp_path)


def test_fewer_samples_than_a_batch(tmp_path):
    with pytest.raises(TrainingError, match="7 samples to train on, fewer than a batch of 8; lower `batch`"):
        run(TinyTask(n=7), QUICK, tmp_path)


class Scripted(TinyTask):
    """Scores as told, whatever the network says; NumPy's numbers, as figures often are."""

    def __init__(self, scores):
        super().__init__()
        self.scores, self.seen = iter(scores), []

    def validate(self, module):
        self.seen.append({name: value.clone() for name, value in module.state_dict().items()})
        return {"score": np.float64(next(self.scores))}


def test_patience(tmp_path):
    task = Scripted([0.1, 0.5, 0.5, 0.4, 0.9])
    history = run(task, replace(QUICK, epochs=9, patience=2), tmp_path)
    assert [row["val/score"] for row in history.rows] == [0.1, 0.5, 0.5, 0.4]
    assert history.best == 2
    assert same(weights(task), task.seen[1])
    assert not same(task.seen[1], task.seen[3])
    found = run(Scripted([]), replace(QUICK, epochs=9, patience=2), tmp_path)
    assert len(found.rows) == 4, "it is over, not gone on with"


def test_the_moving_average_by_hand(tmp_path):
    """An average does not change what is averaged, so a run without one tells the weights after each step."""
    recipe = replace(QUICK, ema=0.9)
    path = []

    class Watched(TinyTask):
        def loss(self, module, rows):
            path.append({name: value.detach().clone() for name, value in module.named_parameters()})
            return super().loss(module, rows)

    run(Watched(), QUICK, tmp_path / "plain")
    path.append(dict(torch.load(tmp_path / "plain" / STATE)["module"]))
    mean = path[1]
    for after in path[2:]:
        mean = {name: 0.9 * mean[name] + 0.1 * after[name] for name in mean}
    task = Scripted([0.1, 0.2, 0.3])
    run(task, recipe, tmp_path / "mean")
    for name, value in task.module.named_parameters():
        assert torch.allclose(value, mean[name], atol=1e-6), name
        assert not torch.allclose(value, path[-1][name], atol=1e-4), name
    assert same(weights(task), task.seen[-1]), "what is validated is what is kept"


def by_hand(task, recipe, groups):
    """Weights after SGD over groups of rows, one step each on the mean of the batches' losses."""
    optimizer = torch.optim.SGD(task.module.parameters(), recipe.lr, recipe.momentum, nesterov=True)
    for group in groups:
        optimizer.zero_grad()
        torch.stack(
            [functional.cross_entropy(task.module(task.x[rows]), task.y[rows]) for rows in group]
        ).mean().backward()
        optimizer.step()
    return weights(task)


@pytest.mark.parametrize("n", [64, 100])
def test_accumulated_gradients_are_those_of_larger_batches(tmp_path, n):
    """Of 100 samples there are three batches in an epoch, so that every second group has one batch only."""
    recipe = Recipe(
        epochs=3,
        batch=32,
        accumulate=2,
        optimiser="sgd",
        lr=0.1,
        weight_decay=0.0,
        schedule="constant",
        warmup=0,
    )
    rows = []

    class Watched(TinyTask):
        def loss(self, module, at):
            rows.append(at.clone())
            return super().loss(module, at)

    task = Watched(plain=True, n=n)
    run(task, recipe, tmp_path / "parts")
    found = torch.load(tmp_path / "parts" / STATE)["module"]
    per_epoch = n // 32
    epochs = [rows[start : start + per_epoch] for start in range(0, 3 * per_epoch, per_epoch)]
    groups = [group for epoch in epochs for group in (epoch[:2], epoch[2:]) if group]
    expected = by_hand(TinyTask(plain=True, n=n), recipe, groups)
    assert all(torch.allclose(found[name], expected[name], atol=1e-6) for name in expected)
    if n == 64:
        whole = TinyTask(plain=True, n=n)
        run(whole, replace(recipe, batch=64, accumulate=1), tmp_path / "whole")
        stored = torch.load(tmp_path / "whole" / STATE)["module"]
        assert all(torch.allclose(found[name], stored[name], atol=1e-6) for name in stored)
    assert not torch.allclose(expected["0.weight"], TinyTask(plain=True).module[0].weight, atol=1e-2)


def test_norms_and_biases_are_not_decayed():
    net = TinyTask().module
    for name in ("adamw", "sgd"):
        decayed, kept = Recipe(optimiser=name, weight_decay=0.3).optimizer(net).param_groups
        assert (decayed["weight_decay"], kept["weight_decay"]) == (0.3, 0)
        assert {id(p) for p in decayed["params"]} == {id(net[0].weight), id(net[5].weight)}
        assert len(decayed["params"]) + len(kept["params"]) == len(list(net.parameters()))
    net[0].requires_grad_(False)
    assert len(Recipe().optimizer(net).param_groups[0]["params"]) == 1


def test_half_precision_comes_and_goes(tmp_path):
    """What is validated is the average, in float32; afterwards the network computes as it did, as does the next run."""
    seen = set()

    class Watched(TinyTask):
        def loss(self, module, rows):
            with recorded("training", self.module):
                return super().loss(module, rows)

        def validate(self, module):
            with recorded("validating", module):
                found = super().validate(module)
            direct = nn.Sequential(*module)(self.x[self.n :])
            score = -float(functional.cross_entropy(direct, self.y[self.n :]))
            assert found["score"] == pytest.approx(score, abs=1e-6)
            return found

    @contextmanager
    def recorded(when, module):
        handle = module[0].register_forward_hook(lambda _part, _x, out: seen.add((when, out.dtype)))
        yield
        handle.remove()

    task = Watched()
    run(task, replace(QUICK, precision="bf16", ema=0.5), tmp_path / "half")
    assert seen == {("training", torch.bfloat16), ("validating", torch.float32)}
    x = task.x[:4]
    task.module.eval()
    assert torch.equal(task.module(x), nn.Sequential(*task.module)(x)), "no autocast is left behind"
    seen.clear()
    run(Watched(), QUICK, tmp_path / "single")
    assert seen == {("training", torch.float32), ("validating", torch.float32)}


def test_events_are_on_disk_after_every_epoch(tmp_path):
    """A kill must not take the curve along, and an epoch that is trained again must not be there twice."""
    sizes = []

    class Watched(TinyTask):
        def loss(self, module, rows):
            sizes.append(sum(path.stat().st_size for path in (tmp_path / "events").iterdir()))
            return super().loss(module, rows)

    run(Watched(), QUICK, tmp_path)
    assert sizes[4] < sizes[5] == sizes[9] < sizes[10]
