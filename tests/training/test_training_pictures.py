"""Pictures: made once, kept, gone on with, and their landmarks where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explab import synth
from explab.data import DatasetError, load_dataset
from explab.face import align
from explab.models import View
from explab.training import pictures as module
from explab.training.pictures import from_dataset, pictures, synthetic

VIEW = View(40, (0.1, 0.15, 0.9, 0.95))
"""50 px crops, so that 40 px are shown as they are."""


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("pixels", "points", "labels")
    )


def test_faces_as_arrays(faces):
    made = pictures(faces, View(32, (0.25, 0.0, 0.75, 0.5)), "twelve")
    assert (len(made), made.source) == (12, "twelve")
    assert made.labels.tolist() == [face.truth.expression for face in faces]
    # 64 px crops: 16 to 48 and 0 to 32 are shown, pixel by pixel.
    assert np.array_equal(made.pixels, np.stack([face.image[:32, 16:48] for face in faces]))
    expected = np.stack([face.landmarks for face in faces]) - [16, 0, 0]
    assert np.allclose(made.points, expected, atol=1e-4)
    part = made.subset(np.array([7, 2]))
    assert part.labels.tolist() == [made.labels[7], made.labels[2]]
    assert np.array_equal(part.points[0], made.points[7])


def test_faces_must_be_labelled(faces):
    nobody = replace(faces[3], truth=None)
    with pytest.raises(ValueError, match="nobody says which expression"):
        pictures([faces[0], nobody], VIEW)


@pytest.fixture
def calls(monkeypatch):
    """Numbers of the first faces that were asked for; shards are of four."""
    from explab.synth import make

    asked, made = [], make.faces

    def counted(n, **options):
        asked.append((options["first"], n))
        return made(n, **options)

    monkeypatch.setattr(make, "faces", counted)
    monkeypatch.setattr(module, "SHARD", 4)
    return asked


def test_synthetic_faces_are_made_once(calls, tmp_path):
    options = {"seed": 8, "view": VIEW, "expressions": ["Anger", "Fear"], "cache": tmp_path}
    first = synthetic(10, **options)
    assert calls == [(0, 4), (4, 4), (8, 2)]
    again = synthetic(10, **options)
    assert len(calls) == 3
    assert same(first, again), "also the run that makes them trains on what later runs will read"
    more = synthetic(12, **options)
    assert calls[3:] == [(8, 4)]
    assert np.array_equal(more.points[:10], first.points)
    for changed in ({"seed": 9}, {"view": View(40)}, {"expressions": ["Fear"]}):
        before = len(calls)
        assert not same(synthetic(4, **{**options, **changed}), more.subset(np.arange(4)))
        assert len(calls) == before + 1, changed


def test_synthetic_faces_are_those_of_the_series(calls, tmp_path):
    found = synthetic(6, seed=8, view=VIEW, expressions=["Anger", "Fear"], cache=tmp_path)
    direct = synth.faces(6, seed=8, size=50, expressions=["Anger", "Fear"])
    # The box of 50 px: 5 to 45 and, as round(7.5) is 8, 8 to 48. Nothing is resampled.
    left, top = 5, 8
    assert np.array_equal(found.pixels, [face.image[top : top + 40, left : left + 40] for face in direct])
    expected = np.stack([face.landmarks for face in direct]) - [left, top, 0]
    assert np.abs(found.points - expected).max() <= 1 / 64, "half precision below 64 px"
    assert found.labels.tolist() == [face.truth.expression for face in direct]
    assert found.source == "6 synthetic faces, seed 8"
    assert calls


def test_what_was_made_before_a_kill_is_not_made_again(calls, tmp_path, monkeypatch):
    from explab.synth import make

    counted = make.faces

    def stops(n, **options):
        if options["first"] == 8:
            raise KeyboardInterrupt
        return counted(n, **options)

    options = {"seed": 8, "view": VIEW, "cache": tmp_path}
    monkeypatch.setattr(make, "faces", stops)
    with pytest.raises(KeyboardInterrupt):
        synthetic(10, **options)
    (tmp_path / "pictures_x_8_10.npz.123.part").write_bytes(b"half")
    monkeypatch.setattr(make, "faces", counted)
    found = synthetic(10, **options)
    assert calls == [(0, 4), (4, 4), (8, 2)]
    assert same(found, synthetic(10, **options))


def test_without_a_cache_nothing_is_written(calls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = synthetic(5, seed=8, view=VIEW)
    assert len(found) == 5
    assert calls == [(0, 4), (4, 1)]
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="no faces to train on"):
        synthetic(0, seed=8, view=VIEW)


@pytest.fixture(scope="session")
def people():
    return synth.faces(6, seed=3, size=160, expressions=["Happiness", "Surprise"], yaw=0)


@pytest.fixture
def folder(tmp_path, people):
    """A dataset of six synthetic faces in two folders, and a picture of nobody."""
    for i, face in enumerate(people):
        path = tmp_path / "set" / "train" / face.truth.expression.lower() / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(face.image).save(path)
    Image.new("RGB", (160, 160), (90, 140, 60)).save(tmp_path / "set" / "train" / "surprise" / "lawn.png")
    return tmp_path / "set"


def read(folder, **options):
    return load_dataset("folder", folder, "train", validation=0, **options)


def test_a_dataset_on_disk(folder, tmp_path, people, monkeypatch):
    options = {"view": VIEW, "cache": tmp_path / "cache", "expressions": ["Surprise", "Happiness", "Anger"]}
    found = from_dataset(read(folder), **options)
    assert len(found) == 6
    assert found.missed == ("train/surprise/lawn.png",)
    rows = [row for row in read(folder).rows if "lawn" not in row.file]
    order = [int(row.file.split("/")[-1].split(".")[0]) for row in rows]
    assert found.labels.tolist() == [people[i].truth.expression for i in order]
    for i, points in zip(order, found.points, strict=True):
        # The true landmarks, laid upright as crops are, then cut by the box: 5 and 8 px of 50.
        truth = people[i].landmarks
        expected = align.apply(align.crop_transform(truth, 50), truth) - [5, 8, 0]
        eyes = np.linalg.norm(expected[33, :2] - expected[263, :2])
        assert np.linalg.norm(points - expected, axis=1)[:468].mean() < 0.15 * eyes
        assert np.linalg.norm((points - expected)[[33, 263, 61, 291], :2], axis=1).max() < 0.2 * eyes
    before = sorted(path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*"))

    def never(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr("explab.data.faces.aligned", never)
    again = from_dataset(read(folder), **options)
    assert same(found, again)
    assert again.missed == found.missed
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*")) == before
    assert found.source == "folder, train"


def test_other_expressions_are_left_out(folder, tmp_path):
    found = from_dataset(read(folder), view=VIEW, cache=tmp_path / "cache", expressions=["Happiness", "Fear"])
    assert set(found.labels.tolist()) == {"Happiness"}
    assert found.missed == ()


def test_damaged_pictures_are_problems_and_not_faceless(folder, tmp_path):
    (folder / "train" / "surprise" / "torn.png").write_bytes(b"\x89PNG torn")
    options = {"view": VIEW, "cache": tmp_path / "cache", "expressions": ["Surprise", "Happiness"]}
    with pytest.raises(DatasetError, match=r"1 of 8 samples cannot be used[^$]*torn\.png"):
        from_dataset(read(folder, limit=0.1), **options)
    data = read(folder, limit=0.2)
    for _ in range(2):
        found = from_dataset(data, **options)
        assert found.missed == ("train/surprise/lawn.png",)
        assert len(found) == 6
    assert [problem.name for problem in data.problems] == ["train/surprise/torn.png"]


def test_nothing_but_lawn(folder, tmp_path):
    for path in folder.rglob("[0-9].png"):
        path.unlink()
    options = {"view": VIEW, "cache": tmp_path / "cache", "expressions": ["Surprise"]}
    with pytest.raises(DatasetError, match=r"no face was found in 1 of 1 picture \(100\.0%"):
        from_dataset(read(folder), **options)
    with pytest.raises(ValueError, match=r"no faces to train on; none was found in 1 picture$"):
        from_dataset(read(folder), **options, faceless=1.0)


def test_labels_are_those_of_today(folder, tmp_path):
    """The table is mended, the pictures are the same: nothing is made anew, and the labels are the new ones."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("[0-9].png"))
    options = {"view": VIEW, "cache": tmp_path / "cache", "expressions": ["Surprise", "Happiness"]}
    found = []
    for words in (["happy", "surprise"] * 3, ["surprise", "happy"] * 3):
        table = "".join(f"{file},{word}\n" for file, word in zip(files, words, strict=True))
        (folder / "t.csv").write_text(f"path,label\n{table}")
        found.append(from_dataset(load_dataset("csv", folder, validation=0), **options))
    assert np.array_equal(found[0].pixels, found[1].pixels)
    assert (found[0].labels != found[1].labels).all()
    assert found[0].fingerprint != found[1].fingerprint
    assert len(list((tmp_path / "cache").glob("pictures_*"))) == 1


def test_what_is_left_out_is_said(folder, tmp_path):
    found = from_dataset(read(folder), view=VIEW, cache=tmp_path, expressions=["Surprise"], faceless=0.5)
    happy = len(list((folder / "train" / "happiness").iterdir()))
    assert found.account == (
        f"{6 - happy} used, 1 without a face (train/surprise/lawn.png), {happy} of other classes (Happiness {happy})"
    )
    with pytest.raises(DatasetError, match=r"no face was found in 1 of 7 pictures \(14\.3%; faceless=0\.1"):
        from_dataset(
            read(folder), view=VIEW, cache=tmp_path, expressions=["Surprise", "Happiness"], faceless=0.1
        )
    with pytest.raises(ValueError, match="no picture shows one of Anger"):
        from_dataset(read(folder), view=VIEW, cache=tmp_path, expressions=["Anger"])


def test_a_damaged_shard_is_made_again(calls, tmp_path):
    options = {"seed": 8, "view": VIEW, "cache": tmp_path}
    first = synthetic(4, **options)
    (shard,) = tmp_path.iterdir()
    shard.write_bytes(shard.read_bytes()[:500])
    assert same(first, synthetic(4, **options))
    assert len(calls) == 2


def test_the_fingerprint_knows_pixels_points_and_labels(faces):
    one = pictures(faces, VIEW)
    assert one.fingerprint == pictures(faces, VIEW).fingerprint
    for name in ("pixels", "points"):
        changed = getattr(one, name).copy()
        changed[0, 0, 0] += 1
        assert replace(one, **{name: changed}).fingerprint != one.fingerprint
    assert replace(one, labels=one.labels[::-1]).fingerprint != one.fingerprint
