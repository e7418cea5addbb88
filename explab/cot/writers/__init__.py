"""Who writes chains of thought: explab's grammar, a local model, or a server; see `writer`."""

from __future__ import annotations

from typing import Any

from explab.cot.writers.base import Answer, Request, Writer, WriterError
from explab.words import near

WRITERS = ("grammar", "transformers", "openai")


def writer(name: str | Writer, **settings: Any) -> Writer:
    """A writer by name, with its settings: "grammar", "transformers" (model=...), "openai" (model=..., base_url=...).

    Raises:
        ValueError: an unknown name, with near matches.
        TypeError: a setting that this writer does not have.
        WriterError: a model that cannot be loaded.
    """
    if isinstance(name, Writer):
        return name
    if name == "grammar":
        from explab.cot.writers.grammar import GrammarWriter

        return GrammarWriter(**settings)
    if name == "transformers":
        from explab.cot.writers.transformers import TransformersWriter

        return TransformersWriter(**settings)
    if name == "openai":
        from explab.cot.writers.openai import OpenAIWriter

        return OpenAIWriter(**settings)
    raise ValueError(f"no writer {name!r}; there are {', '.join(WRITERS)}{near(name, WRITERS)}")


__all__ = ["WRITERS", "Answer", "Request", "Writer", "WriterError", "writer"]
