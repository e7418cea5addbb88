"""What texts score that do not look at the face: the best that can be had without looking.

    every unit asserted            all units of the face are there
    same units for every face      the claims that are best where always the same must be made
    mean face                      the grammar's text about the mean of all faces
    same units for the label       as above, for somebody who knows the expression
    mean face of the label

The first three know nothing; the last two know the label, which writers of chains of thought often do, and are there
where a label is. What is best was sought on synthetic people (`explab.cot.scores.constant`) and stands in
`data/constant.csv`; the five rarest units are denied. None depends on the texts that are scored.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from explab.cot.engine.write import write
from explab.cot.reasoning import Claim
from explab.cot.scores.claims import claim_scores
from explab.cot.scores.norms import mean_face, share
from explab.facs import AUs
from explab.facs.units import UNITS

TABLE = "constant.csv"

EVERY_UNIT = "every unit asserted"
SAME_UNITS = "same units for every face"
MEAN_FACE = "mean face"
SAME_FOR_LABEL = "same units for the label"
MEAN_OF_LABEL = "mean face of the label"

RAREST = 5
"""Units that texts deny which are the same for every face."""

Claims = tuple[Claim, ...]


def floors(aus: AUs, label: str | None = None) -> dict[str, float | None]:
    """The claim F1 of each floor on one face, by name; None where a floor has none, as on a face at rest.

    Args:
        aus: of the face.
        label: its expression, a name of `explab.facs.EXPRESSIONS`; without it, floors that know nothing.
    """
    return {name: claim_scores(claims, aus).claim_f1 for name, claims in floor_claims(label).items()}


@cache
def floor_claims(label: str | None = None) -> Mapping[str, Claims]:
    """What each floor says, by name."""
    said = {
        EVERY_UNIT: tuple(_claim(code) for code, unit in UNITS.items() if unit.part in ("upper", "lower")),
        SAME_UNITS: _constant()[None] + _rarest(),
        MEAN_FACE: write(mean_face()).claims,
    }
    if label is not None:
        said[SAME_FOR_LABEL] = _constant()[label] + _rarest()
        said[MEAN_OF_LABEL] = write(mean_face(label), label).claims
    return said


@cache
def _constant() -> Mapping[str | None, Claims]:
    text = (files("explab.cot") / "data" / TABLE).read_text(encoding="utf-8")
    said: dict[str | None, Claims] = {}
    for row in csv.DictReader(text.splitlines()):
        label = row["label"] or None
        said[label] = said.get(label, ()) + (_claim(*row["units"].split("|")),)
    return said


def _rarest() -> Claims:
    usual = {code: often for code in UNITS if (often := share(code)) is not None}
    return tuple(_claim(code, present=False) for code in sorted(usual, key=usual.__getitem__)[:RAREST])


def _claim(code: str, *also: str, present: bool = True) -> Claim:
    return Claim(code, None, present, None, (0, 0), "observations", also)
