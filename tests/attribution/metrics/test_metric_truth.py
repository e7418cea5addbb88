"""Maps against the pixels that made the expression of a synthetic face."""

from __future__ import annotations

import numpy as np
import pytest

import explab as xl
from explab.attribution import metrics


@pytest.fixture(scope="module")
def faces():
    smiles = xl.synth.faces(4, seed=6, size=64, expressions=["Happiness", "Surprise"], yaw=None, pitch=None)
    return [*smiles, xl.synth.face(seed=1, size=64)]


@pytest.fixture(scope="module")
def evidence(faces):
    return metrics.evidence(faces)


def test_evidence_is_what_the_counterfactual_changed(faces, evidence):
    assert evidence.shape == (5, 64, 64)
    assert evidence.dtype == np.float32
    for face, found in zip(faces, evidence, strict=True):
        _, expected = xl.synth.counterfactual(face, **dict.fromkeys(face.truth.aus.codes, 0))
        assert np.array_equal(found, expected)
    assert (evidence[:4].max((1, 2)) == 1).all()
    assert evidence[4].max() == 0


def test_the_evidence_itself_is_true_and_a_corner_is_not(evidence):
    perfect = metrics.truth(evidence, evidence)
    assert set(perfect) == {"auc", "pearson", "relevance_mass", "relevance_rank"}
    assert perfect["auc"][:4] == pytest.approx(1)
    assert perfect["pearson"][:4] == pytest.approx(1)
    assert perfect["relevance_rank"][:4] == pytest.approx(1)
    assert (perfect["relevance_mass"][:4] > 0.5).all()
    corner = np.zeros((5, 8, 8))
    corner[:, 0, 0] = 1
    wrong = metrics.truth(corner, evidence)
    assert (wrong["relevance_mass"][:4] < 0.05).all()
    assert (wrong["pearson"][:4] < 0).all()
    assert all(np.isnan(values[4]) for found in (perfect, wrong) for values in found.values())


def test_truth_has_floors(faces, evidence):
    labels = [face.truth.expression for face in faces]
    score = metrics.evaluate("truth_auc", evidence, evidence=evidence, labels=labels)
    assert score.value == pytest.approx(1)
    assert score.n == 4
    assert score.floors["uniform"] == pytest.approx(0.5)
    assert score.floors["random"] < score.floors["centre"] < 1
    assert 0.5 < score.floors["template"] < 1


def test_only_faces_of_one_size_that_somebody_made_have_evidence(faces):
    with pytest.raises(metrics.MetricError, match="not mirrored since"):
        metrics.evidence([faces[0], faces[1].flip()])
    with pytest.raises(metrics.MetricError, match=r"one size; these have \[48, 64\]"):
        metrics.evidence([faces[0], xl.synth.face(seed=1, size=48)])
    with pytest.raises(metrics.MetricError, match="these have none"):
        metrics.evidence([])
