"""RAF-DB in its three orders, compound expressions, and RAF-AU with RAF-ML."""

from pathlib import Path

import numpy as np
import pytest

from explab.data import DatasetError, load_dataset

BASIC = "train_00001.jpg 5\ntrain_00002.jpg 1\ntest_0001.jpg 7 \n\n"
COMPOUND = "".join(f"train_{i:04}.jpg {i}\n" for i in range(1, 12)) + "test_0001.jpg 8\n"


def basic(draw, write, at="basic/", text=BASIC):
    write(f"{at}EmoLabel/list_patition_label.txt", text)
    for line in text.split("\n"):
        if line.strip():
            name = line.split()[0][:-4]
            draw(f"{at}Image/aligned/{name}_aligned.jpg", red=10)
            draw(f"{at}Image/original/{name}.jpg", red=200)


@pytest.mark.parametrize(("at", "root"), [("basic/", ""), ("basic/", "basic"), ("", "")])
def test_the_original(tmp_path: Path, draw, write, at, root) -> None:
    basic(draw, write, at)
    train = load_dataset("raf-db", tmp_path / root, validation=0)
    assert [(s.name, s.label, s.split) for s in train] == [
        ("train_00001", "Sadness", "train"),
        ("train_00002", "Surprise", "train"),
    ]
    assert train.rule.startswith("original")
    assert train.classes[-1] == "Anger"
    assert train.counts()["Surprise"] == 1
    test = load_dataset("raf-db", tmp_path / root, "test")
    assert [(s.name, s.label) for s in test] == [("test_0001", "Neutral")]
    assert abs(int(test[0].image[0, 0, 0]) - 10) < 8
    original = load_dataset("raf-db", tmp_path / root, "test", aligned=False)[0]
    assert abs(int(original.image[0, 0, 0]) - 200) < 8
    assert original.path.name == "test_0001.jpg"


def test_compound_and_basic_lie_in_files_of_the_same_names(tmp_path: Path, draw, write) -> None:
    basic(draw, write, "compound/", COMPOUND)
    compound = load_dataset("raf-db-compound", tmp_path, validation=0)
    assert compound[0].label == "Happily Surprised"
    assert compound[10].label == "Disgustedly Surprised"
    assert load_dataset("raf-db-compound", tmp_path / "compound", "test")[0].label == "Fearfully Surprised"
    with pytest.raises(
        DatasetError, match=r"This looks like raf-db-compound .*load_dataset\('raf-db-compound'"
    ):
        load_dataset("raf-db", tmp_path / "compound")
    basic(draw, write)
    assert load_dataset("raf-db", tmp_path, validation=0)[0].label == "Sadness"
    with pytest.raises(DatasetError, match="This looks like raf-db "):
        load_dataset("raf-db-compound", tmp_path / "basic")


def test_a_label_that_no_order_has_is_a_problem(tmp_path: Path, draw, write) -> None:
    basic(draw, write, text=BASIC + "train_00003.jpg 13\nvalid_00001.jpg 1\n")
    with pytest.raises(
        DatasetError, match=r"2 of 4 samples cannot be used \(50.0%.*\n.*train_00003: .*'13' is not among"
    ):
        load_dataset("raf-db", tmp_path)
    train = load_dataset("raf-db", tmp_path, validation=0, limit=0.5)
    assert [problem.name for problem in train.problems] == ["train_00003", "valid_00001.jpg"]
    assert len(train) == 2


def test_kaggle_numbers_as_the_original_and_the_table_counts(tmp_path: Path, draw, write) -> None:
    write("train_labels.csv", "image,label\ntrain_00001_aligned.jpg,5\ntrain_00002_aligned.jpg,4\n")
    write("test_labels.csv", "image,label\ntest_0001_aligned.jpg,7\n")
    draw("DATASET/train/5/train_00001_aligned.jpg", "DATASET/train/1/train_00002_aligned.jpg")
    draw("DATASET/test/7/test_0001_aligned.jpg")
    train = load_dataset("raf-db", tmp_path, validation=0)
    assert [s.label for s in train] == ["Sadness", "Happiness"]
    assert train[1].path == tmp_path / "DATASET/train/1/train_00002_aligned.jpg"
    assert any("1 image in the folder of another class" in remark for remark in train.remarks)
    assert load_dataset("raf-db", tmp_path, "test")[0].label == "Neutral"


def test_efficientface_folders_are_in_another_order(tmp_path: Path, draw) -> None:
    for number in range(7):
        draw(f"train/{number}/train_{number:05}_aligned.jpg", f"test/{number}/test_{number:04}_aligned.jpg")
    train = load_dataset("raf-db", tmp_path, validation=0)
    assert [s.label for s in train] == [
        *("Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger")
    ]
    assert train.rule.startswith("efficientface")
    assert train[5].name == "train_00005"


TOKENS = "0007.jpg 4+9+L10 \n0008.jpg null\n0009.jpg R12+26   \n0010.jpg 4+99\n"


def test_raf_au(tmp_path: Path, draw, write) -> None:
    write("RAFAU_label.txt", TOKENS)
    draw(*(f"aligned/{name}_aligned.jpg" for name in ("0007", "0008", "0009", "0010")))
    with pytest.raises(DatasetError, match=r"0010: .*99"):
        load_dataset("raf-au", tmp_path)
    every = load_dataset("raf-au", tmp_path, validation=0, limit=0.3)
    first, none, third = every
    assert first.aus["AU4"] == first.aus["AU9"] == 1
    assert first.aus.sides("AU10") == {"L": 1, "R": 0}
    assert not any(none.aus.values())
    assert third.aus.sides("AU12") == {"L": 0, "R": 1}
    assert third.aus["AU26"] == 1
    assert every.classes == ()
    assert first.label is None
    assert first.votes is None
    assert "RAF-DB's test split" in every.remarks[0]


def test_raf_ml_gives_raf_au_its_expressions(tmp_path: Path, draw, write) -> None:
    write("au/RAFAU_label.txt", TOKENS.rpartition("0010")[0])
    draw(*(f"au/aligned/{name}_aligned.jpg" for name in ("0007", "0008", "0009")))
    write("ml/EmoLabel/distribution.txt", "0007.jpg 0.1 0 0 0 0.1 0.8\n0008.jpg 0.5 0.5 0 0 0 0\n")
    by_folder = load_dataset("raf-au", tmp_path / "au", validation=0, raf_ml=tmp_path / "ml")
    assert [s.label for s in by_folder] == ["Anger", None, None]
    assert by_folder[0].votes["Anger"] == 0.8
    assert list(by_folder[0].votes) == ["Surprise", "Fear", "Disgust", "Happiness", "Sadness", "Anger"]
    assert by_folder.counts()["unlabelled"] == 2
    assert np.array_equal(by_folder.labels, [6, -1, -1])
    with pytest.raises(DatasetError, match="raf_ml is RAF-ML's folder"):
        load_dataset("raf-au", tmp_path / "au", raf_ml=tmp_path / "nowhere")
    write("ml/EmoLabel/distribution.txt", "0007.jpg 0.1 0\n")
    with pytest.raises(DatasetError, match=r"line 1: .* 6 shares"):
        load_dataset("raf-au", tmp_path / "au", raf_ml=tmp_path / "ml/EmoLabel/distribution.txt")
