"""Splits under the names that people give them; what somebody calls test data never becomes training data."""

from pathlib import Path

import pytest

from explab.data import DatasetError, check, load_dataset, load_splits
from explab.data.splits.names import split_of

WORDS = ("angry", "happy", "sad")


@pytest.mark.parametrize(
    ("names", "split"),
    [
        (
            (
                "train",
                "Training",
                "TRAIN_SET",
                "train-data",
                "trainset",
                "images_train",
                "train2017",
                "TrainImages",
            ),
            "train",
        ),
        (
            (
                "val",
                "valid",
                "Validation",
                "dev",
                "dev_set",
                "PublicTest",
                "validation-split",
                "valid_images",
            ),
            "validation",
        ),
        (("test", "Testing", "test_set", "PrivateTest", "testdata", "held-out", "Test Images"), "test"),
        (("happy", "set", "", "eval", "contest", "latest", "train_test", "fold1", "data", "strain"), None),
    ],
)
def test_names(names: tuple[str, ...], split: str | None) -> None:
    assert {name: split_of(name) for name in names} == dict.fromkeys(names, split)


def tree(draw, *splits: str, n: int = 10) -> None:
    draw(*(f"{split}/{word}/{i}.png" for split in splits for word in WORDS for i in range(n)))


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("Training_Set", "dev", "testing"),
        ("train-images", "valid", "TestSet"),
        ("TRAIN", "PublicTest", "PrivateTest"),
    ],
)
def test_folders_of_splits(tmp_path: Path, draw, train: str, validation: str, test: str) -> None:
    tree(draw, train, validation, test, n=2)
    for split, folder in (("train", train), ("validation", validation), ("test", test)):
        found = load_dataset("folder", tmp_path, split)
        assert {row.file.partition("/")[0] for row in found.rows} == {folder}
        assert len(found) == 6
    splits = load_splits("folder", tmp_path, duplicates="ignore")
    assert splits.test.origin == "official test data"


def test_a_folder_that_is_called_test_is_test_data(tmp_path: Path, draw) -> None:
    tree(draw, "mine/test_pictures", "whole/faces")
    folder = tmp_path / "mine/test_pictures"
    with pytest.raises(DatasetError, match=r"no train split here, only test \(all of it test data, because"):
        load_dataset("folder", folder)
    assert load_dataset("folder", folder, "test")[0].split == "test"
    with pytest.raises(DatasetError, match="has no train data"):
        load_splits("folder", folder)
    assert load_dataset("folder", tmp_path / "whole/faces").split == "train"


def test_folders_of_splits_with_names_that_say_nothing(tmp_path: Path, draw) -> None:
    tree(draw, "first_part", "second_part")
    with pytest.raises(DatasetError) as caught:
        load_dataset("folder", tmp_path)
    said = str(caught.value)
    assert "The folders first_part and second_part each hold such data" in said
    assert "rename them" in said
    assert "Accepted are train (training), validation (val" in said
    assert "give" not in said, "whoever gives one of them trains on it"
    with pytest.raises(DatasetError, match="The folders first_part and second_part each hold such data"):
        check(tmp_path)


def test_the_advice_is_followed(tmp_path: Path, draw) -> None:
    tree(draw, "outer/faces")
    with pytest.raises(DatasetError, match="It lies one folder down: give ") as caught:
        load_dataset("folder", tmp_path / "outer")
    assert len(load_dataset("folder", str(caught.value).rpartition("give ")[2], validation=0)) == 30
    tree(draw, "sets/train", "sets/test")
    with pytest.raises(DatasetError, match=r"It lies one folder up: give .*test, split='test'$") as caught:
        load_dataset("folder", tmp_path / "sets/test/angry")
    place = str(caught.value).rpartition("give ")[2].partition(",")[0]
    assert len(load_dataset("folder", place, split="test")) == 30


def test_tables_of_splits(tmp_path: Path, draw, write) -> None:
    draw("a.png", "b.png", "c.png")
    write("train.csv", "path,label\na.png,happy\n")
    write("val.csv", "path,label\nb.png,sad\n")
    write("test.csv", "path,label\nc.png,angry\n")
    for split, name in (("train", "a.png"), ("validation", "b.png"), ("test", "c.png")):
        assert [sample.name for sample in load_dataset("csv", tmp_path, split)] == [name]
    with pytest.raises(DatasetError, match="no train split here, only test"):
        load_dataset("csv", tmp_path / "test.csv")
    write("test.csv", "path\nc.png\n")
    without = load_dataset("csv", tmp_path)
    assert "test.csv has no column of labels, so it is not read" in without.remarks
    with pytest.raises(DatasetError, match="label_column is not there; the table has the columns path"):
        load_dataset("csv", tmp_path / "test.csv", "test")


def test_a_column_of_splits(tmp_path: Path, draw, write) -> None:
    draw("a.png", "b.png", "c.png")
    write("t.csv", "path,label,Usage\na.png,happy,Training\nb.png,sad,PublicTest\nc.png,sad,PrivateTest\n")
    assert [len(load_dataset("csv", tmp_path, split)) for split in ("train", "validation", "test")] == [
        1,
        1,
        1,
    ]
    write("t.csv", "path,label,subset\na.png,happy,indoor\nb.png,sad,outdoor\nc.png,sad,outdoor\n")
    every = load_dataset("csv", tmp_path, validation=0)
    assert len(every) == 3
    assert (
        "t.csv: column 3 holds no names of splits ('indoor' and 'outdoor'), so it is not used"
        in every.remarks
    )
    with pytest.raises(DatasetError, match="split_column is not there"):
        load_dataset("csv", tmp_path, split_column="when")
