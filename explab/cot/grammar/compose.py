"""The offline writer of the Exp-CoT engine: action units -> English about a face, true by construction.

    text = describe(aus, seed=7)                               # AU2Des: sees AUs only, names no emotion
    read = interpret(text, seed=7)                             # Des2Exp: sees the description only
    last = conclude(read.label, read.ranking, read.aus, seed=7)
    compose(text, read.text, last)                             # Markdown under the paper's three headings

Three steps that know nothing of each other, so no label can leak into a description. Every word comes from the tables
in `data/`: phrases_units.csv, phrases_intensity.csv, phrases_frames.csv, phrases_absent.csv and interpretations.csv.
The format is that of Lan et al., "ExpLLM" (IEEE TMM 2025); the sentences are this project's own.
"""

from __future__ import annotations

from explab.cot.grammar.interpret import (
    CONCLUSION_LIMIT,
    TOTAL_LIMIT,
    Interpretation,
    conclude,
    described,
    interpret,
    supporting,
    unsupported,
)
from explab.cot.grammar.observe import LIMIT, describe
from explab.cot.grammar.wording import count_words
from explab.cot.reasoning import HEADINGS

__all__ = [
    "CONCLUSION_LIMIT",
    "LIMIT",
    "TOTAL_LIMIT",
    "Interpretation",
    "compose",
    "conclude",
    "describe",
    "described",
    "interpret",
    "supporting",
    "unsupported",
]


def compose(observations: str, interpretation: str, conclusion: str) -> str:
    """The three sections as Markdown: "**Key Observations:** ...", a blank line, and so on.

    Raises ValueError for an empty section, and for more than TOTAL_LIMIT words: sentences are never cut, so whoever
    wrote them has to write less.
    """
    bodies = (observations, interpretation, conclusion)
    empty = [head for head, body in zip(HEADINGS.values(), bodies, strict=True) if not body.strip()]
    if empty:
        raise ValueError(f"empty section: {', '.join(empty)}")
    words = [count_words(body) for body in bodies]
    if sum(words) > TOTAL_LIMIT:
        parts = ", ".join(f"{head} {n}" for head, n in zip(HEADINGS.values(), words, strict=True))
        raise ValueError(f"{sum(words)} words, {TOTAL_LIMIT} at most: {parts}")
    return "\n\n".join(
        f"**{head}:** {body.strip()}" for head, body in zip(HEADINGS.values(), bodies, strict=True)
    )
