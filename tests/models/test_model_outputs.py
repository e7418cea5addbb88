"""Networks with a softmax or a sigmoid inside, of one class, of several labels: their probabilities are their own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution import attribute, au_effects
from explab.models import ModelError, ModelWarning, wrap

SEVEN = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry")


def wrapped(net, layer="0.maps", classes=SEVEN, **options):
    return wrap(net, layer=layer, classes=classes, size=48, **options)


def asked(net, model, faces):
    with torch.no_grad():
        return net.eval()(model.prepare(faces)).numpy()


def test_a_softmax_inside_is_not_taken_twice(small, faces):
    net = nn.Sequential(small(), nn.Softmax(1))
    net[0].head.bias.data[1] = 14
    with pytest.warns(ModelWarning, match=r"softmax inside.*outputs='logits'"):
        model = wrapped(net)
    expected = asked(net, model, faces)
    assert expected[:, 1].min() > 0.999
    assert np.allclose(model.probabilities(faces), expected, atol=1e-6)
    assert not model.multi_label
    assert len(model.card["remarks"]) == 1
    assert not net._forward_hooks
    with torch.no_grad():
        assert np.array_equal(net(model.prepare(faces)).numpy(), expected), (
            "the network itself answers as before"
        )
    raw = wrapped(net, outputs="logits")
    assert np.allclose(raw.probabilities(faces), torch.from_numpy(expected).softmax(1), atol=1e-6)


def test_a_softmax_inside_is_explained_as_one_outside(small, faces):
    """The log-odds of a class, which hiding units changes, are the same; so is the gradient of the log probability."""
    net = nn.Sequential(small(), nn.Softmax(1))
    inside = wrapped(net, outputs="probabilities")
    outside = wrapped(net[0], "maps")
    effects = [au_effects(model, faces[:1], ("AU12", "AU4"), 1).log_odds for model in (inside, outside)]
    assert np.allclose(*effects, rtol=1e-3, atol=2e-6)
    x = outside.prepare(faces[:1]).requires_grad_()
    net.eval()
    (slope,) = torch.autograd.grad(net[0](x).log_softmax(1)[0, 1], x)
    map = attribute(inside, faces[:1], "saliency", 1)["saliency"][0]
    assert np.allclose(map, slope.abs().amax(1)[0], rtol=1e-3, atol=1e-7)


def test_sigmoids_inside_stay_several_labels(small, faces):
    net = nn.Sequential(small(), nn.Sigmoid())
    net[0].head.bias.data[:] = -8
    net[0].head.bias.data[[1, 3]] = 8
    with pytest.warns(ModelWarning, match="own sigmoid"):
        model = wrapped(net)
    expected = asked(net, model, faces)
    assert model.multi_label
    assert np.allclose(model.probabilities(faces), expected, atol=1e-6)
    assert model.predict(faces[0])[0]["Surprise"] > 0.99
    assert model.predict(faces[0])[0]["Happiness"] > 0.99
    outside = wrapped(net[0], "maps", outputs="sigmoid")
    assert np.allclose(outside.probabilities(faces), expected, atol=1e-6)
    maps = [attribute(model, faces[:2], ["gradcam", "layercam"], 1).maps for model in (model, outside)]
    assert np.allclose(*maps, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("bias", [-20.0, 3.0])
@pytest.mark.parametrize("inside", [True, False])
def test_one_class_has_the_sigmoid_of_its_logit(small, faces, bias, inside):
    net = small()
    net.head = nn.Linear(6, 1)
    net.head.bias.data[:] = bias
    logit = asked(net, wrapped(net, "maps", ("happy",), outputs="logits"), faces)
    expected = 1 / (1 + np.exp(-logit.astype(np.float64)))
    whole = nn.Sequential(net, nn.Sigmoid() if inside else nn.Identity())
    with pytest.warns(ModelWarning):
        model = wrapped(whole, classes=("happy",))
    assert np.allclose(model.probabilities(faces), expected, rtol=1e-3)
    effects = au_effects(model, faces[:1], ("AU12",))
    assert np.isfinite(effects.log_odds).all()
    assert np.isfinite(attribute(model, faces[:1], ["gradcam", "au_ablation"]).maps).all()


def test_logits_are_asked_as_ever_and_without_a_word(small, faces):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = wrapped(small(), "maps")
    assert model.card == {}
    assert np.allclose(model.probabilities(faces).sum(1), 1)
    assert model.probabilities([]).shape == (0, 7)


def test_outputs_that_cannot_be(small):
    with pytest.raises(ModelError, match=r"no outputs 'softmax'; there are auto, logits"):
        wrapped(small(), "maps", outputs="softmax")
    with pytest.raises(ModelError, match=r"gives numbers from -.*outputs='logits'"):
        wrapped(small(), "maps", outputs="probabilities")
