"""The Exp-CoT engine with a writer that says what the test tells it to, and that keeps every question it was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from explab.cot import Item, NotWritten, conclusion_label, emotions_in, reason, write
from explab.cot.engine.corpus import build
from explab.cot.engine.steps import UNSUPPORTED, Record
from explab.cot.writers.base import Answer, Request, Step, Writer
from explab.cot.writers.grammar import GrammarWriter, _said
from explab.facs import EXPRESSIONS, AUs
from explab.facs.expressions import ALIASES
from explab.synth.anatomy.units import as_aus
from explab.synth.make import acted

SMILE = AUs({"AU6": 0.6, "AU12": 0.8, "AU4": 0.0, "AU15": 0.0}, source="folder Happiness")
TRUE = "The lip corners are strongly raised, and the cheeks are strongly raised."
FALSE = "The brows are strongly lowered, the lip corners are strongly raised, and the cheeks are raised."
LEAKY = "An angry look with a happy smile: the lip corners are raised and the cheeks are raised."
SHORT = "The cheeks are strongly raised."

STEPS: tuple[Step, ...] = ("describe", "read", "conclude")

Script = Callable[[Request, int], Answer | None]
"""A question and how many of its step came before -> an answer, or None for the grammar's."""


class Scripted(Writer):
    """Answers by a script, and by the grammar where that says nothing."""

    name = "scripted"
    remembers = False

    def __init__(self, script: Script | None = None, together: int = 64) -> None:
        self.script, self.together = script, together
        self.asked: list[Request] = []

    def of(self, step: str) -> list[Request]:
        return [one for one in self.asked if one.step == step]

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for i in reversed(range(len(requests))):  # answers may come in any order
            request = requests[i]
            found = self.script(request, len(self.of(request.step))) if self.script else None
            self.asked.append(request)
            yield i, found or Answer(_said(request))


def told(*descriptions: str) -> Script:
    """Describe by these words, the last of them for ever."""
    return lambda request, before: (
        Answer({"text": descriptions[min(before, len(descriptions) - 1)]})
        if request.step == "describe"
        else None
    )


def one(writer: Writer, item: Item, **options: int) -> Record:
    (record,) = reason([item], writer, **options)
    return record


def acted_items(n: int) -> list[Item]:
    faces = [as_aus(row) for row in acted(n, seed=11)]
    return [Item(f"face {i}", aus, EXPRESSIONS[i % 8]) for i, aus in enumerate(faces)]


NAMES = re.compile(
    rf"\b({'|'.join(sorted({*EXPRESSIONS, *ALIASES, 'angry', 'happy', 'sad'}, key=len))})\b", re.IGNORECASE
)


def _names_none(request: Request) -> None:
    seen = json.dumps(request.given)
    assert not NAMES.search(seen), seen
    assert not emotions_in(seen), seen


# -- who sees what


def test_the_search_for_names_finds_them() -> None:
    assert NAMES.search('"feedback": "not Happiness"')
    assert NAMES.search("a surprise")


def test_au2des_never_sees_a_label_or_an_expression() -> None:
    items = acted_items(12)
    writer = Scripted()
    records = list(reason(items, writer))
    assert any(len(record.attempts) > 1 for record in records), "no round was repeated"
    assert len(writer.of("describe")) > len(items)
    for request in writer.of("describe"):
        assert set(request.given) <= {"aus", "attempt", "before", "feedback"}
        _names_none(request)


def test_au2des_does_not_see_what_was_read_wrongly() -> None:
    def script(request: Request, _: int) -> Answer | None:
        return Answer({"label": "Disgust", "text": "It is disgust."}) if request.step == "read" else None

    writer = Scripted(script)
    record = one(writer, Item("a", SMILE, "Happiness"))
    assert [attempt.reading.label for attempt in record.attempts] == ["Disgust"] * 3
    second, third = writer.of("describe")[1:]
    for request in (second, third):
        assert "not read as intended" in request.given["feedback"]
        assert "AU12" in request.given["feedback"]
        _names_none(request)


def test_emotions_that_a_description_named_do_not_come_back_to_it() -> None:
    writer = Scripted(told(LEAKY, TRUE))
    record = one(writer, Item("a", SMILE, "Happiness"))
    first, second = writer.of("describe")
    assert "before" not in first.given
    assert second.given["before"].startswith("An [...] look with a [...] smile:")
    assert "[...]" in second.given["feedback"]
    _names_none(second)
    assert record.attempts[0].verdict.leaks == ("angry", "happy")
    assert record.status == "verified"


def test_au2des_does_not_see_where_aus_come_from() -> None:
    writer = Scripted()
    one(writer, Item("Happiness 7", SMILE, "Happiness"))
    _names_none(writer.of("describe")[0])
    assert AUs.from_dict(writer.of("describe")[0].given["aus"]) == AUs(SMILE)


def test_des2exp_sees_the_description_alone() -> None:
    writer = Scripted(told(TRUE))
    one(writer, Item("a", SMILE, "Fear"))
    reads = writer.of("read")
    assert len(reads) == 3
    for attempt, request in enumerate(reads):
        assert request.given == {"description": TRUE, "attempt": attempt}
        assert request.image is None


# -- verification


def test_a_true_description_that_leads_to_the_label_is_verified_at_once() -> None:
    writer = Scripted(told(TRUE))
    record = one(writer, Item("a", SMILE, "joy"))
    assert (record.status, record.reason, record.label) == ("verified", "", "Happiness")
    assert [len(writer.of(step)) for step in STEPS] == [1, 1, 1]
    assert record.reasoning is not None
    assert record.reasoning.observations == TRUE
    assert conclusion_label(record.reasoning) == "Happiness"


def test_a_label_that_the_aus_do_not_support_is_said_to_be_so() -> None:
    record = one(GrammarWriter(), Item("a", SMILE, "Fear"))
    assert (record.status, record.reason) == ("unsupported", UNSUPPORTED)
    assert len(record.attempts) == 3
    assert record.reasoning is not None
    assert conclusion_label(record.reasoning) == "Happiness"
    assert "fear" in record.reasoning.conclusion
    assert re.search(r"\b(?:not|no|un\w+ed|without)\b", record.reasoning.conclusion)


def test_who_keeps_saying_false_things_is_rejected_with_the_claim() -> None:
    writer = Scripted(told(FALSE))
    record = one(writer, Item("a", SMILE, "Happiness"), tries=2)
    assert record.status == "rejected"
    assert record.reasoning is None
    assert '"brows are strongly lowered" says AU4 (Brow lowerer) is there; it measures 0.00' in record.reason
    assert len(writer.of("describe")) == 2
    assert not writer.of("conclude")


def test_feedback_leads_to_acceptance() -> None:
    def script(request: Request, _: int) -> Answer | None:
        if request.step != "describe":
            return None
        return Answer({"text": TRUE if "AU4" in request.given.get("feedback", "") else FALSE})

    writer = Scripted(script)
    record = one(writer, Item("a", SMILE, "Happiness"))
    assert record.status == "verified"
    assert [attempt.verdict.true for attempt in record.attempts] == [False, True]
    assert writer.of("describe")[1].given["before"] == FALSE


def test_what_is_left_out_is_asked_for() -> None:
    writer = Scripted(told(SHORT, TRUE))
    record = one(writer, Item("a", SMILE, "Happiness"))
    assert record.attempts[0].verdict.missed == ("AU12",)
    assert writer.of("describe")[1].given["feedback"] == "Not mentioned: AU12 (0.80)."
    assert record.status == "verified"
    assert "AU12 is not mentioned" in one(Scripted(told(SHORT)), Item("a", SMILE, "Happiness")).reason


@pytest.mark.parametrize(
    ("conclusion", "why"),
    [
        ("The lowered brows show happiness.", "AU4"),
        ("The raised lip corners show fear.", "names Fear instead of Happiness"),
        ("The lip corners are raised.", "names no expression instead of Happiness"),
    ],
)
def test_a_conclusion_that_is_false_or_comes_to_something_else_is_written_again(
    conclusion: str, why: str
) -> None:
    wrong = Answer({"interpretation": "A broad smile.", "text": conclusion})

    def once(request: Request, before: int) -> Answer | None:
        return wrong if request.step == "conclude" and not before else told(TRUE)(request, before)

    def always(request: Request, before: int) -> Answer | None:
        return wrong if request.step == "conclude" else told(TRUE)(request, before)

    writer = Scripted(once)
    record = one(writer, Item("a", SMILE, "Happiness"))
    assert record.status == "verified"
    assert why in writer.of("conclude")[1].given["feedback"]
    record = one(Scripted(always), Item("a", SMILE, "Happiness"))
    assert record.status == "rejected"
    assert why in record.reason


def test_without_a_label_what_was_read_is_the_conclusion() -> None:
    writer = Scripted(told(TRUE))
    record = one(writer, Item("a", SMILE))
    assert (record.status, record.label) == ("verified", None)
    assert record.attempts[0].verdict.agrees is None
    assert writer.of("conclude")[0].given["label"] == "Happiness"


# -- many items


@pytest.mark.parametrize("step", STEPS)
def test_a_malformed_answer_rejects_only_its_item(step: str) -> None:
    items = acted_items(5)
    bad = items[2].aus.to_dict()["intensities"]
    fine = {record.name: record.to_dict() for record in reason(items, Scripted())}
    seed = next(r.seed for r in reason(items, Scripted()) if r.aus.to_dict()["intensities"] == bad)

    def script(request: Request, _: int) -> Answer | None:
        return Answer({}, "no JSON") if request.step == step and request.seed == seed else None

    records = list(reason(items, Scripted(script)))
    assert [record.name for record in records] == [item.name for item in items]
    assert (records[2].status, records[2].reason, records[2].reasoning) == ("rejected", "no JSON", None)
    for record in records[:2] + records[3:]:
        assert record.to_dict() == fine[record.name]


def test_results_do_not_depend_on_neighbours() -> None:
    items = acted_items(9)
    together = [record.to_dict() for record in reason(items, Scripted())]
    few = [record.to_dict() for record in reason(items, Scripted(together=2))]
    turned = [record.to_dict() for record in reason(items[::-1], Scripted(together=4))]
    alone = one(Scripted(), items[4]).to_dict()
    assert together == few == turned[::-1]
    assert alone == together[4]


def test_name_and_seed_change_the_wording() -> None:
    (item,) = acted_items(1)
    texts = {
        record.reasoning.text
        for name in ("a", "b")
        for seed in (0, 1)
        if (record := one(GrammarWriter(), replace(item, name=name), seed=seed)).reasoning
    }
    assert len(texts) == 4


def test_no_tries_are_refused() -> None:
    with pytest.raises(ValueError, match="tries=0 must be at least 1"):
        list(reason([Item("a", SMILE)], Scripted(), tries=0))


def test_names_must_differ(tmp_path: Path) -> None:
    items = [Item("a", SMILE), Item("b", SMILE), Item("a", SMILE)]
    with pytest.raises(ValueError, match="1 names stand for several faces, the first: 'a'"):
        build(items, GrammarWriter(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_write_is_the_engine_on_one_face() -> None:
    assert write(SMILE, "Happiness").text == write(SMILE, "happy").text
    with pytest.raises(NotWritten, match=r"no text after 2 rounds: .*AU4"):
        write(SMILE, "Happiness", Scripted(told(FALSE)), tries=2)
    with pytest.raises(ValueError, match="Happynes"):
        write(SMILE, "Happynes")
