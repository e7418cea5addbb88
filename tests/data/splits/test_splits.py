"""Three labelled splits of datasets that were published with fewer, and tables that cannot be read."""

from pathlib import Path

import pytest

from explab.data import DatasetError, check, load_dataset, load_splits
from explab.data.listing import Row
from explab.data.splits.carve import three, without_classes

WORDS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")


def names(splits) -> list[set[str]]:
    return [{row.name for row in part.rows} for part in (splits.train, splits.validation, splits.test)]


def test_with_train_only_both_are_carved(tmp_path: Path, draw) -> None:
    draw(*(f"{word}/{i}.png" for word in ("happy", "sad") for i in range(20)))
    found = load_splits("folder", tmp_path)
    train, validation, test = names(found)
    assert (len(train), len(validation), len(test)) == (32, 4, 4)
    assert len(train | validation | test) == 40
    assert found.test.origin == "10% of the official train data, carved out by seed 0"
    assert {sample.split for sample in found.test} == {"test"}
    assert names(load_splits("folder", tmp_path)) == [train, validation, test]
    assert names(load_splits("folder", tmp_path, seed=1))[2] != test


def test_official_splits_stay_as_load_dataset_has_them(tmp_path: Path, draw) -> None:
    draw(*(f"train/{word}/{i}.png" for word in ("happy", "sad") for i in range(20)), "test/sad/t.png")
    parts = [{row.name for row in load_dataset("folder", tmp_path, s).rows} for s in ("train", "validation")]
    assert names(load_splits("folder", tmp_path)) == [*parts, {"test/sad/t.png"}]


def test_validation_becomes_the_test_where_that_has_no_labels(tmp_path: Path, draw) -> None:
    draw(*(f"Train/Train_Aligned_Faces/{word}/{i}.png" for word in WORDS for i in range(10)))
    draw("Val/Val_Aligned_Faces/Sad/a.png", "Test/Test_Aligned_Faces/t.png")
    found = load_splits("sfew", tmp_path)
    assert names(found)[2] == {"Val/Sad/a"}
    assert found.test.origin == "official validation data"
    assert (len(found.train), len(found.validation), found.unlabelled) == (63, 7, 1)


def test_subjects_are_in_one_split() -> None:
    rows = [
        Row(f"{who}-{i}", "train", "", "Fear" if i % 2 else "Anger", f"S{who}")
        for who in range(40)
        for i in range(6)
    ]
    parts = three(rows, 0.1, 0)
    people = [{row.subject for row in part} for part, _ in parts.values()]
    assert all(people)
    assert sum(map(len, people)) == len(set.union(*people)) == 40
    assert "subjects kept whole" in parts["test"][1]


def test_nothing_stands_in_for_test_data_that_should_be_there(tmp_path: Path, draw, write) -> None:
    draw(*(f"{i}.png" for i in range(20)))
    write(
        "t.csv",
        "path,label,split\n" + "".join(f"{i}.png,sad,train\n" for i in range(20)) + "x.png,sad,test\n",
    )
    with pytest.raises(DatasetError, match=r"csv, test: 1 of 1 sample cannot be used"):
        load_splits("csv", tmp_path)


def test_too_few_and_unlabelled(tmp_path: Path, draw, write) -> None:
    draw("a/happy/1.png")
    with pytest.raises(DatasetError, match=r"has no validation data .*1 sample with a label"):
        load_splits("folder", tmp_path / "a")
    write("b/RAFAU_label.txt", "0007.jpg 4+9\n")
    draw("b/aligned/0007_aligned.jpg")
    with pytest.raises(DatasetError, match="raf-au says of no picture which expression it shows"):
        load_splits("raf-au", tmp_path / "b")


def test_a_file_listed_twice_is_a_problem(tmp_path: Path, draw, write) -> None:
    draw("a.png", "b.png")
    write("t.csv", "path,label,split\na.png,happy,train\na.png,sad,test\nb.png,sad,train\n")
    every = load_dataset("csv", tmp_path, validation=0, limit=0.5)
    assert [sample.name for sample in every] == ["b.png"]
    assert "Happiness in train and Sadness in test" in every.problems[0].what


@pytest.mark.parametrize(
    ("table", "others"),
    [
        (
            "labels.csv",
            [
                f"{word}/x"
                for word in (
                    *("anger", "contempt", "disgust", "fear"),
                    *("happy", "neutral", "sad", "surprise"),
                )
            ],
        ),
        ("fer2013new.csv", ["fer2013.csv"]),
        ("AUCoding/AU_OCC/F001_T1.csv", []),
        ("train_labels.csv", ["test_labels.csv", "DATASET/train/1/x", "DATASET/test/1/x"]),
    ],
)
def test_empty_and_foreign_tables(tmp_path: Path, write, table, others) -> None:
    for other in others:
        write(other, "emotion,pixels,Usage\n" if other == "fer2013.csv" else "")
    write(table, "")
    with pytest.raises(DatasetError, match=rf"{table}: the table is empty"):
        check(tmp_path)
    (tmp_path / table).write_bytes("é\n".encode("latin-1"))
    with pytest.raises(DatasetError, match=rf"{table}: not UTF-8 \(byte 0xe9"):
        check(tmp_path)


def test_an_own_table_in_latin_1(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("path,label\né.png,happy\n".encode("latin-1"))
    with pytest.raises(DatasetError, match=r"t\.csv: not UTF-8"):
        check(tmp_path)


def test_labels_that_are_neither_basic_nor_compound(tmp_path: Path, draw, write) -> None:
    draw("Image/x.jpg")
    write(
        "EmoLabel/list_patition_label.txt",
        "".join(f"train_{i}.jpg {8 if i < 5 else 1}\n" for i in range(100)),
    )
    with pytest.raises(DatasetError, match="5% of the labels are 8 to 11"):
        check(tmp_path)


def test_a_compound_list_without_every_label(tmp_path: Path, draw, write) -> None:
    write("EmoLabel/list_patition_label.txt", "train_1.jpg 1\ntrain_2.jpg 8\n")
    draw("Image/aligned/train_1_aligned.jpg", "Image/aligned/train_2_aligned.jpg")
    assert check(tmp_path).name == "raf-db-compound"


def test_a_box_that_is_nan(tmp_path: Path, draw, write) -> None:
    points = ";".join(["1"] * 136)
    write("training.csv", "".join(f"1/{x}.png,{x},0,9,9,{points},1,0,0\n" for x in ("nan", "3")))
    draw("Manually_Annotated_Images/1/nan.png", "Manually_Annotated_Images/1/3.png")
    every = load_dataset("affectnet", tmp_path, validation=0, limit=0.5)
    assert [problem.what for problem in every.problems] == [
        "training.csv, line 1: the box of the face is not four numbers (NaN)"
    ]


def test_pictures_that_are_not_read_are_counted(tmp_path: Path, draw) -> None:
    draw("happy/a.png", "sad/deep/b.png", "sad/deep/c.png", "loose.png")
    assert "3 pictures outside the class folders, not read: ., sad/deep" in "\n".join(check(tmp_path).lines())


def test_options_reach_the_reader(tmp_path: Path, draw) -> None:
    draw("1/a.png", "2/a.png")
    with pytest.raises(DatasetError, match="say whose with order="):
        check(tmp_path)
    assert check(tmp_path, order="raf-db").counts["train"]["Fear"] == 1


# -- every class in every split


def rows_of(counts: dict[str, int]) -> list[Row]:
    return [Row(f"{label}{i}", "train", "", label) for label, n in counts.items() for i in range(n)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_rare_classes_are_in_all_three(seed: int, share: float) -> None:
    counts = {"Neutral": 60, "Sadness": 7, "Fear": 4, "Disgust": 3}
    parts = three(rows_of(counts), share, seed)
    for part, _ in parts.values():
        assert {row.label for row in part} == set(counts)
    assert sum(len(part) for part, _ in parts.values()) == 74
    assert sum(row.label == "Neutral" for row in parts["test"][0]) == round(share * 60)


def test_classes_that_cannot_be_in_all_three_are_named(tmp_path: Path, draw) -> None:
    draw(*(f"happy/{i}.png" for i in range(20)), *(f"fear/{i}.png" for i in range(2)), "anger/0.png")
    found = load_splits("folder", tmp_path, duplicates="ignore")
    assert found.train.counts()["Fear"] == found.test.counts()["Fear"] == found.train.counts()["Anger"] == 1
    assert found.remarks == (
        "the validation data have no Fear (2 pictures in all) and Anger (1 picture in all)",
        "the test data have no Anger (1 picture in all)",
    ) or set(found.remarks) == {
        "the validation data have no Anger (1 picture in all) and Fear (2 pictures in all)",
        "the test data have no Anger (1 picture in all)",
    }


@pytest.mark.parametrize("seed", range(6))
def test_rare_classes_by_person(seed: int) -> None:
    """Contempt is shown by three people of thirty, each of whom shows everything else too."""
    rows = [
        Row(f"{who}-{label}", "train", "", label, f"S{who}")
        for who in range(30)
        for label in ("Neutral", "Anger", *(("Contempt",) if who in (4, 11, 23) else ()))
    ]
    parts = three(rows, 0.1, seed)
    people = [{row.subject for row in part} for part, _ in parts.values()]
    assert sum(map(len, people)) == 30
    for part, _ in parts.values():
        assert {row.label for row in part} == {"Neutral", "Anger", "Contempt"}


def test_a_class_of_one_person_stays_in_train() -> None:
    rows = [Row(f"{who}-{i}", "train", "", "Fear", f"S{who}") for who in range(10) for i in range(3)]
    rows += [Row(f"x{i}", "train", "", "Disgust", "S3") for i in range(3)]
    for seed in range(8):
        parts = three(rows, 0.2, seed)
        assert {row.split for row in parts["train"][0] if row.label == "Disgust"}
        assert "the test data have no Disgust (3 pictures of 1 person in all)" in without_classes(parts)
