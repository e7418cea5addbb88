"""The offline writer: explab's own grammar, deterministic and true by construction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from explab.cot.grammar.compose import Interpretation, conclude, describe, interpret, unsupported
from explab.cot.writers.base import Answer, Request, Writer
from explab.facs import AUs


class GrammarWriter(Writer):
    """Writes by `explab.cot.grammar.compose`. Its answers are quicker to make again than to look up."""

    name = "grammar"
    remembers = False

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """See `Writer`."""
        for i, request in enumerate(requests):
            yield i, Answer(_said(request))


def _said(request: Request) -> Mapping[str, str]:
    given, attempt = request.given, request.given["attempt"]
    if request.step == "describe":
        return {"text": describe(AUs.from_dict(given["aus"]), seed=request.seed, attempt=attempt)}
    seed = request.seed + attempt
    read = _interpreted(given["description"], seed)
    if request.step == "read":
        return {"label": read.label, "text": read.text}
    if not given["supported"]:
        interpretation, text = unsupported(given["label"], read, read.aus, seed)
        return {"interpretation": interpretation, "text": text}
    interpretation = read.text if attempt else given["interpretation"]
    return {
        "interpretation": interpretation,
        "text": conclude(given["label"], read.ranking, read.aus, seed=seed),
    }


@lru_cache(maxsize=1024)  # asked for once to read and again to conclude
def _interpreted(description: str, seed: int) -> Interpretation:
    return interpret(description, seed=seed)
