"""The guidance experiment in small: both arms are trained, judged and written, and its interval is a bootstrap."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import bootstrap

from explab.models.load import assets
from explab.validation import guidance
from explab.validation.guidance import ARMS, _interval, does_guidance_help, read


def test_both_arms_are_trained_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guidance, "METHODS", ("attention", "gradcam"))
    monkeypatch.setattr(guidance, "PERCENTILES", (50,))
    sizes = {"faces": 64, "validated": 21, "tested": 21, "judged": 14}
    found = does_guidance_help(tmp_path, seeds=[0], device="cpu", **sizes)
    assert set(found.table.arm) == set(ARMS)
    assert {path.name for path in found.models.values()} == {"guided_0", "unguided_0"}
    assert set(found.table.metric) >= {"accuracy", "attention", "cosine", "road", "truth_auc"}
    mean = (
        found.table[(found.table.method == "gradcam") & (found.table.metric == "cosine")]
        .set_index("arm")
        .value
    )
    row = found.differences.set_index(["method", "metric"]).loc[("gradcam", "cosine")]
    assert row.guided == pytest.approx(mean["guided"])
    assert row.unguided == pytest.approx(mean["unguided"])
    again = read(tmp_path)
    assert again.differences.shape == found.differences.shape
    assert np.allclose(again.differences.guided, found.differences.guided, atol=1e-4)
    assert len(again.lines()) == 1 + len(found.differences)
    assert len(again.plot().axes) == 8


def test_interval_is_scipys_bootstrap_where_there_is_one_seed() -> None:
    values = np.random.default_rng(3).normal(0.2, 1, 200)
    low, high = _interval(values[None], np.zeros(200, int))
    theirs = bootstrap((values,), np.mean, method="percentile", random_state=1).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_interval_widens_with_disagreeing_seeds() -> None:
    values = np.random.default_rng(3).normal(0, 0.1, (3, 100))
    which = np.zeros(100, int)
    narrow, wide = _interval(values, which), _interval(values + np.array([[-1], [0], [1]]), which)
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])


def test_shipped_tables_agree_with_each_other() -> None:
    found = read(assets() / "guidance")
    assert sorted(found.table.seed.unique()) == [0, 1, 2]
    for row in found.differences.itertuples():
        chosen = found.table[(found.table.method == row.method) & (found.table.metric == row.metric)]
        means = chosen.groupby("arm").value.mean()
        assert row.guided == pytest.approx(means["guided"], abs=1e-3)
        assert row.unguided == pytest.approx(means["unguided"], abs=1e-3)
        assert row.difference == pytest.approx(row.guided - row.unguided, abs=1e-3)
        assert row.low <= row.difference <= row.high
