"""What all datasets share: names, places, splits, choosing, damaged pictures."""

import os
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explab.data import NAMES, Dataset, DatasetError, Sample, load_dataset
from explab.data.listing import Row
from explab.data.splits.carve import carve

WORDS = ("happy", "sad")


@pytest.fixture
def folder(tmp_path: Path, draw) -> Path:
    for i in range(10):
        for word in WORDS:
            draw(f"{word}/{i}.png", red=i)
    return tmp_path


def test_names_splits_and_options_that_do_not_exist(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"no dataset 'rafdb'.*did you mean 'raf-db'"):
        load_dataset("rafdb", folder)
    with pytest.raises(DatasetError, match=r"no split 'valid'.*did you mean 'validation'"):
        load_dataset("folder", folder, "valid")
    with pytest.raises(
        DatasetError, match=r"folder has no option 'ordre'; its options are order; did you mean 'order'"
    ):
        load_dataset("folder", folder, ordre="raf-db")
    with pytest.raises(DatasetError, match=r"synth has no option 'sise'.*did you mean 'size'"):
        load_dataset("synth", sise=3)
    with pytest.raises(DatasetError, match="give its folder"):
        load_dataset("folder")
    with pytest.raises(DatasetError, match="shares, from 0 to 1"):
        load_dataset("folder", folder, validation=20)
    with pytest.raises(DatasetError, match="takes no folder"):
        load_dataset("synth", folder)
    with pytest.raises(DatasetError, match="no test split here, only train"):
        load_dataset("folder", folder, "test")
    with pytest.raises(DatasetError, match="no validation split here, only train"):
        load_dataset("folder", folder, "validation", validation=0)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "synth"])
def test_a_wrong_root_says_what_was_looked_for(tmp_path: Path, name) -> None:
    with pytest.raises(DatasetError, match=rf"no {name.replace('+', '.')} here; looked for "):
        load_dataset(name, tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        load_dataset(name, tmp_path / "nowhere")


def test_a_near_place_is_named(tmp_path: Path, draw, write) -> None:
    write("sets/RAF/basic/EmoLabel/list_patition_label.txt", "train_00001.jpg 1\n")
    draw("sets/RAF/basic/Image/aligned/train_00001_aligned.jpg")
    write("sets/fer/fer2013.csv", f"emotion,pixels,Usage\n3,{' '.join(['7'] * 2304)},Training\n")
    with pytest.raises(DatasetError, match=r"one folder down: give .*sets/RAF$"):
        load_dataset("raf-db", tmp_path / "sets")
    with pytest.raises(DatasetError, match=r"one folder up: give .*/RAF/basic$"):
        load_dataset("raf-db", tmp_path / "sets/RAF/basic/EmoLabel")
    with pytest.raises(
        DatasetError, match=r"This looks like fer2013 \(table\): load_dataset\('fer2013', ...\)"
    ):
        load_dataset("raf-db", tmp_path / "sets/fer")
    with pytest.raises(
        DatasetError, match=r"RAF looks like raf-db \(original\): load_dataset\('raf-db', ...\)"
    ):
        load_dataset("ck+", tmp_path / "sets")
    with pytest.raises(DatasetError, match="is a file"):
        load_dataset("raf-db", tmp_path / "sets/fer/fer2013.csv")


def test_choosing(folder: Path) -> None:
    every = load_dataset("folder", folder, validation=0)
    assert isinstance(every[0], Sample)
    assert every[-1].name == "sad/9.png"
    part = every[5:15]
    assert isinstance(part, Dataset)
    assert part.counts() == {**dict.fromkeys(every.classes, 0), "Happiness": 5, "Sadness": 5}
    assert [s.name for s in every[[3, 0]]] == ["happy/3.png", "happy/0.png"]
    assert [s.name for s in every[np.array([3, 0])]] == ["happy/3.png", "happy/0.png"]
    assert len(every[every.labels == 2]) == 10
    assert np.array_equal(every[[0, 10]].labels, [1, 2])
    with pytest.raises(IndexError):
        every[20]
    with pytest.raises(IndexError, match="a mask of 3 for 20 samples"):
        every[np.array([True, False, True])]
    assert repr(every).startswith("<folder, train: 20 samples (Happiness 10, Sadness 10); folders")
    assert repr(every[0]).count("\n") == 0


def test_samples_and_datasets_travel_to_other_processes(folder: Path) -> None:
    every = load_dataset("folder", folder, validation=0)
    there = pickle.loads(pickle.dumps(every))
    assert np.array_equal(there[3].image, every[3].image)
    assert np.array_equal(pickle.loads(pickle.dumps(every[3])).image, every[3].image)


def test_pictures_are_upright(tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    Image.new("RGB", (20, 10)).save(tmp_path / "happy/a.jpg", exif=exif)
    assert load_dataset("folder", tmp_path, validation=0)[0].image.shape == (20, 10, 3)


def test_damaged_pictures_are_skipped_and_listed_up_to_the_limit(folder: Path) -> None:
    (folder / "happy/3.png").write_bytes(b"")
    whole = (folder / "sad/4.png").read_bytes()
    (folder / "sad/4.png").write_bytes(whole[: len(whole) // 2])
    every = load_dataset("folder", folder, validation=0, limit=0.1)
    good = every.readable()
    assert len(good) == 18
    assert [p.name for p in every.problems] == ["happy/3.png", "sad/4.png"]
    assert "the file is empty" in every.problems[0].what
    assert [i for i, _ in every.images([2, 3, 4])] == [2, 4]
    assert len(every.problems) == 2  # each is listed once
    strict = load_dataset("folder", folder, validation=0, limit=0.05)
    with pytest.raises(
        DatasetError, match=r"2 of 20 samples cannot be used \(10.0%; limit=0.05.*\n.*happy/3.png"
    ):
        strict.readable()


def test_a_message_lists_the_first_ten(tmp_path: Path, write) -> None:
    write("my.csv", "path,label\n" + "".join(f"p{i}.png,happy\n" for i in range(25)))
    with pytest.raises(DatasetError, match="25 of 25 samples") as caught:
        load_dataset("csv", tmp_path)
    assert [f"p{i}.png: p{i}.png is missing" in str(caught.value) for i in (0, 9, 10)] == [True, True, False]


def test_validation_is_carved_out_of_train(tmp_path: Path, draw) -> None:
    draw(
        *(f"train/{word}/{i}.png" for word, n in (("happy", 40), ("sad", 20)) for i in range(n)),
        "test/sad/t.png",
    )
    splits = {s: load_dataset("folder", tmp_path, s) for s in ("train", "validation", "test")}
    assert {s: len(d) for s, d in splits.items()} == {"train": 54, "validation": 6, "test": 1}
    assert splits["validation"].counts()["Happiness"] == 4
    assert {s.split for s in splits["validation"]} == {"validation"}
    names = {s: {row.name for row in d.rows} for s, d in splits.items()}
    assert not names["train"] & names["validation"]
    assert {row.name for row in load_dataset("folder", tmp_path, "validation").rows} == names["validation"]
    assert {row.name for row in load_dataset("folder", tmp_path, "validation", seed=1).rows} != names[
        "validation"
    ]
    # A file more does not reshuffle the rest.
    draw("train/sad/new.png")
    again = {row.name for row in load_dataset("folder", tmp_path, "validation").rows}
    assert len(again - names["validation"]) <= 1


def test_subjects_stay_whole_and_classes_balanced() -> None:
    rng = np.random.default_rng(0)
    rows = [
        Row(f"{who}-{i}", "train", "", str(rng.integers(4)), f"S{who}")
        for who in range(60)
        for i in range(int(rng.integers(3, 30)))
    ]
    chosen = carve(rows, 0.2, 0)
    inside = {rows[i].subject for i in chosen}
    assert not inside & {row.subject for i, row in enumerate(rows) if i not in chosen}
    all_, own = Counter(row.label for row in rows), Counter(rows[i].label for i in chosen)
    for label, n in all_.items():
        assert own[label] / n == pytest.approx(0.2, abs=0.04)
    assert carve(list(reversed(rows)), 0.2, 0) == {len(rows) - 1 - i for i in chosen}


def test_subjects_that_are_mostly_too_large() -> None:
    rows = [Row(f"{who}{i}", "train", "", "Fear", who) for who in "ab" for i in range(10)]
    assert len(carve(rows, 0.5, 0)) == 10
    assert len(carve(rows, 0.1, 0)) in (0, 10)


def test_the_fingerprint_follows_the_files(folder: Path) -> None:
    every = load_dataset("folder", folder, validation=0)
    before = every.fingerprint()
    assert before == load_dataset("folder", folder, validation=0).fingerprint()
    assert before != every[:19].fingerprint()
    file = folder / "sad/9.png"
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
    assert before != load_dataset("folder", folder, validation=0).fingerprint()


def test_import_is_light() -> None:
    code = (
        "import sys, explab.data; heavy = {'torch', 'pandas', 'mediapipe', 'cv2', 'numba', 'PIL', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
