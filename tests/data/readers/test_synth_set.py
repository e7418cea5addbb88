"""Synthetic faces as a dataset: the same as explab.synth makes, drawn when asked for."""

from pathlib import Path

import numpy as np
import pytest

import explab as xl
from explab.data import DatasetError, load_dataset
from explab.data.readers import synth


def test_they_are_the_faces_of_explab_synth() -> None:
    every = load_dataset("synth", n=70, seed=3, size=32, limit=0)
    made = xl.synth.faces(70, seed=3, size=32)
    assert every.labels.tolist() == [xl.facs.EXPRESSIONS.index(face.truth.expression) for face in made]
    assert every.split == "train"
    for i in (0, 63, 64, 69):
        sample, face = every[i], made[i]
        assert np.array_equal(sample.image, face.image)
        assert np.array_equal(sample.landmarks, face.truth.landmarks)
        assert np.allclose(sample.box, face.truth.box)
        assert sample.aus == face.truth.aus
        assert sample.label == face.truth.expression
        assert sample.path is None
    assert "synthetic" in " ".join(every.remarks).lower()


def test_splits_share_nobody() -> None:
    pictures = [load_dataset("synth", split=s, n=1, size=32)[0] for s in ("train", "validation", "test")]
    assert len({sample.name for sample in pictures}) == 3
    assert len({sample.image.tobytes() for sample in pictures}) == 3
    assert [sample.split for sample in pictures] == ["train", "validation", "test"]


def test_the_cache_is_drawn_once(tmp_path: Path, monkeypatch) -> None:
    first = load_dataset("synth", n=3, size=32, cache=tmp_path)[1].image
    files = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert files == ["images-0000000.npy", "landmarks-0000000.npy"]
    synth._kept.cache_clear()
    synth._drawn.cache_clear()

    def never(*_, **__):
        raise AssertionError("drawn again")

    monkeypatch.setattr(xl.synth, "faces", never)
    again = load_dataset("synth", n=60, size=32, cache=tmp_path)
    assert np.array_equal(again[1].image, first)
    with pytest.raises(AssertionError, match="drawn again"):
        load_dataset("synth", n=3, size=32, seed=1, cache=tmp_path)[0].image  # noqa: B018
    monkeypatch.setattr(synth, "_version", lambda: "another renderer")
    synth._kept.cache_clear()
    with pytest.raises(AssertionError, match="drawn again"):
        again[1].image  # noqa: B018


def test_the_fingerprint_tells_series_apart() -> None:
    options = ({}, {"size": 48}, {"seed": 1}, {"yaw": 20.0}, {"expressions": "happy"}, {"split": "test"})
    assert len({load_dataset("synth", **{"n": 5, "size": 32, **each}).fingerprint() for each in options}) == 6


def test_expressions_and_wrong_requests() -> None:
    few = load_dataset("synth", n=20, size=32, expressions=["happy", "sad"])
    assert set(few.labels.tolist()) == {1, 2}
    with pytest.raises(DatasetError, match="n=0"):
        load_dataset("synth", n=0)
    with pytest.raises(ValueError, match="32-2048"):
        load_dataset("synth", size=3)
    with pytest.raises(ValueError, match="Happiness"):
        load_dataset("synth", expressions="happyness")
