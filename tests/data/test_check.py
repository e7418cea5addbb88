"""`check`: what lies in a folder, held against what was published."""

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from explab.data import NAMES, DatasetError, check
from explab.facs import EXPRESSIONS


def raf(draw, write, n: int = 3) -> None:
    text = "".join(f"train_{i:05}.jpg {i % 7 + 1}\n" for i in range(n)) + "test_0001.jpg 4\ntest_0002.jpg 4\n"
    write("basic/EmoLabel/list_patition_label.txt", text)
    for i, line in enumerate(text.splitlines()):
        draw(f"basic/Image/aligned/{line.split('.')[0]}_aligned.jpg", red=20 * i)


def test_counts_against_the_published_ones(tmp_path: Path, draw, write) -> None:
    raf(draw, write)
    (tmp_path / "basic/Image/aligned/test_0001_aligned.jpg").unlink()
    found = check(tmp_path)
    assert found.name == "raf-db"
    assert found.counts["train"]["Surprise"] == 1
    assert found.counts["test"] == {**dict.fromkeys(EXPRESSIONS[:7], 0), "Happiness": 1}
    assert not found.good
    lines = "\n".join(found.lines())
    for part in (
        *("raf-db", "original: labels from", "train: 3 samples (", "train: 3 samples, published: 12,271"),
        *(
            "test: 2 samples, published: 3,068",
            "test: 1 Happiness, published: 1,185",
            "1 problem, the first:",
        ),
        "test test_0001: Image/aligned/test_0001_aligned.jpg is missing",
    ):
        assert part in lines


def test_a_whole_dataset_is_good(tmp_path: Path, draw, write) -> None:
    write("ActionUnit_Labels/SN001/SN001_au1.txt", "1,0\n")
    draw("img/SN001/1.png")
    assert "train: 1 subject, published: 27" in "\n".join(check(tmp_path).lines())
    for i in range(2, 28):
        write(f"ActionUnit_Labels/SN{i:03}/SN{i:03}_au1.txt", "1,0\n")
        draw(f"img/SN{i:03}/1.png")
    found = check(tmp_path)
    assert found.good
    assert "train: 27 subjects, as published" in "\n".join(found.lines())


def test_damaged_pictures_are_found_when_asked_for(tmp_path: Path, draw) -> None:
    draw("happy/a.png", "happy/b.png")
    (tmp_path / "happy/b.png").write_bytes(b"x")
    assert check(tmp_path).good
    found = check(tmp_path, decode=True)
    assert [p.name for p in found.problems] == ["happy/b.png"]
    assert found.counts["train"]["Happiness"] == 1
    assert found.name == "folder"


def test_several_datasets_in_a_folder(tmp_path: Path, draw, write) -> None:
    raf(draw, write)
    text = "".join(f"train_{i:04}.jpg {i}\n" for i in range(1, 12))
    write("compound/EmoLabel/list_patition_label.txt", text)
    draw(*(f"compound/Image/aligned/train_{i:04}_aligned.jpg" for i in range(1, 12)))
    assert check(tmp_path).also == ["raf-db-compound"]
    found = check(tmp_path, "raf-db-compound")
    assert sum(found.counts["train"].values()) == 11
    assert found.good
    assert "also here: raf-db" in "\n".join(found.lines())


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no dataset here; looked for "):
        check(tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        check(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="did you mean 'raf-db'"):
        check(tmp_path, "rafdb")


def test_the_table_of_published_counts_is_sound() -> None:
    with (files("explab.data") / "published_counts.csv").open() as table:
        records = list(csv.DictReader(table))
    assert {record["dataset"] for record in records} <= set(NAMES)
    assert {record["what"] for record in records} <= {*EXPRESSIONS, "samples", "labelled", "subjects"}
    by_class = {
        r["what"]: int(r["count"]) for r in records if r["dataset"] == "raf-db" and r["split"] == "test"
    }
    assert by_class.pop("samples") == sum(by_class.values())
