"""The alignment term against the paper's formula and its kin, each written down a second time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial import distance
from torch import nn
from torch.nn import functional

from explab.attribution.scaling import resized_as_attention
from explab.training.alignment import DISTANCES, Alignment


@pytest.fixture
def attention():
    return torch.rand(5, 7, 7, generator=torch.Generator().manual_seed(1)) + 0.1


@pytest.fixture
def maps():
    """AU maps of the layer's size, so that nothing is resized; half of each is empty."""
    drawn = torch.rand(5, 7, 7, generator=torch.Generator().manual_seed(2))
    return (drawn - 0.5).clamp(min=0) * 2


ALL = torch.ones(5, dtype=torch.bool)


def pearson(a, b):
    return 1 - stats.pearsonr(a, b)[0]


def kl(a, b):
    weight = np.exp(a - a.max())
    return stats.entropy(b / b.sum(), weight / weight.sum())


def outside(a, b):
    return float((a * (1 - b)).sum() / a.sum())


@pytest.mark.parametrize(
    ("name", "independent"),
    [("cosine", distance.cosine), ("centred", pearson), ("kl", kl), ("mass", outside)],
)
def test_distances_face_by_face(attention, maps, name, independent):
    rows = attention.flatten(1).double().numpy(), maps.flatten(1).double().numpy()
    expected = [independent(a, b) for a, b in zip(*rows, strict=True)]
    assert np.ptp(expected) > 0.01
    found = DISTANCES[name](attention.flatten(1), maps.flatten(1))
    assert np.allclose(found.numpy(), expected, atol=1e-5)
    term = Alignment(["x"], name)(attention, maps, ALL)
    assert float(term) == pytest.approx(np.mean(expected), abs=1e-5)


def test_every_distance_is_independent_of_how_bright_the_attention_is_but_kl(attention, maps):
    for name, far in DISTANCES.items():
        a, b = far(attention.flatten(1), maps.flatten(1)), far(3 * attention.flatten(1), maps.flatten(1))
        assert torch.allclose(a, b, atol=1e-5) == (name != "kl"), name


def test_an_even_attention_scores_nothing_when_centred(maps):
    even = torch.full((5, 49), 0.3)
    assert torch.allclose(DISTANCES["centred"](even, maps.flatten(1)), torch.ones(5), atol=1e-4)
    assert float(DISTANCES["cosine"](even, maps.flatten(1)).mean()) < 0.7


def test_only_valid_faces_count(attention, maps):
    valid = torch.tensor([True, False, True, False, False])
    align = Alignment(["x"])
    expected = np.mean([distance.cosine(attention[i].flatten(), maps[i].flatten()) for i in (0, 2)])
    assert float(align(attention, maps, valid)) == pytest.approx(expected, abs=1e-6)
    attention.requires_grad_()
    align(attention, maps, valid).backward()
    moved = attention.grad.abs().flatten(1).sum(1) > 0
    assert moved.tolist() == valid.tolist()


@pytest.mark.parametrize("name", DISTANCES)
def test_without_a_valid_face_there_is_nothing_to_learn(attention, name):
    attention.requires_grad_()
    term = Alignment(["x"], name)(attention, torch.zeros(5, 20, 20), ~ALL)
    term.backward()
    assert term.item() == 0
    assert torch.equal(attention.grad, torch.zeros_like(attention))


@pytest.mark.parametrize("name", DISTANCES)
def test_a_dead_layer_gives_no_nan(maps, name):
    dead = torch.zeros(5, 7, 7, requires_grad=True)
    term = Alignment(["x"], name)(dead, maps, ALL)
    term.backward()
    assert torch.isfinite(term)
    assert torch.isfinite(dead.grad).all()


@pytest.mark.parametrize("name", DISTANCES)
def test_a_step_down_the_gradient_brings_attention_closer(attention, maps, name):
    align = Alignment(["x"], name)
    attention.requires_grad_()
    before = align(attention, maps, ALL)
    before.backward()
    with torch.no_grad():
        after = align(attention - 0.1 * attention.grad, maps, ALL)
    assert float(after) < before.item() - 1e-6


def test_maps_are_resized_as_the_authors_do():
    """Bilinear, corners aligned, antialiased, clamped to the map's own least and greatest value."""
    maps = torch.rand(3, 2, 28, 28, generator=torch.Generator().manual_seed(4))
    for size in ((7, 7), (14, 14), (56, 56)):
        small = functional.interpolate(maps, size, mode="bilinear", align_corners=True, antialias=True)
        for i in range(3):
            for j in range(2):
                expected = small[i, j].clamp(maps[i, j].min(), maps[i, j].max())
                assert torch.equal(resized_as_attention(maps, size)[i, j], expected)
    assert resized_as_attention(maps, (28, 28)) is maps


def test_a_map_of_another_size_is_resized_first(attention):
    large = torch.rand(5, 28, 28, generator=torch.Generator().manual_seed(4))
    small = resized_as_attention(large[:, None], (7, 7))[:, 0]
    align = Alignment(["x"])
    assert float(align(attention, large, ALL)) == pytest.approx(float(align(attention, small, ALL)), abs=1e-7)


def test_unit_by_unit(attention):
    """Each face is the mean over its valid units, and every face counts the same."""
    maps = torch.rand(5, 3, 7, 7, generator=torch.Generator().manual_seed(3))
    valid = torch.tensor([[1, 1, 1], [1, 0, 0], [0, 0, 0], [0, 1, 1], [0, 0, 0]]).bool()
    expected = np.mean(
        [
            np.mean(
                [
                    distance.cosine(attention[i].flatten(), maps[i, j].flatten())
                    for j in range(3)
                    if valid[i, j]
                ]
            )
            for i in (0, 1, 3)
        ]
    )
    assert float(Alignment(["x"])(attention, maps, valid)) == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(6, 4, 3, 2, 1), nn.ReLU())


def test_watched_layers_are_averaged(net, maps):
    x = torch.randn(5, 3, 16, 16, generator=torch.Generator().manual_seed(6))
    with Alignment(["1", "3"]).watch(net) as term:
        net(x)
        found = term(maps, ALL)
    with torch.no_grad():
        layers = [net[:2](x), net(x)]
    single = []
    for layer in layers:
        small = resized_as_attention(maps[:, None], layer.shape[-2:]).flatten(1)
        mean = layer.numpy().mean(1).reshape(5, -1)
        single.append(np.mean([distance.cosine(a, b) for a, b in zip(mean, small.numpy(), strict=True)]))
    assert abs(single[0] - single[1]) > 1e-3
    assert found.item() == pytest.approx(np.mean(single), abs=1e-5)
    found.backward()
    assert float(net[2].weight.grad.abs().max()) > 0


def test_hooks_come_off(net):
    x = torch.randn(2, 3, 16, 16)
    before = net(x)
    with Alignment(["1", "3"]).watch(net):
        assert sum(len(part._forward_hooks) for part in net.modules()) == 2
    with pytest.raises(RuntimeError, match="in the block"), Alignment(["1"]).watch(net):
        raise RuntimeError("in the block")
    assert not any(part._forward_hooks for part in net.modules())
    assert torch.equal(net(x), before)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_compared_in_float32(dtype, maps):
    """Squares of 300 do not fit into float16, and a norm of 1e-5 vanishes in it."""
    for scale in (300.0, 1e-4):
        net = nn.Sequential(nn.Identity())
        x = (torch.rand(5, 2, 7, 7, generator=torch.Generator().manual_seed(8)) * scale).to(dtype)
        with Alignment(["0"]).watch(net) as term:
            net(x)
            found = term(maps, ALL)
        expected = DISTANCES["cosine"](x.double().mean(1).flatten(1), maps.double().flatten(1)).mean()
        assert found.dtype == torch.float32
        assert float(found) == pytest.approx(float(expected), abs=1e-4)


def test_what_cannot_be_guided(net):
    with pytest.raises(
        ValueError, match=r"no distance 'cosin'; there are cosine, centred, kl, mass.*'cosine'"
    ):
        Alignment(["1"], "cosin")
    with pytest.raises(ValueError, match="no layer to guide"):
        Alignment([])
    with pytest.raises(ValueError, match="has no layer '9'"), Alignment(["9"]).watch(net):
        pass
