"""Texts that do not look at the face score no more than the floor that is shown beside them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from explab import cot
from explab.cot.reasoning import Claim
from explab.cot.scores.claims import ClaimScores, claim_scores
from explab.cot.scores.constant import norms
from explab.cot.scores.corpus import MICRO, CorpusScores, micro_f1, score_corpus
from explab.cot.scores.entries import Entry
from explab.cot.scores.floors import (
    EVERY_UNIT,
    MEAN_FACE,
    MEAN_OF_LABEL,
    SAME_FOR_LABEL,
    SAME_UNITS,
    floor_claims,
    floors,
)
from explab.facs import EXPRESSIONS, AUs
from explab.statistics import Values
from explab.synth.anatomy.units import ACTS, as_aus
from explab.synth.expressions import sample
from explab.synth.randomness import Draws, face_seeds

HERE = Path(__file__).parent
TEXTS: Mapping[str, str] = {
    row["name"]: row["text"]
    for row in csv.DictReader((HERE / "adversarial.csv").read_text("utf-8").splitlines(keepends=True))
}


@cache
def faces(n: int = 60, seed: int = 101) -> list[tuple[AUs, str]]:
    acted = sample(Draws(face_seeds(seed, n, 0)))
    return [(as_aus(acts), str(label)) for acts, label in zip(acted.acts, acted.expression, strict=True)]


@cache
def floors_of_everybody() -> list[dict[str, ClaimScores]]:
    return [
        {name: claim_scores(claims, aus) for name, claims in floor_claims(label).items()}
        for aus, label in faces()
    ]


def gain(own: Values, floor: Values) -> float:
    """Mean gain on the faces where both have a figure."""
    return float(np.nanmean(own - floor))


def macro(scores: Sequence[ClaimScores]) -> Values:
    return np.array([np.nan if each.claim_f1 is None else each.claim_f1 for each in scores])


def micro(scores: Sequence[ClaimScores]) -> Values:
    return np.nan_to_num(
        micro_f1([each.counts for each in scores])
    )  # without any claim there is nothing to pool


@pytest.mark.parametrize("figure", [macro, micro])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_does_not_look_is_no_better_than_its_floor(
    name: str, figure: Callable[[Sequence[ClaimScores]], Values]
) -> None:
    claims = cot.parse(TEXTS[name]).claims
    own = figure([claim_scores(claims, aus) for aus, _ in faces()])
    beside = floors_of_everybody()
    gains = {floor: gain(own, figure([each[floor] for each in beside])) for floor in beside[0]}
    assert min(gains[SAME_FOR_LABEL], gains[MEAN_OF_LABEL]) < 0
    without_label = min(gains[EVERY_UNIT], gains[SAME_UNITS], gains[MEAN_FACE])
    assert without_label <= 0


def of_everybody(text: str) -> CorpusScores:
    told = cot.parse(text)
    return score_corpus([Entry(str(i), told, aus, label) for i, (aus, label) in enumerate(faces())])


def test_the_verdict_on_such_a_text_is_floor() -> None:
    rows = {row.name: row for row in of_everybody(TEXTS["frequent_asserted_rare_denied"]).rows}
    for name in ("claim_f1", MICRO, "claim_precision", "claim_recall", "facial_r1_au"):
        assert rows[name].verdict == "floor"


def test_the_set_is_large_and_looks_at_no_face() -> None:
    assert len(TEXTS) >= 16
    assert len(set(TEXTS.values())) == len(TEXTS)


def test_one_text_has_the_floors_of_a_corpus() -> None:
    scores = of_everybody(TEXTS["always_the_smile"])
    (row,) = [row for row in scores.rows if row.name == "claim_f1"]
    assert set(row.floors) == {*scores.scores[0].floors, "another face"}
    for floor in scores.scores[0].floors:
        values = [value for each in scores.scores if (value := each.floors[floor]) is not None]
        assert row.floors[floor] == pytest.approx(np.mean(values))
    aus, label = faces()[0]
    alone = cot.score(cot.parse(TEXTS["always_the_smile"]), aus, label)
    assert alone.floors == scores.scores[0].floors == floors(aus, label)
    assert set(cot.score(cot.parse(""), aus).floors) < set(alone.floors)


def test_every_label_has_floors_and_they_know_more() -> None:
    for label in EXPRESSIONS:
        assert all(floor_claims(label).values())
    means = {
        name: np.mean(
            [value for aus, label in faces(200, 5) if (value := floors(aus, label)[name]) is not None]
        )
        for name in floor_claims("Fear")
    }
    assert means[SAME_FOR_LABEL] == max(means.values())
    assert means[EVERY_UNIT] < means[SAME_UNITS] < means[SAME_FOR_LABEL]


@pytest.mark.parametrize("label", [None, "Fear", "Contempt", "Happiness"])
def test_no_set_of_units_is_better_for_every_face(label: str | None) -> None:
    """An independent search: F1 of bare units by counting columns, the best set by adding and removing units."""
    acted = sample(Draws(face_seeds(303, 600, 0)), None if label is None else [label])
    codes = list(dict.fromkeys(act.rstrip("LR") for act in ACTS))
    upper = np.array([i for i, act in enumerate(ACTS) if act[:3] != "AU6" or act[:4] in ("AU6L", "AU6R")])
    shown, needed = acted.acts >= 0.05, (acted.acts >= 0.3)[:, upper]
    columns = {code: [i for i, act in enumerate(ACTS) if act.rstrip("LR") == code] for code in codes}

    def mean_f1(chosen: set[str]) -> float:
        said = np.zeros(len(ACTS), bool)
        said[[i for code in chosen for i in columns[code]]] = True
        precision = shown[:, said].mean(1)
        strong = needed.sum(1)
        recall = (needed & said[upper]).sum(1) / np.maximum(strong, 1)
        both = np.where(
            precision + recall > 0, 2 * precision * recall / np.maximum(precision + recall, 1e-9), 0
        )
        return float(np.where(strong > 0, both, precision).mean())

    chosen: set[str] = set()
    best = 0.0
    while True:
        tries = [chosen ^ {code} for code in codes if chosen ^ {code}]
        values = [mean_f1(each) for each in tries]
        if max(values) <= best:
            break
        best, chosen = max(values), tries[int(np.argmax(values))]
    name = SAME_UNITS if label is None else SAME_FOR_LABEL
    people = [as_aus(acts) for acts in acted.acts]
    reached = [
        value
        for aus in people
        if (value := claim_scores(floor_claims(label)[name], aus).claim_f1) is not None
    ]
    assert float(np.mean(reached)) > best - 0.01


def test_texts_at_random_are_worse_than_the_floor() -> None:
    chance = np.random.default_rng(0)
    codes = list(dict.fromkeys(act.rstrip("LR") for act in ACTS))
    people = faces(100, 7)
    floor = np.nanmean([np.nan if (value := floors(aus)[SAME_UNITS]) is None else value for aus, _ in people])
    for _ in range(40):
        units = chance.choice(codes, size=chance.integers(1, 20), replace=False)
        claims = [Claim(code, None, True, None, (0, 0), "observations") for code in units]
        values = [value for aus, _ in people if (value := claim_scores(claims, aus).claim_f1) is not None]
        assert np.mean(values) < floor


def test_the_norms_are_what_the_command_writes() -> None:
    stored = (Path(cot.__file__).parent / "data" / "norms.csv").read_text("utf-8")
    assert norms() == stored
