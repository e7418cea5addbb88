"""Randomisation finds maps that do not depend on what the model learnt, and leaves the model as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from explab.attribution import metrics

X = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        *(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1),
            nn.ReLU(),
        ),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)),
    ).eval()


def saliency(module: nn.Module) -> torch.Tensor:
    x = X.clone().requires_grad_()
    module(x)[:, 1].sum().backward()
    module.zero_grad(set_to_none=True)
    return x.grad.abs().sum(1)


def edges(_: nn.Module) -> torch.Tensor:
    return X.diff(dim=2, append=X[:, :, :1]).abs().sum(1)


def last_features(module: nn.Module) -> torch.Tensor:
    """Knows nothing of the head: changes only when the convolutions do."""
    with torch.no_grad():
        return module[:5](X).sum(1)


def test_a_map_that_ignores_the_model_stays_and_a_gradient_changes(net):
    assert metrics.randomisation(edges(net), net, edges) == pytest.approx(1)
    changed = metrics.randomisation(saliency(net), net, saliency)
    assert (np.abs(changed) < 0.8).all()


def test_layers_lose_their_weights_from_the_output_down(net):
    found = metrics.cascade(last_features(net), net, last_features)
    assert found.layers == ("7", "3", "1", "0")
    assert found.similarity.shape == (4, 3)
    assert found.similarity[0] == pytest.approx(1)
    assert (np.abs(found.similarity[1:]) < 0.95).all()
    two = metrics.cascade(last_features(net), net, last_features, stages=2)
    assert two.layers == ("3", "0")


def test_similarity_is_spearmans_and_all_weights_are_new_in_the_end(net):
    seen = []

    def watched(module: nn.Module) -> torch.Tensor:
        seen.append({name: weights.detach().clone() for name, weights in module.named_parameters()})
        return saliency(module)

    before = saliency(net)
    learnt = {name: weights.detach().clone() for name, weights in net.named_parameters()}
    found = metrics.cascade(before, net, watched)
    assert all(
        not torch.equal(seen[-1][name], weights) for name, weights in learnt.items() if weights.std() > 0
    )
    assert seen[-1]["0.weight"].std() == pytest.approx(learnt["0.weight"].std().item(), rel=0.2)
    with torch.no_grad():
        for name, weights in net.named_parameters():
            weights.copy_(seen[-1][name])
    last = saliency(net)
    expected = [
        spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(before.numpy(), last.numpy(), strict=True)
    ]
    assert found.similarity[-1] == pytest.approx(expected)


def test_the_module_is_left_as_it_was_even_after_an_error(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    addresses = {name: value.data_ptr() for name, value in net.state_dict().items()}

    def spoils_and_fails(module: nn.Module) -> torch.Tensor:
        module[1].running_mean += 3
        raise RuntimeError("out of memory")

    metrics.randomisation(saliency(net), net, saliency)
    with pytest.raises(RuntimeError, match="out of memory"):
        metrics.randomisation(saliency(net), net, spoils_and_fails)
    after = net.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert addresses == {name: value.data_ptr() for name, value in after.items()}
    assert all(weights.requires_grad and weights.grad is None for weights in net.parameters())


def test_chance_is_seeded(net):
    maps = saliency(net)
    first = metrics.randomisation(maps, net, saliency, seed=4)
    assert np.array_equal(first, metrics.randomisation(maps, net, saliency, seed=4))
    assert not np.array_equal(first, metrics.randomisation(maps, net, saliency, seed=5))


def test_dead_maps_are_left_out(net):
    calls = []

    def dies(module: nn.Module) -> torch.Tensor:
        calls.append(module)
        return edges(module) * (len(calls) < 3)

    assert metrics.randomisation(edges(net), net, dies) == pytest.approx(1)
    assert np.isnan(metrics.randomisation(edges(net), net, lambda _: torch.zeros(3, 16, 16))).all()
    with pytest.raises(metrics.MetricError, match="module with parameters"):
        metrics.randomisation(edges(net), nn.ReLU(), edges)
