"""Expressions as faces act them: what is drawn, how often, and what a face cannot do."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np
import pytest

from explab.facs import COMPOUNDS, EXPRESSIONS, codebook, sided
from explab.synth.anatomy.units import ACTS, COLUMN
from explab.synth.expressions import KINDS, sample, sample_units, within_rules
from explab.synth.randomness import Draws, face_seeds

N = 6000
DRAWS = Draws(face_seeds(11, N))
ACTED = sample(DRAWS)
UNITS = sample_units(DRAWS)


def of(code: str, acts: np.ndarray) -> np.ndarray:
    return acts[:, [COLUMN[one] for one in sided(code)]].mean(1)


@pytest.mark.parametrize("acts", [ACTED.acts, UNITS], ids=["expressions", "units"])
def test_intensities_lie_between_0_and_1(acts: np.ndarray) -> None:
    assert acts.shape == (N, len(ACTS))
    assert acts.min() == 0
    assert acts.max() <= 1


def test_every_expression_is_drawn_as_often() -> None:
    counts = np.array([(ACTED.expression == name).sum() for name in EXPRESSIONS])
    assert counts.sum() == N
    assert np.abs(counts / N - 1 / 8).max() < 0.02


def test_only_what_is_asked_for() -> None:
    acted = sample(DRAWS, ["happy", "Fear"])
    assert set(acted.expression) == {"Happiness", "Fear"}
    assert abs((acted.expression == "Fear").mean() - 0.5) < 0.03
    with pytest.raises(ValueError, match="unknown expression 'hapy'"):
        sample(DRAWS, ["hapy"])
    with pytest.raises(ValueError, match="there are Neutral, Happiness"):
        sample(DRAWS, [])


def test_a_face_depends_on_its_seed_alone() -> None:
    seeds = face_seeds(11, N)[40:47]
    again, units = sample(Draws(seeds)), sample_units(Draws(seeds))
    assert np.array_equal(again.acts, ACTED.acts[40:47])
    assert again.expression.tolist() == ACTED.expression[40:47].tolist()
    assert np.array_equal(units, UNITS[40:47])
    assert not np.array_equal(sample(Draws(face_seeds(12, 7))).acts, ACTED.acts[:7])


@pytest.mark.parametrize("name", EXPRESSIONS[1:])
def test_the_codebook_shows_in_what_is_drawn(name: str) -> None:
    """The units of the prototype are the ones that tell its faces from neutral ones."""
    full = (ACTED.expression == name) & (ACTED.kind == "prototype")
    neutral = ACTED.expression == "Neutral"
    for code in codebook("prototypes").units(name):
        drawn = np.abs(ACTED.acts[:, [COLUMN[one] for one in sided(code.rstrip("LR"))]]).max(1)
        assert (drawn[full] > 0.2).mean() > 0.25, code
        assert (drawn[full] > 0.2).mean() > (drawn[neutral] > 0.2).mean() + 0.1, code


@pytest.mark.parametrize("name", EXPRESSIONS[1:])
def test_the_first_variant_is_the_codebooks(name: str) -> None:
    text = (files("explab.synth") / "data" / "expressions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    first = next(row["variant"] for row in rows if row["expression"] == name)
    variant = {row["unit"]: row for row in rows if (row["expression"], row["variant"]) == (name, first)}
    for unit, intensity in codebook("prototypes").weights(name).items():
        assert unit in variant, unit
        assert float(variant[unit]["low"]) <= intensity <= float(variant[unit]["high"]), unit


def test_variation_within_an_expression() -> None:
    happy = ACTED.expression == "Happiness"
    six, twelve = of("AU6", ACTED.acts)[happy], of("AU12", ACTED.acts)[happy]
    assert 0.1 < ((six < 0.1) & (twelve > 0.4)).mean() < 0.5  # smiles without the eyes
    assert twelve.std() > 0.15
    anger = ACTED.expression == "Anger"
    parted = of("AU25", ACTED.acts)[anger] > 0.2
    assert 0.15 < parted.mean() < 0.6


def test_kinds() -> None:
    assert set(ACTED.kind) == set(KINDS)
    assert np.array_equal(ACTED.kind == "neutral", ACTED.expression == "Neutral")
    face = ACTED.acts[:, : COLUMN["AU41L"]].max(1)
    weak, full = face[ACTED.kind == "weak"], face[ACTED.kind == "prototype"]
    assert np.median(weak) < 0.5 < np.median(full)
    assert np.quantile(face[ACTED.kind == "neutral"], 0.95) < 0.5


def test_mixed_faces_name_both_and_make_a_compound() -> None:
    mixed = ACTED.kind == "mixed"
    assert np.array_equal(mixed, ACTED.second != "")
    pairs = {frozenset(pair) for pair in COMPOUNDS.values()}
    found = set(zip(ACTED.expression[mixed].tolist(), ACTED.second[mixed].tolist(), strict=True))
    assert {frozenset(pair) for pair in found} == pairs


def test_contempt_is_one_sided_on_either_side() -> None:
    acts = ACTED.acts[(ACTED.expression == "Contempt") & (ACTED.kind == "prototype")]
    gap = (acts[:, COLUMN["AU14L"]] - acts[:, COLUMN["AU14R"]])[of("AU14", acts) > 0.1]
    assert np.median(np.abs(gap)) > 0.25
    assert 0.4 < (gap > 0).mean() < 0.6


def test_sides_differ_a_little() -> None:
    smiles = ACTED.acts[ACTED.expression == "Happiness"]
    left, right = smiles[:, COLUMN["AU12L"]], smiles[:, COLUMN["AU12R"]]
    gap = np.abs(left - right)[np.minimum(left, right) < 0.99]
    assert 0.01 < np.median(gap) < 0.1


@pytest.mark.parametrize("acts", [ACTED.acts, UNITS], ids=["expressions", "units"])
@pytest.mark.parametrize(
    ("unit", "other", "most"),
    [("AU24", "AU25", 0), ("AU24", "AU27", 0), ("AU26", "AU27", 0), ("AU63", "AU64", 0), ("AD34", "AU27", 0)],
)
def test_some_units_exclude_each_other(acts: np.ndarray, unit: str, other: str, most: float) -> None:
    assert np.minimum(of(unit, acts), of(other, acts)).max() <= most


@pytest.mark.parametrize("acts", [ACTED.acts, UNITS], ids=["expressions", "units"])
def test_antagonists_are_never_both_strong(acts: np.ndarray) -> None:
    for side in "LR":
        pair = acts[:, [COLUMN["AU12" + side], COLUMN["AU15" + side]]]
        assert pair.min(1).max() <= 0.2
        lids = acts[:, [COLUMN["AU5" + side], COLUMN["AU43" + side]]]
        assert lids.min(1).max() == 0
    assert np.all(of("AU25", acts) >= 0.8 * of("AU27", acts))


def test_rules_leave_alone_what_a_face_can_do() -> None:
    acts = np.zeros((1, len(ACTS)))
    for code, x in {"AU1": 0.6, "AU4": 0.6, "AU12": 0.9, "AU6": 0.7, "AU25": 0.5}.items():
        acts[0, [COLUMN[one] for one in sided(code)]] = x
    assert np.array_equal(within_rules(acts), acts)
    assert np.array_equal(within_rules(within_rules(UNITS)), within_rules(UNITS))


def test_units_are_seen_alone_on_one_side_and_at_all_intensities() -> None:
    strong = (UNITS > 0.75).mean(0)
    some = ((UNITS > 0.05) & (UNITS < 0.5)).mean(0)
    assert strong.min() > 0.003
    assert some.min() > 0.005
    for code in ("AU1", "AU12", "AU15", "AU43"):
        left, right = UNITS[:, COLUMN[code + "L"]], UNITS[:, COLUMN[code + "R"]]
        assert ((left > 0.3) & (right == 0)).sum() > 5
    assert 1 <= np.median((UNITS > 0.05).sum(1)) <= 12
