"""A corpus is read with errors that name the place, scored beside its floors, and shown on a page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explab.cot import Item, parse, read_corpus, reason, score_corpus
from explab.cot.engine.layouts import AUTHORS, RECORDS, write
from explab.cot.engine.steps import Record
from explab.cot.scores.corpus import CorpusError, CorpusScores, Entry
from explab.cot.writers.grammar import GrammarWriter
from explab.facs import AUs
from explab.synth.anatomy.units import as_aus
from explab.synth.make import acted
from explab.widgets.cot_page import write_page

GOOD: Mapping[str, Any] = {"file_name": "a.jpg", "emo": "Fear", "au": [0.0] * 24, "description": "Text."}
OURS: Mapping[str, Any] = {
    "name": "a",
    "label": "Fear",
    "status": "verified",
    "aus": {"intensities": {"AU1": 0.5}},
    "text": "Text.",
}


def entry(
    name: str, observations: str, values: Mapping[str, float], label: str | None = "Happiness"
) -> Entry:
    text = (
        f"**Key Observations:** {observations}\n\n**Overall Emotional Interpretation:** It fits together.\n\n"
        "**Conclusion:** The face shows happiness."
    )
    return Entry(name, parse(text), AUs(values), label)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    faces = [as_aus(row) for row in acted(24, seed=5)]
    return list(reason([Item(f"face {i}", aus) for i, aus in enumerate(faces)], GrammarWriter()))


@pytest.fixture(scope="module")
def scores(records: list[Record]) -> CorpusScores:
    entries = [
        Entry(record.name, record.reasoning, record.aus, record.attempts[-1].reading.label)
        for record in records
        if record.reasoning
    ]
    return score_corpus(entries)


# -- reading


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"au": [0.0] * 23}, r"item 1 \(a.jpg\): field 'au': feafa24 has 24 entries"),
        ({"au": [1.2] + [0.0] * 23}, r"item 1 \(a.jpg\): field 'au': .*L eye close is 1.2"),
        ({"au": None}, r"item 1 \(a.jpg\): field 'au'"),
        ({"emo": "Hapiness"}, r"item 1 \(a.jpg\): field 'emo': unknown expression 'Hapiness'"),
        ({"emo": 3}, r"item 1 \(a.jpg\): field 'emo': unknown expression '3'"),
        ({"description": None}, r"item 1 \(a.jpg\): field 'description' must be text, found None"),
        ({"description": 7}, r"item 1 \(a.jpg\): field 'description' must be text, found 7"),
    ],
)
def test_a_bad_item_is_named_with_its_field(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    file = tmp_path / "corpus.json"
    file.write_text(json.dumps([GOOD, {**GOOD, **change}]))
    with pytest.raises(CorpusError, match=rf"corpus\.json, {says}"):
        read_corpus(file)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"aus": {"intensities": {"AU1": 1.2}}}, "field 'aus': .*is 1.2, outside 0 to 1"),
        ({"aus": {"intensities": {"AU99": 0.2}}}, "field 'aus': unknown unit 'AU99'"),
        ({"aus": {"intensities": [0.2]}}, "field 'aus'"),
        ({"aus": {"AU1": 0.2}}, "field 'aus': AUs are stored under 'intensities'"),
        ({"aus": 3}, "field 'aus'"),
        ({"label": "Hapiness"}, "field 'label': unknown expression"),
        ({"text": None}, "field 'text' must be text"),
    ],
)
def test_a_bad_record_is_named_with_its_field(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    file = tmp_path / RECORDS
    file.write_text(json.dumps(OURS) + "\n" + json.dumps({**OURS, **change}) + "\n")
    with pytest.raises(CorpusError, match=rf"item 1 \(a\): {says}"):
        read_corpus(file)


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    for field in ("au", "description"):
        file = tmp_path / "corpus.json"
        file.write_text(json.dumps([{key: value for key, value in GOOD.items() if key != field}]))
        with pytest.raises(CorpusError, match=rf"item 0 \(a.jpg\): field '{field}'"):
            read_corpus(file)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "{", "a.json: no valid JSON"),
        ("a.json", "{}", "expected a list of records"),
        ("a.json", "[]", "expected a list of records"),
        ("a.json", "[3]", "item 0: expected an object with fields, found int"),
        ("a.jsonl", '{"aus": 1', r"a\.jsonl, item 0: no valid JSON"),
        ("a.jsonl", json.dumps(OURS) + "\n\nnothing", r"a\.jsonl, item 1: no valid JSON"),
    ],
)
def test_a_file_that_is_no_corpus_is_refused(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CorpusError, match=says):
        read_corpus(tmp_path / name)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\xff")
    for name in ("a.json", "nowhere.json"):
        with pytest.raises(CorpusError, match=f"{name}: cannot be read"):
            read_corpus(tmp_path / name)


def test_both_layouts_read_back(tmp_path: Path, records: list[Record]) -> None:
    rejected = Record("no", AUs({"AU1": 0.5}), "Fear", "by hand", 0, (), None, "rejected", "why")
    write([*records, rejected], tmp_path)
    ours, theirs = read_corpus(tmp_path / RECORDS), read_corpus(tmp_path / AUTHORS)
    kept = [record for record in records if record.reasoning]
    assert [one.name for one in ours] == [one.name for one in theirs] == [record.name for record in kept]
    for record, one, two in zip(kept, ours, theirs, strict=True):
        assert one.aus == record.aus
        assert one.reasoning == two.reasoning == record.reasoning
        assert two.aus["AU12L"] == pytest.approx(record.aus["AU12L"], abs=1e-4)


def test_texts_may_hold_other_ends_of_lines(tmp_path: Path) -> None:
    text = "One\u2028two\x85three."
    (tmp_path / RECORDS).write_text(json.dumps({**OURS, "text": text}, ensure_ascii=False) + "\n", "utf-8")
    assert read_corpus(tmp_path / RECORDS)[0].reasoning.text == text


# -- figures


def test_texts_about_the_face_beat_both_floors(scores: CorpusScores) -> None:
    rows = {row.name: row for row in scores.rows}
    for name in ("claim_precision", "claim_f1"):
        row = rows[name]
        assert row.value is not None
        assert row.others is not None
        assert row.mean_face is not None
        assert row.value > row.mean_face > row.others
    assert rows["claim_precision"].value == 1
    assert rows["hallucination"].value == 0
    assert (rows["hallucination"].others or 0) > 0.3
    assert (rows["hallucination"].mean_face or 0) > 0


def test_rows_are_means_with_intervals(scores: CorpusScores) -> None:
    for row in scores.rows:
        values = [one[row.name] for one in scores.scores if one[row.name] is not None]
        assert row.n == len(values)
        assert row.value == pytest.approx(np.mean([value for value in values if value is not None]))
        if row.interval:
            assert row.value is not None
            assert row.interval[0] <= row.value <= row.interval[1]
    assert "rouge_l" not in {row.name for row in scores.rows}
    assert scores.diversity["different texts"] == 1


def test_the_interval_is_that_of_the_mean() -> None:
    # 40 texts, of which each second claims an absent unit: the mean is 1/2, its standard error sqrt(1/4 / 40).
    said = ["The lip corners are raised.", "The brows are lowered."]
    face = {"AU12": 0.8, "AU4": 0.0}
    found = score_corpus([entry(str(i), said[i % 2], face) for i in range(40)])
    row = {row.name: row for row in found.rows}["hallucination"]
    assert row.interval is not None
    half = 1.96 * (0.25 / 40) ** 0.5
    assert row.interval == pytest.approx((0.5 - half, 0.5 + half), abs=0.03)


def test_few_texts_have_no_interval_and_one_no_other_face() -> None:
    found = score_corpus([entry("a", "The lip corners are raised.", {"AU12": 0.8})])
    assert all(row.interval is None and row.others is None for row in found.rows)


def test_the_seed_draws_the_rest(scores: CorpusScores) -> None:
    assert list(score_corpus(scores.entries).rows) == list(scores.rows)
    assert list(score_corpus(scores.entries, seed=1).rows) != list(scores.rows)


def test_no_texts_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="no texts"):
        score_corpus([])


SMILES = "The lip corners are raised."
FROWNS = "The brows are lowered."
BOTH = "The lip corners are raised and the brows are lowered."
FACE: Mapping[str, float] = {"AU12": 0.8, "AU4": 0.0}


def test_the_worst_come_first() -> None:
    entries = [
        entry("fine", SMILES, FACE),
        entry("half", BOTH, FACE),
        entry("all false", FROWNS, FACE),
        entry("other label", SMILES, FACE, "Fear"),
        entry("left out", SMILES, {**FACE, "AU25": 0.6}),
    ]
    found = score_corpus(entries)
    names = [one.name for one, _ in found.worst()]
    assert names == ["all false", "half", "other label", "left out", "fine"]
    assert [one.name for one, _ in found.worst(2)] == names[:2]


def test_units_by_hand() -> None:
    entries = [
        entry("a", SMILES, {"AU12": 0.8, "AU4": 0.0}),
        entry("b", BOTH, {"AU12": 0.2, "AU4": 0.0}),
        entry("c", "The brows are not lowered.", {"AU12": 0.5, "AU4": 0.6}),
    ]
    units = {row.au: row for row in score_corpus(entries).units}
    assert set(units) == {"AU4", "AU12"}
    smile, frown = units["AU12"], units["AU4"]
    assert (smile.present, smile.claimed, smile.right) == (2, 2, 2)  # 0.2 is there, and too weak to be missed
    assert (smile.precision, smile.recall) == (1, 0.5)
    assert (frown.present, frown.claimed, frown.right) == (1, 1, 0)
    assert (frown.precision, frown.recall) == (0, 0)


# -- the page


def test_the_page_escapes_what_comes_from_the_corpus(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    found = score_corpus([entry(f"name {evil}", f"The lip corners are raised {evil}. {FROWNS}", FACE)])
    page = write_page(found, tmp_path / "page.html", title=f"title {evil}").read_text("utf-8")
    assert "<script" not in page
    for part in ("name", "title"):
        assert f"{part} &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("&lt;script&gt;") >= 4  # twice the title, the name, the text
    assert not list(tmp_path.glob("*.part"))


def test_the_page_marks_claims_and_names_what_is_left_out(tmp_path: Path) -> None:
    said = f"{SMILES} {FROWNS} The lips are stretched."
    found = score_corpus([entry("a", said, {**FACE, "AU25": 0.6})])
    page = write_page(found, tmp_path / "page.html", title="t").read_text("utf-8")
    marks = re.findall(r'<span class="cot-claim cot-(\w+)" tabindex="0" title="([^"]*)"', page)
    assert marks == [
        ("true", "AU12 there: true"),
        ("false", "AU4 there: not true"),
        ("unknown", "AU20 there: not measured"),
    ]
    assert "Not mentioned: AU25 lips part (0.60)." in page
    text = re.sub(r"<sup>.</sup>|<[^>]+>", "", page)
    assert said in text


def test_the_page_shows_every_figure(tmp_path: Path, scores: CorpusScores) -> None:
    page = write_page(scores, tmp_path / "page.html", title="t").read_text("utf-8")
    figures = page.split("By unit")[0]
    assert figures.count('<th scope="row">') == len(scores.rows)
    assert "Claims that are true" in figures
    assert page.count('<article class="cot-case">') == min(24, len(scores.entries))
