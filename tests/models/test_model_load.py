"""`load`: new models, stored ones, and what is said when there is none."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
import torch

from explab.models import ModelError, load
from explab.models.guided import GuidedConfig, GuidedNet
from explab.models.load import find


def test_a_new_model_is_its_seed():
    torch.manual_seed(7)
    drawn = torch.rand(3)
    torch.manual_seed(7)
    one, same, other = (load("guided", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), drawn), "the caller's random numbers go on"
    weights = [model.module.head.weight for model in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_shape_that_the_docstrings_promise():
    model = load("guided", classes=["happy", "sad", "neutral"])
    assert model.classes == ("Happiness", "Sadness", "Neutral")
    assert model.size == (112, 112)
    maps = model.module.features(model.module.stem(torch.zeros(2, 3, 112, 112)))
    assert maps.shape == (2, 96, 14, 14)
    assert float(maps.detach().min()) >= 0
    assert model.module(torch.zeros(2, 3, 112, 112)).shape == (2, 3)
    weights = sum(weight.numel() for weight in GuidedNet(GuidedConfig()).parameters())
    assert 200_000 < weights < 300_000


def test_unknown_names_list_near_ones():
    with pytest.raises(ModelError, match=r"no model 'guided-mni'; there are guided-mini.*'guided-mini'"):
        load("guided-mni")
    with pytest.raises(ValueError, match=r"unknown expression 'hapy'.*happy"):
        load("guided", classes=["hapy", "sad"])
    with pytest.raises(ModelError, match="occurs twice"):
        load("guided", classes=["happy", "Happiness"])


def test_classes_are_two_or_more():
    for wrong in ([], ["happy"], "happy"):
        with pytest.raises(ModelError, match="expected a list of two expressions or more"):
            load("guided", classes=wrong)


def test_an_embedded_model_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("explab.models.load"), "assets", lambda: tmp_path)
    with pytest.raises(ModelError, match=r"weights are not installed at .*guided-mini") as error:
        load("guided-mini")
    assert "did you mean" not in str(error.value)


def test_near_names_are_those_that_the_caller_takes():
    with pytest.raises(ModelError, match="did you mean 'guided'"):
        load("gided")
    with pytest.raises(ModelError, match="no model 'gided'") as error:
        find("gided")
    assert "'guided'" not in str(error.value)


def test_a_trained_model_is_no_backbone():
    with pytest.raises(ModelError, match="guided-mini is a trained classifier and no backbone"):
        load("guided", backbone="guided-mini")


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ModelError, match=r"no model of explab in this folder; expected config.json"):
        load(tmp_path)


def test_a_stored_model_has_its_own_backbone(tmp_path):
    with pytest.raises(ModelError, match=r"load\('guided', backbone=...\)"):
        load(tmp_path, backbone="microsoft/resnet-50")


def damage(folder, **changes):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")


def test_damaged_folders_are_named(tmp_path):
    folder = load("guided").save(tmp_path / "model")
    damage(folder, classes=["Fear", "Anger"])
    with pytest.raises(ModelError, match=r"model: config.json and model.safetensors do not fit"):
        load(folder)
    load("guided").save(folder)
    damage(folder, view={"size": 112, "tilt": 3})
    with pytest.raises(ModelError, match=r"do not fit together.*tilt"):
        load(folder)
    load("guided").save(folder)
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match="do not fit together"):
        load(folder)
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"config.json is damaged"):
        load(folder)


def test_a_transformers_folder_is_a_backbone(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "vit"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"not of a model of explab.*load\('guided', backbone="):
        load(tmp_path)
