"""Figures about suggested expressions, against SciPy and by hand."""

from pathlib import Path

import pytest
from scipy.stats import binomtest

import explab as xl
from explab.validation.expressions import Suggested, labelled, on_photographs, suggest, wilson


@pytest.mark.parametrize(("right", "n"), [(0, 5), (7, 7), (21, 30), (300, 400)])
def test_intervals_are_wilsons(right: int, n: int) -> None:
    interval = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right, n) == pytest.approx((interval.low, interval.high), abs=1e-3)


def test_calibration_error_by_hand() -> None:
    # Two faces said with 0.95, one of them right: 0.45 off; two said with 0.55, one right: 0.05 off.
    one = Suggested(
        ["Fear", "Fear", "Anger", "Anger"], ["Fear", "Anger", "Anger", "Fear"], [0.95, 0.95, 0.55, 0.55]
    )
    assert one.calibration_error() == pytest.approx((0.45 + 0.05) / 2)
    lines = list(one.lines("here"))
    assert "2 of 4 right, 50%" in lines[0]
    assert any("Fear 1, Anger 1" in line for line in lines[1:])


def test_true_aus_of_prototypes_suggest_their_expression() -> None:
    faces = xl.synth.faces(32, seed=6, size=32)
    labels = [str(face.truth.expression) for face in faces]
    found = suggest(labels, faces)
    assert sum(t == b for t, b in zip(found.true, found.best, strict=True)) >= 28


def test_labels_come_from_the_folders_table(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,expression\na.jpg,happy\nb.jpg,\nc/d.png,Surprise\n")
    assert labelled(tmp_path) == [(tmp_path / "a.jpg", "Happiness"), (tmp_path / "c/d.png", "Surprise")]
    assert labelled(tmp_path / "nothing") == []


def test_photographs_are_read_once_for_each_source_of_aus(shared: Path) -> None:
    known = labelled(shared / "photos")[:1]
    lines = list(on_photographs(known, shared / "models" / "face_landmarker.task"))
    headings = [line for line in lines if line.startswith("labelled")]
    assert len(headings) == 2
    assert "geometry" in headings[0]
    assert "blendshapes" in headings[1]
    assert not list(on_photographs([], None))
