"""How often units are there, and how strongly, among synthetic people: what somebody knows who does not look at a face.

`data/norms.csv` is made by `python -m explab.cot.scores.constant`, from people of the seeds that it names.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from explab.facs import AUs
from explab.facs.units import UNITS

TABLE = "norms.csv"


def share(code: str, side: str | None = None) -> float | None:
    """Share of faces on which a unit is there, on one side or on any; None for units that they do not act."""
    row = _norms().get(code)
    if row is None:
        return None
    return row["one side"] if side is not None and UNITS[code].paired else row["any side"]


def mean_face(label: str | None = None) -> AUs:
    """The mean intensity of every unit over faces with an expression, or over all."""
    return AUs(
        {code: row[label or "all"] for code, row in _norms().items()}, source="mean of synthetic faces"
    )


@cache
def _norms() -> Mapping[str, Mapping[str, float]]:
    text = (files("explab.cot") / "data" / TABLE).read_text(encoding="utf-8")
    return {
        row.pop("unit"): {name: float(value) for name, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    }
