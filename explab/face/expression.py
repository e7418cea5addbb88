"""The expression that the measured units suggest: an additive score per unit and expression, which anybody can follow.

    suggestion = codebook_expression(face)
    suggestion["Happiness"], suggestion.best   # 0.97, "Happiness"
    suggestion.evidence                        # "AU6 + AU12 -> Happiness"
    suggestion.support, suggestion.against     # {"AU12": 4.1, "AU6": 1.2}, {"AU4": -0.4}

Each unit at its intensity adds a number to the score of each expression; softmax over the sums gives probabilities,
for faces that show the 8 expressions equally often. The numbers for the codebook "prototypes" stand in
`data/expression_scores.csv`: `python -m explab.training.calibration.expressions` made them from synthetic faces,
starting from the codebook, one set for each way in which units come: from coders, from MediaPipe's blendshapes and from
landmarks as `read_face` measures them, for each has habits of its own. The source of the AUs says which is used. Other
codebooks get scores straight from their rows. Units that were not measured add nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from explab.face.face import Face
from explab.facs import AUs, Codebook, letter, parse, sided, unit
from explab.facs import codebook as read_codebook
from explab.facs.expressions import EXPRESSIONS
from explab.facs.units import UNITS

LEVELS = (0.0, 0.25, 0.5, 1.0)
"""The intensities at which a score is written down; between them it runs straight."""

UNEVEN = " one-sided"
_ALIKE = {"AU7": ("AU7", "AU44"), "AU26": ("AU26", "AU27"), "AU43": ("AU41", "AU42", "AU43", "AU45", "AU46")}
"""Units that say the same of an expression, or that some sources cannot tell apart: the stronger one counts."""

_CUE_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 22, 23, 24, 25, 26, 28, 43, 64)
CUES = tuple(f"AU{n}" for n in _CUE_UNITS) + tuple(f"AU{n}{UNEVEN}" for n in (10, 12, 14))
"""What the score looks at: how strong a unit is, and how far its sides differ."""

SPREAD = 0.3
"""How far the intensity of a unit spreads between expressions; a measurement as uncertain as this counts half."""

_INSTRUMENTS = {
    "MediaPipe blendshapes": "blendshapes",
    "blendshapes52": "blendshapes",
    "landmark geometry": "landmarks",
    "landmark geometry, relative to a neutral face": "landmarks",
}
_PRESENT = (0.05, 0.5, 0.9, 0.97)
_TAKES_PART, _JOINS_IN = 0.6, 0.05


class Suggestion(dict[str, float]):
    """Expression -> probability, in explab's order; the sum is 1.

    Attributes:
        evidence: one line, "AU6 + AU12 -> Happiness".
        support: the units at letter A or above that speak for the best expression, strongest first, each with its score
            above the mean of the other expressions, in nats: 1 makes the odds 2.7 times as good. A unit whose one side
            speaks has that side in its code ("AU14R").
        against: what speaks against it, strongest first, with negative numbers: units that are there ("AU4"), and units
            that are not, though the expression has them ("no AU6").
        measured: how many of the cues were measured, and how many there are.
    """

    def __init__(
        self,
        probabilities: Mapping[str, float],
        support: Mapping[str, float],
        against: Mapping[str, float],
        measured: tuple[int, int],
    ) -> None:
        super().__init__(probabilities)
        self.support, self.against, self.measured = dict(support), dict(against), measured

    @property
    def best(self) -> str:
        """The most probable expression."""
        return max(self, key=lambda name: self[name])

    @property
    def evidence(self) -> str:
        """What speaks for the best expression, in FACS order."""
        if self.best == "Neutral":
            return "no unit that stands out -> Neutral"
        enough = 0.2 * max(self.support.values(), default=0.0)
        marked = sorted(
            (code for code, x in self.support.items() if x >= enough), key=lambda c: unit(c).number
        )
        return f"{' + '.join(marked) or 'what is absent'} -> {self.best}"

    def __repr__(self) -> str:
        rest = ", ".join(f"{name} {p:.2f}" for name, p in sorted(self.items(), key=lambda x: -x[1])[1:3])
        return f"<Suggestion: {self.best} {self[self.best]:.2f} ({self.evidence}); then {rest}>"

    def __reduce__(self) -> tuple[object, ...]:
        return Suggestion, (dict(self), self.support, self.against, self.measured)


@dataclass(frozen=True, eq=False)
class Scores:
    """Additive scores: `table` (E, len(CUES), len(LEVELS)) in nats, for the E `expressions`."""

    expressions: tuple[str, ...]
    table: NDArray[np.float64]

    def contributions(
        self, levels: NDArray[np.float64], sd: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(n, len(CUES)) levels, NaN where not measured -> (n, E, len(CUES)) what each adds, 0 where not measured.

        `sd`: standard deviations of the levels, of the same shape; a cue counts 1 / (1 + (sd / SPREAD)^2).
        """
        weights = hats(levels)
        if sd is not None:
            weights = weights / (1 + (sd / SPREAD) ** 2)[..., None]
        return np.asarray(np.einsum("ncl,ecl->nec", weights, self.table))

    def probabilities(
        self, levels: NDArray[np.float64], sd: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(n, len(CUES)) levels -> (n, E) probabilities."""
        total = self.contributions(levels, sd).sum(-1)
        odds = np.exp(total - total.max(1, keepdims=True))
        return np.asarray(odds / odds.sum(1, keepdims=True))


def codebook_expression(
    face: Face | AUs, codebook: str | PathLike[str] = "prototypes", *, sd: Mapping[str, float] | None = None
) -> Suggestion:
    """Probabilities of the expressions from the units alone, with the evidence.

    Args:
        face: a face with AUs, or AUs.
        codebook: "prototypes" (fitted and calibrated on synthetic faces), "paper", "survey" or a table of your own
            (presence of units only, not calibrated). An expression that the codebook says nothing about is left out.
        sd: standard deviation of the intensities by code, bare or with side, of AUs whose source has no scores of its
            own; what is not in it counts as exact. Leave it out for faces that `read_face` read: their scores were
            fitted to its measurements, so that what it is unsure of counts less already.

    Raises ValueError when none of the units that the score looks at was measured.
    """
    aus = face.aus if isinstance(face, Face) else face
    values = np.array([[aus[code] for code in aus.codes]])
    levels = cue_levels(aus.codes, values)
    if np.isnan(levels).all():
        known = f"only {', '.join(aus)}" if aus else "no AUs"
        name = f"{face.source.name}: " if isinstance(face, Face) else ""
        raise ValueError(
            f"{name}{known} measured, and nothing that tells an expression; read the face with a backend that measures "
            "AUs, or pass AUs"
        )
    scores = (
        fitted_scores(_INSTRUMENTS.get(aus.source, "coder"))
        if codebook == "prototypes"
        else codebook_scores(read_codebook(codebook))
    )
    spread = None if sd is None else np.array([[_cue_sd(cue, sd) for cue in CUES]])
    given = scores.contributions(levels, spread)[0]
    probabilities = dict(
        zip(scores.expressions, scores.probabilities(levels, spread)[0].tolist(), strict=True)
    )
    best = int(np.argmax(list(probabilities.values())))
    lead = given[best] - (given.sum(0) - given[best]) / (len(given) - 1)
    named: dict[str, float] = {}
    for c, cue in enumerate(CUES):
        if not np.isnan(levels[0, c]):
            name = _spoken(cue, aus, lead)
            named[name] = named.get(name, 0.0) + float(lead[c])
    told = {name: x for name, x in sorted(named.items(), key=lambda item: -abs(item[1])) if abs(x) >= 0.25}
    return Suggestion(
        probabilities,
        {name: x for name, x in told.items() if x > 0 and not name.startswith("no ")},
        {name: x for name, x in told.items() if x < 0},
        (int((~np.isnan(levels)).sum()), len(CUES)),
    )


def _spoken(cue: str, aus: AUs, lead: NDArray[np.float64]) -> str:
    """The name under which a cue's score is told: "AU12", "AU14R" where one side is what speaks, or "no AU12"."""
    base = cue.removesuffix(UNEVEN)
    strongest = max(
        (alike for alike in _ALIKE.get(base, (base,)) if alike in aus), key=lambda code: aus[code]
    )
    # Of two decimals, as intensities are shown: what has a letter on a card is not called absent beside it.
    if not letter(round(aus[strongest], 2)):
        return f"no {base}"
    sides = aus.sides(strongest)
    uneven = base + UNEVEN
    if (
        uneven in CUES
        and len(sides) == 2
        and lead[CUES.index(uneven)] > 0
        and letter(abs(sides["L"] - sides["R"]))
    ):
        return strongest + max(sides, key=lambda side: sides[side])
    return strongest


def cue_levels(codes: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, len(codes)) intensities of sided codes, NaN where not measured -> (n, len(CUES)) levels, NaN likewise."""
    column = {code: values[:, i] for i, code in enumerate(codes)}
    nothing = np.full(len(values), np.nan)

    def strength(unit: str) -> NDArray[np.float64]:
        sides = np.array([column.get(code, nothing) for code in sided(unit)])
        if UNITS[unit].sides == "either":
            return np.asarray(np.fmax.reduce(sides))
        count = (~np.isnan(sides)).sum(0)
        return np.asarray(np.where(count, np.nansum(sides, 0) / np.maximum(count, 1), np.nan))

    levels = []
    for cue in CUES:
        unit = cue.removesuffix(UNEVEN)
        if cue != unit:
            levels.append(np.abs(column.get(unit + "L", nothing) - column.get(unit + "R", nothing)))
        else:
            levels.append(np.fmax.reduce([strength(alike) for alike in _ALIKE.get(unit, (unit,))]))
    return np.stack(levels, axis=1)


def hats(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, C) levels -> (n, C, len(LEVELS)) weights of the written levels, which interpolate; 0 where NaN."""
    knots = np.array(LEVELS)
    at = np.clip(np.searchsorted(knots, levels, side="right") - 1, 0, len(knots) - 2)
    part = (levels - knots[at]) / (knots[at + 1] - knots[at])
    weights = np.zeros((*levels.shape, len(knots)))
    np.put_along_axis(weights, at[..., None], (1 - part)[..., None], -1)
    np.put_along_axis(weights, at[..., None] + 1, part[..., None], -1)
    return np.nan_to_num(weights, nan=0.0)


def codebook_scores(book: Codebook) -> Scores:
    """Scores from the rows of a codebook alone: naive Bayes over the presence of units.

    A listed unit takes part with probability 0.6 (codebooks list what belongs to any variant), any other joins in with
    0.05, and an intensity of 0, 0.25, 0.5 or 1 means with 0.05, 0.5, 0.9 or 0.97 that the unit is there. Where the jaw
    drops the lips part (AU25), whether the codebook says so or not.
    """
    names = tuple(name for name in EXPRESSIONS if name == "Neutral" or name in book)
    chance = np.full((len(names), len(CUES), 1), _JOINS_IN)
    for e, name in enumerate(names):
        for code in book.units(name):
            base, side = parse(code)
            unit = next((name for name, alike in _ALIKE.items() if base in alike), base)
            for cue in (unit, unit + UNEVEN) if side else (unit,):
                if cue in CUES:
                    chance[e, CUES.index(cue)] = _TAKES_PART
    lips, jaw = CUES.index("AU25"), CUES.index("AU26")
    chance[:, lips] = np.maximum(chance[:, lips], chance[:, jaw])
    present = np.array(_PRESENT)
    table = np.log(chance * present + (1 - chance) * (1 - present))
    return Scores(names, table - table.mean(0))


@cache
def fitted_scores(instrument: str) -> Scores:
    """The fitted scores for "coder", "blendshapes" or "landmarks"."""
    text = (files("explab.face") / "data" / "expression_scores.csv").read_text(encoding="utf-8")
    table = np.zeros((len(EXPRESSIONS), len(CUES), len(LEVELS)))
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        if row["instrument"] == instrument:
            at = CUES.index(row["cue"]), LEVELS.index(float(row["intensity"]))
            table[:, at[0], at[1]] = [float(row[name]) for name in EXPRESSIONS]
    return Scores(EXPRESSIONS, table)


def _cue_sd(cue: str, sd: Mapping[str, float]) -> float:
    unit = cue.removesuffix(UNEVEN)
    codes = [code for alike in _ALIKE.get(unit, (unit,)) for code in (alike, *sided(alike)) if code in sd]
    return max((float(sd[code]) for code in codes), default=0.0) * (2**0.5 if cue != unit else 1.0)
