"""Synthetic faces from outside: what is asked is there, the same every time, and wrong requests say what is right."""

import numpy as np
import pytest

import explab as xl
from explab.facs import EXPRESSIONS, UnknownUnit


def test_a_face_does_what_is_asked_and_nothing_else() -> None:
    face = xl.synth.face(AU12=0.9, AU6=0.6, seed=3, size=96)
    truth = face.truth
    assert truth is not None
    assert face.image.shape == (96, 96, 3)
    assert face.image.dtype == np.uint8
    assert truth.aus["AU12"] == face.aus["AU12"] == pytest.approx(0.9)
    assert {code for code in truth.aus if truth.aus[code] > 0} == {"AU6", "AU12"}
    assert truth.expression == "Happiness"
    assert truth.pose == (0, 0, 0)
    assert np.array_equal(truth.landmarks, face.landmarks)
    x, y = face.landmarks[:, 0], face.landmarks[:, 1]
    assert np.allclose(truth.box, [x.min(), y.min(), x.max(), y.max()])
    assert face.iod == pytest.approx(0.26 * 96, rel=0.05)


def test_pictures_repeat_to_the_bit_in_any_batch() -> None:
    many = xl.synth.faces(70, seed=4, size=48)
    late = xl.synth.faces(3, seed=4, size=48, first=66)
    for a, b in zip(many[66:69], late, strict=True):
        assert np.array_equal(a.image, b.image)
        assert np.array_equal(a.landmarks, b.landmarks)
        assert a.truth.aus == b.truth.aus
    assert not np.array_equal(many[0].image, many[1].image)


def test_one_face_is_the_first_of_its_series() -> None:
    series = xl.synth.faces(1, seed=9, size=64, expressions="Neutral", yaw=0, pitch=0)[0]
    alone = xl.synth.face(seed=9, size=64, **{c: series.aus[c] for c in series.aus.codes if series.aus[c]})
    assert np.array_equal(series.image, alone.image)


def test_the_same_seed_is_the_same_person_whatever_they_do() -> None:
    calm, glad = xl.synth.face(seed=2, size=64), xl.synth.face(seed=2, size=64, AU12=1)
    far_from_the_mouth = np.s_[:18, :]
    assert np.abs(calm.image[far_from_the_mouth].astype(int) - glad.image[far_from_the_mouth]).mean() < 2


def test_series_are_balanced_and_labelled() -> None:
    faces = xl.synth.faces(160, seed=1, size=32)
    counts = {name: sum(f.truth.expression == name for f in faces) for name in EXPRESSIONS}
    assert min(counts.values()) >= 8
    only = xl.synth.faces(12, seed=1, size=32, expressions=["happy", "Anger"])
    assert {f.truth.expression for f in only} == {"Happiness", "Anger"}
    assert all(f.pose.roll == 0 for f in faces)
    assert max(abs(f.pose.yaw) for f in faces) <= 35


def test_pose_is_in_the_picture() -> None:
    front, left = xl.synth.face(seed=1, size=64), xl.synth.face(seed=1, size=64, yaw=30)

    def nose(face: xl.Face) -> float:
        return float(face.landmarks[4, 0] - face.landmarks[[33, 263], 0].mean())

    assert nose(left) > nose(front) + 3
    rolled = xl.synth.face(seed=1, size=64, roll=20)
    eyes = rolled.landmarks[263, :2] - rolled.landmarks[33, :2]
    assert np.degrees(np.arctan2(eyes[1], eyes[0])) == pytest.approx(20, abs=3)


def test_truth_has_a_record_for_writers() -> None:
    record = xl.synth.face(AU12L=0.9, AU12R=0.5, AU4=0.7, seed=3, size=32).truth.record()
    assert list(record["aus"]) == ["AU12L", "AU4", "AU12R"]
    assert record["aus"]["AU4"] == {"intensity": 0.7, "letter": "D", "name": "Brow lowerer"}
    assert len(record["box"]) == 4


def test_a_mirrored_face_mirrors_its_truth() -> None:
    face = xl.synth.face(AU12L=0.9, seed=3, size=64, yaw=20)
    mirrored = face.flip()
    assert mirrored.truth.aus["AU12R"] == pytest.approx(0.9)
    assert mirrored.truth.pose.yaw == -20
    assert np.allclose(mirrored.truth.landmarks, mirrored.landmarks)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"AU99": 0.5}, "AU12"),
        ({"AU12": 1.5}, "outside 0 to 1"),
        ({"AD37": 0.5}, "cannot be acted"),
        ({"AU51": 0.5}, "yaw"),
        ({"size": 31}, "32-2048"),
        ({"size": 4096}, "32-2048"),
        ({"yaw": 120}, "yaw -75 to 75"),
        ({"pitch": float("nan")}, "pitch -45 to 45"),
    ],
)
def test_wrong_requests_say_what_is_allowed(request_: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        xl.synth.face(**request_)


def test_unknown_units_and_expressions_list_near_matches() -> None:
    with pytest.raises(UnknownUnit, match="AU12"):
        xl.synth.face(AU12X=0.5)
    with pytest.raises(ValueError, match="Happiness"):
        xl.synth.faces(2, expressions="happyness")
    with pytest.raises(ValueError, match="whole numbers"):
        xl.synth.faces(-1)
