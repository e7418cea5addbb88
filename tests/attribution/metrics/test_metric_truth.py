"""Maps against the pixels that made the expression of a synthetic face."""

from __future__ import annotations

import numpy as np
import pytest

import explab as xl
from explab.attribution import metrics
from explab.attribution.metrics import floors
from explab.attribution.scaling import resized


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


@pytest.fixture(scope="module")
def aus(faces):
    """(5, 6, 64, 64) AU maps of all expressions on each face."""
    return metrics.class_maps(np.stack([face.landmarks for face in faces]), (64, 64))[0]


def test_truth_has_floors_and_a_ceiling(faces, evidence, aus):
    names = ["Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger"]
    labels = np.array([names.index(face.truth.expression) for face in faces[:4]] + [-1])
    score = metrics.evaluate("truth_auc", evidence, evidence=evidence, class_maps=aus, labels=labels)
    assert score.value == pytest.approx(1)
    assert score.n == 4
    assert set(score.floors) == {"uniform", "centre", "template", "others", "random"}
    assert score.floors["uniform"] == pytest.approx(0.5)
    assert score.floors["random"] < score.floors["centre"] < 1
    assert 0.5 < score.floors["template"] < 1
    assert 0.5 < score.floors["others"] < 1
    assert set(score.by_class) == {0, 2}
    assert score.ceiling == pytest.approx(1)
    # The template is the mean AU map on this face, not a mean of what is asked for.
    assert score.floor_faces["template"][:4] == pytest.approx(
        metrics.auc(aus.mean(1), evidence)[:4], abs=1e-6
    )


def leaving_out(evidence, labels, people):
    """The mean evidence of the others of each face's class, by a loop."""
    means = []
    for i in range(len(evidence)):
        rest = [
            evidence[j]
            for j in range(len(evidence))
            if labels[j] == labels[i] and people[j] != people[i] and evidence[j].any()
        ]
        means.append(np.mean(rest, axis=0) if rest else np.full(evidence[i].shape, np.nan))
    return np.stack(means)


def test_the_floor_of_others_leaves_out_the_face_and_its_person(blurry):
    evidence = blurry(9, (12, 10))
    evidence[4] = 0
    labels = ["a", "b", "a", "b", "a", "b", "a", "c", "b"]
    alone, people = np.arange(9), np.array([0, 1, 0, 2, 3, 1, 4, 5, 1])
    found, why = floors.others(evidence, labels=labels)
    assert found == pytest.approx(leaving_out(evidence, labels, alone), nan_ok=True)
    assert why == ""
    assert np.isnan(found[7]).all()  # the only one of its class
    grouped, _ = floors.others(evidence, labels=labels, groups=people)
    assert grouped == pytest.approx(leaving_out(evidence, labels, people), nan_ok=True)
    none, why = floors.others(evidence[[0, 1, 7]], labels=["a", "b", "c"])
    assert none is None
    assert "two faces of a class" in why


def test_the_evidence_of_the_judged_face_does_not_enter_its_floors(evidence, aus):
    """Today's floor was the class mean with the face itself in it: it followed whatever the face's evidence was."""
    labels = np.array([0, 0, 1, 1, 1])
    other = evidence.copy()
    other[1] = other[1, ::-1, ::-1]
    for drawn in (
        lambda shown: floors.others(shown, labels=labels)[0],
        lambda _: floors.template(class_maps=aus)[0],
        lambda shown: floors.centre(5, shown.shape[1:]),
    ):
        assert np.array_equal(drawn(other)[1], drawn(evidence)[1])
    assert not np.array_equal(
        floors.others(other, labels=labels)[0][0], floors.others(evidence, labels=labels)[0][0]
    )
    maps = np.random.default_rng(0).random((5, 8, 8))
    asked = {"class_maps": aus, "labels": labels}
    before = metrics.evaluate("truth_pearson", maps, evidence=evidence, **asked)
    by_hand = metrics.pearson(floors.at_grid(leaving_out(evidence, labels, np.arange(5)), (8, 8)), evidence)
    assert before.floor_faces["others"] == pytest.approx(by_hand, abs=1e-6, nan_ok=True)


def test_floors_and_ceiling_are_drawn_on_the_grid_of_the_maps(evidence, aus):
    """Perfect evidence on 8 x 8 is far from perfect on 64 x 64; beside floors as coarse as itself it still passes."""
    shown = np.concatenate([evidence[:4], evidence[:4, :, ::-1]]).astype(float)
    labels = np.array([0, 1, 0, 1] * 2)
    drawn = np.concatenate([aus[:4], aus[:4, :, :, ::-1]])
    small = shown.reshape(8, 8, 8, 8, 8).mean((2, 4))
    score = metrics.evaluate("truth_pearson", small, evidence=shown, class_maps=drawn, labels=labels)
    assert score.ceiling < 0.95
    assert score.value == pytest.approx(score.ceiling, abs=0.03)
    assert score.verdict == "good"
    for name in ("others", "template"):
        whole = {"others": leaving_out(shown, labels, np.arange(8)), "template": drawn.mean(1)}[name]
        fine = metrics.pearson(whole, shown)
        coarse = metrics.pearson(floors.at_grid(whole, (8, 8)), shown)
        assert score.floor_faces[name] == pytest.approx(coarse, abs=1e-6)
        assert coarse.mean() < fine.mean()
    # Maps that were enlarged since are told by their grid.
    large = resized(small, (64, 64))
    told = metrics.evaluate(
        "truth_pearson", large, evidence=shown, class_maps=drawn, labels=labels, grid=(8, 8)
    )
    assert told.value == pytest.approx(score.value, abs=1e-6)
    assert told.ceiling == pytest.approx(score.ceiling, abs=1e-9)
    assert told.floors["others"] == pytest.approx(score.floors["others"], abs=1e-9)


@pytest.mark.parametrize("grid", [(7, 7), (14, 9), (3, 5)])
def test_a_uniform_floor_stays_uniform_on_any_grid(blurry, grid):
    """Rounding that grows into a pattern would have a correlation."""
    score = metrics.evaluate("truth_pearson", blurry(6, grid), evidence=blurry(6, (33, 64), seed=2))
    assert score.no_floor["uniform"] == "the metric says nothing about such a map"


def test_only_faces_of_one_size_that_somebody_made_have_evidence(faces):
    with pytest.raises(metrics.MetricError, match="not mirrored since"):
        metrics.evidence([faces[0], faces[1].flip()])
    with pytest.raises(metrics.MetricError, match=r"one size; these have \[48, 64\]"):
        metrics.evidence([faces[0], xl.synth.face(seed=1, size=48)])
    with pytest.raises(metrics.MetricError, match="these have none"):
        metrics.evidence([])
