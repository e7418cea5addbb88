"""The Exp-CoT engine: many faces through its steps together, each until Verification is content or tries run out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.cot.engine.steps import (
    UNSUPPORTED,
    Attempt,
    Memory,
    Reading,
    Record,
    Status,
    false_claims,
    nameless,
    refine,
    reflect,
    verify,
)
from explab.cot.engine.store import Store
from explab.cot.parser.parse import conclusion_label
from explab.cot.reasoning import Reasoning
from explab.cot.writers.base import Answer, Request, Writer
from explab.facs import AUs, expression

TRIES = 3
"""Rounds of AU2Des and Des2Exp; the paper does not say how many it allows."""


@dataclass(frozen=True, eq=False)
class Item:
    """One face to reason about.

    Attributes:
        name: of the face, different for every one of a corpus.
        aus: its action units.
        label: its expression; None where nobody knows it.
        image: (H, W, 3) uint8 RGB for writers who look at faces.
    """

    name: str
    aus: AUs
    label: str | None = None
    image: NDArray[np.uint8] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.aus, AUs):
            raise TypeError(f"aus of {self.name!r} must be explab.facs.AUs, not {type(self.aus).__name__}")
        if self.label is not None:
            object.__setattr__(self, "label", expression(self.label))


@dataclass(eq=False)
class _Work:
    """An item on its way."""

    item: Item
    seed: int
    memory: Memory = ()
    problem: str = ""

    def heard(self, answer: Answer) -> bool:
        """Whether an answer is usable; if not, why is noted."""
        self.problem = answer.problem
        return not answer.problem

    @property
    def passed(self) -> bool:
        return bool(self.memory) and self.memory[-1].verdict.passed

    @property
    def best(self) -> Attempt | None:
        """The attempt to go on with: the last whose description may stand. A true one that leaves something out will do
        where it leads to the label nevertheless; where it does not, what is left out may be the cause."""
        usable = [attempt for attempt in self.memory if not (attempt.verdict.false or attempt.verdict.leaks)]
        fit = [attempt for attempt in usable if attempt.verdict.true] or [
            attempt for attempt in usable if attempt.verdict.agrees is not False
        ]
        return fit[-1] if fit else None


def reason(
    items: Sequence[Item],
    writer: Writer,
    *,
    seed: int = 0,
    tries: int = TRIES,
    store: Store | None = None,
) -> Iterator[Record]:
    """Records in the order of the items.

    What a writer says about one item depends on that item, its name and the seed alone, not on its neighbours.

    Raises:
        ValueError: tries below 1.
        WriterError: the writer cannot go on; what it answered before is in the store.
    """
    if tries < 1:
        raise ValueError(f"tries={tries!r} must be at least 1")
    store = Store() if store is None else store
    for start in range(0, len(items), writer.together):
        yield from _together(items[start : start + writer.together], writer, seed, tries, store)


def _together(items: Sequence[Item], writer: Writer, seed: int, tries: int, store: Store) -> list[Record]:
    works = [_Work(item, _seed(seed, item.name)) for item in items]
    for attempt in range(tries):
        open_ = [work for work in works if not work.passed and not work.problem]
        answers = store.ask(writer, [_describe(work, attempt) for work in open_])
        descriptions = [
            (work, a.said["text"]) for work, a in zip(open_, answers, strict=True) if work.heard(a)
        ]
        answers = store.ask(writer, [_read(work, text, attempt) for work, text in descriptions])
        for (work, text), answer in zip(descriptions, answers, strict=True):
            if work.heard(answer):
                reading = Reading(expression(answer.said["label"]), answer.said["text"])
                verdict = verify(text, reading, work.item.aus, work.item.label)
                work.memory += (Attempt(text, reading, verdict),)
    return _concluded(works, writer, tries, store)


def _concluded(works: Sequence[_Work], writer: Writer, tries: int, store: Store) -> list[Record]:
    """The last section, until the whole text is true and, where the label is supported, comes to it."""
    concluded: dict[int, tuple[Reasoning, Status, str]] = {}
    wrong: dict[int, str] = {}
    for attempt in range(tries):
        open_ = [
            (i, work, best)
            for i, work in enumerate(works)
            if not work.problem and i not in concluded and (best := work.best) is not None
        ]
        requests = [_conclude(work, best, attempt, wrong.get(i, "")) for i, work, best in open_]
        for (i, work, best), answer in zip(open_, store.ask(writer, requests), strict=True):
            if not work.heard(answer):
                continue
            reasoning = refine(best.description, answer.said["interpretation"], answer.said["text"])
            false = false_claims(reasoning, work.item.aus)
            named = conclusion_label(reasoning)
            if false:
                wrong[i] = f"Not true: {'; '.join(false)}."
            elif best.verdict.agrees is not False and named != best.reading.label:
                wrong[i] = f"The conclusion names {named or 'no expression'} instead of {best.reading.label}."
            elif best.verdict.agrees is False and named == work.item.label:
                wrong[i] = f"The conclusion names {named}, which the visible action units do not support."
            elif best.verdict.agrees is False:
                concluded[i] = reasoning, "unsupported", UNSUPPORTED
            else:
                concluded[i] = reasoning, "verified", _left_out(best)
    return [_record(work, writer, concluded.get(i), wrong.get(i, "")) for i, work in enumerate(works)]


def _left_out(attempt: Attempt) -> str:
    """What a true text says nothing of, after all tries."""
    return "; ".join(f"{code} is not mentioned" for code in attempt.verdict.missed)


def _record(
    work: _Work, writer: Writer, conclusion: tuple[Reasoning, Status, str] | None, wrong: str
) -> Record:
    item = work.item
    common = (item.name, item.aus, item.label, writer.name, work.seed, work.memory)
    if conclusion is not None:
        reasoning, status, why = conclusion
        return Record(*common, reasoning, status, why)
    last = work.memory[-1].verdict if work.memory else None
    faults = "; ".join([*last.false, *(f"{code} is not mentioned" for code in last.missed)]) if last else ""
    leaks = f"the description names {', '.join(last.leaks)}" if last and last.leaks else ""
    reason = work.problem or wrong or "; ".join(part for part in (faults, leaks) if part)
    return Record(*common, None, "rejected", reason)


# -- questions


def _seed(seed: int, name: str) -> int:
    """31 bits from a seed and a name: the same in every process and whatever the neighbours."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:4], "big") >> 1


def _measured(aus: AUs) -> dict[str, Any]:
    """Intensities alone: where they come from may tell more than what the face shows."""
    return {"aus": {"intensities": aus.to_dict()["intensities"]}}


def _describe(work: _Work, attempt: int) -> Request:
    """AUs, the last description and what was wrong with it. No label, and no expression that was read before."""
    given = _measured(work.item.aus) | {"attempt": attempt}
    if work.memory:
        before = nameless(work.memory[-1].description)
        given |= {"before": before, "feedback": reflect(work.memory, work.item.aus)}
    return Request("describe", work.seed, given, work.item.image)


def _read(work: _Work, description: str, attempt: int) -> Request:
    """The description alone."""
    return Request("read", work.seed, {"description": description, "attempt": attempt})


def _conclude(work: _Work, best: Attempt, attempt: int, wrong: str) -> Request:
    """After Verification: the label may be known now, and must not be rationalised."""
    given: dict[str, Any] = {
        "description": best.description,
        "interpretation": best.reading.text,
        "read": best.reading.label,
        "supported": best.verdict.agrees is not False,
        "label": work.item.label or best.reading.label,
        "attempt": attempt,
    }
    if wrong:
        given["feedback"] = wrong
    return Request("conclude", work.seed, given)
