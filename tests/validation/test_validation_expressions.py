"""Figures about suggested expressions, against SciPy and by hand."""

from pathlib import Path

import numpy as np
import pytest

import explab as xl
from explab.facs import EXPRESSIONS
from explab.validation.expressions import Suggested, labelled, on_photographs, suggest


def test_a_table_of_suggestions_by_hand() -> None:
    """Two faces said with 0.95, one of them right: 0.45 off; two said with 0.55, one right: 0.05 off."""

    def said(name: str, p: float) -> list[float]:
        return [p if other == name else (1 - p) / 7 for other in EXPRESSIONS]

    suggested = Suggested(
        ["Fear", "Fear", "Anger", "Anger"],
        np.array([said("Fear", 0.95), said("Anger", 0.95), said("Anger", 0.55), said("Fear", 0.55)]),
    )
    assert suggested.calibration_error() == pytest.approx((0.45 + 0.05) / 2)
    lines = list(suggested.lines("here"))
    assert "2 of 4 right, 50.0%" in lines[0]
    assert any("Fear 1, Anger 1" in line for line in lines[1:])


def test_true_aus_of_prototypes_suggest_their_expression() -> None:
    faces = xl.synth.faces(32, seed=6, size=32)
    labels = [str(face.truth.expression) for face in faces]
    table = suggest(labels, faces)
    assert sum(true == best for true, best in zip(table.true, table.best, strict=True)) >= 28


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
