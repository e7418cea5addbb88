"""A corpus is read with errors that name the place, scored beside its floors, and shown on a page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explab.cot import Item, parse, read_corpus, reason, score_corpus
from explab.cot.engine.layouts import AUTHORS, RECORDS, write
from explab.cot.engine.steps import Record
from explab.cot.scores.claims import Counts
from explab.cot.scores.corpus import CorpusScores, micro_f1
from explab.cot.scores.entries import CorpusError, Entry
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
    names = [record.name for record in kept]
    assert [entry.name for entry in ours] == [entry.name for entry in theirs] == names
    for record, own, authors in zip(kept, ours, theirs, strict=True):
        assert own.aus == record.aus
        assert own.reasoning == authors.reasoning == record.reasoning
        assert authors.aus["AU12L"] == pytest.approx(record.aus["AU12L"], abs=1e-4)
        assert own.person is authors.person is None


def test_persons_are_kept_and_other_fields_on_request(tmp_path: Path) -> None:
    rows = [{**OURS, "person": "p1", "video": 3}, {**OURS, "name": "b", "video": 4}]
    (tmp_path / RECORDS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [entry.person for entry in read_corpus(tmp_path / RECORDS)] == ["p1", None]
    assert [entry.person for entry in read_corpus(tmp_path / RECORDS, group="video")] == ["3", "4"]
    with pytest.raises(
        CorpusError, match=r"item 1 \(b\): field 'person' is missing; texts are grouped by it"
    ):
        read_corpus(tmp_path / RECORDS, group="person")
    (tmp_path / "a.json").write_text(json.dumps([{**GOOD, "person": "p2"}]))
    assert read_corpus(tmp_path / "a.json")[0].person == "p2"


def test_texts_may_hold_other_ends_of_lines(tmp_path: Path) -> None:
    text = "One\u2028two\x85three."
    (tmp_path / RECORDS).write_text(json.dumps({**OURS, "text": text}, ensure_ascii=False) + "\n", "utf-8")
    assert read_corpus(tmp_path / RECORDS)[0].reasoning.text == text


# -- figures


def test_texts_about_the_face_beat_all_floors(scores: CorpusScores) -> None:
    rows = {row.name: row for row in scores.rows}
    for name in ("claim_precision", "claim_f1", "claim_f1_micro", "hallucination", "facial_r1_au"):
        assert rows[name].verdict == "good"
    assert rows["claim_f1"].value > 0.95
    assert rows["claim_f1"].floors["another face"] < rows["claim_f1"].floors["mean face of the label"]
    assert rows["hallucination"].value < 0.05 < rows["hallucination"].floors["another face"]
    assert rows["claim_recall"].hardest == "every unit asserted"  # all units named: recall alone says nothing
    assert rows["claim_recall"].verdict == "floor"


def test_rows_are_means_with_intervals(scores: CorpusScores) -> None:
    for row in scores.rows:
        if row.name == "claim_f1_micro":
            continue
        values = [figures[row.name] for figures in scores.scores if figures[row.name] is not None]
        assert row.n == len(values)
        assert row.value == pytest.approx(np.mean([value for value in values if value is not None]))
        if row.interval:
            assert row.interval[0] <= row.value <= row.interval[1]
    assert "rouge_l" not in {row.name for row in scores.rows}
    assert scores.diversity["different texts"] == 1


def test_the_interval_is_that_of_the_mean() -> None:
    # 40 texts, of which each second claims an absent unit: the mean is 1/2, its standard error sqrt(1/4 / 40).
    told = [entry(str(i), (SMILES, FROWNS)[i % 2], FACE) for i in range(40)]
    row = {row.name: row for row in score_corpus(told).rows}["hallucination"]
    half = 1.96 * (0.25 / 40) ** 0.5
    assert row.interval == pytest.approx((0.5 - half, 0.5 + half), abs=0.03)


def test_whole_persons_are_drawn() -> None:
    # 8 persons of 5 texts that are alike: 8 numbers are known, not 40, and the standard error is sqrt(1/4 / 8).
    told = [entry(str(i), (SMILES, FROWNS)[i // 5 % 2], FACE) for i in range(40)]
    half = 1.96 * (0.25 / 8) ** 0.5
    people = [i // 5 for i in range(40)]
    grouped = score_corpus(told, groups=people)
    assert grouped.groups == 8
    known = [replace(each, person=f"p{who}") for each, who in zip(told, people, strict=True)]
    for scores in (grouped, score_corpus(known)):
        row = {row.name: row for row in scores.rows}["hallucination"]
        assert row.interval == pytest.approx((0.5 - half, 0.5 + half), abs=0.06)
    few = score_corpus(told, groups=[i // 10 for i in range(40)])
    assert all(row.interval is None and row.verdict != "good" for row in few.rows)
    with pytest.raises(ValueError, match="3 groups for 40 texts"):
        score_corpus(told, groups=[1, 2, 3])


def test_the_gain_is_paired_and_its_interval_decides() -> None:
    # The interval of a figure is as wide as faces differ; that of the difference is its own.
    faces = [{"AU12": 0.8, "AU4": 0.0, "AU25": 0.6 * (i % 2), "AU6": 0.6 * (i % 2)} for i in range(40)]
    told = [entry(str(i), SMILES, face) for i, face in enumerate(faces)]
    for row in score_corpus(told).rows:
        if row.name not in ("claim_f1", "claim_precision", "hallucination"):
            continue
        assert row.hardest is not None
        assert row.gain is not None
        assert row.gain_interval is not None
        sign = -1 if row.lower_is_better else 1
        gains = {floor: sign * (row.value - value) for floor, value in row.floors.items()}
        assert row.gain == pytest.approx(min(gains.values()))
        assert row.gain == pytest.approx(gains[row.hardest])
        decided = "good" if row.gain_interval[0] > 0 else "unsure" if row.gain > 0 else "floor"
        assert row.verdict == decided
    assert {row.name for row in score_corpus(told).rows if row.lower_is_better} >= {
        "hallucination",
        "label_leak",
    }


def test_micro_f1_is_that_of_pooled_counts() -> None:
    chance = np.random.default_rng(3)
    asserted, strong = chance.integers(1, 9, (2, 60))
    counts = [
        Counts(int(a), int(chance.integers(0, a + 1)), int(s), int(chance.integers(0, s + 1)))
        for a, s in zip(asserted, strong, strict=True)
    ]

    def pooled(of: list[Counts]) -> float:
        precision = sum(c.true for c in of) / sum(c.asserted for c in of)
        recall = sum(c.named for c in of) / sum(c.strong for c in of)
        return 2 * precision * recall / (precision + recall)

    values = micro_f1(list(counts))
    assert values.mean() == pytest.approx(pooled(counts))
    drawn = [pooled([counts[i] for i in chance.integers(0, 60, 60)]) for _ in range(3000)]
    assert values.std() / 60**0.5 == pytest.approx(np.std(drawn), rel=0.1)
    assert np.isnan(micro_f1([Counts(0, 0, 2, 0), None])).all()
    assert micro_f1([Counts(3, 0, 2, 0), None])[0] == 0


def test_few_texts_have_no_interval_and_one_no_other_face() -> None:
    alone = score_corpus([entry("a", "The lip corners are raised.", {"AU12": 0.8})])
    assert all(row.interval is None and "another face" not in row.floors for row in alone.rows)
    assert {row.verdict for row in alone.rows} <= {None, "floor", "unsure"}


def test_the_seed_draws_the_rest(scores: CorpusScores) -> None:
    assert list(score_corpus(scores.entries).rows) == list(scores.rows)
    assert list(score_corpus(scores.entries, seed=1).rows) != list(scores.rows)


def test_figures_that_do_not_depend_on_the_face_have_no_floor(scores: CorpusScores) -> None:
    rows = {row.name: row for row in scores.rows}
    for name in ("words", "format_valid", "redundancy", "label_leak", "reader_consistency", "contradictions"):
        assert (dict(rows[name].floors), rows[name].verdict) == ({}, None)
    assert set(rows["label_consistency"].floors) == {"another face", "the commonest label"}
    labels = [each.label for each in scores.entries]
    commonest = max(labels.count(label) for label in labels) / len(labels)
    assert rows["label_consistency"].floors["the commonest label"] == pytest.approx(commonest)


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
    names = [worst.name for worst, _ in found.worst()]
    assert names == ["all false", "half", "other label", "left out", "fine"]
    assert [worst.name for worst, _ in found.worst(2)] == names[:2]


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
    assert "than the floor; lower is better" in figures
    judged = [row for row in scores.rows if row.verdict]
    for verdict, says in {
        "good": "✓ better",
        "unsure": "~ not surely better",
        "floor": "– no better",
    }.items():
        count = sum(row.verdict == verdict for row in judged)
        assert figures.count(f'<tr class="cot-is-{verdict}">') == count
        assert figures.count(f'<span class="cot-says">{says}</span>') == count
    assert "same units for the label" in figures.split("Claim F1 without looking")[1]
    assert any(" lower " in line for line in scores.lines())
    assert page.count('<article class="cot-case">') == min(24, len(scores.entries))
