"""Networks that people bring: under autocast, in int8, scripted, made in inference mode, with a batch of 1 baked in."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution import AttributionError, attribute, au_effects, cams
from explab.attribution.method import METHODS
from explab.models import Classifier, View

CLASSES = ("Neutral", "Happiness", "Surprise")
ALL = [name for name, method in METHODS.items() if method.reads != "attention"]
UNGRADED = ["scorecam", "ablationcam", "occlusion", "au_ablation"]


def brought(net: nn.Module, layer: str = "2", **options) -> Classifier:
    return Classifier("brought", net, CLASSES, layer, View(64), **options)


def body() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, 2, 2), nn.ReLU(), nn.Conv2d(8, 12, 3, 2, 1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 3),
    ).eval()  # fmt: skip


def static_int8() -> nn.Module:
    torch.backends.quantized.engine = torch.backends.quantized.supported_engines[-1]
    net = torch.ao.quantization.QuantWrapper(body())
    net.qconfig = torch.ao.quantization.default_qconfig
    torch.ao.quantization.prepare(net, inplace=True)
    net(torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    return torch.ao.quantization.convert(net, inplace=True)


def test_autocast_around_attribute_changes_no_map(faces):
    model = brought(body(), "3")
    expected = attribute(model, faces[:2], ALL).maps
    with torch.autocast("cpu", dtype=torch.bfloat16):
        maps = attribute(model, faces[:2], ALL).maps
        effects = au_effects(model, faces[:1]).log_odds
    assert np.array_equal(maps, expected)
    assert np.isfinite(effects).any()


def test_what_is_advised_for_int8_works(faces):
    model = brought(static_int8(), "module.2")
    with pytest.raises(AttributionError, match="computes in int8") as error:
        attribute(model, faces[:1], "gradcam")
    assert all(f"'{name}'" in str(error.value) for name in UNGRADED)
    maps = attribute(model, faces[:2], UNGRADED).maps
    assert np.isfinite(maps).all()
    # The same weights in float32; the effects of hiding small places on an untrained network drown in int8's steps.
    close = attribute(brought(body()), faces[:2], UNGRADED[:2]).maps
    for name, of_int8, of_float in zip(UNGRADED[:2], maps[:2, 0], close[:, 0], strict=True):
        assert np.corrcoef(of_int8.ravel(), of_float.ravel())[0, 1] > 0.8, name


@pytest.mark.parametrize("method", ["gradcam", "saliency", "integrated_gradients"])
def test_dynamic_int8_is_given_as_the_reason(faces, method):
    net = torch.ao.quantization.quantize_dynamic(copy.deepcopy(body()), {nn.Linear}, dtype=torch.qint8)
    with pytest.raises(AttributionError, match="computes in int8"):
        attribute(brought(net), faces[:1], method)
    assert np.isfinite(attribute(brought(net), faces[:1], UNGRADED).maps).all()


@pytest.mark.parametrize("method", ["gradcam", "saliency", "integrated_gradients"])
def test_weights_made_in_inference_mode(faces, method):
    with torch.inference_mode():
        net = body()
    with pytest.raises(AttributionError, match=r"made in torch\.inference_mode\(\).*outside; 'scorecam'"):
        attribute(brought(net), faces[:1], method)
    assert np.isfinite(attribute(brought(net), faces[:1], UNGRADED).maps).all()


def test_scripted_networks():
    with pytest.raises(AttributionError, match="scripted network"):
        cams(torch.jit.script(body()), "2", torch.randn(1, 3, 64, 64), 0, "gradcam")


class OneAtATime(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = body()

    def forward(self, x):
        return self.net[6](self.net[:5](x).view(1, 12))


def test_a_batch_of_one_baked_in(faces):
    model = brought(OneAtATime(), "net.2")
    for call in (model.predict, lambda faces: attribute(model, faces, "gradcam")):
        with pytest.raises(AttributionError, match=r"one picture at a time and was given 3 .*batch_size=1"):
            call(faces[:3])
    model = replace(model, batch_size=1)
    free = brought(body())
    assert np.allclose(model.probabilities(faces), free.probabilities(faces), atol=1e-6)
    names = [name for name in ALL if name not in ("cam", "integrated_gradients", "gradientshap")]
    maps = [attribute(one, faces[:2], names).maps for one in (model, free)]
    assert np.allclose(*maps, atol=1e-4)
    assert np.allclose(
        *(au_effects(one, faces[:2]).log_odds for one in (model, free)), atol=1e-4, equal_nan=True
    )
    assert np.isfinite(attribute(model, faces[:2], ["integrated_gradients", "gradientshap"]).maps).all()
