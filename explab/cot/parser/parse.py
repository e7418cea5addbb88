"""Text -> Reasoning: its three sections and every statement about action units in it."""

from __future__ import annotations

from explab.cot.parser.claims import claims
from explab.cot.parser.emotions import emotions_in, settled
from explab.cot.parser.sections import sections
from explab.cot.reasoning import Reasoning

__all__ = ["conclusion_label", "emotions_in", "parse"]


def parse(text: str) -> Reasoning:
    """Read a chain of thought about one face.

    `text` may be of any origin and format; what is unusual stands in `remarks`. Claims are read in the sections only,
    not in what stands before the first heading. Empty text gives an empty Reasoning. Raises TypeError for what is no
    text.
    """
    if not isinstance(text, str):
        raise TypeError(f"reasoning is a text, not {type(text).__name__}")
    spans, remarks = sections(text)
    found = [claim for name, (start, end) in spans.items() for claim in claims(text, name, start, end)]
    found.sort(key=lambda claim: claim.span[0])
    return Reasoning(text, spans, tuple(found), remarks)


def conclusion_label(reasoning: Reasoning) -> str | None:
    """The expression of `explab.facs.EXPRESSIONS` on which the conclusion settles, or None where it leaves it open.

    "Fear rather than anger" is Fear; "either fear or surprise" is None. A text without a conclusion is judged by its
    last sentence that names an expression.
    """
    if "conclusion" in reasoning.spans:
        return settled(reasoning.text, *reasoning.spans["conclusion"])
    named = [mention for mention in emotions_in(reasoning.text) if not mention.negated]
    return settled(reasoning.text, _sentence_start(reasoning.text, named[-1].span[0])) if named else None


def _sentence_start(text: str, at: int) -> int:
    return max(text.rfind(mark, 0, at) for mark in (". ", "! ", "? ", "\n")) + 1
