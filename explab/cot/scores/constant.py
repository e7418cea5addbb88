"""The best that can be said of every face without looking at any: makes the two tables that the floors are read from.

    python -m explab.cot.scores.constant

writes `data/norms.csv` (how often and how strongly synthetic people show each unit) and `data/constant.csv` (for all of
them, and for each expression, the claims with the highest mean claim F1 where everybody is told the same). To be run
again when the people of `explab.synth.expressions`, the lexicon or the rule of counting change; it takes minutes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from explab.cot.parser.chunking.lexicon import meanings
from explab.cot.parser.chunking.tokens import rows
from explab.cot.reasoning import Claim
from explab.cot.scores.claims import count, f1
from explab.cot.scores.floors import TABLE as CONSTANT
from explab.cot.scores.norms import TABLE as NORMS
from explab.cot.truth import PRESENT
from explab.facs import EXPRESSIONS, AUs
from explab.synth.anatomy.units import ACTS, as_aus
from explab.synth.expressions import sample
from explab.synth.randomness import Draws, face_seeds

DATA = Path(__file__).parents[1] / "data"
SEED = 20_260_101
"""Of people whom nothing else in the project is measured on."""
PEOPLE = 8_000
"""Of all expressions, for the norms."""
TRIED_ON = 400
"""Faces on which a set of claims is tried."""
LEAST = 5e-4
"""A claim that adds less to F1 is not made."""

Statement = tuple[Claim, ...]
"""What one wording claims: one unit, units that it may mean, or both of two ("brows raised")."""


def people(label: str | None, n: int) -> list[AUs]:
    """n synthetic faces with an expression, or of all expressions."""
    acted = sample(Draws(face_seeds(SEED, n, 0)), None if label is None else [label])
    return [as_aus(acts) for acts in acted.acts]


def best(faces: Sequence[AUs]) -> list[Statement]:
    """The statements with the highest mean F1 over faces that one-by-one additions and removals lead to."""
    chosen: list[Statement] = []
    reached = 0.0
    able = list(statements())
    while True:
        tries = [[*chosen, more] for more in able if more not in chosen]
        tries += [chosen[:i] + chosen[i + 1 :] for i in range(len(chosen)) if len(chosen) > 1]
        values = [mean_f1(chain.from_iterable(said), faces) for said in tries]
        top = int(np.argmax(values))
        if values[top] < reached + LEAST:
            return chosen
        chosen, reached = tries[top], values[top]


def statements() -> Iterator[Statement]:
    """Every single unit that synthetic faces act, and whatever the lexicon's words for several may mean."""
    acted = dict.fromkeys(code.rstrip("LR") for code in ACTS)
    yield from ((_claim(code),) for code in acted)
    wide: dict[frozenset[str], None] = {}
    for row in rows("lexicon.csv"):
        for word in row["units"].split():
            said = [meaning for meaning in meanings(word) if meaning.present and meaning.also]
            codes = frozenset(chain.from_iterable((meaning.au, *meaning.also) for meaning in said))
            if said and codes & acted.keys() and codes not in wide:
                wide[codes] = None
                yield tuple(_claim(meaning.au, *meaning.also) for meaning in said)


def mean_f1(claims: Iterable[Claim], faces: Sequence[AUs]) -> float:
    """Mean F1 of the same claims over faces, of those that have one."""
    said = list(claims)
    values = [value for aus in faces if (value := f1(count(said, aus)[0])) is not None]
    return float(np.mean(values)) if values else 0.0


def norms() -> str:
    """The table of norms as CSV: unit, share with it on any side and on one, mean over all and by expression."""
    acted = sample(Draws(face_seeds(SEED, PEOPLE, 0)))
    lines = [["unit", "any side", "one side", "all", *EXPRESSIONS]]
    for code in dict.fromkeys(code.rstrip("LR") for code in ACTS):
        of_unit = acted.acts[:, [column for column, act in enumerate(ACTS) if act.rstrip("LR") == code]]
        shown, means = of_unit >= PRESENT, of_unit.mean(1)
        values = [shown.any(1).mean(), shown.mean(), means.mean()]
        values += [means[acted.expression == label].mean() for label in EXPRESSIONS]
        lines.append([code, *(f"{value:.4f}" for value in values)])
    return _csv(lines)


def constant() -> str:
    """The table of constant claims as CSV: label ("" for all), units that the words may mean."""
    lines = [["label", "units"]]
    for label in (None, *EXPRESSIONS):
        claims = chain.from_iterable(best(people(label, TRIED_ON * (1 if label else 2))))
        lines += [[label or "", "|".join((claim.au, *claim.also))] for claim in claims]
    return _csv(lines)


def _claim(code: str, *also: str) -> Claim:
    return Claim(code, None, True, None, (0, 0), "observations", also)


def _csv(lines: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


if __name__ == "__main__":
    (DATA / NORMS).write_text(norms(), encoding="utf-8")
    (DATA / CONSTANT).write_text(constant(), encoding="utf-8")
