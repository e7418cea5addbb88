"""What is measured of AUs on synthetic people whom nothing was fitted to, held against what they do."""

from __future__ import annotations

import numpy as np
import pytest

from explab.face import Face
from explab.synth.anatomy.observable import known_aus
from explab.synth.make import faces
from explab.synth.reread import measured
from explab.training.calibration.readings import CHUNK, readings
from explab.validation.aus import on_synthetic


@pytest.fixture(scope="module")
def read() -> list[Face]:
    """Faces that act an expression, read from their pictures by MediaPipe."""
    return [measured(face) for face in faces(40, seed=880_032, size=192)]


def test_intervals_hold_present_units_as_mediapipe_sees_them(read: list[Face]) -> None:
    """1.96 standard deviations, which were the whiskers, hold 78 % of them."""
    held, before = [], []
    for face in read:
        known = known_aus(face)
        assert known is not None
        for code in face.aus.codes:
            if known[code] >= 0.1:
                low, high = face.au_interval[code]
                held.append(low <= known[code] <= high)
                before.append(abs(face.aus[code] - known[code]) <= 1.96 * face.au_sd[code])
    assert len(held) > 200
    assert np.mean(held) >= 0.9
    assert np.mean(before) < 0.9


def test_intervals_are_not_just_everything(read: list[Face]) -> None:
    """Where a unit is absent and seen to be, the interval is short."""
    widths = {unit: [] for unit in ("AU26", "AU27", "AU25", "AU12L")}
    for face in read:
        known = known_aus(face)
        assert known is not None
        for code, some in widths.items():
            if known[code] == 0:
                low, high = face.au_interval[code]
                some.append(high - low)
    assert all(np.median(some) < 0.5 for some in widths.values())


def test_the_bench_counts_present_and_absent_units() -> None:
    """By hand, unit by unit, on people in their true geometry."""
    lot = readings(2, CHUNK, backend=None, individual=0.0)
    from explab.face.measure import estimate
    from explab.synth.anatomy.observable import observable
    from explab.synth.anatomy.units import COLUMN

    table = on_synthetic(lot, relative=False)
    seen, truth = estimate(lot.points), observable(lot.acts)
    row = next(row for row in table.rows if row.unit == "AU12")
    present, absent = [], []
    for face in range(len(lot)):
        for code in ("AU12L", "AU12R"):
            column, true = seen.codes.index(code), truth[face, COLUMN[code]]
            inside = seen.low[face, column] <= true <= seen.high[face, column]
            (present if true >= 0.1 else absent).append(inside)
    assert row.covered == pytest.approx((np.mean(present), np.mean(absent)))
    assert row.present == len(present)
    lines = list(table.lines())
    assert any("present units with low, middle and high estimates" in line for line in lines)
    assert any("both sides as one" in line for line in lines)
