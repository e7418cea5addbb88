"""The scores behind `codebook_expression`, on synthetic faces that they were not fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explab.face.expression import codebook_scores, fitted_scores
from explab.facs import codebook
from explab.statistics import calibration_error
from explab.synth.expressions import sample
from explab.synth.instruments import INSTRUMENTS, measured
from explab.synth.randomness import Draws, face_seeds
from explab.training.calibration.expressions import (
    LANDMARKS,
    calibrated,
    fit,
    log_loss,
    lot,
    write,
)


@pytest.mark.parametrize(("instrument", "at_least"), [("coder", 0.82), ("blendshapes", 0.72)])
def test_right_and_calibrated_on_new_faces(instrument: str, at_least: float) -> None:
    faces = lot(instrument, seed=101, n=8000)
    p = fitted_scores(instrument).probabilities(faces.levels)
    assert (p.argmax(1) == faces.labels).mean() > at_least
    assert calibration_error(p, faces.labels) < 0.03
    gaps = faces.levels.copy()
    gaps[:, ::2] = np.nan
    assert calibration_error(fitted_scores(instrument).probabilities(gaps), faces.labels) < 0.1


def test_fitting_beats_the_codebook_alone() -> None:
    start = codebook_scores(codebook("prototypes"))
    faces, others = lot("coder", 7, 4000), lot("coder", 8, 4000)
    fitted = calibrated(fit(faces, start), faces)
    before, after = (log_loss(s.probabilities(others.levels), others.labels) for s in (start, fitted))
    assert after < 0.7 * before


def test_temperature_cures_overconfidence() -> None:
    start = codebook_scores(codebook("prototypes"))
    faces = lot("coder", 9, 3000)
    loud = type(start)(start.expressions, 4 * start.table)
    cured = calibrated(loud, faces)
    errors = [calibration_error(s.probabilities(faces.levels), faces.labels) for s in (loud, cured)]
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_instruments_read_within_0_and_1_and_leave_gaps(instrument: str) -> None:
    draws = Draws(face_seeds(3, 3000))
    acts = sample(draws).acts
    seen = measured(instrument, draws, acts)
    known = ~np.isnan(seen.values)
    assert 0.5 < known.mean() < 0.98
    assert seen.values[known].min() >= 0
    assert seen.values[known].max() <= 1
    again = measured(instrument, Draws(face_seeds(3, 3000)[5:8]), acts[5:8])
    assert np.array_equal(again.values, seen.values[5:8], equal_nan=True)
    smile = np.corrcoef(*_both(seen.codes, seen.values, acts, "AU12L"))[0, 1]
    assert smile > 0.8


def test_blendshapes_do_not_show_what_mediapipe_does_not() -> None:
    draws = Draws(face_seeds(3, 10))
    codes = measured("blendshapes", draws, sample(draws).acts).codes
    assert not {"AU6L", "AU9L", "AU23", "AU27", "AD34L"} & set(codes)


def test_the_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write(path, {name: fitted_scores(name) for name in (*INSTRUMENTS, LANDMARKS)}, ["a note"])
    lines = path.read_text().splitlines()
    assert "# a note" in lines
    body = [line for line in lines if not line.startswith("#")]
    shipped = Path(__file__).parents[3] / "explab/face/data/expression_scores.csv"
    assert body == [line for line in shipped.read_text().splitlines() if not line.startswith("#")]


def _both(
    codes: tuple[str, ...], values: np.ndarray, acts: np.ndarray, code: str
) -> tuple[np.ndarray, np.ndarray]:
    from explab.synth.anatomy.units import COLUMN

    read = values[:, codes.index(code)]
    there = ~np.isnan(read)
    return read[there], acts[there, COLUMN[code]]
