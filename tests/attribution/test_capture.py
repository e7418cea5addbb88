"""Hooks record what layers put out, and are gone afterwards."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explab.attribution import AttributionError, as_maps, capture, layer_sizes
from explab.attribution.capture import at_rest, capture_attention, replaced
from explab.attribution.outputs import logits_of, token_grid


def hooks(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._backward_hooks) for part in module.modules())


def test_records_what_layers_put_out(net, pictures):
    with capture(net, ["2", "7"]) as seen:
        net(pictures)
    assert torch.equal(seen["2"], net[:3](pictures))
    assert torch.equal(seen["7"], net[:8](pictures))
    assert not seen["7"].requires_grad
    assert hooks(net) == 0


def test_records_the_layer_and_not_what_an_in_place_operation_makes_of_it(net, net_in_place, pictures):
    before_relu = net[:7](pictures)
    assert before_relu.min().item() < 0
    for gradients in (False, True):
        with capture(net_in_place, "6", gradients=gradients) as seen:
            logits = net_in_place(pictures)
        assert torch.equal(seen["6"], before_relu)
        assert torch.allclose(logits, net(pictures))


def test_gradients_keeps_the_graph_for_a_loss(net, pictures):
    with capture(net, "7", gradients=True) as seen:
        net(pictures)
    as_maps(seen["7"]).mean(1).sum().backward()
    expected = net[0].weight.grad.clone()
    net.zero_grad()
    net[:8](pictures).mean(1).sum().backward()
    assert torch.allclose(expected, net[0].weight.grad)
    assert float(expected.abs().max()) > 0


def test_error_inside_takes_the_hooks_off(net, pictures):
    with pytest.raises(ZeroDivisionError), capture(net, ["2", "7"]), capture_attention(net):
        raise ZeroDivisionError
    with pytest.raises(RuntimeError), capture(net, "7"):
        net(pictures[:, :2])
    with pytest.raises(RuntimeError), replaced(net, "7", lambda output: output):
        net(pictures[:, :2])
    with pytest.raises(RuntimeError):
        layer_sizes(net, pictures[:, :2])
    assert hooks(net) == 0


def test_unknown_layer_names_near_ones_and_sizes(pictures):
    net = nn.Sequential()
    net.add_module("stem", nn.Conv2d(3, 4, 3, 2, 1))
    net.add_module("features", nn.Conv2d(4, 6, 3, 2, 1))
    with pytest.raises(AttributionError, match="no layer 'feature'") as error, capture(net, "feature"):
        pass
    assert "did you mean 'features'" in str(error.value)
    with (
        pytest.raises(AttributionError) as error,
        capture(net, ["stem", "feature"], probe=pictures[:1]),
    ):
        pass
    assert "stem (4, 32, 32), features (6, 16, 16)" in str(error.value)
    assert hooks(net) == 0


def test_layer_sizes(net, pictures):
    sizes = layer_sizes(net, pictures)
    assert sizes == {
        **dict.fromkeys("012", (16, 32, 32)),
        **dict.fromkeys("345", (32, 16, 16)),
        **dict.fromkeys("67", (48, 16, 16)),
    }  # pooled and flat outputs are no maps


def test_as_maps_of_every_layout():
    maps = torch.arange(2 * 5 * 4 * 4.0).view(2, 5, 4, 4)
    last = maps.permute(0, 2, 3, 1)
    tokens = maps.flatten(2).transpose(1, 2)
    assert as_maps(maps) is maps
    assert torch.equal(as_maps(last), maps)
    assert torch.equal(as_maps((last, None)), maps)
    for prefix in (0, 1, 2, 5):
        padded = torch.cat([torch.full((2, prefix, 5), -1.0), tokens], 1)
        assert torch.equal(as_maps(padded), maps)
    square = torch.rand(2, 4, 4, 4)
    assert as_maps(square) is square


def test_as_maps_of_transformers_outputs():
    from transformers.modeling_outputs import BaseModelOutput

    tokens = torch.rand(1, 10, 3)
    assert torch.equal(as_maps(BaseModelOutput(last_hidden_state=tokens)), as_maps(tokens))


def test_as_maps_says_what_is_no_map():
    with pytest.raises(AttributionError, match=r"\(2, 7\) is no stack of maps"):
        as_maps(torch.zeros(2, 7))
    with pytest.raises(AttributionError, match="12 tokens"):
        as_maps(torch.zeros(2, 12, 7))
    with pytest.raises(AttributionError, match="NoneType"):
        as_maps(None)


@pytest.mark.parametrize(("tokens", "grid"), [(196, (0, 14)), (197, (1, 14)), (198, (2, 14)), (261, (5, 16))])
def test_token_grid(tokens, grid):
    assert token_grid(tokens) == grid


def test_layers_of_swin_and_vit_become_maps(vit):
    from transformers import SwinConfig, SwinForImageClassification

    x = torch.randn(1, 3, 32, 32)
    assert layer_sizes(vit(), x)["vit.layers.1"] == (24, 4, 4)
    assert layer_sizes(vit(4), x)["dinov2_with_registers.encoder.layer.1"] == (24, 4, 4)
    shape = {"embed_dim": 12, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4}
    swin = SwinForImageClassification(SwinConfig(image_size=32, patch_size=4, **shape))
    assert layer_sizes(swin, x)["swin.encoder.layers.0"] == (24, 4, 4)


def test_at_rest_gives_every_part_its_mode_back(net):
    net.train()
    net[4].eval()
    with at_rest(net):
        assert not any(part.training for part in net.modules())
    assert [part.training for part in net] == [i != 4 for i in range(len(net))]
    assert net.training


def test_logits_of():
    from transformers.modeling_outputs import ImageClassifierOutput

    logits = torch.rand(2, 7)
    assert logits_of(logits) is logits
    assert logits_of(ImageClassifierOutput(logits=logits)) is logits
    assert logits_of((logits, None)) is logits
    with pytest.raises(AttributionError, match="expected logits"):
        logits_of(torch.rand(2, 7, 3))
