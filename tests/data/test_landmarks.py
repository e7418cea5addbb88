"""Landmarks of a dataset: right, exact enough, measured once, resumed."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import explab as xl
from explab.data import DatasetError, landmarks, load_dataset
from explab.face import align
from explab.facs.mesh import N_POINTS

marks = sys.modules["explab.data.landmarks"]  # the package has a function of that name


@pytest.fixture(scope="module")
def faces() -> list[xl.Face]:
    return xl.synth.faces(3, seed=11, size=112)


@pytest.fixture
def folder(tmp_path: Path, faces) -> Path:
    (tmp_path / "set/happy").mkdir(parents=True)
    for i, face in enumerate(faces):
        Image.fromarray(face.image).save(tmp_path / f"set/happy/{i}.png")
    Image.new("RGB", (112, 112), "grey").save(tmp_path / "set/happy/3.png")
    return tmp_path


def errors(points, faces) -> list[float]:
    return [
        float(np.linalg.norm((p - f.landmarks)[:, :2], axis=1).mean() / align.interocular(f.landmarks))
        for p, f in zip(points, faces, strict=True)
    ]


@pytest.mark.parametrize("thorough", [False, True])
def test_against_the_truth(folder: Path, faces, thorough) -> None:
    every = load_dataset("folder", folder / "set", validation=0)
    points, valid = landmarks(every, folder / "cache", thorough=thorough)
    assert points.shape == (4, N_POINTS, 3)
    assert points.dtype == np.float32
    assert valid.tolist() == [True, True, True, False]
    assert np.isnan(points[3]).all()
    assert max(errors(points[:3], faces)) < 0.06


def test_a_second_call_measures_nothing(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(marks, "SHARD", 2)
    every = load_dataset("folder", folder / "set", validation=0)
    points, _ = landmarks(every, folder / "cache")
    shards = sorted((folder / "cache").rglob("*.npz"))
    assert len(shards) == 2
    assert shards[0].parent.name.startswith("folder-")
    measured = []
    look = marks._points
    monkeypatch.setattr(marks, "_points", lambda *args: measured.append(args[0].name) or look(*args))
    again, _ = landmarks(every, folder / "cache")
    assert measured == []
    assert np.array_equal(points, again, equal_nan=True)
    # A kill leaves whole shards and a part; damage is measured again.
    shards[1].unlink()
    shards[1].with_suffix(".99.part").write_bytes(b"half")
    landmarks(every, folder / "cache")
    assert len(measured) == 2
    shards[0].write_bytes(shards[0].read_bytes()[:100])
    landmarks(every, folder / "cache")
    assert sorted(measured) == [f"happy/{i}.png" for i in range(4)]
    found, _ = landmarks(every[[2, 0]], folder / "cache")  # any choice finds its own again
    assert len(measured) == 4
    assert np.array_equal(found, points[[2, 0]])
    file = folder / "set/happy/2.png"
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
    landmarks(load_dataset("folder", folder / "set", validation=0), folder / "cache")
    assert measured[4:] == ["happy/2.png"]  # what changed alone


def test_a_killed_call_goes_on(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(marks, "SHARD", 1)
    every = load_dataset("folder", folder / "set", validation=0)
    measured, look = [], marks._points

    def killed(sample, *rest):
        measured.append(sample.name)
        if len(measured) == 3:
            raise KeyboardInterrupt
        return look(sample, *rest)

    monkeypatch.setattr(marks, "_points", killed)
    with pytest.raises(KeyboardInterrupt):
        landmarks(every, folder / "cache")
    _, valid = landmarks(every, folder / "cache")
    assert measured == ["happy/0.png", "happy/1.png", "happy/2.png", "happy/2.png", "happy/3.png"]
    assert valid.sum() == 3


def test_what_is_kept_is_exact_to_2_to_the_minus_13() -> None:
    rng = np.random.default_rng(0)
    for width, height in ((224, 224), (1024, 768), (48, 100)):
        points = rng.uniform(0, 1, (N_POINTS, 3)).astype(np.float32) * [width, height, 100]
        points[:, 2] -= 50
        kept = marks._Shard(
            np.array(["a"]),
            marks.relative(points, width, height)[None],
            np.array([[width, height]], np.int32),
            np.zeros(1, np.uint8),
            np.array([""]),
        )
        assert kept.relative.dtype == np.float16
        error = np.abs(kept.pixels()[0] - points).max() / max(width, height)
        assert error <= 2**-13 * 1.001
        assert error > 2**-15  # float16 it is


def test_damaged_pictures_are_noted_each_time(folder: Path) -> None:
    (folder / "set/happy/1.png").write_bytes(b"no picture")
    for _ in range(2):
        every = load_dataset("folder", folder / "set", validation=0, limit=0.3)
        _, valid = landmarks(every, folder / "cache")
        assert valid.tolist() == [True, False, True, False]
        assert [p.name for p in every.problems] == ["happy/1.png"]
        assert "not a picture" in every.problems[0].what, "the reason is kept"
    strict = load_dataset("folder", folder / "set", validation=0)
    with pytest.raises(DatasetError, match="1 of 4 samples"):
        landmarks(strict, folder / "cache")


def test_the_box_says_which_face(tmp_path: Path, faces, write) -> None:
    both = np.concatenate([faces[0].image, faces[1].image], 1)
    (tmp_path / "Manually_Annotated_Images/1").mkdir(parents=True)
    points = ";".join(["1"] * 136)
    lines = ""
    for i, x in enumerate((0, 112)):
        Image.fromarray(both).save(tmp_path / f"Manually_Annotated_Images/1/{i}.png")
        lines += f"1/{i}.png,{x},0,112,112,{points},1,0,0\n"
    write("training.csv", lines)
    every = load_dataset("affectnet", tmp_path, validation=0)
    for thorough in (False, True):
        found, valid = landmarks(every, tmp_path / "cache", thorough=thorough)
        assert valid.all()
        found[1, :, 0] -= 112
        assert max(errors(found, faces[:2])) < 0.06


def test_synthetic_faces_bring_their_own(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(marks, "_look", lambda *_: pytest.fail("a backend was asked"))
    every = load_dataset("synth", n=4, size=64, seed=2)
    points, valid = landmarks(every, tmp_path)
    assert valid.all()
    truth = np.stack([sample.landmarks for sample in every])
    assert np.abs(points - truth)[..., :2].max() <= 64 * 2**-12
