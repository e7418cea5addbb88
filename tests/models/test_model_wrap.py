"""`wrap`: any network becomes a `Classifier`, or is told what is wrong with it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution import AttributionError, attribute
from explab.models import ModelError, wrap

SEVEN = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry")


def test_a_network_of_ones_own(small, faces):
    net = small()
    model = wrap(net, layer="maps", classes=SEVEN, size=48, box=(0.1, 0.1, 0.9, 0.9), mean=[0.5], std=[0.25])
    assert model.name == "SmallNet"
    assert model.classes[6] == "Anger"
    assert model.view.mean == (0.5, 0.5, 0.5)
    with torch.no_grad():
        expected = net.eval()(model.prepare(faces)).softmax(1).numpy()
    assert np.allclose(model.probabilities(faces), expected, atol=1e-6)
    assert attribute(model, faces[:2], ["gradcam"]).maps.shape == (1, 2, 48, 48)


def test_an_answer_with_logits(small, faces):
    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = small()

        def forward(self, x):
            return SimpleNamespace(logits=self.net(x))

    inner = wrap(small(), layer="maps", classes=SEVEN, size=48)
    outer = wrap(Wrapped(), layer="net.maps", classes=SEVEN, size=48)
    assert np.array_equal(outer.probabilities(faces), inner.probabilities(faces))


def test_the_network_keeps_its_modes(small):
    net = small().train()
    net.norm.eval()
    wrap(net, layer="maps", classes=SEVEN, size=48)
    assert net.training
    assert net.dropout.training
    assert not net.norm.training
    assert not any(part._forward_hooks for part in net.modules())
    with pytest.raises(AttributionError):
        wrap(net, layer="map", classes=SEVEN, size=48)
    assert net.dropout.training
    assert not net.norm.training
    assert float(net.norm.running_mean.abs().max()) == 0, "the probe is no training data"


def test_wrong_layers_list_those_there_are_with_their_sizes(small):
    with pytest.raises(AttributionError) as error:
        wrap(small(), layer="map", classes=SEVEN, size=48)
    said = str(error.value)
    assert "has no layer 'map'" in said
    assert "norm (8, 12, 12), maps (6, 6, 6)" in said
    assert "'maps'" in said
    with pytest.raises(AttributionError, match="layer 'unused' was not used for these pictures"):
        wrap(small(), layer="unused", classes=SEVEN, size=48)
    with pytest.raises(AttributionError, match=r"\(1, 7\) is no stack of maps"):
        wrap(small(), layer="head", classes=SEVEN, size=48)


def test_wrong_numbers_of_classes(small):
    with pytest.raises(ModelError, match="gives 7 logits, but 6 classes were named"):
        wrap(small(), layer="maps", classes=SEVEN[:6], size=48)
    with pytest.raises(ModelError, match="occurs twice"):
        wrap(small(), layer="maps", classes=(*SEVEN[:6], "sadness"), size=48)
    with pytest.raises(ValueError, match=r"unknown expression 'surprize'.*surprise"):
        wrap(small(), layer="maps", classes=(*SEVEN[:6], "surprize"), size=48)


@pytest.mark.parametrize("layer", ["maps", "no such layer"])
def test_wrong_pictures(small, layer):
    with pytest.raises(ModelError, match=r"take a picture of \(3, 48, 48\).*`size` and `channels`"):
        wrap(small(channels=1), layer=layer, classes=SEVEN, size=48)
    with pytest.raises(ModelError, match=r"take a picture of \(1, 48, 48\)"):
        wrap(small(), layer=layer, classes=SEVEN, size=48, channels=1)


def test_networks_of_transformers_refuse_with_a_value_error():
    from transformers import ViTConfig, ViTForImageClassification

    tiny = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    net = ViTForImageClassification(ViTConfig(**tiny, image_size=32, patch_size=8, num_labels=7))
    with pytest.raises(ModelError, match="take a picture"):
        wrap(net, layer="vit.layernorm", classes=SEVEN, size=48)
    assert wrap(net, layer="vit.layernorm", classes=SEVEN, size=32).size == (32, 32)


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float64])
def test_other_precisions(small, faces, precision):
    model = wrap(small().to(precision), layer="maps", classes=SEVEN, size=48)
    assert model.prepare(faces[:2]).dtype == precision
    exact = wrap(small(), layer="maps", classes=SEVEN, size=48)
    assert np.allclose(model.probabilities(faces), exact.probabilities(faces), atol=0.01)
    names = ["gradcam", "saliency", "integrated_gradients", "au_ablation"]
    assert np.isfinite(attribute(model, faces[:2], names).maps).all()


def test_a_network_without_weights(faces):
    class Colours(nn.Module):
        def __init__(self):
            super().__init__()
            self.maps = nn.AvgPool2d(4)

        def forward(self, x):
            return self.maps(x).mean((2, 3))

    model = wrap(Colours(), layer="maps", classes=SEVEN[:3], size=48, mean=0.5, std=0.25)
    assert model.device == torch.device("cpu")
    expected = torch.from_numpy(model.view.pixels(faces)).float().mean((1, 2)) / 255
    assert np.allclose(model.probabilities(faces), ((expected - 0.5) / 0.25).softmax(1), atol=1e-5)


def test_what_cannot_be_wrapped(small):
    with pytest.raises(ModelError, match="module is a str; expected a network"):
        wrap("resnet", layer="maps", classes=SEVEN)
    with pytest.raises(ModelError, match=r"size=\(64, 48\) is a number of px"):
        wrap(small(), layer="maps", classes=SEVEN, size=(64, 48))
    net = small()
    for layer in (None, net.maps):
        with pytest.raises(AttributionError, match="expected its name"):
            wrap(net, layer=layer, classes=SEVEN, size=48)


def test_odd_normalisation(small):
    with pytest.raises(ModelError, match="three values, or one for all channels"):
        wrap(small(), layer="maps", classes=SEVEN, size=48, mean=[0.5, 0.5])
