"""A judge is asked about the face, the label and the text, and what is no mark is said to be none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from explab import cot
from explab.cot.scores.entries import Entry
from explab.cot.scores.judge import Judgement
from explab.cot.writers.base import Answer, Request
from explab.cot.writers.questions import MalformedAnswer, question, said, schema
from explab.facs import AUs

SMILE = AUs({"AU6": 0.6, "AU12": 0.8, "AU4": 0})


class Judge(cot.Writer):
    """Marks by the length of the question, or says something else."""

    name = "judge"

    def __init__(self, *answers: dict[str, str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for i, request in enumerate(requests):
            self.asked.append(question(request))
            yield i, Answer(self.answers[i])


def entry(name: str, label: str | None = "Happiness") -> Entry:
    return Entry(name, cot.write(SMILE, label, seed=ord(name)), SMILE, label)


def test_marks_and_what_is_none() -> None:
    good = {"consistency": "9", "label": "10/10", "completeness": "7"}
    judge = Judge(good, {**good, "label": "eleven"})
    first, second = cot.judge([entry("a"), entry("b")], judge)
    assert first == Judgement("a", 9, 10, 7)
    assert second.label is None
    assert "no marks from 1 to 10" in second.problem
    assert "AU12 lip corner puller: 0.80" in judge.asked[0]
    assert "labelled Happiness" in judge.asked[0]
    assert entry("a").reasoning.conclusion in judge.asked[0]


def test_the_same_question_is_asked_once() -> None:
    judge = Judge({"consistency": "9", "label": "9", "completeness": "7"})
    assert len(set(cot.judge([entry("a"), entry("a")], judge))) == 1
    assert len(judge.asked) == 1


def test_who_cannot_judge_and_what_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="the grammar has no opinion"):
        cot.judge([entry("a")], cot.writer("grammar"))
    with pytest.raises(ValueError, match="1 texts have no label, the first: b"):
        cot.judge([entry("a"), entry("b", None)], Judge())


def test_numbers_are_taken_as_text() -> None:
    answer = json.dumps({"consistency": 8, "label": "7", "completeness": 6})
    assert said("judge", answer) == {"consistency": "8", "label": "7", "completeness": "6"}
    assert "enum" not in schema("judge")["properties"]["label"]
    assert "Happiness" in schema("read")["properties"]["label"]["enum"]
    with pytest.raises(MalformedAnswer, match='no text in "label"'):
        said("judge", json.dumps({"consistency": "8", "label": None, "completeness": "6"}))
