"""Figures with their floors, and what they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score

from explab.training.scores import confusion, confusions, figures, sentences

CLASSES = ("Neutral", "Happiness", "Fear", "Surprise")


def test_figures_against_scikit_learn() -> None:
    chance = np.random.default_rng(3)
    truth = chance.choice(4, 200, p=[0.6, 0.25, 0.1, 0.05])
    said = np.where(chance.random(200) < 0.6, truth, chance.integers(0, 4, 200))
    found = figures(truth, said, CLASSES)
    assert found["score"] == pytest.approx(accuracy_score(truth, said))
    assert found["recall"] == pytest.approx(balanced_accuracy_score(truth, said))
    assert found["floor"] == pytest.approx(accuracy_score(truth, np.zeros(200)))
    assert found["recall floor"] == pytest.approx(balanced_accuracy_score(truth, np.zeros(200)))
    each = recall_score(truth, said, average=None)
    assert [found[f"recall of {name}"] for name in CLASSES] == pytest.approx(each)


def test_a_class_without_a_face_has_no_recall() -> None:
    found = figures(np.array([0, 0, 1]), np.array([0, 2, 2]), CLASSES)
    assert found["recall floor"] == 1 / 2
    assert "recall of Fear" not in found
    lines = sentences(confusion(np.array([0, 0, 1]), np.array([0, 2, 2]), CLASSES))
    assert lines[1] == (
        "recall: Neutral 1 of 2, Happiness 0 of 1; not measured, because no face shows it: Fear and Surprise"
    )


def test_the_confusion_in_words() -> None:
    truth = np.repeat([0, 2, 3], [10, 7, 2])
    said = np.array([0] * 9 + [1] + [2] * 2 + [3] * 3 + [0] * 2 + [3, 1])
    table = confusion(truth, said, CLASSES)
    assert table["Fear"] == {"Neutral": 2, "Happiness": 0, "Fear": 2, "Surprise": 3}
    assert confusions(table) == [
        "3 of 7 faces labelled Fear were called Surprise",
        "2 of 7 faces labelled Fear were called Neutral",
        "1 of 2 faces labelled Surprise was called Happiness",
    ]


def test_a_score_that_equals_its_floor_is_said_to() -> None:
    truth = np.repeat([0, 1, 2], [40, 20, 6])
    always = sentences(confusion(truth, np.zeros(66, np.int64), CLASSES))
    assert always[0] == (
        "accuracy 0.606, floor 0.606 (always Neutral): no better than its floor; mean recall over 3 classes (UAR) "
        "0.333, floor 0.333: no better than its floor"
    )
    knows = sentences(confusion(truth, truth, CLASSES))
    assert knows[0].startswith(
        "accuracy 1.000, floor 0.606 (always Neutral): better than its floor; mean recall over 3"
    )
    assert knows[2] == "no face was called by another expression"
    few = sentences(confusion(np.array([0, 0, 1]), np.array([0, 0, 1]), CLASSES))
    assert "above its floor, but by too little for so few faces to be sure" in few[0]
