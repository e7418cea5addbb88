"""Expressions as faces act them: intensities drawn from the table `data/expressions.csv`, within `data/rules.csv`.

draws = Draws(face_seeds(7, 1000))
acted = sample(draws)                     # the 8 expressions, each as often as the others
acted.acts, acted.expression, acted.kind  # (1000, len(ACTS)), (1000,), (1000,)
sample_units(draws)                       # any units in any combination, for training estimators of AUs
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explab.facs.expressions import COMPOUNDS, EXPRESSIONS, expression
from explab.facs.units import UNITS, mirrored, parse, sided
from explab.synth.anatomy.units import ACTS, COLUMN
from explab.synth.randomness import Draws

KINDS = ("neutral", "prototype", "weak", "mixed")
"""How an expression is acted: at full strength, faintly (letters A to B), or with traces of a second expression."""

_KIND_WEIGHTS = (0.6, 0.2, 0.2)
_STRENGTHS = {"prototype": (0.75, 1.1), "weak": (0.3, 0.55), "mixed": (0.75, 1.0)}
_SECOND_STRENGTH = (0.3, 0.5)

UNIT_OF = np.unique([parse(code)[0] for code in ACTS], return_inverse=True)[1]
"""(len(ACTS),) the number of the unit that an act is a side of: both sides take part together."""

_MIRROR = np.array([COLUMN[mirrored(code)] for code in ACTS])
_LEFT = np.array([parse(code)[1] == "L" for code in ACTS])
_RIGHT = np.array([parse(code)[1] == "R" for code in ACTS])
_NUMBER = np.array([UNITS[parse(code)[0]].number for code in ACTS])
_GAZE = np.array([UNITS[parse(code)[0]].part == "gaze" for code in ACTS])
_LIDS = (_NUMBER >= 41) & (_NUMBER <= 46)
_ONE_SIDE = np.array([UNITS[parse(code)[0]].sides == "either" for code in ACTS])
_TRACES = ~(_GAZE | _LIDS | np.isin(_NUMBER, (19, 27, 28)) | (_NUMBER >= 29) & (_NUMBER <= 39))


@dataclass(frozen=True, eq=False)
class Acted:
    """n faces' intensities and what they are meant to show.

    Attributes:
        acts: (n, len(ACTS)) intensities in [0, 1].
        expression: (n,) names from EXPRESSIONS; of a mixed face the one that dominates.
        kind: (n,) names from KINDS.
        second: (n,) the weaker expression of a mixed face, so that the two make one of COMPOUNDS; else "".
    """

    acts: NDArray[np.float64]
    expression: NDArray[np.str_]
    kind: NDArray[np.str_]
    second: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class _Variants:
    """The table as arrays: V variants by len(ACTS) units."""

    expression: NDArray[np.int64]  # (V,) index into EXPRESSIONS, -1 for "any"
    weight: NDArray[np.float64]  # (V,)
    probability: NDArray[np.float64]  # (V, A)
    low: NDArray[np.float64]  # (V, A)
    high: NDArray[np.float64]  # (V, A)


def sample(draws: Draws, expressions: Sequence[str] | None = None) -> Acted:
    """One expression per face, drawn evenly from `expressions` (default: all 8), with natural variation.

    Units drop out and join in, strengths vary as a whole and per unit, sides differ slightly, eyes wander and blink.
    Raises ValueError for an unknown expression and for none at all.
    """
    names = tuple(dict.fromkeys(map(expression, EXPRESSIONS if expressions is None else expressions)))
    if not names:
        raise ValueError(f"no expressions to draw from; there are {', '.join(EXPRESSIONS)}")
    drawn = draws.choice("expressions: which", np.ones(len(names)))
    wanted = np.array([EXPRESSIONS.index(name) for name in names])[drawn]

    kinds = 1 + draws.choice("expressions: kind", _KIND_WEIGHTS)
    kinds = np.where(wanted == 0, 0, kinds)
    partners = _partners()
    partner = draws.choice("expressions: second", partners[wanted] + 1e-9)
    mixed = (kinds == KINDS.index("mixed")) & partners[wanted].any(-1)
    kinds = np.where((kinds == KINDS.index("mixed")) & ~mixed, KINDS.index("prototype"), kinds)

    strength = np.ones(len(draws))
    for kind, (low, high) in _STRENGTHS.items():
        strength = np.where(
            kinds == KINDS.index(kind), draws.uniform("expressions: strength", low, high), strength
        )
    acts = _act(draws, "expressions: first", wanted) * strength[:, None]
    second = _act(draws, "expressions: second", partner)
    second *= (mixed * draws.uniform("expressions: second strength", *_SECOND_STRENGTH))[:, None]
    acts = np.maximum(acts, second)
    acts = np.maximum(acts, _traces(draws))
    acts = np.maximum(acts, _act(draws, "expressions: any", np.full(len(draws), -1)))
    acts = _uneven(draws, acts)
    acts = np.where(draws.chance("expressions: mirrored", 0.5)[:, None], acts[:, _MIRROR], acts)
    label = np.array(EXPRESSIONS)
    return Acted(
        within_rules(acts), label[wanted], np.array(KINDS)[kinds], np.where(mixed, label[partner], "")
    )


def sample_units(draws: Draws) -> NDArray[np.float64]:
    """(n, len(ACTS)) any units in any combination that the rules allow, each at all intensities.

    A quarter of the faces acts one unit alone, the others 6 on average; a third of the paired units acts unevenly or on
    one side only. The eyes always move together.
    """
    units = UNIT_OF.max() + 1
    alone = draws.chance("units: alone", 0.25)
    only = draws.choice("units: which alone", np.ones(units))
    share = draws.uniform("units: share", 0.0, 12.0 / units)
    active = draws.uniform("units: active", size=(units,)) < share[:, None]
    active = np.where(alone[:, None], np.arange(units) == only[:, None], active)[:, UNIT_OF]
    level = draws.uniform("units: level", size=(units,))[:, UNIT_OF]
    sides = draws.uniform("units: sides", size=(units,))[:, UNIT_OF]
    own = draws.uniform("units: own level", size=(len(ACTS),))
    silent_right = draws.uniform("units: silent side", size=(units,))[:, UNIT_OF] < 0.5
    silent = np.where(silent_right, _RIGHT, _LEFT)
    acts = np.where((sides < 0.15) & ~_GAZE, own, level)
    acts = np.where(((sides > 0.85) & ~_GAZE | _ONE_SIDE) & silent, 0.0, acts)
    return within_rules(_uneven(draws, np.where(active, acts, 0.0)))


def within_rules(acts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, len(ACTS)) intensities -> the nearest that a face can do, by `data/rules.csv`, within [0, 1]."""
    face = np.clip(acts, 0.0, 1.0).T.copy()
    needs, limits = _rules()
    for unit, other, value in needs:
        face[other] = np.maximum(face[other], value * face[unit])
    for unit, other, value in limits:
        first, second = face[unit], face[other]
        weaker = first < second
        face[unit] = np.where(weaker, np.minimum(first, value), first)
        face[other] = np.where(weaker, second, np.minimum(second, value))
    return face.T.copy()


def _act(draws: Draws, name: str, wanted: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, len(ACTS)) one variant of each face's expression (-1: "any") at full strength."""
    table = _variants()
    weights = (table.expression == wanted[:, None]) * table.weight
    variant = draws.choice(f"{name}, variant", weights)
    units = UNIT_OF.max() + 1
    takes_part = draws.uniform(f"{name}, takes part", size=(units,))[:, UNIT_OF] < table.probability[variant]
    common = draws.uniform(f"{name}, common")[:, None]
    place = 0.4 * common + 0.6 * draws.uniform(f"{name}, intensity", size=(units,))[:, UNIT_OF]
    low, high = table.low[variant], table.high[variant]
    return np.where(takes_part, low + (high - low) * place, 0.0)


def _traces(draws: Draws) -> NDArray[np.float64]:
    """(n, len(ACTS)) the small movements that no expression asked for."""
    units = UNIT_OF.max() + 1
    there = draws.uniform("expressions: trace", size=(units,))[:, UNIT_OF] < 0.05
    return np.where(
        there & _TRACES, draws.uniform("expressions: trace level", 0, 0.12, (units,))[:, UNIT_OF], 0.0
    )


def _uneven(draws: Draws, acts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Left and right made to differ: by 5 % in most faces, by 20 % in one of eight; lids and eyes go together.

    Posed expressions are less even than felt ones (Ekman, Hager and Friesen, Psychophysiology 1981).
    """
    lopsided = np.where(draws.chance("expressions: lopsided", 0.125), 0.2, 0.05)
    bias = lopsided * draws.normal("expressions: side")
    own = 0.05 * draws.normal("expressions: side of the unit", size=(UNIT_OF.max() + 1,))[:, UNIT_OF]
    tilt = np.where(_GAZE | _LIDS, 0.0, bias[:, None] + own)
    return acts * (1 + np.where(_LEFT, tilt, np.where(_RIGHT, -tilt, 0.0)))


@cache
def _variants() -> _Variants:
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _rows("expressions.csv"):
        groups.setdefault((row["expression"], row["variant"]), []).append(row)
    probability, low, high = (np.zeros((len(groups), len(ACTS))) for _ in range(3))
    for v, rows in enumerate(groups.values()):
        for row in rows:
            at = [COLUMN[code] for code in sided(row["unit"])]
            probability[v, at] = float(row["probability"])
            low[v, at], high[v, at] = float(row["low"]), float(row["high"])
    order = {name: i for i, name in enumerate(EXPRESSIONS)} | {"any": -1}
    return _Variants(
        np.array([order[name] for name, _ in groups]),
        np.array([float(rows[0]["weight"]) for rows in groups.values()]),
        probability,
        low,
        high,
    )


@cache
def _partners() -> NDArray[np.float64]:
    """(8, 8) 1 where the two expressions make a compound."""
    table = np.zeros((len(EXPRESSIONS), len(EXPRESSIONS)))
    for one, other in COMPOUNDS.values():
        i, j = EXPRESSIONS.index(one), EXPRESSIONS.index(other)
        table[i, j] = table[j, i] = 1
    return table


@cache
def _rules() -> tuple[list[tuple[int, int, float]], list[tuple[int, int, float]]]:
    """Needs and limits as (column, column, value), sides apart."""
    found: dict[str, list[tuple[int, int, float]]] = {"needs": [], "limits": []}
    for row in _rows("rules.csv"):
        for one in sided(row["unit"]):
            for other in sided(row["other"]):
                if not {"L", "R"} <= {parse(one)[1], parse(other)[1]} or parse(one)[0] == parse(other)[0]:
                    found[row["rule"]].append((COLUMN[one], COLUMN[other], float(row["value"])))
    return found["needs"], found["limits"]


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("explab.synth") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
