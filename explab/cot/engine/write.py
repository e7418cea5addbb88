"""One face, one chain of thought."""

from __future__ import annotations

from typing import Any

from explab.cot.engine.loop import TRIES, Item, reason
from explab.cot.reasoning import Reasoning
from explab.cot.writers import Writer
from explab.cot.writers import writer as find_writer
from explab.facs import AUs


class NotWritten(ValueError):
    """No writer could describe this face truly; the message says what was wrong."""


def write(
    aus: AUs,
    label: str | None = None,
    writer: str | Writer = "grammar",
    seed: int = 0,
    *,
    tries: int = TRIES,
    **settings: Any,
) -> Reasoning:
    """The engine on one face.

    Args:
        aus: its action units.
        label: its expression. It enters in Verification only; where the units do not support it, the text says so.
        writer: a name from `explab.cot.WRITERS`, or a writer.
        seed: of the wording.
        tries: rounds at most.
        settings: of a writer given by name.

    Raises:
        NotWritten: no round led to a text that is true of the face.
        ValueError: an unknown label or writer, or no AUs.
        WriterError: the writer cannot go on.
    """
    (record,) = reason([Item("face", aus, label)], find_writer(writer, **settings), seed=seed, tries=tries)
    if record.reasoning is None:
        raise NotWritten(f"no text after {tries} rounds: {record.reason}")
    return record.reasoning
