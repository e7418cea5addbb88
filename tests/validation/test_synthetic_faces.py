"""MediaPipe, which never saw them, takes synthetic faces for faces."""

import numpy as np
import pytest

import explab as xl
from explab.face.backends import get_backend
from explab.validation.synthetic_faces import moved_by_units, movements, read_by_mediapipe


def test_mediapipe_finds_faces_and_reads_their_landmarks() -> None:
    found = read_by_mediapipe(xl.synth.faces(24, seed=31, size=256), get_backend("facemesh"))
    assert found.found.mean() >= 0.98
    assert np.nanmean(found.error) < 0.04
    assert any("interval" in line for line in found.lines())


def test_every_unit_moves_its_landmarks_the_right_way_as_mediapipe_sees_them() -> None:
    moved = moved_by_units(2, 5, 256, get_backend("facemesh"))
    assert len(moved) == len(movements()) >= 25
    assert all((one.true > 0.01).all() for one in moved)
    wrong = [one.movement.unit for one in moved if one.right < 1]
    assert wrong == []


def test_a_synthetic_face_can_be_read_like_a_photograph() -> None:
    made = xl.synth.face(AU12=0.9, AU6=0.6, seed=3, size=256, yaw=15)
    read = xl.synth.measured(made)
    assert read.truth.aus == made.truth.aus
    assert read.source.backend != made.source.backend
    off = np.linalg.norm(read.landmarks[:, :2] - read.truth.landmarks[:, :2], axis=1).mean() / read.iod
    assert 0 < off < 0.05
    assert read.pose.yaw == pytest.approx(15, abs=5)
    assert any("Synthetic" in remark.text for remark in read.remarks)
    with pytest.raises(ValueError, match="nothing is known"):
        xl.synth.measured(xl.read_face(made.image))
