"""A language model as judge of chains of thought, on the three aspects of Face-LLaVA (WACV 2026), 1-10 each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explab.cot.engine.store import Store
from explab.cot.scores.entries import Entry
from explab.cot.writers.base import FIELDS, Request, Writer


@dataclass(frozen=True)
class Judgement:
    """One text, judged; None where the judge's answer could not be used.

    Attributes:
        name: of the face.
        consistency: with the face as it was measured, 1-10.
        label: does the reasoning lead to the label, 1-10.
        completeness: is everything named that matters, 1-10.
        problem: why there is no figure.
    """

    name: str
    consistency: int | None = None
    label: int | None = None
    completeness: int | None = None
    problem: str = ""


def judge(
    entries: Sequence[Entry], writer: Writer, *, seed: int = 0, store: Store | None = None
) -> list[Judgement]:
    """Ask a model what it thinks of every text. Entries without a label cannot be judged on it.

    A judge is a model with tastes of its own, and often one of the family that wrote the texts: read its figures beside
    those of `score`, not in their place.

    Raises:
        ValueError: the grammar as judge, which has no opinion, or an entry without a label.
        WriterError: the model cannot go on.
    """
    if writer.name == "grammar":
        raise ValueError("the grammar has no opinion; name a transformers or openai writer as judge")
    unlabelled = [entry.name for entry in entries if entry.label is None]
    if unlabelled:
        raise ValueError(f"{len(unlabelled)} texts have no label, the first: {unlabelled[0]}")
    requests = [
        Request(
            "judge",
            seed,
            {"aus": entry.aus.to_dict(), "label": entry.label, "text": entry.reasoning.text},
        )
        for entry in entries
    ]
    store = Store() if store is None else store
    judgements = []
    for entry, answer in zip(entries, store.ask(writer, requests), strict=True):
        marks = {name: _mark(answer.said.get(name, "")) for name in FIELDS["judge"]}
        problem = answer.problem or (
            "" if all(marks.values()) else f"no marks from 1 to 10: {dict(answer.said)}"
        )
        judgements.append(Judgement(entry.name, problem=problem, **({} if problem else marks)))
    return judgements


def _mark(text: str) -> int | None:
    word = text.strip().split("/")[0].strip()
    return int(word) if word.isdigit() and 1 <= int(word) <= 10 else None
