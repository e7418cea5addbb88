"""Class activation maps against pytorch-grad-cam, captum, and the formulas of the papers written out as loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution import AttributionError, cams, methods, normalised
from explab.attribution.method import METHODS, GradCAMPlusPlus
from explab.attribution.scaling import resized

LAYER = "7"
OF_A_LAYER = [name for name, method in METHODS.items() if method.reads == "layer"]


def activations(net, x, targets):
    """Maps of layer 7 and the gradients of the targets' logits, without hooks."""
    maps = net[:8](x).detach().requires_grad_()
    net[8:](maps).gather(1, targets[:, None]).sum().backward()
    return maps.detach(), maps.grad


@pytest.mark.parametrize(
    ("method", "stored"),
    [
        ("gradcam", "gradcam"),
        ("gradcam++", "gradcam_plus_plus"),
        ("xgradcam", "xgradcam"),
        ("hirescam", "hirescam"),
        ("layercam", "layercam"),
        ("scorecam", "scorecam"),
        ("eigencam", "eigencam"),
        ("ablationcam", "ablationcam"),
    ],
)
def test_equals_pytorch_grad_cam(golden, method, stored):
    (maps,) = cams(golden.net, LAYER, golden.x, golden.targets, method)
    ours = resized(normalised(maps), (64, 64)).numpy()
    for mine, theirs in zip(ours, golden.maps[stored], strict=True):
        assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] >= 0.9999
        # They stretch once more after resizing, which may move the values, but not by much.
        assert np.abs(normalised(mine) - normalised(theirs)).max() < 1e-4


def test_gradcam_equals_captum(net, pictures):
    from captum.attr import LayerGradCam

    targets = torch.tensor([0, 3, 6, 2])
    (maps,) = cams(net, LAYER, pictures, targets, "gradcam")
    theirs = LayerGradCam(net, net[7]).attribute(pictures, targets, relu_attributions=True)
    assert torch.allclose(maps, theirs[:, 0], atol=1e-7)
    assert float(maps.max()) > 0


def test_cam_is_the_head_laid_over_the_maps(net, pictures):
    targets = torch.tensor([1, 1, 4, 5])
    (maps,) = cams(net, LAYER, pictures, targets, "cam")
    logits = net(pictures).gather(1, targets[:, None])[:, 0]
    assert torch.allclose(maps.mean((1, 2)) + net[10].bias[targets], logits, atol=1e-6)
    (gradcam,) = cams(net, LAYER, pictures, targets, "gradcam")
    assert torch.allclose(maps.relu() / 256, gradcam, atol=1e-7)


def test_cam_through_a_convolution_as_head(pictures):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 9, 3, 4, 1), nn.ReLU(), nn.Conv2d(9, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    (maps,) = cams(net, "1", pictures, 2, "cam")
    expected = net[:3](pictures)[:, 2] - net[2].bias[2]
    assert torch.allclose(maps, expected, atol=1e-6)


def test_cam_says_when_the_head_is_another(net, pictures):
    with pytest.raises(AttributionError, match="linear layer behind '5'"):
        cams(net, "5", pictures, 0, "cam")


def test_gradcam_plus_plus_without_epsilon_is_the_papers_formula(net, pictures):
    """Equation 19 from derivatives of exp(logit) that autograd takes, pixel by pixel."""
    net = net.double()
    x = pictures[:1].double()
    (found,) = cams(net, LAYER, x, 3, GradCAMPlusPlus(epsilon=0))
    maps = net[:8](x).detach()[0]
    head = net[10].weight.detach()[3] / maps[0].numel()
    rest = float(net(x)[0, 3].detach() - (maps.sum((1, 2)) * head).sum())
    expected = torch.zeros_like(maps[0])
    for channel in range(48):
        value = maps[channel, 2, 5].clone().requires_grad_()
        others = rest + (maps.sum((1, 2)) * head).sum() - maps[channel, 2, 5] * head[channel]
        score = torch.exp(others + value * head[channel])
        first = torch.autograd.grad(score, value, create_graph=True)[0]
        second = torch.autograd.grad(first, value, create_graph=True)[0]
        third = torch.autograd.grad(second, value)[0]
        alpha = second / (2 * second + maps[channel].sum() * third)
        # Under global pooling every pixel of a channel has the same derivatives.
        weight = maps[0].numel() * alpha * (first / score).relu()
        expected += (weight * maps[channel]).detach()
    assert torch.allclose(found[0], expected.relu().float(), rtol=1e-5, atol=1e-9)


def test_scorecam_written_out(net, pictures):
    x, target = pictures[:1], 2
    (found,) = cams(net, LAYER, x, target, "scorecam")
    maps = net[:8](x).detach()
    scores = []
    for one in maps[0]:
        mask = nn.UpsamplingBilinear2d(size=(64, 64))(one[None, None])
        mask = (mask - mask.min()) / (mask.max() - mask.min() + 1e-8)
        scores.append(net(x * mask)[0, target])
    weights = torch.stack(scores).softmax(0)
    assert torch.allclose(found[0], (weights[:, None, None] * maps[0]).sum(0).relu(), atol=1e-6)


def test_ablationcam_written_out(net, pictures):
    (found,) = cams(net, LAYER, pictures[:1], 2, "ablationcam")
    maps = net[:8](pictures[:1]).detach()
    before = net[8:](maps)[0, 2]
    expected = torch.zeros(16, 16)
    for channel in range(48):
        without = maps.clone()
        without[0, channel] = 0
        expected += (before - net[8:](without)[0, 2]) / before * maps[0, channel]
    assert torch.allclose(found[0], expected.relu().detach(), atol=1e-4)


def test_eigencam_against_sklearn(net, pictures):
    from sklearn.decomposition import PCA

    (found,) = cams(net, LAYER, pictures, 0, "eigencam")
    for map_, ours in zip(net[:8](pictures).detach().numpy(), found.numpy(), strict=True):
        pixels = map_.reshape(48, -1).T
        theirs = PCA(1).fit_transform(pixels)[:, 0]
        theirs *= np.sign(theirs @ (pixels.mean(1) - pixels.mean()))
        assert np.allclose(ours.ravel(), theirs.clip(0), atol=1e-5)


def test_attention_is_the_mean_over_the_channels(net, pictures):
    (found,) = cams(net, LAYER, pictures, None, "attention")
    assert torch.allclose(found, net[:8](pictures).mean(1))


def test_pixelwise_methods_at_a_shallow_layer(net, pictures):
    targets = torch.tensor([6, 0, 1, 2])
    hires, layer, x = cams(net, "2", pictures, targets, ["hirescam", "layercam", "xgradcam"])
    maps = net[:3](pictures).detach().requires_grad_()
    net[3:](maps).gather(1, targets[:, None]).sum().backward()
    assert torch.allclose(hires, (maps * maps.grad).sum(1).relu(), atol=1e-6)
    assert torch.allclose(layer, (maps * maps.grad.relu()).sum(1).relu(), atol=1e-6)
    weights = (maps * maps.grad).sum((2, 3)) / (maps.sum((2, 3)) + 1e-7)
    assert torch.allclose(x, (weights[..., None, None] * maps).sum(1).relu(), atol=1e-6)
    assert hires.shape == (4, 32, 32)


def test_batch_equals_single_runs(net):
    x = torch.randn(16, 3, 64, 64, generator=torch.Generator().manual_seed(5))
    targets = torch.arange(16) % 7
    together = cams(net, LAYER, x, targets, OF_A_LAYER)
    alone = [cams(net, LAYER, x[i : i + 1], targets[i : i + 1], OF_A_LAYER) for i in range(16)]
    assert together.shape == (len(OF_A_LAYER), 16, 16, 16)
    assert torch.allclose(together, torch.cat(alone, 1), atol=1e-5)


def test_one_forward_and_one_backward_for_all(net, pictures):
    calls = []
    net[0].register_forward_hook(lambda *_: calls.append("forward"))
    net[10].register_full_backward_hook(lambda *_: calls.append("backward"))
    shared = ["cam", "gradcam", "gradcam++", "xgradcam", "hirescam", "layercam", "eigencam", "attention"]
    together = cams(net, LAYER, pictures, 0, shared)
    assert calls == ["forward", "backward"]
    for name, maps in zip(shared, together, strict=True):
        assert torch.equal(maps, cams(net, LAYER, pictures, 0, name)[0])


def test_target_is_the_predicted_class_unless_told(net, pictures):
    predicted = net(pictures).argmax(1)
    assert torch.equal(
        cams(net, LAYER, pictures, methods="cam"), cams(net, LAYER, pictures, predicted, "cam")
    )
    assert torch.equal(cams(net, LAYER, pictures, 4, "cam"), cams(net, LAYER, pictures, [4] * 4, "cam"))
    assert not torch.equal(cams(net, LAYER, pictures, 4, "cam"), cams(net, LAYER, pictures, 5, "cam"))


@pytest.mark.parametrize("target", [7, -1, [0, 1], 0.5, [0, 1, 2, 9]])
def test_impossible_target(net, pictures, target):
    with pytest.raises(AttributionError, match="target"):
        cams(net, LAYER, pictures, target, "gradcam")


def test_leaves_the_network_as_it_was(net, pictures):
    net.train()
    net[1].eval()
    net[0].weight.requires_grad_(False)
    net[3].weight.grad = torch.ones_like(net[3].weight)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    x = pictures.clone()
    cams(net, LAYER, x, 0, OF_A_LAYER)
    assert [part.training for part in net] == [i != 1 for i in range(len(net))]
    asks = {name: weight.requires_grad for name, weight in net.named_parameters()}
    assert [name for name, asked in asks.items() if not asked] == ["0.weight"]
    grads = {name: weight.grad for name, weight in net.named_parameters() if weight.grad is not None}
    assert list(grads) == ["3.weight"]
    assert bool((grads["3.weight"] == 1).all())
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert torch.equal(x, pictures)
    assert not x.requires_grad


def test_modes_of_the_caller_do_not_matter(net, net_in_place, pictures):
    expected = cams(net, LAYER, pictures, 0, OF_A_LAYER)
    net.requires_grad_(False)
    assert torch.equal(cams(net, LAYER, pictures, 0, OF_A_LAYER), expected)
    with torch.no_grad():
        assert torch.equal(cams(net, LAYER, pictures, 0, OF_A_LAYER), expected)
    with torch.inference_mode():
        assert torch.equal(cams(net, LAYER, pictures.clone(), 0, OF_A_LAYER), expected)
    assert torch.allclose(cams(net_in_place, LAYER, pictures, 0, OF_A_LAYER), expected, atol=1e-6)
    # The map of a convolution is that of the convolution, also with a ReLU written over it.
    assert torch.allclose(
        cams(net_in_place, "6", pictures, 0, "hirescam"), cams(net, "6", pictures, 0, "hirescam"), atol=1e-7
    )


def test_transformers_models(vit):
    from transformers import ResNetConfig, ResNetForImageClassification

    x = torch.randn(2, 3, 32, 32)
    resnet = ResNetForImageClassification(ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1]))
    maps = cams(resnet, "resnet.encoder.stages.1", x, 1, OF_A_LAYER)
    assert maps.shape == (len(OF_A_LAYER), 2, 4, 4)
    cam, gradcam = maps[OF_A_LAYER.index("cam")], maps[OF_A_LAYER.index("gradcam")]
    assert torch.allclose(cam.relu() / 16, gradcam, atol=1e-6)
    tokens = [name for name in OF_A_LAYER if name != "cam"]
    assert cams(vit(), "vit.layers.1", x, 1, tokens).shape == (len(tokens), 2, 4, 4)


def test_last_block_of_a_transformer_that_reads_its_class_token(vit):
    x = torch.randn(2, 3, 32, 32)
    with pytest.raises(AttributionError, match="class token"):
        cams(vit(), "vit.layers.2", x, 1, "gradcam")


def test_ablation_of_tokens_silences_the_channel(vit):
    net = vit()
    x = torch.randn(1, 3, 32, 32)
    (found,) = cams(net, "vit.layers.1", x, 1, "ablationcam")

    def answer(channel):
        def silence(_part, _inputs, output):
            output = output.clone()
            output[:, 1:, channel] = 0
            return output

        handle = net.vit.layers[1].register_forward_hook(silence)
        logit = net(x).logits[0, 1].item()
        handle.remove()
        return logit

    kept = []
    handle = net.vit.layers[1].register_forward_hook(lambda _p, _i, output: kept.append(output))
    before = net(x).logits[0, 1].item()
    handle.remove()
    weights = torch.tensor([(before - answer(channel)) / before for channel in range(24)])
    expected = (kept[0][0, 1:] @ weights).view(4, 4).relu()
    assert torch.allclose(found[0], expected.detach(), atol=1e-3)


def test_unknown_names(net, pictures):
    with pytest.raises(AttributionError, match="did you mean 'gradcam'"):
        cams(net, LAYER, pictures, 0, "grad-cam")
    with pytest.raises(AttributionError, match="asked for twice"):
        cams(net, LAYER, pictures, 0, ["cam", "cam"])
    with pytest.raises(AttributionError, match=r"saliency.*attribute\(\)"):
        cams(net, LAYER, pictures, 0, ["gradcam", "saliency"])
    with pytest.raises(AttributionError, match=r"no layer '77'.*7 \(48, 16, 16\)"):
        cams(net, "77", pictures, 0, "gradcam")
    with pytest.raises(AttributionError, match="no method is asked for"):
        cams(net, LAYER, pictures, 0, [])
    with pytest.raises(AttributionError, match="expected a float tensor"):
        cams(net, LAYER, pictures[0], 0, "gradcam")


def test_logits_that_do_not_depend_on_the_layer(pictures):
    class Side(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Conv2d(3, 4, 3, 4), nn.Conv2d(3, 4, 3, 4)

        def forward(self, x):
            self.unused(x)
            return self.used(x).mean((2, 3))

    with pytest.raises(AttributionError, match="do not depend on layer 'unused'"):
        cams(Side(), "unused", pictures, 0, "gradcam")


def test_network_without_gradients(net, pictures):
    class Frozen(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        @torch.no_grad()
        def forward(self, x):
            return self.net(x)

    with pytest.raises(AttributionError, match="'scorecam'"):
        cams(Frozen(), "net.7", pictures, 0, "gradcam")
    assert torch.equal(
        cams(Frozen(), "net.7", pictures, 0, "scorecam"), cams(net, LAYER, pictures, 0, "scorecam")
    )


def test_methods_lists_all_with_their_sources():
    listed = methods()
    assert set(listed) == set(METHODS)
    assert len(listed) == 18
    assert listed["gradcam"] == "Each channel weighs its mean gradient. (Selvaraju et al., ICCV 2017)"


def test_normalised():
    maps = torch.tensor([[[1.0, 3.0], [2.0, 1.0]], [[5.0, 5.0], [5.0, 5.0]]])
    expected = [[[0, 1], [0.5, 0]], [[0, 0], [0, 0]]]
    assert normalised(maps).tolist() == expected
    assert normalised(maps.numpy()).tolist() == expected
