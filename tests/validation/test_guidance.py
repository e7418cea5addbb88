"""The guidance experiment in small, and its difference of differences against a loop over faces and seeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explab.attribution.metrics import Score
from explab.models.load import assets
from explab.statistics import over_seeds
from explab.validation import guidance
from explab.validation.guidance import does_guidance_help
from explab.validation.guidance_tables import ARMS, Experiment, change, kind, read, tables

SIZES = {"faces": 64, "validated": 21, "tested": 21, "judged": 14}


def test_both_arms_are_trained_judged_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guidance, "METHODS", ("attention", "gradcam"))
    monkeypatch.setattr(guidance, "PERCENTILES", (50,))
    made = does_guidance_help(tmp_path, seeds=[0], device="cpu", **SIZES)
    assert set(made.table.arm) == set(ARMS)
    assert {path.name for path in made.models.values()} == {"guided_0", "unguided_0"}
    assert set(made.table.metric) >= {
        "score",
        "attention_cosine",
        "attention_cosine_layer",
        "road",
        "truth_auc",
    }
    of_a_network = set(made.table[made.table.method == ""].metric)
    assert of_a_network == {"score", "recall", "attention_cosine", "attention_cosine_layer"}
    mean = (
        made.table[(made.table.method == "gradcam") & (made.table.metric == "cosine")].set_index("arm").value
    )
    row = made.differences.set_index(["method", "metric"]).loc[("gradcam", "cosine")]
    assert row.guided == pytest.approx(mean["guided"])
    assert row.unguided == pytest.approx(mean["unguided"])
    assert np.isnan(row.low)  # one training has no interval, and decides nothing
    assert set(made.differences.verdict) <= {"unsure", "floor"}
    # Maps are judged on the grid of their layer, so perfect evidence is not perfect there.
    ceilings = made.differences[made.differences.metric == "truth_pearson"].ceiling
    assert ((ceilings > 0.4) & (ceilings < 0.95)).all()
    again = read(tmp_path)
    assert again.differences.shape == made.differences.shape
    assert np.allclose(again.differences.guided, made.differences.guided, atol=1e-4)
    assert len(again.lines()) == 1 + len(made.differences) + 8
    assert len(again.plot().axes) == 8

    # What was judged is not judged again; a method that is missing is, with the floors of the others.
    file = tmp_path / "guided_0" / "judged.json"
    stored = json.loads(file.read_text())
    del stored["methods"]["gradcam"]
    file.write_text(json.dumps(stored))
    asked = []
    judge = guidance.judge
    monkeypatch.setattr(guidance, "judge", lambda *given: asked.append(given[3]) or judge(*given))
    resumed = does_guidance_help(tmp_path, seeds=[0], device="cpu", **SIZES)
    assert asked == ["gradcam"]
    pd.testing.assert_frame_equal(resumed.differences, made.differences, atol=1e-5)


def scores(
    rng: np.random.Generator, *, seeds: int = 3, faces: int = 30, better: str = "higher", lift: float = 0.0
) -> dict[tuple[str, int, str, str], Score]:
    """Both arms: floors that differ by 0.5 between the arms, values 0.1 over the floor, `lift` more with guidance."""
    labels = np.array(["a", "b", "c"])[np.arange(faces) % 3]
    made = {}
    for seed in range(seeds):
        for number, arm in enumerate(ARMS):
            floor = 2.8 - 0.5 * number + rng.normal(0, 0.3, faces)
            gain = 0.1 + lift * number + rng.normal(0, 0.02, faces)
            values = floor + (gain if better == "higher" else -gain)
            made[arm, seed, "gradcam", "road"] = Score(
                "road", values, better, floor_faces={"template": floor, "random": floor - 1}, labels=labels
            )
    return made


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_change_is_the_paired_difference_of_differences(tmp_path: Path, better: str) -> None:
    """The value falls by .4, its floor by .5: by the value alone guidance would do harm."""
    made = scores(np.random.default_rng(1), better=better, lift=0.1)
    experiment = tables(tmp_path, [], made, {})
    row = next(experiment.differences.itertuples())
    each = np.zeros((3, 30))
    for seed in range(3):
        for face in range(30):
            over = {}
            for arm in ARMS:
                score = made[arm, seed, "gradcam", "road"]
                over[arm] = score.faces[face] - score.floor_faces[row.floor][face]
            each[seed, face] = over["guided"] - over["unguided"]
    assert row.floor == ("template" if better == "higher" else "random")
    labels = made["guided", 0, "gradcam", "road"].labels
    mean, interval = over_seeds(each, labels)
    by_class = [each[:, labels == name].mean() for name in "abc"]
    assert row.difference == pytest.approx(np.mean(by_class))
    assert (row.difference, (row.low, row.high)) == (pytest.approx(mean), pytest.approx(interval))
    assert row.difference == pytest.approx(
        (row.guided - row.guided_floor) - (row.unguided - row.unguided_floor)
    )
    if better == "higher":
        assert row.guided < row.unguided
        assert (row.verdict, change(row)) == ("good", "better")
    else:
        assert row.difference < 0
        assert (row.verdict, change(row)) == ("good", "better")


def test_a_loss_is_told_from_what_is_not_decided(tmp_path: Path) -> None:
    for lift, said in ((0.1, "better"), (-0.1, "worse"), (0.0, "unsure")):
        experiment = tables(tmp_path, [], scores(np.random.default_rng(4), lift=lift), {})
        row = next(experiment.differences.itertuples())
        assert change(row) == said
        told = read(tmp_path).says()
        assert len(told) == 1
        assert told[0].startswith("faithful, road: with guidance ")
    assert "not decided on 1" in told[0]


def test_seeds_that_disagree_decide_nothing(tmp_path: Path) -> None:
    """On each training the gain is sure over its faces; over three trainings it is not."""
    made = scores(np.random.default_rng(1), lift=0.0)
    for seed, shift in enumerate((0.3, -0.05, 0.1)):
        score = made["guided", seed, "gradcam", "road"]
        score.faces[:] += shift
    row = next(tables(tmp_path, [], made, {}).differences.itertuples())
    assert row.difference > 0.1
    assert row.low < 0 < row.high
    assert change(row) == "unsure"


def test_kinds_of_metrics() -> None:
    kinds = {kind(name) for name in guidance.PLAUSIBLE}, {kind(name) for name in guidance.FAITHFUL}
    assert kinds == ({"plausible"}, {"faithful"})
    assert {kind(name) for name in guidance.TRUE} == {"true"}


def shipped() -> Experiment:
    return read(assets() / "guidance")


def test_shipped_tables_agree_with_each_other() -> None:
    experiment = shipped()
    assert experiment.table.seed.nunique() > 1
    for row in experiment.differences.itertuples():
        chosen = experiment.table[
            (experiment.table.method == row.method) & (experiment.table.metric == row.metric)
        ]
        if (
            chosen.n == row.n
        ).all():  # else some faces have no such floor, and are left out of the comparison
            means = chosen.groupby("arm").value.mean()
            assert row.guided == pytest.approx(means["guided"], abs=1e-3)
            assert row.unguided == pytest.approx(means["unguided"], abs=1e-3)
        ahead = (row.guided - row.guided_floor) - (row.unguided - row.unguided_floor)
        assert row.difference == pytest.approx(ahead, abs=3e-4)
        assert row.low <= row.difference <= row.high
        assert change(row) in ("better", "worse", "unsure")
    assert len(experiment.says()) == experiment.differences.metric.nunique()
