"""Attention rollout against implementations that go token by token."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution import AttributionError
from explab.attribution.capture import capture_attention
from explab.attribution.look import mapped
from explab.attribution.method import named

X = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def maps_of(net, x, target, *methods):
    return mapped(net, "", x, target, named(methods))[0]


def weights_of(net, x, target):
    """Attention weights of all layers and their gradients, (B, heads, T, T) float64 arrays."""
    answer = net(x, output_attentions=True)
    for weights in answer.attentions:
        weights.retain_grad()
    answer.logits[:, target].sum().backward()
    return (
        [weights.detach().double().numpy() for weights in answer.attentions],
        [weights.grad.double().numpy() for weights in answer.attentions],
    )


@pytest.mark.parametrize("registers", [0, 4])
def test_rollout_equals_a_naive_one(vit, registers):
    net = vit(registers)
    attention, _ = weights_of(net, X, 0)
    (found,) = maps_of(net, X, 0, "rollout")
    tokens = 17 + registers
    for face in range(2):
        flow = np.eye(tokens)
        for layer in attention:
            step = np.zeros((tokens, tokens))
            for to in range(tokens):
                for source in range(tokens):
                    heads = [head[to, source] for head in layer[face]]
                    step[to, source] = 0.5 * sum(heads) / 3 + 0.5 * (to == source)
                step[to] /= step[to].sum()
            flow = step @ flow
        assert np.allclose(found[face], flow[0, 1 + registers :].reshape(4, 4), atol=1e-6)
    assert float(found.std()) > 1e-4


@pytest.mark.parametrize("registers", [0, 4])
def test_gradient_rollout_equals_a_naive_one(vit, registers):
    net = vit(registers)
    attention, gradients = weights_of(net, X, 3)
    (found,) = maps_of(net, X, 3, "gradient_rollout")
    tokens = 17 + registers
    for face in range(2):
        relevance = np.eye(tokens)
        for layer, slope in zip(attention, gradients, strict=True):
            step = np.zeros((tokens, tokens))
            for head in range(3):
                step += np.maximum(layer[face, head] * slope[face, head], 0) / 3
            relevance = relevance + step @ relevance
        expected = relevance[0, 1 + registers :].reshape(4, 4)
        assert np.allclose(found[face], expected, rtol=1e-4, atol=1e-6 * expected.max())
    assert all(
        weight.grad is not None for weight in net.parameters() if weight.ndim > 3
    )  # of weights_of alone


def test_gradient_rollout_knows_its_target_and_rollout_does_not(vit):
    net = vit()
    one, other = (maps_of(net, X, target, "rollout", "gradient_rollout") for target in (0, 1))
    assert torch.equal(one[0], other[0])
    assert not torch.allclose(one[1], other[1])


def test_batch_equals_single_runs(vit):
    net, x = vit(), torch.randn(16, 3, 32, 32)
    names = ("rollout", "gradient_rollout", "saliency")
    together = maps_of(net, x, None, *names)
    for i in range(16):
        for mine, alone in zip(together, maps_of(net, x[i : i + 1], None, *names), strict=True):
            assert torch.allclose(mine[i], alone[0], atol=1e-5)


class Pooled(nn.Module):
    """A transformer with class token whose head reads the mean of the patches behind it."""

    def __init__(self, net):
        super().__init__()
        self.vit, self.classifier = net.vit, net.classifier

    def forward(self, x):
        return self.classifier(self.vit(x).last_hidden_state[:, 1:].mean(1))


def test_a_head_that_pools_patches_is_explained_by_their_rows(vit):
    net = Pooled(vit())
    with capture_attention(net) as attention:
        net(X)[:, 3].sum().backward(inputs=attention)
    weights = [one.detach().double().numpy() for one in attention]
    slopes = [one.grad.double().numpy() for one in attention]
    plain, graded = maps_of(net, X, 3, "rollout", "gradient_rollout")
    for face in range(2):
        flow = relevance = np.eye(17)
        for layer, slope in zip(weights, slopes, strict=True):
            flow = (layer[face].mean(0) / 2 + np.eye(17) / 2) @ flow
            relevance = relevance + np.maximum(layer[face] * slope[face], 0).mean(0) @ relevance
        for found, mixed in ((plain, flow), (graded, relevance)):
            expected = mixed[1:, 1:].mean(0).reshape(4, 4)
            assert np.allclose(found[face], expected, rtol=1e-4, atol=1e-6 * expected.max())
            assert not np.allclose(expected, mixed[0, 1:].reshape(4, 4), rtol=0.1)  # the class token's row


@pytest.mark.parametrize("method", ["rollout", "gradient_rollout"])
def test_fast_kernels_are_switched_off_meanwhile(vit, net, method):
    fast = vit(eager=False)
    (found,), (expected,) = (maps_of(one, X, 0, method) for one in (fast, vit()))
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-7)
    assert fast.config._attn_implementation == "sdpa"
    with pytest.raises(ZeroDivisionError), capture_attention(fast):
        raise ZeroDivisionError
    assert fast.config._attn_implementation == "sdpa"
    with pytest.raises(AttributionError, match="Rollout needs a transformer"):
        maps_of(net, X, 0, method)


def test_attention_within_windows_is_refused():
    from transformers import SwinConfig, SwinForImageClassification

    shape = {"embed_dim": 12, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4}
    swin = SwinForImageClassification(SwinConfig(image_size=32, patch_size=4, **shape))
    swin.set_attn_implementation("eager")
    with pytest.raises(AttributionError, match="within windows"):
        maps_of(swin, X, 0, "rollout")


def test_weights_are_recorded_layer_by_layer(vit):
    net = vit(4)
    with capture_attention(net) as seen:
        net(X)
    assert len(seen) == 3
    for weights, stored in zip(seen, net(X, output_attentions=True).attentions, strict=True):
        assert torch.equal(weights, stored)


def test_weights_handed_on_by_an_outer_block_count_once():
    class Inner(nn.Module):
        def forward(self, x):
            return x, torch.softmax(x[:, None] @ x[:, None].mT, -1)

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def forward(self, x):
            return self.inner(x)

    net = nn.Sequential(Outer())
    with capture_attention(net) as seen:
        _, weights = net(torch.rand(2, 5, 4))
    assert len(seen) == 1
    assert torch.equal(seen[0], weights)
