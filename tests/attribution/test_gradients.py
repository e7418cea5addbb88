"""Maps of the picture's own pixels, against captum and against what they must add up to."""

# ruff: noqa: NPY002  captum draws from the global state of numpy
from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution.look import mapped
from explab.attribution.method import GradientSHAP, IntegratedGradients, Occlusion, named
from explab.attribution.method.gradient_shap import plain

TARGETS = torch.tensor([0, 3, 6, 2])
OF_PIXELS = ["saliency", "inputxgradient", "integrated_gradients", "occlusion", "gradientshap"]


def maps_of(net, x, target, *methods):
    return mapped(net, "", x, target, named(methods))[0]


@pytest.fixture
def captum(net, pictures):
    import captum.attr

    def run(name, **options):
        x = pictures.clone().requires_grad_()
        return getattr(captum.attr, name)(net).attribute(x, target=TARGETS, **options).detach()

    return run


def test_saliency_equals_captum(net, pictures, captum):
    (found,) = maps_of(net, pictures, TARGETS, "saliency")
    assert torch.allclose(found, captum("Saliency").amax(1), rtol=1e-5, atol=1e-9)
    assert float(found.max()) > 0


def test_input_times_gradient_equals_captum(net, pictures, captum):
    (found,) = maps_of(net, pictures, TARGETS, "inputxgradient")
    assert torch.allclose(found, captum("InputXGradient").sum(1), rtol=1e-5, atol=1e-8)


def test_integrated_gradients_equal_captum_and_add_up(net, pictures, captum):
    for steps in (3, 50):
        (found,) = maps_of(net, pictures, TARGETS, IntegratedGradients(steps))
        theirs = captum("IntegratedGradients", n_steps=steps).sum(1)
        assert float((found - theirs).abs().max()) < 1e-4 * float(theirs.abs().max())
    (found,) = maps_of(net, pictures, TARGETS, IntegratedGradients(steps=300))
    gained = (net(pictures) - net(torch.zeros_like(pictures))).gather(1, TARGETS[:, None])[:, 0]
    assert torch.allclose(found.sum((1, 2)), gained, atol=1e-3)


def test_occlusion_equals_captum_in_any_chunks(net, pictures, captum):
    (found,) = maps_of(net, pictures, TARGETS, Occlusion(window=1 / 4))
    theirs = captum("Occlusion", sliding_window_shapes=(3, 16, 16), strides=(3, 8, 8))
    assert torch.allclose(found, theirs[:, 0], atol=1e-6)
    assert torch.allclose(theirs[:, 0], theirs[:, 2])


def test_occlusion_finds_the_only_place_that_counts():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2, bias=False))
    with torch.no_grad():
        net[1].weight.zero_()
        net[1].weight.view(2, 3, 32, 32)[1, :, 20, 10] = 1
    (found,) = maps_of(net, torch.ones(1, 3, 32, 32), 1, Occlusion(window=1 / 4))
    assert found[0, 20, 10] == pytest.approx(3)  # every square over it costs the three channels
    assert found[0, :12].abs().max() == 0


def test_gradient_shap_equals_captum_of_one_face(net, pictures):
    from captum.attr import GradientShap

    (found,) = maps_of(net, pictures, TARGETS, GradientSHAP(samples=7, noise=0.2, seed=5))
    x = pictures[1:2]
    np.random.seed(5)
    torch.manual_seed(5)
    noise = 0.2 * float(x.std())
    theirs = GradientShap(net).attribute(x, plain(x), n_samples=7, stdevs=noise, target=3)
    assert torch.allclose(found[1], theirs.sum(1)[0], atol=1e-7)


def test_gradient_shap_of_a_linear_network_is_exact(pictures):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 3))
    (found,) = maps_of(net, pictures[:2], 1, GradientSHAP(samples=400, noise=0))
    for map_, x in zip(found, pictures[:2, None], strict=True):
        expected = (x - plain(x).mean(0)) * net[1].weight[1].detach().view(3, 64, 64)
        scale = float(expected.abs().max())
        assert torch.allclose(map_, expected.sum((0, 1)), atol=0.15 * scale)


def test_gradient_shap_leaves_the_random_states_alone(net, pictures):
    np.random.seed(1)
    torch.manual_seed(1)
    expected = np.random.rand(), torch.rand(1)
    np.random.seed(1)
    torch.manual_seed(1)
    first = maps_of(net, pictures, 0, "gradientshap")
    assert (np.random.rand(), torch.rand(1)) == expected
    assert torch.equal(first[0], maps_of(net, pictures, 0, "gradientshap")[0])
    other = maps_of(net, pictures, 0, GradientSHAP(seed=1))
    assert not torch.equal(first[0], other[0])


def test_batch_equals_single_runs(net):
    x = torch.randn(16, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    targets = torch.arange(16) % 7
    together = maps_of(net, x, targets, *OF_PIXELS)
    for i in range(16):
        alone = maps_of(net, x[i : i + 1], targets[i : i + 1], *OF_PIXELS)
        for name, mine, one in zip(OF_PIXELS, together, alone, strict=True):
            assert torch.allclose(mine[i], one[0], atol=1e-5), name


def test_frozen_network_without_grad(net, pictures):
    expected = maps_of(net, pictures, TARGETS, *OF_PIXELS)
    net.requires_grad_(False)
    with torch.no_grad():
        found = maps_of(net, pictures, TARGETS, *OF_PIXELS)
    for name, one, other in zip(OF_PIXELS, expected, found, strict=True):
        assert torch.equal(one, other), name
