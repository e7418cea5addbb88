"""Fitting the networks that measure AUs: what they are asked for, and that a fit learns, calibrates and can be kept."""

from __future__ import annotations

import numpy as np
import pytest

from explab.face.measure import Network, estimate
from explab.facs.units import mirrored
from explab.synth.anatomy.observable import observable
from explab.synth.anatomy.units import ACTS, COLUMN
from explab.training.calibration import aus
from explab.training.calibration.readings import CHUNK, Readings, readings
from explab.validation.aus import on_synthetic


@pytest.fixture(scope="module")
def lots() -> tuple[Readings, Readings]:
    """People in their true geometry with noise, to fit to and to test on."""
    return readings(1, 3 * CHUNK, backend=None), readings(2, CHUNK, backend=None, individual=0.0)


@pytest.fixture(scope="module")
def fitted(lots) -> Network:
    return aus.calibrated(aus.fit(lots[0], False, seed=0, epochs=12), lots[1], False)


def test_lots_share_nobody_and_are_the_same_again(lots):
    assert not np.isin(lots[0].rest[:8], lots[1].rest).all(axis=(1, 2)).any()
    again = readings(1, CHUNK, backend=None)
    n = len(again)
    assert np.array_equal(again.points[:5], lots[0].points[:5])
    assert np.array_equal(again.acts, lots[0].acts[:n])


def test_readings_are_kept(tmp_path):
    first = readings(4, CHUNK, backend=None, folder=tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 1
    kept = readings(4, CHUNK, backend=None, folder=tmp_path)
    assert np.array_equal(first.points, kept.points)


def test_targets_are_seen_from_both_halves():
    acts = np.zeros((1, len(ACTS)))
    acts[0, [COLUMN["AU12L"], COLUMN["AU61L"]]] = 0.7, 0.4
    heads = aus.heads()
    right, left = aus.targets(acts, heads)
    assert right[0, heads.index("AU12R")] == 0.0
    assert left[0, heads.index("AU12R")] == 0.7
    assert mirrored("AU61L") == "AU62R"
    assert left[0, heads.index("AU62R")] == 0.4


def test_a_small_fit_learns_what_is_large(lots, fitted):
    r = dict(zip(fitted.heads, aus.correlations(fitted, lots[1], False), strict=True))
    assert r["AU26"] > 0.8
    assert r["AU12R"] > 0.7
    assert r["AU43R"] > 0.6


def test_standard_deviations_are_as_large_as_errors(fitted):
    held_out = readings(3, CHUNK, backend=None, individual=0.0)
    seen = fitted.look(aus.inputs(held_out.points, held_out.rest, False))
    truth = observable(held_out.acts)[:, [COLUMN[code] for code in seen.codes]]
    z = (seen.values - truth) / seen.sd
    assert 0.7 < np.sqrt((z**2).mean()) < 1.5
    assert 0.9 < (np.abs(z) < 2).mean() < 0.99
    uneven = seen.sd.std(0) / seen.sd.mean(0)
    assert np.median(uneven) > 0.2  # not one number for all faces


def test_a_network_is_kept_with_the_chosen_units(tmp_path, lots, fitted, monkeypatch):
    chosen = aus.only(fitted, ("AU12R", "AU26"))
    aus.save(tmp_path / "au_geometry.npz", chosen, chosen)
    from explab.face import measure

    monkeypatch.setattr(measure, "weights_path", lambda: tmp_path / "au_geometry.npz")
    measure.network.cache_clear()
    try:
        found = estimate(lots[1].points[:9])
    finally:
        measure.network.cache_clear()
    whole = fitted.look(aus.inputs(lots[1].points[:9], lots[1].rest[:9], False))
    assert found.codes == ("AU12L", "AU12R", "AU26")
    assert np.allclose(found.values, whole.values[:, [whole.codes.index(c) for c in found.codes]], atol=0.02)


def test_a_warp_changes_people_a_little(lots):
    rng = np.random.default_rng(0)
    face, rest = aus.warped(lots[1], rng)
    from explab.face.geometry import laid

    moved = np.linalg.norm(laid(face)[0] - laid(lots[1].points)[0], axis=-1)
    assert 0.002 < moved.mean() < 0.05
    assert rest.shape == lots[1].rest.shape


def test_the_table_has_floor_and_interval(lots):
    table = on_synthetic(lots[1], relative=False)
    assert table.low < table.r < table.high
    for row in table.rows:
        assert row.low <= row.r <= row.high
        assert row.floor > 0
    lines = list(table.lines())
    assert any(line.startswith("mean over") for line in lines)
    assert any(line.startswith("intervals hold the truth of") for line in lines)
