"""Copies as they go around: contest tables, read-mes, other separators, capitals, numbers in other forms."""

from pathlib import Path

import pytest

from explab.data import DatasetError, check, load_dataset, load_splits
from explab.facs import EXPRESSIONS


def face(value: int, n: int = 2304) -> str:
    return " ".join([str(value)] * (n - 1) + ["255"])


# -- tables of pixels


def test_the_contests_tables(tmp_path: Path, write) -> None:
    write("train.csv", "emotion,pixels\n" + "".join(f"{e},{face(10 * e)}\n" for e in range(7)))
    write("test.csv", f"pixels\n{face(3)}\n")
    train = load_dataset("fer2013", tmp_path, validation=0)
    assert [s.label for s in train] == [
        "Anger",
        "Disgust",
        "Fear",
        "Happiness",
        "Sadness",
        "Surprise",
        "Neutral",
    ]
    assert [int(s.image[0, 0, 0]) for s in train] == [0, 10, 20, 30, 40, 50, 60]
    assert "test.csv of the contest has no labels; not read" in train.remarks
    assert check(tmp_path).name == "fer2013"
    with pytest.raises(
        DatasetError, match=r"This looks like fer2013 \(contest\): load_dataset\('fer2013', ...\)"
    ):
        load_dataset("affectnet", tmp_path)


def test_ck_plus_as_a_table(tmp_path: Path, write) -> None:
    usages = ("Training", "PublicTest", "PrivateTest")
    lines = "".join(f"{e},{face(e)},{usages[e % 3]}\n" for e in range(8))
    write("ckextended.csv", f"emotion,pixels,Usage\n{lines}")
    found = {
        split: [s.label for s in load_dataset("ck+", tmp_path, split)]
        for split in ("train", "validation", "test")
    }
    assert found == {
        "train": ["Anger", "Happiness", "Neutral"],
        "validation": ["Disgust", "Sadness", "Contempt"],
        "test": ["Fear", "Surprise"],
    }
    assert load_dataset("ck+", tmp_path).classes == EXPRESSIONS
    # CK+'s own emotion files have another order; with it the labels of this table would be wrong
    with pytest.raises(
        DatasetError, match="its numbers are those of order='ckextended', not of order='ck\\+'"
    ):
        load_dataset("csv", tmp_path, order="ck+")
    assert load_dataset("csv", tmp_path, "test", order="ckextended")[0].label == "Fear"


def test_an_own_table_of_pixels(tmp_path: Path, write) -> None:
    write("mine.csv", f"label;pixels\n1;{face(9)}\n7;{face(8)}\n")
    with pytest.raises(
        DatasetError, match="the labels are numbers; say whose with order=, one of explab, raf-db, "
    ) as caught:
        load_dataset("csv", tmp_path)
    assert "fer2013" not in str(caught.value), "FER2013 has no 7"
    found = load_dataset("csv", tmp_path, order="raf-db", validation=0)
    assert [(s.label, int(s.image[0, 0, 0])) for s in found] == [("Surprise", 9), ("Neutral", 8)]


README = (
    "\nThe data, consist of 48x48, grey faces.\nIt has 7 classes; cite the authors, please, if you use it\n"
)


def test_a_read_me_around_a_table_of_pixels(tmp_path: Path, write) -> None:
    table = "emotion,pixels,Usage\n" + "".join(f"{e},{face(e)},Training\n" for e in range(7))
    write("fer2013.csv", f"FER2013, Kaggle\n{table}{README}")
    found = load_dataset("fer2013", tmp_path, validation=0)
    assert len(found) == 7
    assert not found.problems
    assert [int(s.image[0, 0, 0]) for s in found] == list(range(7))
    assert "fer2013.csv: 1 line of text before the table, from line 1, not read" in found.remarks
    assert "fer2013.csv: 2 lines of text after the table, from line 11, not read" in found.remarks
    write("fer2013.csv", f"{table}what is this, doing here\n3,{face(3)},Training\n3,{face(3)},Trainin\n")
    broken = load_dataset("fer2013", tmp_path, validation=0, limit=0.5)
    assert [p.what for p in broken.problems] == [
        "fer2013.csv, line 9: Usage '' is none of Training, PublicTest, PrivateTest",
        "fer2013.csv, line 11: Usage 'Trainin' is none of Training, PublicTest, PrivateTest",
    ]


def test_numbers_with_a_point(tmp_path: Path, draw, write) -> None:
    write("fer/fer2013.csv", f"emotion\tpixels\tUsage\n3.0\t{face(1)}\tTraining\n6.0\t{face(1)}\tTraining\n")
    assert [s.label for s in load_dataset("fer2013", tmp_path / "fer", validation=0)] == [
        "Happiness",
        "Neutral",
    ]
    draw("own/a.png", "own/b.png")
    write("own/t.csv", "path,label\na.png,5.0\nb.png,4.5\n")
    own = load_dataset("csv", tmp_path / "own", order="raf-db", validation=0, limit=0.5)
    assert [s.label for s in own] == ["Sadness"]
    assert own.problems[0].what.startswith(
        "t.csv, line 3: label '4.5' is no label of order='raf-db'; accepted are 1 Surprise, 2 Fear"
    )


# -- tables of paths


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_separators(tmp_path: Path, draw, write, between: str) -> None:
    draw("a.png", "b.png")
    rows = [("path", "label", "split"), ("a.png", "happy", "train"), ("b.png", "sad", "test")]
    write("t.csv", "".join(between.join(row) + "\n" for row in rows))
    assert [load_dataset("csv", tmp_path, split)[0].label for split in ("train", "test")] == [
        "Happiness",
        "Sadness",
    ]


def test_a_read_me_around_a_table_of_paths(tmp_path: Path, draw, write) -> None:
    draw("a.png", "b.png")
    write("t.csv", f"My faces, taken in 2020\n\npath,label\na.png,happy\nb.png,sad\n{README}")
    found = load_dataset("csv", tmp_path, validation=0)
    assert [s.name for s in found] == ["a.png", "b.png"]
    assert any("1 line of text before the table" in remark for remark in found.remarks)
    assert any("2 lines of text after the table, from line 7" in remark for remark in found.remarks)


def test_people_in_a_table_stay_whole(tmp_path: Path, draw, write) -> None:
    rows = [(f"{who}_{i}.png", ("happy", "sad")[i % 2], f"P{who}") for who in range(20) for i in range(4)]
    draw(*(file for file, _, _ in rows))
    write("t.csv", "path,label,subject\n" + "".join(f"{','.join(row)}\n" for row in rows))
    found = load_splits("csv", tmp_path, duplicates="ignore")
    people = [{row.subject for row in part.rows} for part in (found.train, found.validation, found.test)]
    assert sum(map(len, people)) == 20
    assert min(map(len, people)) >= 2


# -- RAF-DB


@pytest.mark.parametrize("between", ["\t", "  ", ",", " ; "])
def test_raf_dbs_list(tmp_path: Path, draw, write, between: str) -> None:
    names = [f"{split}_{i:05}" for split in ("train", "test") for i in range(1, 8)]
    lines = "".join(f"{name}.jpg{between}{i % 7 + 1}\n" for i, name in enumerate(names))
    write("EmoLabel/list_patition_label.txt", f"{lines}\nlabels: 1 to 7\n")
    draw(*(f"Image/Aligned/{name}_aligned.jpg" for name in names))
    train = load_dataset("raf-db", tmp_path, validation=0)
    assert [s.label for s in train][:3] == ["Surprise", "Fear", "Disgust"]
    assert not train.problems
    assert train[0].image.shape == (6, 8, 3), "Image/Aligned in place of Image/aligned"
    assert any("1 line of text after the table" in remark for remark in train.remarks)


def test_raf_db_in_the_originals_numbers(tmp_path: Path, draw) -> None:
    for number in range(1, 8):
        draw(f"Train/{number}/train_{number:05}_aligned.jpg", f"valid/{number}/test_{number:04}_aligned.jpg")
    train = load_dataset("raf-db", tmp_path, validation=0)
    assert [s.label for s in train] == [
        "Surprise",
        "Fear",
        "Disgust",
        "Happiness",
        "Sadness",
        "Anger",
        "Neutral",
    ]
    assert load_dataset("raf-db", tmp_path, "test")[0].name == "test_0001"
    with pytest.raises(DatasetError, match="no validation split"):
        load_dataset("raf-db", tmp_path, "validation", validation=0)


def test_numbered_folders_of_own_pictures_are_not_guessed(tmp_path: Path, draw) -> None:
    for number in range(1, 8):
        draw(f"train/{number}/{number}.jpg", f"test/{number}/{number}.jpg")
    with pytest.raises(DatasetError, match="no raf-db here") as caught:
        load_dataset("raf-db", tmp_path)
    assert "This looks like folder (folders named" in str(caught.value)
    assert "the labels are numbers; say whose with order=, one of raf-db (1 Surprise" in str(caught.value)
    assert load_dataset("folder", tmp_path, "test", order="raf-db")[3].label == "Happiness"


# -- folders


def test_capitals(tmp_path: Path, draw) -> None:
    words = ("ANGRY", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
    draw(*(f"{split}/{word}/{word}.png" for split in ("Train", "TEST") for word in words), size=(48, 48))
    assert len(load_dataset("fer2013", tmp_path, validation=0)) == 7
    assert len(load_dataset("fer2013", tmp_path, "test")) == 7


def test_two_folders_that_differ_in_capitals_alone(tmp_path: Path, draw) -> None:
    draw("Happy/a.png", "happy/b.png", "happy/A.png")
    every = load_dataset("folder", tmp_path, validation=0)
    assert [s.name for s in every] == ["Happy/a.png", "happy/A.png", "happy/b.png"]
    assert [s.path for s in every] == [tmp_path / s.name for s in every]


def test_names_of_classes_with_something_beside(tmp_path: Path, draw) -> None:
    for name in ("1_surprise", "angry (4953)", "Sad_faces", "class-fear", "happily_disgusted"):
        draw(f"{name}/a.png")
    found = load_dataset("folder", tmp_path, validation=0)
    assert [s.label for s in found] == ["Surprise", "Sadness", "Anger", "Fear", "Happily Disgusted"]


def test_unknown_classes_say_what_is_accepted(tmp_path: Path, draw) -> None:
    draw("happy/a.png", "not_happy/b.png", "not_happy/c.png", "pain/d.png")
    with pytest.raises(DatasetError) as caught:
        load_dataset("folder", tmp_path)
    said = str(caught.value).splitlines()
    assert said[1].startswith(
        "  not_happy/b.png (and 1 more): folder 'not_happy' is no class; accepted are Neutral, Happiness"
    )
    assert said[2].startswith("  pain/d.png: folder 'pain' is no class; accepted are Neutral")
    assert len(said) == 3
