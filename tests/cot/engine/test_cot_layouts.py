"""The files of a corpus: what stands in them, and that it is about the same faces."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explab.cot.engine.corpus import build, read_records
from explab.cot.engine.layouts import (
    AUTHORS,
    CONVERSATIONS,
    COT_QUESTION,
    LABEL_QUESTION,
    RECORDS,
    REJECTED,
    TABLE,
    conversations,
    mirrored_text,
    write,
)
from explab.cot.engine.loop import Item
from explab.cot.engine.steps import Record
from explab.cot.parser.parse import parse
from explab.cot.writers.grammar import GrammarWriter
from explab.facs import EXPRESSIONS, AUs
from explab.synth.anatomy.units import as_aus
from explab.synth.make import acted

SMILE = "**Key Observations:** The left lip corner is raised (AU12L).\n\n**Conclusion:** Right or left, happiness."

FEAFA = [
    "AU43L",
    "AU43R",
    "AU5L",
    "AU5R",
    "AU4L",
    "AU4R",
    "AU2L",
    "AU2R",
    "AU26",
    "AD30L",
    "AD30R",
    "AU12L",
    "AU12R",
]
"""The first entries of FEAFA in its order (Yan et al., 2019), each with the FACS unit that stands for it."""


def record(name: str, label: str | None, status: Any, aus: AUs | None = None) -> Record:
    text = None if status == "rejected" else parse(SMILE)
    aus = aus or AUs({"AU12L": 0.75, "AU12R": 0.25, "AU26": 0.5})
    return Record(name, aus, label, "by hand", 7, (), text, status, "" if status == "verified" else "why, so")


RECORDS_BY_HAND = [
    record("a", "Happiness", "verified"),
    record("b", "Fear", "unsupported"),
    record("c", "Anger", "rejected"),
    record("d", None, "verified"),
    record("e", "Happiness", "verified"),
]


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[Item]]:
    faces = [as_aus(row) for row in acted(12, seed=3)]
    items = [Item(f"face {i}", aus, EXPRESSIONS[i % 8]) for i, aus in enumerate(faces)]
    out = tmp_path_factory.mktemp("corpus")
    build(items, GrammarWriter(), out, mix=0.5)
    return out, items


# -- the authors' layout


def test_the_authors_layout_holds_24_numbers_in_feafa_order(tmp_path: Path) -> None:
    write([RECORDS_BY_HAND[0]], tmp_path)
    (row,) = json.loads((tmp_path / AUTHORS).read_text("utf-8"))
    assert list(row) == ["file_name", "emo", "au", "description"]
    assert (row["file_name"], row["emo"], row["description"]) == ("a", "Happiness", SMILE)
    assert len(row["au"]) == 24
    at = {place: value for place, value in enumerate(row["au"]) if value}
    assert at == {FEAFA.index("AU26"): 0.5, FEAFA.index("AU12L"): 0.75, FEAFA.index("AU12R"): 0.25}


def test_the_authors_layout_reads_back(corpus: tuple[Path, Sequence[Item]]) -> None:
    out, items = corpus
    rows = json.loads((out / AUTHORS).read_text("utf-8"))
    by_name = {item.name: item for item in items}
    assert rows
    for row in rows:
        back, item = AUs.from_scheme("feafa24", row["au"]), by_name[row["file_name"]]
        assert row["emo"] == item.label
        for code in ("AU2", "AU4", "AU5", "AU12", "AU20"):
            assert back.sides(code) == pytest.approx(item.aus.sides(code), abs=1e-4)


# -- conversations


def test_a_verified_text_comes_in_both_orders_and_mirrored() -> None:
    found = list(conversations([RECORDS_BY_HAND[0]], mix=0))
    asked = [[turn["content"] for turn in one["conversation"][::2]] for one in found]
    assert Counter((one["mirrored"], *questions) for one, questions in zip(found, asked, strict=True)) == {
        (flip, *order): 1
        for flip in (False, True)
        for order in ((LABEL_QUESTION, COT_QUESTION), (COT_QUESTION, LABEL_QUESTION))
    }
    for one in found:
        assert [turn["role"] for turn in one["conversation"]] == ["user", "assistant"] * 2
        answers = {
            question["content"]: answer["content"]
            for question, answer in zip(one["conversation"][::2], one["conversation"][1::2], strict=True)
        }
        assert answers[LABEL_QUESTION] == one["label"] == "Happiness"
        if one["mirrored"]:
            assert answers[COT_QUESTION] == SMILE.replace("left lip", "right lip").replace(
                "12L", "12R"
            ).replace("Right or left", "Left or right")
            assert one["aus"] == {"AU12L": 0.25, "AU12R": 0.75, "AU26": 0.5}
        else:
            assert answers[COT_QUESTION] == SMILE
            assert one["aus"] == {"AU12L": 0.75, "AU12R": 0.25, "AU26": 0.5}


@pytest.mark.parametrize(("mix", "total"), [(0, 8), (0.5, 16), (0.75, 32), (0.9, 80)])
def test_labels_alone_are_the_share_asked_for(mix: float, total: int) -> None:
    found = list(conversations(RECORDS_BY_HAND, mix=mix))
    alone = [one for one in found if len(one["conversation"]) == 2]
    assert len(found) == total
    assert len(alone) == pytest.approx(mix * total)
    assert all(one["conversation"][0]["content"] == LABEL_QUESTION for one in alone)


def test_a_text_whose_label_is_not_supported_is_not_taught() -> None:
    found = list(conversations(RECORDS_BY_HAND, mix=0.9))
    taught = {one["name"] for one in found if len(one["conversation"]) == 4}
    assert taught == {"a", "e"}
    assert {one["name"] for one in found} == {"a", "b", "c", "e"}


def test_the_order_is_drawn_by_the_seed() -> None:
    one, same, other = (
        [json.dumps(row) for row in conversations(RECORDS_BY_HAND, seed=seed)] for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other
    assert sorted(one) == sorted(other)


@pytest.mark.parametrize("mix", [-0.1, 1, 1.5])
def test_a_mix_without_texts_is_refused(mix: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mix"):
        write(RECORDS_BY_HAND, tmp_path, mix=mix)
    assert not list(tmp_path.iterdir())


def test_mirrored_conversations_are_true_of_the_mirrored_face(corpus: tuple[Path, Sequence[Item]]) -> None:
    out, items = corpus
    by_name = {item.name: item.aus for item in items}
    rows = lines(out / CONVERSATIONS)
    assert any(row["mirrored"] for row in rows)
    for row in rows:
        aus = by_name[row["name"]]
        assert AUs(row["aus"]) == AUs((aus.flip() if row["mirrored"] else aus).to_dict()["intensities"])


# -- mirrored text

WORDS = st.lists(
    st.sampled_from(
        ["left", "Right", "LEFT", "right", "AU12L", "AU1R", "AU51", "AU61L", "AU25", "upright", "AU99L"]
    )
).map(" ".join)


@given(WORDS | st.text())
def test_mirrored_twice_is_the_same(text: str) -> None:
    assert mirrored_text(mirrored_text(text)) == text


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("The left corner (AU12L), not the right.", "The right corner (AU12R), not the left."),
        ("Left and RIGHT", "Right and LEFT"),
        ("AU12 and AU25 stay", "AU12 and AU25 stay"),
        ("AU1R+AU2L", "AU1L+AU2R"),
        ("head turned left (AU51)", "head turned right (AU52)"),
        ("bright, upright, leftover", "bright, upright, leftover"),
        ("AU99L is no unit", "AU99L is no unit"),
    ],
)
def test_mirrored(text: str, mirrored: str) -> None:
    assert mirrored_text(text) == mirrored


# -- the other files


def test_rejects_are_named_with_their_reason(tmp_path: Path) -> None:
    write(RECORDS_BY_HAND, tmp_path)
    with (tmp_path / REJECTED).open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["name", "label", "reason"], ["c", "Anger", "why, so"]]
    assert [row["file_name"] for row in json.loads((tmp_path / AUTHORS).read_text("utf-8"))] == [
        "a",
        "b",
        "d",
        "e",
    ]
    assert [row["status"] for row in read_records(tmp_path / RECORDS)] == [
        one.status for one in RECORDS_BY_HAND
    ]


def test_the_table_has_sections_and_units(corpus: tuple[Path, Sequence[Item]]) -> None:
    out, items = corpus
    frame = pd.read_parquet(out / TABLE)
    kept = [row for row in read_records(out / RECORDS) if row["status"] != "rejected"]
    assert frame["name"].tolist() == [row["name"] for row in kept]
    assert frame["text"].tolist() == [row["text"] for row in kept]
    assert {"label", "status", "observations", "interpretation", "conclusion", "attempts", "seed"} <= {*frame}
    by_name = {item.name: item.aus for item in items}
    for name, value in zip(frame["name"], frame["AU12L"], strict=True):
        assert value == by_name[name]["AU12L"]
    for text, section in zip(frame["text"], frame["observations"], strict=True):
        assert section
        assert f"**Key Observations:** {section}" in text


def test_a_corpus_of_rejects_alone_has_all_its_files(tmp_path: Path) -> None:
    write([record("c", None, "rejected")], tmp_path)
    assert json.loads((tmp_path / AUTHORS).read_text("utf-8")) == []
    assert len(pd.read_parquet(tmp_path / TABLE)) == 0
    assert (tmp_path / CONVERSATIONS).read_text("utf-8") == ""
    assert not list(tmp_path.glob("*.part"))


def test_texts_with_other_ends_of_lines_read_back(tmp_path: Path) -> None:
    write([record("one\u2028two\x85three", "Happiness", "verified")], tmp_path)
    assert [row["name"] for row in read_records(tmp_path / RECORDS)] == ["one\u2028two\x85three"]
