"""Texts of a corpus as they are read from disk: with what is known of their faces, and of whom the faces are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explab.cot.parser.parse import parse
from explab.cot.reasoning import Reasoning
from explab.facs import AUs, expression

PERSON = "person"
"""Field that says who is seen, where a record has it."""


class CorpusError(ValueError):
    """A corpus that cannot be read: the message names the item and the field."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One text of a corpus, and what is known of its face; `person`, or what else faces belong together by."""

    name: str
    reasoning: Reasoning
    aus: AUs
    label: str | None
    person: str | None = None


def read_corpus(path: str | Path, *, group: str | None = None) -> list[Entry]:
    """A corpus in the authors' layout (JSON list), or a `records.jsonl` of explab.

    Args:
        path: of the file.
        group: field that says which faces belong together; by default "person", which records need not have.

    Raises:
        CorpusError: no such file, no JSON, or an item that lacks a field or holds a bad one.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from None
    if path.suffix == ".jsonl":
        lines = [line for line in text.split("\n") if line.strip()]
        rows = [_json(line, f"{path}, item {i}") for i, line in enumerate(lines)]
    else:
        rows = _json(text, str(path))
    if not isinstance(rows, list) or not rows:
        raise CorpusError(f"{path}: expected a list of records, in the authors' layout or explab's")
    read = (_entry(row, f"{path}, item {i}", group) for i, row in enumerate(rows))
    return [entry for entry in read if entry is not None]


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: no valid JSON: {error}") from None


def _entry(row: Any, where: str, group: str | None) -> Entry | None:
    """One record; None for one that explab rejected, which has no text."""
    if not isinstance(row, dict):
        raise CorpusError(f"{where}: expected an object with fields, found {type(row).__name__}")
    ours = "aus" in row
    name, label = (row.get("name"), row.get("label")) if ours else (row.get("file_name"), row.get("emo"))
    text = row.get("text") if ours else row.get("description")
    if ours and row.get("status") == "rejected":
        return None
    where = f"{where} ({name})" if name else where
    if not isinstance(text, str):
        raise CorpusError(
            f"{where}: field {'text' if ours else 'description'!r} must be text, found {text!r}"
        )
    field = "aus" if ours else "au"
    try:
        aus = AUs.from_dict(row["aus"]) if ours else AUs.from_scheme("feafa24", row["au"])
    except KeyError:
        raise CorpusError(f"{where}: field {field!r} is missing") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise CorpusError(f"{where}: field {field!r}: {error}") from None
    try:
        known = None if label is None else expression(str(label))
    except ValueError as error:
        raise CorpusError(f"{where}: field {'label' if ours else 'emo'!r}: {error}") from None
    person = row.get(group or PERSON)
    if group is not None and person is None:
        raise CorpusError(f"{where}: field {group!r} is missing; texts are grouped by it")
    return Entry(str(name or where), parse(text), aus, known, None if person is None else str(person))
