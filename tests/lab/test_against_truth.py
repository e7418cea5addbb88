"""Checks: figures beside their floors, and honest verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from made_faces import face, mesh, synthetic
from test_card import QUIET, SMILE

from explab.face.align import interocular
from explab.facs import AUs
from explab.lab.against_truth import checks, cosines, laid_over, mean_aus, overall, scores
from explab.widgets.check_words import sentence


def named(found: list, name: str):  # type: ignore[no-untyped-def]
    return next(check for check in found if check.name == name)


def test_a_perfect_reading_is_better_than_every_floor() -> None:
    found = checks(scores(synthetic(SMILE, SMILE, "Happiness", shift=0.0)))
    assert [check.name for check in found] == ["AU error", "Landmark error", "Map agreement", "Expression"]
    assert named(found, "AU error").value == 0
    assert named(found, "Map agreement").value == pytest.approx(1)
    assert [named(found, name).verdict for name in ("AU error", "Expression")] == ["unsure", "good"]
    assert named(found, "Landmark error").value == 0


def test_saying_the_mean_of_faces_is_at_the_floor() -> None:
    mean = mean_aus()
    guess = {code: mean[code] for code in mean.codes}
    true = dict.fromkeys(guess, 0.0)
    error = named(checks(scores(synthetic(true, guess, "Neutral"))), "AU error")
    assert error.value == pytest.approx(error.floor)
    assert error.verdict == "floor"


def test_landmark_error_is_in_interocular_distances() -> None:
    found = scores(synthetic(SMILE, SMILE, "Happiness", shift=0.04))
    assert found.points_error == pytest.approx(0.04, abs=1e-4)
    assert found.maps is not None
    assert 0.8 < found.maps < 1


def test_the_template_is_laid_over_by_turning_and_scaling_alone() -> None:
    turned = mesh()
    turned[:, :2] = turned[:, :2] @ np.array([[0, 1.5], [-1.5, 0]], np.float32) + 7
    turned[:, 2] *= 1.5
    assert np.abs(laid_over(turned) - turned).max() < 0.01 * interocular(mesh())


def test_a_wrong_expression_is_wrong_however_probable() -> None:
    check = named(checks(scores(synthetic(QUIET, SMILE, "Surprise"))), "Expression")
    assert check.verdict == "wrong"
    assert "Happiness instead of Surprise" in sentence(check)


def test_what_is_not_known_is_left_out() -> None:
    assert checks(scores(face(SMILE))) == []
    unread = [check.name for check in checks(scores(synthetic(SMILE, None, "Happiness")))]
    assert unread == ["Landmark error", "Map agreement"]


def test_overall_has_floor_interval_and_number_of_faces() -> None:
    many = [scores(synthetic(SMILE, SMILE, "Happiness", shift=0.01 * k)) for k in range(6)]
    many += [scores(synthetic(QUIET, SMILE, "Neutral")) for _ in range(2)]
    right = named(overall(many), "Expression right")
    assert right.value == 0.75
    assert right.floor == 0.75  # always saying Happiness
    assert right.verdict == "floor"
    assert "n = 8" in sentence(right)
    error = named(overall(many), "Landmark error")
    assert error.interval is not None
    assert error.interval[0] <= error.value <= error.interval[1]
    assert overall([]) == []


def test_few_faces_have_no_interval_and_no_certainty() -> None:
    few = named(overall([scores(synthetic(SMILE, SMILE, "Happiness"))] * 4), "AU error")
    assert few.interval is None
    assert few.verdict == "unsure"
    assert "Too few faces for an interval, n = 4" in sentence(few)


def test_cosines_leave_out_maps_that_are_nowhere() -> None:
    a = np.zeros((3, 4, 4), np.float32)
    a[0, 0, 0] = a[1, 1, 1] = 1
    b = a.copy()
    b[1] = 0
    assert cosines(a, b).tolist() == [1.0]


def test_mean_of_faces_is_the_same_every_time() -> None:
    assert isinstance(mean_aus(), AUs)
    assert 0 < mean_aus()["AU12"] < 0.5


def test_many_faces_may_be_one() -> None:
    """A gallery of a single face says what one of many says, and that one face has no interval."""
    for check in overall([scores(synthetic(SMILE, SMILE, "Happiness", shift=0.01))]):
        assert "One face has no interval." in sentence(check)
