"""The inside of the mouth: hidden behind closed lips, without a hole behind open ones."""

import numpy as np
import pytest

from explab.facs.mesh import CONTOURS
from explab.synth.anatomy.mouth import mouth_part, mouth_points, teeth_part, teeth_points

INNER = list(CONTOURS["inner lips"])


@pytest.mark.parametrize(
    "acts",
    [
        {},
        {"AU24": 1.0},
        {"AU17": 1.0, "AU15": 1.0},
        {"AU12": 1.0},
        {"AU18": 1.0},
        {"AU28": 1.0},
        {"AU20": 1.0},
    ],
)
def test_nothing_pokes_through_closed_lips(acts, acted, whole, seen) -> None:
    motion = acted(**acts)
    for i in range(0, 24, 3):
        for yaw in (0, 35):
            view = seen(whole(motion, i), middle=(-0.25 if yaw else 0.0, 1.15), half=0.7, yaw=yaw)
            assert np.isin(view, ["teeth", "behind"]).mean() < 0.0015
            assert (view == "mouth").mean() < 0.012


@pytest.mark.parametrize(
    "acts",
    [
        {"AU27": 1.0, "AU25": 1.0},
        {"AU12": 1.0, "AU25": 1.0},
        {"AU10": 1.0, "AU25": 1.0, "AU16": 1.0},
        {"AU22": 1.0, "AU25": 1.0},
    ],
)
def test_open_mouths_show_no_hole(acts, acted, whole, seen) -> None:
    motion = acted(**acts)
    for i in range(0, 24, 4):
        for yaw, pitch in ((0, 0), (25, 0), (0, 20), (0, -20)):
            view = seen(whole(motion, i), middle=(0.0, 1.2), half=0.6, yaw=yaw, pitch=pitch)
            assert not np.isin(view[50:150, 50:150], ["", "behind"]).any()


def test_upper_teeth_stay_and_lower_ones_go_with_the_jaw(acted) -> None:
    rest, wide = acted(), acted(AU27=1.0, AU25=1.0)
    before, after = (teeth_points(m, 1).reshape(24, 2, -1, 3) for m in (rest, wide))
    assert np.abs(after - before)[:, 0].max() < 0.05
    assert (after - before)[:, 1, :, 1].mean(1).min() > 0.2


def test_teeth_are_where_the_lips_leave_off(acted) -> None:
    motion = acted()
    teeth = teeth_points(motion, 1).reshape(24, 2, 6, -1, 3)
    line = motion.neutral[:, [13, 14], 1].mean(1)
    edge = teeth[:, 0, 4, 5, 1] - line
    assert ((edge > 0.0) & (edge < 0.08)).all()
    depth = teeth[:, :, 4, 5, 2] - motion.points[:, [13, 14], 2].max(1)[:, None]
    assert ((depth > 0.04) & (depth < 0.25)).all()


def test_the_tongue_comes_out_only_between_open_lips(acted) -> None:
    out = acted(AD19=1.0, AU25=1.0, AU26=1.0)
    tips = mouth_points(out, 1)[:, -1]
    assert (tips[:, 2] < out.points[:, 14, 2] - 0.1).all()
    shut = acted()
    assert (mouth_points(shut, 1)[:, -1, 2] > shut.points[:, 14, 2]).all()


def test_the_lining_is_joined_to_the_lips(acted) -> None:
    motion = acted(AU26=0.7, AU25=1.0)
    lining = mouth_points(motion, 1)
    distance = np.linalg.norm(motion.points[:, INNER][:, :, None] - lining[:, None], axis=-1).min(2)
    assert distance.max() < 1e-6


def test_attributes(acted) -> None:
    teeth = teeth_part(1).attributes
    assert teeth[:, 0].min() == -1
    assert teeth[:, 0].max() == 1
    points = teeth_points(acted(), 1)[0]
    assert (np.sign(points[:, 0].round(3)) == np.sign(teeth[:, 0].round(3)))[np.abs(teeth[:, 0]) > 0.2].all()
    mouth = mouth_part(1).attributes
    assert set(np.unique(mouth[:, 1])) == {0.0, 1.0}
    assert mouth[:, 0].max() == 1


def test_faces_do_not_depend_on_the_batch(acted) -> None:
    motion = acted(AU27=1.0, AU25=1.0, AD19=0.5)
    one = type(motion)(*(getattr(motion, n)[7:8] for n in ("neutral", "points", "jaw", "gaze", "tongue")))
    for place in (teeth_points, mouth_points):
        np.testing.assert_allclose(place(motion, 1)[7:8], place(one, 1), atol=1e-9)
