"""Runs that were stopped, damaged or cannot start: nothing is lost, and what to do is said."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest
import torch
from tiny_task import BROKEN, TinyTask

from explab.training.errors import Stopped, TrainingError
from explab.training.loop import refuse_early, train
from explab.training.recipe import Recipe
from explab.training.state import BEST, STATE

QUICK = Recipe(epochs=3, batch=8, lr=0.05, seed=1)


def run(task, recipe, out, **options):
    return train(task, recipe, out, device="cpu", **options)


def weights(task):
    return {name: value.clone() for name, value in task.module.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("at", [2, 7])
def test_ctrl_c_saves_and_the_run_goes_on_to_the_same_bits(tmp_path, at):
    """It is heard in the middle of a group of batches, and obeyed at its end."""
    straight = TinyTask()
    history = run(straight, BROKEN, tmp_path / "straight")
    left = at

    def press(what):
        nonlocal left
        left -= what == "loss"
        if left == 0:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Stopped, match=r"goes on: state of step (\d+) of 20 in .*broken") as stop:
        run(TinyTask(moment=press), BROKEN, tmp_path / "broken", save_every=1e9)
    step = torch.load(tmp_path / "broken" / STATE)["run"]["step"]
    assert f"step {step} of" in str(stop.value)
    assert at <= step <= at + 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    again = TinyTask()
    assert run(again, BROKEN, tmp_path / "broken").rows == history.rows
    assert same(weights(again), weights(straight))


@pytest.mark.parametrize("damage", [b"", b"PK half a state", b"no state"])
def test_a_damaged_state_is_said(tmp_path, damage):
    run(TinyTask(), QUICK, tmp_path)
    (tmp_path / STATE).write_bytes(damage)
    with pytest.raises(TrainingError, match=r"state\.pt is damaged .* delete .* and train again"):
        run(TinyTask(), QUICK, tmp_path)


def test_best_weights_that_are_missing_or_damaged(tmp_path):
    run(TinyTask(), QUICK, tmp_path)
    (tmp_path / BEST).write_bytes(b"x")
    with pytest.raises(TrainingError, match=r"best\.safetensors is damaged"):
        run(TinyTask(), QUICK, tmp_path)
    (tmp_path / BEST).unlink()
    with pytest.raises(TrainingError, match=r"best\.safetensors is missing"):
        run(TinyTask(), QUICK, tmp_path)


def test_what_is_refused_early(tmp_path):
    run(TinyTask(), QUICK, tmp_path)
    known = {"name": "tiny"}
    refuse_early(known, 44, QUICK, tmp_path, device="cpu")
    with pytest.raises(TrainingError, match=r"another recipe\.lr"):
        refuse_early(known, 44, replace(QUICK, lr=1.0), tmp_path, device="cpu")
    with pytest.raises(TrainingError, match=r"another task\.name"):
        refuse_early({"name": "other"}, 44, QUICK, tmp_path, device="cpu")
    with pytest.raises(TrainingError, match="fewer than a batch"):
        refuse_early(known, 7, QUICK, tmp_path, device="cpu")


def test_devices_and_precisions_that_are_not_there(tmp_path):
    with pytest.raises(
        TrainingError, match=r"no device 'cdua'; there are cpu, cuda, mps; did you mean 'cuda'"
    ):
        train(TinyTask(), QUICK, tmp_path, device="cdua")
    if not torch.cuda.is_available():
        with pytest.raises(TrainingError, match="there is no cuda here"):
            train(TinyTask(), QUICK, tmp_path, device="cuda")
    with pytest.raises(TrainingError, match="a CPU does not train in fp16"):
        run(TinyTask(), replace(QUICK, precision="fp16"), tmp_path)
