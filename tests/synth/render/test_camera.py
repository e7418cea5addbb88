"""Pose and perspective agree with how `explab.face` measures them."""

import numpy as np
import pytest

from explab.face.align import CANONICAL, apply, crop_transform, estimate_pose
from explab.synth.render import camera


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (25, 0, 0), (0, 15, 0), (0, 0, 20), (-30, 12, -15)]
)
def test_pose_is_what_the_reader_estimates(yaw: float, pitch: float, roll: float) -> None:
    one = (np.array([float(a)]) for a in (yaw, pitch, roll))
    points = CANONICAL[None] @ camera.rotation(*one).transpose(0, 2, 1)
    assert np.allclose(estimate_pose(points[0] * 100), (yaw, pitch, roll), atol=0.05)


def test_crop_placement_is_read_faces_crop() -> None:
    skin = camera.seen(CANONICAL[None], np.array([1e6]))
    scale, shift = camera.crop_placement(skin, 256)
    placed = camera.placed(skin, scale, shift, np.zeros(1), np.array([128.0, 102.4]))[0]
    again = apply(crop_transform(placed, 256), placed)
    assert np.abs(again - placed).max() < 1e-3


def test_perspective_enlarges_what_is_near() -> None:
    seen = camera.seen(CANONICAL[None], np.array([6.0]))[0]
    nose, ear = abs(seen[4, 1] / CANONICAL[4, 1]), abs(seen[234, 0] / CANONICAL[234, 0])
    assert nose > 1 > ear


def test_roll_turns_the_picture_clockwise_about_the_middle() -> None:
    middle = np.array([50.0, 40.0])
    point = np.array([[[10.0, 0.0, 0.0]]])
    turned = camera.placed(point, np.ones(1), middle[None], np.array([90.0]), middle)[0, 0]
    assert np.allclose(turned, [50, 50, 0])
