"""The files of a corpus: everything known, tables, the authors' own layout, and conversations to train on.

records.jsonl        one record a line: AUs, label, every attempt, text, status
corpus.parquet       the same as a table, without the attempts: sections and one column per AU
authors.json         [{"file_name", "emo", "au": 24 numbers in FEAFA order, "description"}], as ExpLLM's authors have it
conversations.jsonl  rounds of question and answer
rejected.csv         what is not in the others but records.jsonl, with the reason
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explab.cot.engine.steps import Record
from explab.facs import UnknownUnit, mirrored

RECORDS, TABLE, AUTHORS = "records.jsonl", "corpus.parquet", "authors.json"
CONVERSATIONS, REJECTED = "conversations.jsonl", "rejected.csv"

LABEL_QUESTION = "What is the expression of the person in the image? Please provide the expression label."
COT_QUESTION = (
    "Can you analyze the facial expression step-by-step in the provided image? "
    "Provide a detailed description."
)
"""The authors' two questions (Lan et al., released code), with the verb of the second put right."""

_SIDE = re.compile(r"\b(left|right|A[UD]\d+[LR]?)\b", re.IGNORECASE)
_OTHER = {"left": "right", "right": "left"}


def write(records: Sequence[Record], out: Path, *, seed: int = 0, mix: float = 0.75) -> None:
    """Write all files, each whole or not at all. Raises ValueError for a mix outside 0 to 1."""
    rounds = list(conversations(records, seed=seed, mix=mix))
    with_text = [record for record in records if record.reasoning is not None]
    put(out / RECORDS, _lines(record.to_dict() for record in records))
    put(out / AUTHORS, json.dumps([authors(record) for record in with_text], ensure_ascii=False, indent=1))
    put(out / CONVERSATIONS, _lines(rounds))
    put(out / REJECTED, _rejects(records))
    making = out / f"{TABLE}.part"
    table(with_text).to_parquet(making, index=False)
    making.replace(out / TABLE)


def table(records: Sequence[Record]) -> Any:
    """A pandas DataFrame: name, label, status, the sections, and one column per AU and side that was measured."""
    import pandas as pd

    rows = []
    for record in records:
        if record.reasoning is not None:
            reasoning = record.reasoning
            rows.append(
                {
                    "name": record.name,
                    "label": record.label,
                    "status": record.status,
                    "observations": reasoning.observations,
                    "interpretation": reasoning.interpretation,
                    "conclusion": reasoning.conclusion,
                    "text": reasoning.text,
                    "attempts": len(record.attempts),
                    "writer": record.writer,
                    "seed": record.seed,
                    **record.aus.to_dict()["intensities"],
                }
            )
    return pd.DataFrame(rows)


def authors(record: Record) -> dict[str, Any]:
    """One record in the authors' layout. Units that FEAFA has no name for are lost in it."""
    assert record.reasoning is not None  # rejected ones are in no corpus
    values = np.nan_to_num(record.aus.to_scheme("feafa24"))
    return {
        "file_name": record.name,
        "emo": record.label,
        "au": [round(float(value), 4) for value in values],
        "description": record.reasoning.text,
    }


def conversations(records: Sequence[Record], *, seed: int = 0, mix: float = 0.75) -> Iterator[dict[str, Any]]:
    """Rounds of question and answer for training, in an order drawn by the seed.

    Every verified text comes four times: after the label and before it, and both again for the mirrored face, with
    sides and AUs exchanged. Labels alone are added until they are the share `mix` of all. A text whose label is not
    supported teaches no label, so only its label is asked.

    Raises:
        ValueError: mix outside 0 to 1 (1 would need no text at all).
    """
    check_mix(mix)
    teachable = [record for record in records if record.status == "verified" and record.label]
    labelled = [record for record in records if record.label]
    rounds: list[dict[str, Any]] = []
    for record in teachable:
        assert record.reasoning is not None
        assert record.label is not None
        for flip in (False, True):
            text = mirrored_text(record.reasoning.text) if flip else record.reasoning.text
            label, cot = _round(LABEL_QUESTION, record.label), _round(COT_QUESTION, text)
            rounds += [_conversation(record, flip, label + cot), _conversation(record, flip, cot + label)]
    alone = round(len(rounds) * mix / (1 - mix)) if labelled else 0
    rng = np.random.default_rng(seed)
    for i in range(alone):
        record, flip = labelled[i // 2 % len(labelled)], bool(i % 2)
        assert record.label is not None
        rounds.append(_conversation(record, flip, _round(LABEL_QUESTION, record.label)))
    for i in rng.permutation(len(rounds)):
        yield rounds[i]


def check_mix(mix: float) -> None:
    """Raises ValueError for a share of label questions outside 0 to 1; 1 would leave no room for texts."""
    if not 0 <= mix < 1:
        raise ValueError(f"mix={mix!r} must be at least 0 and below 1")


def mirrored_text(text: str) -> str:
    """The same about the mirrored face: left and right change places, in words and in codes: AU12L, AU51."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() not in _OTHER:
            try:
                return mirrored(word.upper())
            except UnknownUnit:
                return word
        new = _OTHER[word.lower()]
        return new.upper() if word.isupper() else new.capitalize() if word[0].isupper() else new

    return _SIDE.sub(other, text)


def _round(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _conversation(record: Record, flip: bool, rounds: list[dict[str, str]]) -> dict[str, Any]:
    aus = record.aus.flip() if flip else record.aus
    return {
        "name": record.name,
        "mirrored": flip,
        "label": record.label,
        "aus": aus.to_dict()["intensities"],
        "conversation": rounds,
    }


def _lines(rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _rejects(records: Sequence[Record]) -> str:
    text = io.StringIO()
    rows: Callable[[Any], Any] = csv.writer(text, lineterminator="\n").writerow
    rows(["name", "label", "reason"])
    for record in records:
        if record.status == "rejected":
            rows([record.name, record.label or "", record.reason])
    return text.getvalue()


def put(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    making = file.with_name(f"{file.name}.part")
    making.write_text(text, encoding="utf-8")
    making.replace(file)
