"""Own data: a folder for each class, or a table."""

from pathlib import Path

import pytest

from explab.data import DatasetError, load_dataset


def test_a_folder_for_each_class(tmp_path: Path, draw) -> None:
    draw("Happy/b.png", "Happy/a.png", "sadness/c.jpg", "sadness/.hidden.jpg")
    (tmp_path / "sadness/notes.txt").write_text("no picture")
    every = load_dataset("folder", tmp_path, validation=0)
    assert [(s.name, s.label) for s in every] == [
        ("Happy/a.png", "Happiness"),
        ("Happy/b.png", "Happiness"),
        ("sadness/c.jpg", "Sadness"),
    ]
    assert len(every.classes) == 7
    draw("contempt/d.png")
    assert len(load_dataset("folder", tmp_path, validation=0).classes) == 8


def test_folders_of_splits(tmp_path: Path, draw) -> None:
    draw("train/happy/a.png", "val/sad/b.png", "Test/angry/c.png")
    for split, label in (("train", "Happiness"), ("validation", "Sadness"), ("test", "Anger")):
        assert [(s.label, s.split) for s in load_dataset("folder", tmp_path, split)] == [(label, split)]


def test_folders_of_compounds(tmp_path: Path, draw) -> None:
    draw("happily_surprised/a.png", "sadly_angry/b.png")
    every = load_dataset("folder", tmp_path, validation=0)
    assert [s.label for s in every] == ["Happily Surprised", "Sadly Angry"]
    assert len(every.classes) == 11


def test_an_unknown_folder_is_listed_with_near_names(tmp_path: Path, draw) -> None:
    draw("happy/a.png", "hapiness/b.png")
    with pytest.raises(DatasetError, match=r"hapiness/b.png: .*did you mean 'Happiness'"):
        load_dataset("folder", tmp_path)
    draw("x/pain/b.png")
    with pytest.raises(DatasetError, match=r"no folder here; looked for .*folders named after expressions"):
        load_dataset("folder", tmp_path / "x")


def test_a_table_with_header(tmp_path: Path, draw, write) -> None:
    write(
        "my.csv",
        "id,Image,Emotion,split\n1,faces/a.png,happy,train\n2,./faces/b.png,Anger,test\n3,faces\\c.png,sad,val\n",
    )
    draw("faces/a.png", "faces/b.png", "faces/c.png")
    assert load_dataset("csv", tmp_path)[0].label == "Happiness"
    assert load_dataset("csv", tmp_path / "my.csv", "test")[0].path == tmp_path / "faces/b.png"
    assert load_dataset("csv", tmp_path / "my.csv", "validation")[0].label == "Sadness"


def test_a_table_without_header(tmp_path: Path, draw, write) -> None:
    write("my.csv", "a.png,happy\nb.png,sad\n")
    draw("a.png", "b.png")
    assert [s.label for s in load_dataset("csv", tmp_path, validation=0)] == ["Happiness", "Sadness"]


def test_numbers_in_a_table_need_an_order(tmp_path: Path, draw, write) -> None:
    write("my.csv", "a.png,5\nb.png,4\n")
    draw("a.png", "b.png")
    with pytest.raises(DatasetError, match="say whose with order="):
        load_dataset("csv", tmp_path)
    assert load_dataset("csv", tmp_path, validation=0, order="raf-db")[0].label == "Sadness"
    assert load_dataset("csv", tmp_path, validation=0, order="affectnet")[0].label == "Disgust"
    with pytest.raises(DatasetError, match="did you mean 'raf-db'"):
        load_dataset("csv", tmp_path, order="raf_db")


def test_tables_with_faults(tmp_path: Path, draw, write) -> None:
    draw("a.png")
    write(
        "my.csv",
        "path,label,split\na.png,happy,train\nb.png,happy,train\na.png,hapy,train\na.png,sad,later\na.png\n",
    )
    every = load_dataset("csv", tmp_path, limit=0.9, validation=0)
    assert len(every) == 1
    assert [p.what.partition(";")[0] for p in every.problems] == [
        "b.png is missing",
        "my.csv, line 4: label 'hapy' is no class",
        "my.csv, line 5: split 'later' is no split",
        "1 cell only",
    ]
    assert "accepted are Neutral, Happiness" in every.problems[1].what
    assert "did you mean 'happy'" in every.problems[1].what
    assert "accepted are train (training), validation (val, valid" in every.problems[2].what
    assert every.problems[3].name == "my.csv, line 6"
    with pytest.raises(DatasetError, match="path_column is not there; the table has the columns path, label"):
        load_dataset("csv", tmp_path, path_column="where")
    write("other.csv", "a.png,happy\n")
    with pytest.raises(DatasetError, match=r"several tables, my.csv, other.csv; name one with table="):
        load_dataset("csv", tmp_path)
    assert len(load_dataset("csv", tmp_path, table="other.csv", validation=0)) == 1
    with pytest.raises(DatasetError, match=r"no such table; did you mean 'other.csv'"):
        load_dataset("csv", tmp_path, table="othr.csv")
    write("empty/e.csv", "")
    with pytest.raises(DatasetError, match="the table is empty"):
        load_dataset("csv", tmp_path / "empty")
