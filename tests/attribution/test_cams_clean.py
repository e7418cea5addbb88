"""Nothing is left behind: no hook, no graph, no picture."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
import torch

from explab.attribution import attribute, cams
from explab.attribution.method import METHODS

LAYER = "7"


def hooks(module) -> int:
    return sum(
        len(part._forward_hooks) + len(part._forward_pre_hooks) + len(part._backward_hooks)
        for part in module.modules()
    )


def tensors() -> int:
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def test_a_hundred_times(net, pictures):
    names = ["cam", "gradcam", "gradcam++", "xgradcam", "hirescam", "layercam", "eigencam", "attention"]
    x = pictures[:2, :, :32, :32]

    def again(times: int) -> None:
        for _ in range(times):
            cams(net, LAYER, x, None, names)

    again(3)
    before = tensors()
    tracemalloc.start()
    again(10)
    gc.collect()
    settled, _ = tracemalloc.get_traced_memory()
    again(90)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - settled
    tracemalloc.stop()
    assert tensors() == before
    assert grown < 20_000
    assert hooks(net) == 0
    assert all(weight.grad is None for weight in net.parameters())


def test_every_method_leaves_no_hook(model, faces):
    names = [name for name, method in METHODS.items() if method.reads != "attention"]
    attribute(model, faces[:1], names)
    before = tensors()
    attribute(model, faces[:2], names)
    assert hooks(model.module) == 0
    assert tensors() == before


def test_errors_clean_up(net, pictures):
    net.train()
    for _ in range(3):
        with pytest.raises(RuntimeError):
            cams(net, LAYER, pictures[:, :2], 0)
        with pytest.raises(ValueError, match="target"):
            cams(net, LAYER, pictures, 99)
    assert hooks(net) == 0
    assert all(part.training for part in net.modules())


def test_error_in_a_changed_picture_cleans_up(net, pictures):
    """The network breaks only when ScoreCAM or AblationCAM asks it again."""
    for name in ("scorecam", "ablationcam"):
        calls = []

        def breaks(_part, _inputs, calls=calls):
            calls.append(1)
            if len(calls) > 1:
                raise ZeroDivisionError

        handle = net[0].register_forward_pre_hook(breaks)
        with pytest.raises(ZeroDivisionError):
            cams(net, LAYER, pictures, 0, name)
        handle.remove()
        assert hooks(net) == 0
