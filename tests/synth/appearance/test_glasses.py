"""Glasses: before the lids, clear of brows and cheeks, over the nose and to the ears."""

from dataclasses import replace

import numpy as np
import pytest

from explab.synth.anatomy.head import head_part, head_points, head_surface
from explab.synth.appearance.glasses import glasses_part, glasses_points, has_glasses
from explab.synth.appearance.person import Glasses


@pytest.mark.parametrize("kind", [Glasses.ROUND, Glasses.RECTANGULAR, Glasses.THICK])
def test_frames_are_not_cut_by_the_face(crowd, seen, kind) -> None:
    neutral, looks = crowd
    worn = replace(looks, glasses=np.full(24, kind))
    frames = glasses_points(neutral, worn, 1)
    skin = head_surface(1).fine(head_points(neutral, neutral)).astype(float)
    part = glasses_part(1)
    for i in range(24):
        both = seen([(head_part(1), skin[i]), (part, frames[i])], middle=(0.0, 0.0), half=1.4)
        alone = seen([(part, frames[i])], middle=(0.0, 0.0), half=1.4)
        # All of the frame in front of the temples is in view.
        x = (np.arange(200) + 0.5) / 200 * 2.8 - 1.4
        front = (alone == "glasses") & (np.abs(x) < 0.95)
        assert (both[front] == "glasses").mean() > 0.985


def test_frames_sit_symmetrically_before_the_eyes(crowd) -> None:
    neutral, looks = crowd
    frames = glasses_points(neutral, replace(looks, glasses=np.full(24, Glasses.ROUND)), 1)
    rims = frames[:, : 2 * 14 * 4].reshape(24, 2, -1, 3)
    middle = rims.mean(2)
    np.testing.assert_allclose(middle[:, 0, 1:], middle[:, 1, 1:], atol=0.02)
    lids = neutral[:, [159, 145, 386, 374], 2].min(1)
    assert (rims[..., 2].max((1, 2)) < lids + 0.3).all()
    ears = frames[:, -4:, 2].mean(1)
    assert ((ears > 1.0) & (ears < 1.9)).all()


def test_only_those_who_wear_them(crowd) -> None:
    _, looks = crowd
    np.testing.assert_array_equal(has_glasses(looks), looks.glasses != Glasses.NONE)


def test_faces_do_not_depend_on_the_batch(crowd) -> None:
    neutral, looks = crowd
    worn = replace(looks, glasses=np.arange(24) % 4)
    one = replace(worn, **{k: v[5:6] for k, v in vars(worn).items()})
    np.testing.assert_allclose(
        glasses_points(neutral, worn, 2)[5:6], glasses_points(neutral[5:6], one, 2), atol=1e-9
    )
