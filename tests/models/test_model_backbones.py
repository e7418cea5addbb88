"""Backbones of transformers, tiny and untrained: each has maps, exact class activation maps and a way to disk."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from explab.attribution import as_maps, attribute, cams, capture
from explab.models import ModelError, View, load

SIDE = 32
TOKENS = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "image_size": SIDE,
    "patch_size": 8,
}
STAGES = {"hidden_sizes": [8, 12], "depths": [1, 1], "image_size": SIDE}
BACKBONES = {  # name -> class of its configuration, what it is told, (C, h, w) of its maps
    "resnet": ("ResNetConfig", {**STAGES, "embedding_size": 8, "layer_type": "basic"}, (12, 4, 4)),
    "convnext": ("ConvNextConfig", {**STAGES, "num_stages": 2}, (12, 4, 4)),
    "swin": (
        "SwinConfig",
        {"image_size": SIDE, "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4},
        (16, 4, 4),
    ),
    "vit": ("ViTConfig", TOKENS, (16, 4, 4)),
    "deit": ("DeiTConfig", TOKENS, (16, 4, 4)),
    "dinov2": ("Dinov2Config", TOKENS, (16, 4, 4)),
    "registers": ("Dinov2WithRegistersConfig", {**TOKENS, "num_register_tokens": 4}, (16, 4, 4)),
}


@pytest.fixture
def folder(tmp_path):
    """folder("vit") -> a folder with an untrained model of that kind, as `save_pretrained` writes it."""

    def made(kind: str, dtype: torch.dtype = torch.float32):
        import transformers

        name, told, _ = BACKBONES[kind]
        torch.manual_seed(9)
        body = transformers.AutoModel.from_config(getattr(transformers, name)(**told))
        body.to(dtype).save_pretrained(tmp_path / kind)
        about = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.3, 0.2, 0.1]}
        (tmp_path / kind / "preprocessor_config.json").write_text(json.dumps(about), encoding="utf-8")
        return tmp_path / kind

    return made


@pytest.mark.parametrize("kind", BACKBONES)
def test_maps_cams_and_the_way_to_disk(kind, folder, faces, tmp_path):
    from transformers import AutoModel

    stored = folder(kind)
    model = load("guided", backbone=str(stored), seed=4)
    assert model.size == (SIDE, SIDE)
    assert (model.view.mean, model.view.std) == ((0.4, 0.5, 0.6), (0.3, 0.2, 0.1))
    x = model.prepare(faces[:3])
    with torch.no_grad(), capture(model.module.eval(), model.layer) as seen:
        logits = model.module(x)
    maps = as_maps(seen[model.layer])
    assert maps.shape == (3, *BACKBONES[kind][2])

    # The weights are those on disk, and the maps their patches in reading order.
    with torch.no_grad():
        body = AutoModel.from_pretrained(stored).eval()(x).last_hidden_state
    grid = body if body.ndim == 4 else body[:, -16:].transpose(1, 2).unflatten(2, (4, 4))
    assert torch.allclose(maps, grid, atol=1e-6)

    (cam,) = cams(model.module, model.layer, x, 2, "cam")
    assert torch.allclose(cam.mean((1, 2)) + model.module.head.bias[2], logits[:, 2], atol=1e-5)
    assert float(cam.flatten(1).std(1).min()) > 0
    assert np.isfinite(attribute(model, faces[:2], ["gradcam", "layercam"]).maps).all()

    expected = model.probabilities(faces[:3])
    kept = model.save(tmp_path / "kept")
    shutil.rmtree(stored)
    moved = kept.rename(tmp_path / "moved")
    again = load(moved)
    assert np.array_equal(again.probabilities(faces[:3]), expected)
    assert again.view == model.view
    assert load(again.save(tmp_path / "twice")).recipe == model.recipe


@pytest.mark.parametrize("kind", ["resnet", "convnext", "vit", "swin", "registers"])
def test_every_weight_that_is_trained_has_a_gradient(kind, folder, faces):
    """A weight without one would stop a run on several GPUs."""
    model = load("guided", backbone=str(folder(kind)))
    model.module.train()
    model.module(model.prepare(faces)).square().sum().backward()
    trained = {name: weight for name, weight in model.module.named_parameters() if weight.requires_grad}
    assert [name for name, weight in trained.items() if weight.grad is None] == []
    assert any(name.startswith("body.") for name in trained)


@pytest.mark.parametrize("kind", ["vit", "dinov2"])
def test_rollout_needs_no_option_and_follows_the_pooled_patches(kind, folder, faces):
    model = load("guided", backbone=str(folder(kind)))
    body = model.module.body
    with torch.no_grad():
        for weight in body.parameters():  # initial weights give attention that is all but uniform
            weight.add_(0.2 * torch.randn(weight.shape))
    found = attribute(model, faces[:2], ["rollout", "gradient_rollout"], 1, size=(4, 4))
    assert body.config._attn_implementation == "sdpa"
    body.set_attn_implementation("eager")
    mixed = torch.eye(17)
    for weights in body(model.prepare(faces[:2]), output_attentions=True).attentions:
        mixed = (weights.mean(1) + torch.eye(17)) / 2 @ mixed
    pooled = mixed[:, 1:, 1:].mean(1).view(2, 4, 4).detach().numpy()
    assert np.allclose(found["rollout"], pooled, atol=1e-6)
    assert not np.allclose(mixed[:, 0, 1:].view(2, 4, 4).detach().numpy(), pooled, atol=1e-4)
    assert found["gradient_rollout"].std((1, 2)).min() > 0


def test_new_weights_are_drawn_from_the_seed(folder):
    stored = str(folder("vit"))
    trained, fresh, same, other = (
        next(load("guided", backbone=stored, pretrained=known, seed=seed).module.body.parameters())
        for known, seed in ((True, 1), (False, 1), (False, 1), (False, 2))
    )
    assert torch.equal(fresh, same)
    assert not torch.equal(fresh, other)
    assert not torch.equal(fresh, trained)


@pytest.mark.parametrize("pretrained", [True, False])
def test_half_precision_on_disk_is_trained_in_float32(folder, faces, pretrained):
    model = load("guided", backbone=str(folder("vit", torch.bfloat16)), pretrained=pretrained)
    assert {weight.dtype for weight in model.module.parameters()} == {torch.float32}
    assert len(model.predict(faces[:2])) == 2


def test_a_backbone_that_says_nothing_of_its_pictures(tmp_path):
    from transformers import ResNetConfig, ResNetModel

    ResNetModel(ResNetConfig(hidden_sizes=[8], depths=[1], embedding_size=8)).save_pretrained(tmp_path)
    view = load("guided", backbone=str(tmp_path)).view
    assert view == View(224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def test_what_is_no_backbone(tmp_path, folder):
    with pytest.raises(ModelError, match="no transformers model could be read; name a folder"):
        load("guided", backbone=str(tmp_path))
    import transformers

    tiny = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    transformers.BertModel(transformers.BertConfig(**tiny, vocab_size=20)).save_pretrained(tmp_path / "bert")
    with pytest.raises(ModelError, match="BertModel puts out no maps of a picture"):
        load("guided", backbone=str(tmp_path / "bert"))
    kept = load("guided", backbone=str(folder("vit"))).save(tmp_path / "kept")
    config = json.loads((kept / "config.json").read_text(encoding="utf-8"))
    config["recipe"]["config"]["model_type"] = "vit-of-tomorrow"
    (kept / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match=r"transformers .* has no 'vit-of-tomorrow'"):
        load(kept)
