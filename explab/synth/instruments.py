"""How units come out when somebody measures them: weaker, noisy, mixed up with each other, and not all of them.

What an expression looks like to a measuring hand is what `fit_expressions` fits its scores to.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explab.facs import SCHEMES
from explab.facs.units import parse, sided
from explab.synth.anatomy.units import ACTS, COLUMN
from explab.synth.expressions import UNIT_OF
from explab.synth.randomness import Draws

INSTRUMENTS = ("coder", "blendshapes")
"""Units as people and estimators of their own give them, and as read from MediaPipe's blendshapes."""


_FLIP = {"L": "R", "R": "L"}
_OTHER_SIDE = np.array([COLUMN.get(code[:-1] + _FLIP.get(code[-1], ""), i) for i, code in enumerate(ACTS)])


@dataclass(frozen=True, eq=False)
class Measured:
    """Intensities of n faces: (n, len(codes)) in [0, 1], NaN where not measured."""

    codes: tuple[str, ...]
    values: NDArray[np.float64]


def measured(instrument: str, draws: Draws, acts: NDArray[np.float64]) -> Measured:
    """(n, len(ACTS)) what faces do -> what one of INSTRUMENTS says about them."""
    return {"coder": coder, "blendshapes": blendshapes}[instrument](draws, acts)


def _losses(draws: Draws, name: str, units: int) -> NDArray[np.bool_]:
    """(n, units) units that were not measured: none on most faces, up to 70 % of them on three of ten."""
    loses = draws.chance(f"{name}: loses units", 0.3)
    share = np.where(loses, draws.uniform(f"{name}: share lost", 0, 0.7), 0.0)
    return draws.uniform(f"{name}: lost", size=(units,)) < share[:, None]


def coder(draws: Draws, acts: NDArray[np.float64]) -> Measured:
    """Faithful to rough: a quarter exact, others attenuated and noisy; half with units missing.

    Missing units are those that a dataset's scheme does not have (FEAFA, DISFA, BP4D), or any at random. A third gives
    one number for both sides.
    """
    rough = np.where(draws.chance("coder: exact", 0.25), 0.0, 1.0)[:, None]
    gain = 1 + rough * (
        draws.uniform("coder: gain", -0.35, 0.1)[:, None] + _per_unit(draws, "coder: gains", 0.1)
    )
    noise = rough * draws.uniform("coder: noise", 0.0, 0.12)[:, None]
    read = np.clip(gain * acts + noise * draws.normal("coder: noises", size=(len(ACTS),)), 0, 1)
    as_one = draws.chance("coder: sides as one", 1 / 3)[:, None]
    read = np.where(as_one, (read + read[:, _OTHER_SIDE]) / 2, read)
    gone = _losses(draws, "coder", UNIT_OF.max() + 1)[:, UNIT_OF]
    schemes = _scheme_gaps()
    kept = draws.choice("coder: scheme", np.array([12.0] + [1.0] * (len(schemes) - 1)))
    return Measured(ACTS, np.where(gone | schemes[kept], np.nan, read))


def blendshapes(draws: Draws, acts: NDArray[np.float64]) -> Measured:
    """Through the habits of MediaPipe's blendshapes, as `data/blendshape_response.csv` describes them.

    The scores come out of a sigmoid, so faint causes vanish and strong ones saturate; how steeply is drawn per unit and
    face. One reading in twenty misses what is there, and one in fifty sees what is not, on both sides alike.
    """
    value: dict[str, NDArray[np.float64]] = {}
    gone = _losses(draws, "blendshapes", len(_responses()))
    for unit, causes in _responses().items():
        steep = draws.uniform(f"blendshapes: steepness of {unit}", 1.0, 2.5)
        middle = draws.uniform(f"blendshapes: middle of {unit}", 0.4, 0.6)
        fate = draws.uniform(f"blendshapes: fate of {unit}")
        imagined = draws.uniform(f"blendshapes: imagined {unit}")
        for code in sided(unit):
            raw = _answer(draws, unit, parse(code)[1], causes, acts * (fate > 0.05)[:, None])
            raw = np.where(fate > 0.98, np.maximum(raw, imagined), raw)
            odds = ((1e-3 + raw) / (1.001 - raw) * (1 - middle) / middle) ** steep
            noise = draws.normal(f"blendshapes: noise of {code}", 0, 0.25)
            value[code] = 1 / (1 + np.exp(-noise) / odds)
    uncovered = sum((value[code] for code in ("AU10L", "AU10R", "AU16L", "AU16R")), start=np.zeros(len(acts)))
    value["AU25"] = np.clip(value["AU26"] - value["AU8"] + 0.25 * uncovered, 0, 1)
    values = np.stack(list(value.values()), axis=1)
    which = [list(_responses()).index(parse(code)[0] if code != "AU25" else "AU26") for code in value]
    return Measured(tuple(value), np.where(gone[:, which], np.nan, values))


def _answer(
    draws: Draws, unit: str, side: str, causes: list[tuple[str, float, float]], acts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) how far the causes of the table drive the reading of one side of a unit ("" on the midline)."""
    left, kept = np.ones(len(acts)), np.ones(len(acts))
    for cause, low, high in causes:
        gain = draws.uniform(f"blendshapes: {unit} from {cause}")
        if cause == "rest":
            left *= 1 - (low + (high - low) * gain**2)
            continue
        gain = low + (high - low) * gain
        acted = acts[:, [COLUMN[c] for c in sided(cause) if not side or parse(c)[1] in ("", side)]].mean(1)
        left *= np.maximum(1 - np.maximum(gain, 0) * acted, 0)
        kept *= 1 + np.minimum(gain, 0) * acted
    return np.asarray((1 - left) * kept)


def _per_unit(draws: Draws, name: str, sd: float) -> NDArray[np.float64]:
    return draws.normal(name, 0, sd, size=(UNIT_OF.max() + 1,))[:, UNIT_OF]


@cache
def _responses() -> dict[str, list[tuple[str, float, float]]]:
    text = (files("explab.synth") / "data" / "blendshape_response.csv").read_text(encoding="utf-8")
    table: dict[str, list[tuple[str, float, float]]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        table.setdefault(row["unit"], []).append((row["cause"], float(row["low"]), float(row["high"])))
    return table


@cache
def _scheme_gaps() -> NDArray[np.bool_]:
    """(1 + schemes, len(ACTS)) True for what a scheme leaves out; the first row leaves out nothing."""
    rows = [np.zeros(len(ACTS), bool)]
    for name in ("feafa24", "disfa", "bp4d", "bp4d-intensity"):
        rows.append(np.array([code not in SCHEMES[name].codes for code in ACTS]))
    return np.array(rows)
