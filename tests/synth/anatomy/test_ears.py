"""Ears: beside the head, between brow and nose, and in keeping with the budget of triangles of the whole."""

import numpy as np

from explab.face.align import CANONICAL
from explab.synth.anatomy.ears import ears_part, ears_points
from explab.synth.anatomy.eyes import eyes_part, socket_part
from explab.synth.anatomy.head import head_part
from explab.synth.anatomy.mouth import mouth_part, teeth_part
from explab.synth.appearance.bun import bun_part
from explab.synth.appearance.curls import curls_part
from explab.synth.appearance.glasses import glasses_part
from explab.synth.appearance.hair import hair_part
from explab.synth.appearance.torso import torso_part


def test_ears_are_where_and_as_large_as_ears_are() -> None:
    ears = ears_points(CANONICAL[None], 2)[0]
    right, left = np.split(ears, 2)
    np.testing.assert_allclose(right, left * [-1, 1, 1])
    assert 0.85 < np.ptp(left[:, 1]) < 1.1
    assert -0.4 < left[:, 1].min() < -0.05
    assert 0.55 < left[:, 1].max() < 0.85
    assert 1.25 < left[:, 0].max() < 1.55


def test_ears_turn_their_outside_outwards(whole, acted, seen) -> None:
    motion = acted()
    for yaw in (70, -70):
        view = seen(whole(motion, 0)[::5], middle=(0.0, 0.3), half=2.0, yaw=yaw)
        ear = view == "ears"
        assert ear.sum() > 250
        assert (view == "behind").sum() < 0.1 * ear.sum()


def test_ears_keep_to_each_head(crowd) -> None:
    neutral, _ = crowd
    ears = ears_points(neutral, 1).reshape(24, 2, -1, 3)
    temple = neutral[:, [234, 454], 0]
    assert (np.abs(ears[..., 0]).max(2) > np.abs(temple) + 0.1).all()
    np.testing.assert_allclose(ears_points(neutral[4:5], 1)[0], ears[4].reshape(-1, 3))


def test_triangles_of_a_coarse_head() -> None:
    worn = (head_part, ears_part, eyes_part, socket_part, teeth_part, mouth_part, glasses_part, torso_part)
    common = sum(len(make(1).triangles) for make in worn)
    hair = max(len(hair_part(1).triangles) + len(bun_part(1).triangles), len(curls_part(1).triangles))
    assert common + hair < 8000
