"""From a name to a trained model in a folder."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from explab import synth
from explab.data import load_splits
from explab.models import load
from explab.training.augment import Augment
from explab.training.errors import TrainingError
from explab.training.parts import taught
from explab.training.pictures import Pictures
from explab.training.presets import Preset
from explab.training.recipe import Recipe
from explab.training.run import majority, train_guided

TINY = Preset(Recipe(epochs=2, batch=16, lr=2e-3), guidance=4.0, augment=Augment(flip=0.5), faces=64)
CLASSES = ("Happiness", "Surprise", "Neutral")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folder of all runs."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def trained(runs):
    """trained("name", seed=1) -> a run on 64 faces; all share their pictures."""

    def run(out, **options):
        options = {"settings": TINY, "classes": CLASSES, "validated": 24, "tested": 24, **options}
        return train_guided("synth", runs / out, cache=runs / "cache", device="cpu", **options)

    return run


@pytest.fixture(scope="module")
def first(trained):
    return trained("first")


def test_the_folder_is_a_model(first, runs):
    faces = synth.faces(4, seed=77, size=140, expressions=list(CLASSES))
    again = load(runs / "first")
    assert again.classes == CLASSES
    assert np.array_equal(again.probabilities(faces), first.model.probabilities(faces))
    assert not np.allclose(
        again.probabilities(faces), load("guided", classes=CLASSES, seed=0).probabilities(faces), atol=1e-3
    )


def test_the_card_says_how_it_was_made(first, runs):
    card = json.loads((runs / "first" / "config.json").read_text(encoding="utf-8"))["card"]
    assert card == load(runs / "first").card
    assert card["test"] == first.test
    recalls = {f"recall of {name}" for name in CLASSES}
    cosines = {"attention_cosine", "attention_cosine_layer"}
    assert set(first.test) == {"score", "floor", "recall", "recall floor", *cosines, *recalls}
    assert sum(map(sum, (row.values() for row in card["confusion"].values()))) == 24
    right = sum(card["confusion"][name][name] for name in CLASSES)
    assert first.test["score"] == pytest.approx(right / 24)
    assert 0 <= first.test["score"] <= 1
    assert card["synthetic"] is True
    assert card["data"] == {
        "train": "64 synthetic faces, seed 1",
        "validation": "24 synthetic faces, seed 2",
        "test": "24 synthetic faces, seed 3",
    }
    assert (card["guidance"], card["seed"], card["codebook"], card["recipe"]["epochs"]) == (
        4.0,
        0,
        "survey",
        2,
    )
    assert card["faces"] == {"train": 64, "validation": 24, "test": 24}
    assert card["best epoch"] == first.history.best in (1, 2)


def weights(out):
    return load_file(out / "model.safetensors")


def test_the_same_seed_gives_the_same_weights_and_another_others(trained, first, runs):
    again, other = trained("again"), trained("other", seed=1)
    one = weights(runs / "first")
    assert all(torch.equal(one[name], value) for name, value in weights(runs / "again").items())
    assert not torch.equal(one["head.weight"], weights(runs / "other")["head.weight"])
    assert again.history.rows == first.history.rows
    assert again.test == first.test
    assert other.history.rows != first.history.rows
    assert [run.model.card["recipe"]["seed"] for run in (first, other)] == [0, 1], (
        "the order of faces differs as well"
    )


def test_a_finished_run_is_read_and_another_refused(trained, first, runs):
    model = (runs / "first" / "model.safetensors").read_bytes()
    again = trained("first")
    assert again.history.rows == first.history.rows
    assert (runs / "first" / "model.safetensors").read_bytes() == model
    with pytest.raises(TrainingError, match=r"another task\.guidance"):
        trained("first", guidance=1.0)


def test_guidance_changes_where_the_network_looks(trained, first):
    plain = trained("plain", guidance=0.0)
    assert "train/alignment" not in plain.history.rows[0]
    assert first.history.rows[-1]["train/alignment"] < first.history.rows[0]["train/alignment"]
    assert first.test["attention_cosine"] > plain.test["attention_cosine"]


def test_the_floor_of_accuracy():
    labels = np.array(["Fear"] * 3 + ["Anger"] * 5)
    part = Pictures(np.zeros((8, 1, 1, 3), np.uint8), np.zeros((8, 478, 3), np.float32), labels, "x")
    assert majority(part) == 5 / 8


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Own data without any split: 20 synthetic faces for each of two expressions."""
    root = tmp_path_factory.mktemp("own")
    for i, face in enumerate(synth.faces(40, seed=9, size=140, expressions=["Happiness", "Surprise"])):
        path = root / face.truth.expression.lower() / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(face.image).save(path)
    return root


def test_own_data_without_splits(own, runs):
    said = []
    options = {"settings": TINY, "classes": CLASSES, "cache": runs / "cache", "device": "cpu"}
    found = train_guided("folder", runs / "own", root=own, tell=said.append, **options)
    card = found.model.card
    assert card["faces"] == {"train": 33, "validation": 3, "test": 4}
    assert (card["balance"], card["remarks"], card["recipe"]["batch"]) == ("none", [], 16)
    assert "carved out by seed 0" in card["data"]["test"]
    assert card["used"]["test"] == "4 used"
    assert "test: 4 used" in said
    one = next(own.rglob("*.png"))
    Image.open(one).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(one)
    with pytest.raises(TrainingError, match=r"another task\.(train|validation)"):
        train_guided("folder", runs / "own", root=own, tell=said.append, **options)
    with pytest.raises(TrainingError, match=r"another task\.first weights"):
        train_guided(
            "folder",
            runs / "own",
            root=own,
            tell=said.append,
            **{**options, "settings": replace(TINY, backbone="au-trunk")},
        )


@pytest.mark.parametrize(
    ("data", "options", "says"),
    [
        ("synth", {"faces": 0}, "faces=0"),
        ("synth", {"guidance": float("nan")}, "guidance=nan"),
        ("synth", {"guidance": -1.0}, "guidance=-1"),
        ("synth", {"root": "."}, "lies in no folder"),
        ("folder", {"faces": 8}, "has the pictures it has"),
        ("raf-db-compound", {}, "none of its classes"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_is_made(
    tmp_path, monkeypatch, data, options, says
):
    for name in ("from_dataset", "synthetic"):
        monkeypatch.setattr(f"explab.training.parts.{name}", lambda *_, **__: pytest.fail("made"))
    lines = "".join(
        f"{s}_{i}.jpg {i}\n" for s in ("train_a", "train_b", "test") for i in range(1, 12)
    ).splitlines()
    (tmp_path / "EmoLabel").mkdir()
    (tmp_path / "EmoLabel" / "list_patition_label.txt").write_text("\n".join(lines))
    (tmp_path / "Image" / "aligned").mkdir(parents=True)
    for line in lines:
        (tmp_path / "Image" / "aligned" / f"{line.split('.')[0]}_aligned.jpg").touch()
    if data != "synth":
        options = {"root": tmp_path, "options": {"validation": 0.5} if data != "folder" else None, **options}
    with pytest.raises(ValueError, match=says):
        train_guided(data, tmp_path / "out", settings=TINY, device="cpu", **options)


def test_a_finished_run_keeps_its_day(trained, first, runs):
    file = runs / "first" / "config.json"
    before = file.read_text().replace(first.model.card["made"], "2001-02-03")
    file.write_text(before)
    trained("first")
    assert file.read_text() == before


def test_what_must_be_known_of_own_data_is_said_before_training(tmp_path):
    """Uneven classes, a class that not every split can have, a test picture that is in train."""
    chance = np.random.default_rng(0)
    for split, n in (("train", {"happy": 40, "fear": 7, "anger": 2}), ("test", {"happy": 5, "fear": 2})):
        for word, k in n.items():
            (tmp_path / split / word).mkdir(parents=True)
            for i in range(k):
                noise = chance.integers(0, 255, (24, 24), dtype=np.uint8)
                Image.fromarray(noise).save(tmp_path / split / word / f"{i}.png")
    (tmp_path / "train/fear/copy.png").write_bytes((tmp_path / "test/fear/1.png").read_bytes())
    model, said = load("guided", classes=("Happiness", "Fear", "Anger"), seed=0), []
    taught(load_splits("folder", tmp_path), model, said.append)
    text = "\n".join(said)
    assert (
        "in test too (1 the same file; the first: train/fear/copy.png is the same file as test/fear/1.png)"
        in text
    )
    assert "note: the test data have no Anger (2 pictures in all)" in text
    assert "uneven classes: Happiness has 36 training pictures, Anger 1; --balance weights" in text
    balanced = []
    taught(load_splits("folder", tmp_path, duplicates="drop"), model, balanced.append, "weights")
    assert "uneven" not in "\n".join(balanced)
    assert ": left out of " in "\n".join(balanced)
