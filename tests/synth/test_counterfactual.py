"""Counterfactuals change what was asked, and the evidence is where the muscle acts."""

import numpy as np
import pytest

import explab as xl
from explab.face import Face


@pytest.fixture(scope="module")
def smile() -> Face:
    return xl.synth.face(AU12=0.9, AU6=0.5, seed=3, size=128)


def test_everything_else_stays(smile: Face) -> None:
    other, _ = xl.synth.counterfactual(smile, AU12=0)
    assert other.truth.aus["AU12"] == 0
    assert other.truth.aus["AU6"] == smile.truth.aus["AU6"]
    assert (
        np.array_equal(other.image[:, :20], smile.image[:, :20])
        or np.abs(other.image[:20].astype(int) - smile.image[:20]).mean() < 1.5
    )  # a JPEG picture changes a little everywhere
    upper = [107, 336, 70, 300, 10]
    assert np.abs(other.landmarks[upper] - smile.landmarks[upper]).max() < 0.5


def test_the_same_aus_give_the_same_picture_and_no_evidence(smile: Face) -> None:
    other, evidence = xl.synth.counterfactual(smile, AU12=0.9)
    assert np.array_equal(other.image, smile.image)
    assert evidence.max() == 0


def test_drawn_faces_can_be_changed_too() -> None:
    face = xl.synth.faces(3, seed=8, size=64)[2]
    same, _ = xl.synth.counterfactual(face, **{c: face.aus[c] for c in ("AU4L", "AU4R")})
    assert np.array_equal(same.image, face.image)


@pytest.mark.parametrize(
    ("unit", "at"),
    [("AU12", (61, 291, 205, 425)), ("AU4", (107, 336, 9, 55, 285)), ("AU43", (159, 386, 145, 374))],
)
def test_evidence_lies_where_the_muscle_acts(unit: str, at: tuple[int, ...]) -> None:
    face = xl.synth.face(seed=5, size=128, **{unit: 1.0})
    _, evidence = xl.synth.counterfactual(face, **{unit: 0})
    assert evidence.shape == (128, 128)
    assert evidence.dtype == np.float32
    assert evidence.min() == 0
    assert evidence.max() == 1
    y, x = np.mgrid[:128, :128] + 0.5
    away = np.min([np.hypot(x - px, y - py) for px, py in face.landmarks[list(at), :2]], axis=0)
    near = away < 0.6 * face.iod
    assert evidence[near].sum() > 0.6 * evidence.sum()
    assert evidence[:, :10].max() < 0.05


def test_only_made_faces_can_be_changed(smile: Face) -> None:
    with pytest.raises(ValueError, match="only a face made"):
        xl.synth.counterfactual(smile.flip(), AU12=0)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        xl.synth.counterfactual(smile, AU12=2)
