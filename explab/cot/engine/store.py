"""Answers on disk, by what was asked: nobody is asked the same thing twice, and a killed run goes on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from explab.cot.writers.base import Answer, Request, Writer

_AT_ONCE = 500
"""Keys of one query; SQLite allows 999 in old builds."""


class Store:
    """A table key -> answer in one SQLite file.

    Every answer is committed when it comes, so that what was paid for outlives a killed process. Only usable answers
    are kept: a question that failed is asked again by the next run.

    Args:
        path: of the file; ":memory:" forgets everything.

    Raises:
        ValueError: the file is something else than such a table.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.path = path
        try:
            self._base = sqlite3.connect(path, isolation_level=None)
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = normal")
            self._base.execute(
                "create table if not exists answers (key text primary key, writer text, step text, said text, "
                "tokens_in integer, tokens_out integer) without rowid"
            )
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path}: no store of answers ({error}); name another folder") from None

    def __len__(self) -> int:
        (count,) = self._base.execute("select count(*) from answers").fetchone()
        return int(count)

    def ask(self, writer: Writer, requests: Sequence[Request]) -> list[Answer]:
        """Answers in the order of the questions, from disk where they are there. Raises WriterError."""
        keys = [request.key(writer) for request in requests]
        answers = self._known(keys) if writer.remembers else {}
        first = {key: i for i, key in reversed(list(enumerate(keys))) if key not in answers}
        open_ = sorted(first.values())  # the same question is asked once
        for place, answer in writer.answer([requests[i] for i in open_]):
            i = open_[place]
            answers[keys[i]] = answer
            if writer.remembers and not answer.problem:
                self._base.execute(
                    "insert or replace into answers values (?, ?, ?, ?, ?, ?)",
                    (keys[i], writer.name, requests[i].step, json.dumps(dict(answer.said)), *answer.tokens),
                )
        return [answers[key] for key in keys]

    def tokens(self) -> tuple[int, int]:
        """Tokens read and written by all answers that are kept."""
        read, written = self._base.execute(
            "select coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0) from answers"
        ).fetchone()
        return int(read), int(written)

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _known(self, keys: Sequence[str]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        for start in range(0, len(keys), _AT_ONCE):
            batch = keys[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(batch))
            rows = self._base.execute(
                f"select key, said, tokens_in, tokens_out from answers where key in ({marks})", batch
            )
            for key, said, read, written in rows:
                answers[key] = Answer(json.loads(said), tokens=(read, written))
        return answers
