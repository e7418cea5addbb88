"""A chain of thought about a face: text with three sections, and what it claims about action units.

    from explab.cot import parse, conclusion_label

    reasoning = parse("**Key Observations:** The left brow is slightly lowered. ... **Conclusion:** ...")
    reasoning.observations, reasoning.remarks   # the body of a section; what is unusual about the format
    reasoning.claims[0]                         # Claim(au="AU4", side="L", present=True, intensity=0.12, ...)
    reasoning.phrase(reasoning.claims[0])       # "left brow is slightly lowered"
    conclusion_label(reasoning)                 # "Anger", or None where the text leaves it open
    to_json(reasoning), to_markdown(reasoning)  # and back: from_json, parse
    write(face.aus, label="Happiness")          # the engine on one face; `reason` and `build` on many
    score(reasoning, face.aus, "Happiness")     # what of it is true, and whether it leads to its conclusion

To teach the parser a word, add a row to `data/words.csv` or `data/lexicon.csv`; `parser/chunking/lexicon.py` says how.
Left is always the subject's left, unless the text says "the viewer's left". Reading needs no more than the standard
library; records need pydantic, which is loaded with the first of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from explab.cot.parser.emotions import Mention, emotions_in
from explab.cot.parser.parse import conclusion_label, parse
from explab.cot.reasoning import HEADINGS, Claim, Reasoning, Section

if TYPE_CHECKING:
    from explab.cot.engine.corpus import build
    from explab.cot.engine.loop import Item, reason
    from explab.cot.engine.write import NotWritten, write
    from explab.cot.record import ReasoningRecord, RecordError, from_json, to_json, to_markdown, to_text
    from explab.cot.scores.corpus import score_corpus
    from explab.cot.scores.entries import read_corpus
    from explab.cot.scores.judge import Judgement, judge
    from explab.cot.scores.reasoning import Scores, score
    from explab.cot.writers import WRITERS, Writer, WriterError, writer

_HOME = {
    "engine.corpus": ("build",),
    "engine.loop": ("Item", "reason"),
    "engine.write": ("NotWritten", "write"),
    "record": ("ReasoningRecord", "RecordError", "from_json", "to_json", "to_markdown", "to_text"),
    "scores.corpus": ("score_corpus",),
    "scores.entries": ("read_corpus",),
    "scores.judge": ("Judgement", "judge"),
    "scores.reasoning": ("Scores", "score"),
    "writers": ("WRITERS", "Writer", "WriterError", "writer"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "HEADINGS",
    "WRITERS",
    "Claim",
    "Item",
    "Judgement",
    "Mention",
    "NotWritten",
    "Reasoning",
    "ReasoningRecord",
    "RecordError",
    "Scores",
    "Section",
    "Writer",
    "WriterError",
    "build",
    "conclusion_label",
    "emotions_in",
    "from_json",
    "judge",
    "parse",
    "read_corpus",
    "reason",
    "score",
    "score_corpus",
    "to_json",
    "to_markdown",
    "to_text",
    "write",
    "writer",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"explab.cot.{_MODULE[name]}"), name)
    globals()[name] = found
    return found
