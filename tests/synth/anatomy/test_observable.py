"""What a coder sees of a still: blinks as closed eyes, squints as tight lids, a stretched mouth as a dropped jaw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explab.face import Face, Truth
from explab.facs import AUs
from explab.facs.mesh import CONTOURS
from explab.synth import face
from explab.synth.anatomy.lids import gaze, travel
from explab.synth.anatomy.motion import JAW_DEGREES, jaw
from explab.synth.anatomy.observable import known_aus, observable
from explab.synth.anatomy.shape import neutral
from explab.synth.anatomy.units import ACTS, COLUMN, acts_matrix, given
from explab.synth.randomness import Draws, face_seeds


def acts(**values: float) -> np.ndarray:
    return acts_matrix([given(values)])


def read(made: Face) -> Face:
    """The face as somebody read it, without a picture: its AUs are an estimate."""
    return replace(made, aus=AUs({"AU43": 0.9, "AU26": 0.5, "AU7": 0.1}, source="landmark geometry"))


@pytest.mark.parametrize(
    ("acted", "unit", "expected"),
    [
        ({"AU45": 1.0}, "AU43", 1.0),
        ({"AU46L": 0.9}, "AU43L", 0.9),
        ({"AU42": 1.0}, "AU43", 0.74),
        ({"AU41": 0.5}, "AU43", 0.19),
        ({"AU44": 0.7}, "AU7", 0.7),
        ({"AU7": 0.8, "AU44": 0.3}, "AU7", 0.8),
        ({"AU27": 0.4}, "AU26", 0.8),
        ({"AU27": 0.9}, "AU26", 1.0),
        ({"AU26": 0.3, "AU27": 0.2}, "AU26", 0.5),
        ({"AU43": 0.6}, "AU43", 0.6),
    ],
)
def test_a_coder_sees_what_the_skin_does(acted: dict[str, float], unit: str, expected: float) -> None:
    seen = observable(given(acted))
    assert seen[unit] == pytest.approx(expected)
    assert not {"AU41", "AU42", "AU44", "AU45", "AU46"} & set(seen)


def test_arrays_and_aus_say_the_same() -> None:
    rng = np.random.default_rng(0)
    rows = rng.uniform(0, 1, (5, len(ACTS)))
    before = rows.copy()
    seen = observable(rows)
    assert np.array_equal(rows, before)
    for row, levels in zip(rows, seen, strict=True):
        aus = observable(AUs(dict(zip(ACTS, row.tolist(), strict=True)), source="synthetic face"))
        assert aus.source == "synthetic face"
        assert all(aus[code] == pytest.approx(levels[COLUMN[code]]) for code in aus.codes)


def test_of_units_that_nobody_knows_nothing_is_said() -> None:
    few = AUs({"AU12": 0.5, "AU45L": 0.8, "AU51": 0.3}, source="synthetic face")
    assert dict(observable(few)) == {"AU12": 0.5, "AU43": 0.8, "AU51": 0.3}
    assert observable(few).codes == AUs({"AU12": 0.5, "AU43L": 0.8, "AU51": 0.3}).codes


def test_one_winking_eye_leaves_the_other_open() -> None:
    seen = observable(given({"AU46L": 1.0, "AU46R": 0.0}))
    assert (seen["AU43L"], seen["AU43R"]) == (1.0, 0.0)


@pytest.mark.parametrize("unit", ["AU41", "AU42", "AU45", "AU46"])
def test_the_lid_comes_down_as_far_as_that_au43_brings_it(unit: str) -> None:
    """Against the anatomy: how far the upper lid travels when the unit acts, and when AU43 as seen does."""
    for strength in (0.3, 1.0):
        acted = acts(**{unit: strength})
        same = acts(AU43=observable(given({unit: strength}))["AU43"])
        upper = [float(travel(rows, gaze(rows))[0, 0, 0]) for rows in (acted, same)]
        assert upper[0] == pytest.approx(upper[1], abs=0.01)


def test_the_jaw_opens_as_far_as_that_au26_opens_it() -> None:
    head = neutral(Draws(face_seeds(3, 1)), np.array([30.0]))

    def degrees(rows: np.ndarray) -> float:
        return float(np.degrees(np.arccos(jaw(head, rows)[0, 1, 1])))

    for pulled in (0.1, 0.3, 0.45):
        seen = observable(given({"AU27": pulled, "AU26": 0.1}))["AU26"]
        assert degrees(acts(AU27=pulled, AU26=0.1)) == pytest.approx(degrees(acts(AU26=seen)), abs=1e-6)
    assert degrees(acts(AU27=1.0)) == pytest.approx(JAW_DEGREES)


def test_a_read_face_is_held_against_what_its_picture_shows() -> None:
    blinking = face(AU45=1.0, AU27=0.3, AU44=0.4, seed=5, size=64)
    assert blinking.truth is not None
    assert blinking.truth.aus is not None
    assert blinking.truth.aus["AU43"] == 0.0  # what it was told to act
    known = known_aus(read(blinking))
    assert known is not None
    assert (known["AU43"], known["AU26"], known["AU7"]) == pytest.approx((1.0, 0.6, 0.4))
    eye = blinking.landmarks[list(CONTOURS["right eye"])]
    assert np.ptp(eye[:, 1]) < 0.4 * np.ptp(eye[:, 0])  # the truth: it is closed


def test_what_it_was_told_to_act_is_the_truth_of_a_face_that_nobody_read() -> None:
    blinking = face(AU45=1.0, seed=5, size=64)
    assert known_aus(blinking) is blinking.truth.aus


def test_a_coder_is_taken_at_their_word() -> None:
    coded = AUs({"AU45": 1.0, "AU43": 0.0}, source="a coder")
    labelled = replace(read(face(seed=5, size=64)), truth=Truth(aus=coded))
    assert known_aus(labelled) is coded
    assert known_aus(replace(labelled, truth=None)) is None
    assert known_aus(replace(labelled, truth=Truth(expression="Fear"))) is None
