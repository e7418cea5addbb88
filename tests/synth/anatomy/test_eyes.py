"""Eyes: they turn as they are told, lids stay in front of them, and no gap opens beside them."""

import numpy as np

from explab.synth.anatomy.eyes import eyes_part, eyes_points, seated, socket_points
from explab.synth.anatomy.surface import EYE_LOOPS, eyeballs


def _pupils(motion) -> np.ndarray:
    """(n, 2, 3) unit vectors from the eyes' centres to the pupils."""
    points = eyes_points(motion, 1)
    centre, radius = seated(motion)
    pupils = points.reshape(len(points), 2, -1, 3)[:, :, 0]
    return (pupils - centre) / radius[..., None]


def test_eyes_turn_by_gaze(acted) -> None:
    ahead, left, up = (_pupils(acted(**acts)) for acts in ({}, {"AU61": 1.0}, {"AU63": 1.0}))
    np.testing.assert_allclose(ahead, np.broadcast_to([0, 0, -1.0], ahead.shape), atol=1e-9)
    motion = acted(AU61=1.0)
    np.testing.assert_allclose(left[..., 0], np.sin(np.radians(motion.gaze[..., 0])), atol=1e-9)
    assert (left[..., 0] > 0.3).all()  # the subject's left is the picture's right
    assert (up[..., 1] < -0.3).all()


def test_attributes_are_the_directions_from_the_centre(acted) -> None:
    motion = acted()
    centre, radius = seated(motion)
    points = eyes_points(motion, 2).reshape(len(motion.points), 2, -1, 3)
    own = eyes_part(2).attributes.reshape(2, -1, 3)
    np.testing.assert_allclose(
        (points - centre[:, :, None]) / radius[..., None, None], np.broadcast_to(own, points.shape), atol=1e-6
    )


def test_eyeballs_stay_where_the_anatomy_put_them(acted) -> None:
    for acts in ({}, {"AU43": 1.0}, {"AU5": 1.0}, {"AU6": 1.0, "AU12": 1.0}):
        motion = acted(**acts)
        pushed = seated(motion)[0] - eyeballs(motion.neutral)[0]
        assert np.abs(pushed[..., :2]).max() == 0
        assert pushed[..., 2].min() >= 0
        assert pushed[..., 2].max() < 0.06


def test_closed_lids_hide_the_eyes(acted, whole, seen) -> None:
    for acts in ({"AU43": 1.0}, {"AU45": 1.0, "AU12": 1.0}, {"AU43": 1.0, "AU9": 1.0, "AU4": 1.0}):
        motion = acted(**acts)
        for i in range(0, 24, 4):
            for yaw in (0, 25):
                view = seen(whole(motion, i), middle=(0.0, 0.0), half=0.9, yaw=yaw)
                assert np.isin(view, ["eyes", "behind"]).mean() < 0.0004


def test_open_eyes_show_no_gap(acted, whole, seen) -> None:
    for acts in ({}, {"AU5": 1.0}, {"AU61": 1.0}, {"AU64": 1.0}):
        motion = acted(**acts)
        for i in range(0, 24, 4):
            for yaw, pitch in ((0, 0), (-30, 0), (0, 20), (0, -20)):
                view = seen(whole(motion, i), middle=(0.0, 0.0), half=0.85, yaw=yaw, pitch=pitch)
                # At the middle of the face nothing of the background or the inside of the head shows.
                inside = view[60:140, 20:180] if yaw == 0 else view[60:140, 60:140]
                assert not np.isin(inside, ["", "behind"]).any()
                assert (view == "eyes").sum() > 200


def test_the_flesh_is_joined_to_the_lids(acted) -> None:
    motion = acted(AU5=1.0)
    flesh = socket_points(motion, 1)
    for loop in EYE_LOOPS:
        margin = motion.points[:, list(loop)]
        distance = np.linalg.norm(margin[:, :, None] - flesh[:, None], axis=-1).min(2)
        assert distance.max() < 1e-6
