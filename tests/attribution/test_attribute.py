"""`attribute`: several methods, several faces, one result that can be kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explab import synth
from explab.attribution import AttributionError, Attributions, attribute, cams, run
from explab.attribution.look import mapped
from explab.attribution.method import METHODS, IntegratedGradients, named
from explab.models.classifier import Classifier, View

OF_A_CNN = [name for name, method in METHODS.items() if method.reads != "attention"]


def test_all_methods_at_the_size_of_the_input(model, faces):
    result = attribute(model, faces, OF_A_CNN)
    assert np.asarray(result).shape == result.shape == (len(OF_A_CNN), 5, 64, 64)
    assert np.asarray(result).dtype == np.float32
    assert np.asarray(result, dtype=np.float64).dtype == np.float64
    assert result.methods == tuple(OF_A_CNN)
    assert result.layer == "4"
    for name, maps, signed in zip(result.methods, result.maps, result.signed, strict=True):
        assert np.array_equal(maps, result[name])
        assert np.isfinite(maps).all()
        assert maps.std() > 0, name
        assert signed or maps.min() >= 0, name


def test_twelve_of_eighteen_methods_ask_the_network_once(net, vit):
    """The other six ask again about changed pictures; the twelve ask once in a call, however many they are."""

    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    points = np.stack([synth.face(seed=1, size=32).landmarks] * 2)

    def asked(names):
        times = []
        tokens = METHODS[names[0]].reads == "attention"
        module, layer = (vit(), "vit.layers.1") if tokens else (net, "7")
        handle = module.register_forward_hook(lambda *_: times.append(1))
        try:
            mapped(module, layer, x, None, named(names), points)
        finally:
            handle.remove()
        return len(times)

    once = [name for name in METHODS if asked([name]) == 1]
    assert len(METHODS) == 18
    assert sorted(set(METHODS) - set(once)) == [
        "ablationcam", "au_ablation", "gradientshap", "integrated_gradients", "occlusion", "scorecam",
    ]  # fmt: skip
    of_a_cnn = [name for name in once if METHODS[name].reads != "attention"]
    assert len(of_a_cnn) == 10
    assert asked(of_a_cnn) == 1


def test_maps_of_a_layer_are_those_of_cams_resized(model, faces):
    import cv2

    result = attribute(model, faces, ["gradcam", "attention"], target="Surprise")
    raw = cams(model.module, "4", model.prepare(faces), 2, ["gradcam", "attention"]).numpy()
    assert raw.shape == (2, 5, 16, 16)
    for mine, small in zip(result.maps.reshape(-1, 64, 64), raw.reshape(-1, 16, 16), strict=True):
        large = cv2.resize(small, (64, 64), interpolation=cv2.INTER_LINEAR)
        assert np.allclose(mine, large, atol=1e-5 * np.abs(small).max())
    shallow = attribute(model, faces, "gradcam", "Surprise", layer="2", size=(32, 32))
    (expected,) = cams(model.module, "2", model.prepare(faces), 2, "gradcam")
    assert np.allclose(shallow["gradcam"], expected.numpy())
    assert shallow.layer == "2"


def test_batches_do_not_change_the_maps(model, faces, monkeypatch):
    names = [name for name in OF_A_CNN if name not in ("scorecam", "ablationcam")]
    whole = attribute(model, faces, names, "true")
    monkeypatch.setattr(run, "BATCH", 2)
    parts = attribute(model, faces, names, "true")
    assert np.allclose(whole.maps, parts.maps, atol=1e-5)
    assert np.array_equal(whole.targets, parts.targets)


def test_targets(model, faces):
    model.module.eval()
    predicted = model.module(model.prepare(faces)).argmax(1).tolist()
    acted = [model.classes.index(face.truth.expression) for face in faces]
    assert len(set(acted)) == 2
    for target, expected in [
        (None, predicted),
        ("predicted", predicted),
        ("true", acted),
        ("happy", [1] * 5),
        (2, [2] * 5),
        (np.int64(2), [2] * 5),
        (["Neutral", 1, "surprised", 0, "Happiness"], [0, 1, 2, 0, 1]),
        (torch.tensor([0, 1, 2, 0, 1]), [0, 1, 2, 0, 1]),
    ]:
        assert attribute(model, faces, "gradcam", target).targets.tolist() == expected
    assert attribute(model, faces[0], "gradcam", "happy").target_names == ("Happiness",)


def test_impossible_targets(model, faces):
    with pytest.raises(AttributionError, match=r"no class 'Hapiness'.*did you mean 'Happiness'"):
        attribute(model, faces, "gradcam", "Hapiness")
    with pytest.raises(AttributionError, match="0 to 2"):
        attribute(model, faces, "gradcam", 3)
    with pytest.raises(AttributionError, match="2 targets for 5 faces"):
        attribute(model, faces, "gradcam", ["Neutral", "Neutral"])
    nameless = replace(faces[2], truth=None)
    with pytest.raises(AttributionError, match="nobody labelled '<synthetic 4:2>'"):
        attribute(model, [faces[0], nameless], "gradcam", "true")
    angry = replace(faces[0], truth=replace(faces[0].truth, expression="Anger"))
    with pytest.raises(AttributionError, match="no class 'Anger'; it has Neutral, Happiness, Surprise"):
        attribute(model, angry, "gradcam", "true")
    with pytest.raises(AttributionError, match="no face"):
        attribute(model, [], "gradcam")


def test_classes_may_be_words_of_a_dataset(model, faces):
    worded = replace(model, classes=("neutral", "happy", "surprise"))
    acted = [("Neutral", "Happiness", "Surprise").index(face.truth.expression) for face in faces]
    assert attribute(worded, faces, "gradcam", "true").targets.tolist() == acted


def test_save_and_load(model, faces, tmp_path):
    result = attribute(model, faces, ["gradcam", IntegratedGradients(steps=5)], "true")
    path = result.save(tmp_path / "maps")
    assert path.name == "maps.npz"
    with np.load(path, allow_pickle=False) as stored:
        assert set(stored.files) == {"maps", "targets", "words"}
    back = Attributions.load(path)
    assert np.array_equal(back.maps, result.maps)
    assert back.maps.dtype == np.float32
    for name in ("methods", "signed", "classes", "layer", "faces", "target_names", "provenance"):
        assert getattr(back, name) == getattr(result, name), name
    assert back.provenance["options"] == {"gradcam": {}, "integrated_gradients": {"steps": 5}}
    assert back.provenance["model"] == "tiny"
    assert back.faces[3] == "<synthetic 4:3>"


def test_load_refuses_other_files(tmp_path):
    np.savez(tmp_path / "other.npz", maps=np.zeros(3))
    (tmp_path / "text.npz").write_text("no maps")
    np.savez(tmp_path / "pickle.npz", words=np.array([{}], dtype=object))
    whole = (tmp_path / "other.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("other", "text", "pickle", "cut"):
        with pytest.raises(AttributionError, match=f"{name}.npz: not written by"):
            Attributions.load(tmp_path / f"{name}.npz")
    with pytest.raises(FileNotFoundError):
        Attributions.load(tmp_path / "none.npz")


def test_at_another_size_and_normalised(model, faces):
    result = attribute(model, faces, ["gradcam", "saliency"])
    large = result.at((200, 150))
    assert large.shape == (2, 5, 200, 150)
    assert large.methods == result.methods
    small = result.at((16, 16))
    assert np.allclose(small.maps.mean((2, 3)), result.maps.mean((2, 3)), rtol=0.1)  # averaged, not picked
    stretched = np.asarray(result.normalised())
    assert (stretched.min((2, 3)) == 0).all()
    assert np.allclose(stretched.max((2, 3)), 1)


def test_behaves_as_an_array(model, faces):
    result = attribute(model, faces, ["gradcam", "saliency"])
    assert len(result) == 2
    assert (result.ndim, result.dtype) == (4, np.float32)
    assert np.array_equal(result[1], result["saliency"])
    assert np.array_equal(result[:, 2], result.maps[:, 2])
    assert np.array_equal(np.mean(result, axis=0), result.maps.mean(0))
    with pytest.raises(KeyError, match="did you mean 'gradcam'"):
        result["gradcamm"]
    assert "gradcam, saliency: 5 faces, 64x64, layer '4'" in repr(result)


def test_transformer(vit, faces):
    words = ("Neutral", "Happiness", "Surprise", "Fear", "Anger")
    model = Classifier("vit", vit(), words, "vit.layers.1", View(32), {}, {})
    names = ["gradcam", "attention", "rollout", "gradient_rollout", "saliency", "au_ablation"]
    result = attribute(model, faces, names, "true")
    assert result.shape == (6, 5, 32, 32)
    assert all(maps.std() > 0 for maps in result.maps)


def test_classifier_of_explab(faces):
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 3, 2, 1),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(6, 3),
    ).train()
    grey = Classifier("grey", net, ("Neutral", "Happiness", "Surprise"), "1", View(48, channels=1), {}, {})
    result = attribute(grey, faces, OF_A_CNN, "true")
    assert result.shape == (len(OF_A_CNN), 5, 48, 48)
    assert result.provenance["model"] == "grey"
    assert net.training


@pytest.mark.parametrize("method", ["gradcam", "cam", "occlusion", "scorecam"])
def test_answers_that_are_no_numbers_are_refused(model, faces, method):
    with torch.no_grad():
        model.module[7].bias[0] = torch.nan
    with pytest.raises(AttributionError, match=r"^tiny: the answer to 5 of 5 faces is not a number \(NaN\)"):
        attribute(model, faces, method)
    with pytest.raises(AttributionError, match="not a number"):
        attribute(model, faces, method, "Surprise")
