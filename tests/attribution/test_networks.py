"""Networks as people write them: in-place normalisation, odd answers, odd layers, pictures that are not square."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explab.attribution import AttributionError, as_maps, attribute, au_effects, cams, capture, layer_sizes
from explab.attribution.method import METHODS, GradCAM
from explab.attribution.outputs import ask, logits_of

OF_A_LAYER = [name for name, method in METHODS.items() if method.reads == "layer" and name != "cam"]
X = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class Net(nn.Module):
    """Two convolutions to maps of a quarter of the side, and a head."""

    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.first, self.last = nn.Conv2d(3, channels, 3, 2, 1), nn.Conv2d(channels, channels, 3, 2, 1)
        self.unused = nn.Conv2d(channels, channels, 1)
        self.head = nn.Linear(channels, 7)

    def pooled(self, x: Tensor) -> Tensor:
        return self.last(self.first(x).relu()).relu().mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.pooled(x))


class InPlace(Net):
    def forward(self, x: Tensor) -> Tensor:
        x -= 0.5
        x /= 0.25
        return super().forward(x)


class OutOfPlace(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward((x - 0.5) / 0.25)


def test_a_network_may_write_over_its_pictures(model, faces):
    x = X.clone()
    assert torch.equal(
        cams(InPlace(), "last", x, 0, OF_A_LAYER), cams(OutOfPlace(), "last", x, 0, OF_A_LAYER)
    )
    assert layer_sizes(InPlace(), x)["last"] == (8, 8, 8)
    assert torch.equal(x, X)
    over, beside = (
        type(model)(net, tuple("abcdefg"), "last") for net in (InPlace().eval(), OutOfPlace().eval())
    )
    names = [name for name, method in METHODS.items() if method.reads in ("picture", "landmarks")]
    found, expected = (attribute(one, faces[:2], names, 1).maps for one in (over, beside))
    assert np.array_equal(found, expected)
    assert np.array_equal(
        au_effects(over, faces[:2], ["AU12"]).maps, au_effects(beside, faces[:2], ["AU12"]).maps
    )


def test_logits_are_told_from_features():
    class Named(Net):
        def forward(self, x):
            return {"features": self.pooled(x), "logits": super().forward(x)}

    class Unnamed(Net):
        def forward(self, x):
            return self.pooled(x), super().forward(x)

    assert torch.equal(cams(Named(), "last", X, 6), cams(Net(), "last", X, 6))
    with pytest.raises(AttributionError, match=r"returns a tuple of \(3, 8\), \(3, 7\); expected logits"):
        cams(Unnamed(), "last", X, 6)
    with pytest.raises(AttributionError, match=r"a dict of features \(3, 8\), scores \(3, 7\)"):
        logits_of({"features": torch.zeros(3, 8), "scores": torch.zeros(3, 7)})
    logits = torch.rand(3, 7)
    assert logits_of({"scores": logits}) is logits
    assert logits_of((torch.rand(3, 8, 4, 4), logits)) is logits
    with pytest.raises(AttributionError, match=r"answers 3 pictures with \(1, 7\)"):
        ask(nn.Sequential(nn.Flatten(0), nn.Unflatten(0, (1, -1)), nn.Linear(3 * 3 * 32 * 32, 7)), X)


def test_a_layer_that_is_not_run_or_not_once_for_each_picture():
    class Both(Net):
        """Looks at a picture and at its mirror image."""

        def pooled(self, x):
            one, other = super().pooled(torch.cat([x, x.flip(3)])).chunk(2)
            return one + other

    for method in ("gradcam", "attention", "scorecam"):
        with pytest.raises(AttributionError, match="layer 'unused' was not used for these pictures"):
            cams(Net(), "unused", X, 0, method)
        with pytest.raises(AttributionError, match="'last' puts out 6 stacks of maps for 3 pictures"):
            cams(Both(), "last", X, 0, method)
    with pytest.raises(AttributionError, match=r"'last' was not used.*traced"):
        cams(torch.jit.trace(Net().eval(), X), "last", X, 0, "gradcam")
    assert "last" not in layer_sizes(Both(), X)


def test_a_layer_is_a_name():
    net = Net()
    with pytest.raises(AttributionError, match=r"layer is a Conv2d; expected its name.*last \(8, 8, 8\)"):
        cams(net, net.last, X, 0)
    with pytest.raises(AttributionError, match="layer is a NoneType"):
        cams(net, None, X, 0)
    with pytest.raises(AttributionError, match="none of its layers puts out maps"):
        cams(nn.Sequential(nn.Flatten(), nn.Linear(3072, 7)), "4", X, 0)


class Last(nn.Module):
    """A stage with its channels last, as of Swin."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.patches, self.norm = nn.Conv2d(3, channels, 4, 4), nn.LayerNorm(channels)
        self.head = nn.Linear(channels, 7)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.patches(x).permute(0, 2, 3, 1)).mean((1, 2)))


def test_maps_of_pictures_that_are_not_square():
    wide = torch.randn(2, 3, 32, 48)
    for channels in (8, 12, 16):  # 8 x 12 maps, so 8 channels look like a square of channels-last ones
        net = Net(channels)
        found = cams(net, "last", wide, 0, "attention")
        with torch.no_grad():
            expected = net.last(net.first(wide).relu()).mean(1)
        assert torch.allclose(found[0], expected, atol=1e-6)
        assert layer_sizes(net, wide)["last"] == (channels, 8, 12)
    for channels in (8, 12, 16):
        net = Last(channels)
        found = cams(net, "norm", wide, 0, ["attention", "hirescam", "ablationcam"])
        assert found.shape == (3, 2, 8, 12)
        with torch.no_grad():
            maps = net.norm(net.patches(wide).permute(0, 2, 3, 1))
        # The head is linear, so HiResCAM is the maps times its weights.
        expected = (maps @ net.head.weight[0]).relu() / 96
        assert torch.allclose(found[1], expected, atol=1e-6)


def test_maps_that_may_be_read_both_ways():
    cube = torch.rand(2, 8, 8, 8)
    assert as_maps(cube, layer=nn.Conv2d(8, 8, 1)) is cube
    assert as_maps(cube, layer=nn.Sequential(nn.BatchNorm2d(8), nn.ReLU())) is cube
    with pytest.raises(AttributionError, match="may have its channels first or last"):
        cams(Last(8), "norm", X, 0, "attention")


def test_what_follows_in_place_does_not_reach_a_layer_that_returns_a_tuple():
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(4)
            self.maps = nn.Conv2d(3, 8, 3)

        def forward(self, x):
            return self.maps(x), 1

    class After(nn.Module):
        def __init__(self, inplace):
            super().__init__()
            self.pair, self.relu = Pair(), nn.ReLU(inplace)
            self.head = nn.Linear(8, 7)

        def forward(self, x):
            return self.head(self.relu(self.pair(x)[0]).mean((2, 3)))

    over, beside = After(True), After(False)
    over.head.load_state_dict(beside.head.state_dict())
    with capture(over, "pair", gradients=True) as seen:
        over(X)
    assert seen["pair"].min() < 0
    assert torch.equal(cams(over, "pair", X, 0), cams(beside, "pair", X, 0))


def test_one_broken_picture_leaves_the_others_alone():
    x = X.clone()
    x[1] = torch.nan
    found = cams(Net(), "last", x, 0, ["eigencam", "gradcam"])
    assert found.isnan().all((2, 3)).tolist() == [[False, True, False]] * 2
    assert torch.allclose(
        found[:, [0, 2]], cams(Net(), "last", X[[0, 2]], 0, ["eigencam", "gradcam"]), atol=1e-6
    )
    pooling = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 7))
    assert torch.allclose(cams(pooling, "0", x, 0, "cam")[0, 2], cams(pooling, "0", X, 0, "cam")[0, 2])


def test_ablation_of_a_logit_of_0_is_0():
    class Zero(Net):
        def forward(self, x):
            return super().forward(x) * 0

    assert (cams(Zero(), "last", X, 0, "ablationcam") == 0).all()


def test_methods_may_be_classes_and_targets_single_numbers(model, faces):
    by_name = attribute(model, faces, ["gradcam"], 1)
    for target in (np.array(1), torch.tensor(1)):
        assert np.array_equal(attribute(model, faces, GradCAM, target).maps, by_name.maps)
    with pytest.raises(AttributionError, match="no method None; there are cam"):
        attribute(model, faces, None)
    with pytest.raises(AttributionError, match=r"1.0 is no class of the model"):
        attribute(model, faces, "gradcam", 1.0)
    for words in ("happy", ["happy"] * 3):
        with pytest.raises(AttributionError, match=r"cams knows numbers .*attribute\(\) knows their names"):
            cams(Net(), "last", X, words)


def test_what_is_no_classifier_and_what_is_no_face(model, faces):
    for call in (attribute, au_effects):
        with pytest.raises(AttributionError, match=r"a Sequential, which .* wrap a network first: xl.wrap"):
            call(model.module, faces)
        with pytest.raises(AttributionError, match=r"'a' is no Face; .*xl.read_faces"):
            call(model, "a.jpg")


def test_a_face_that_cannot_be_asked_about_has_no_map(model, faces):
    from dataclasses import replace

    lost = replace(faces[0], landmarks=np.full_like(faces[0].landmarks, np.nan))
    (maps,) = attribute(model, [faces[0], lost], "au_ablation", 1).maps
    assert np.isnan(maps).all((1, 2)).tolist() == [False, True]
