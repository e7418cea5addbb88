"""Shoulders and collars: below the chin, around the neck, past the lower edge of any picture."""

from dataclasses import replace

import numpy as np
import pytest

from explab.synth.anatomy.head import HEAD, head_points
from explab.synth.appearance.person import Collar
from explab.synth.appearance.torso import torso_part, torso_points


@pytest.mark.parametrize("collar", list(Collar))
def test_the_top_lies_between_chin_and_lower_edge(crowd, collar) -> None:
    neutral, looks = crowd
    points = torso_points(neutral, replace(looks, collar=np.full(24, collar)), 1)
    assert points.shape == (24, len(torso_part(1).attributes), 3)
    chin = neutral[:, 152, 1]
    in_front = points[..., 2] < 0.9
    assert (np.where(in_front, points[..., 1], np.inf).min(1) > chin).all()
    assert points[..., 1].max() > 6.5
    assert (np.ptp(points[..., 0], axis=1) > 5).all()


@pytest.mark.parametrize("collar", list(Collar))
def test_the_neck_ends_inside_the_top(crowd, collar) -> None:
    neutral, looks = crowd
    points = torso_points(neutral, replace(looks, collar=np.full(24, collar)), 1)
    cage = head_points(neutral, neutral)
    low = cage[:, HEAD[:, 1] > 3.2]
    for neck, top in zip(low, points, strict=True):
        # In every direction around the neck's axis, cloth at the same height is further out.
        level = top[(top[:, 1] > 2.8) & (top[:, 1] < 5)] - [0, 0, 1.5]
        inner = neck - [0, 0, 1.5]
        angle = np.arctan2(level[:, 0], -level[:, 2])
        for x, _, z in inner:
            near = np.abs(np.angle(np.exp(1j * (angle - np.arctan2(x, -z))))) < 0.7
            assert np.hypot(*level[near][:, [0, 2]].T).max() > np.hypot(x, z)


def test_normals_point_outwards(crowd) -> None:
    neutral, looks = crowd
    part = torso_part(1)
    for points in torso_points(neutral, looks, 1):
        corner = points[part.triangles]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        out = corner.mean(1) - [0, 0, 1.5]
        out[:, 1] = 0
        body = corner[..., 1].min(1) > 3.6
        assert ((normal * out).sum(1)[body] > 0).all()


def test_broad_shoulders_are_masculine(crowd) -> None:
    neutral, looks = crowd
    narrow, broad = (
        np.ptp(torso_points(neutral, replace(looks, masculine=np.full(24, m)), 1)[..., 0], axis=1)
        for m in (0.0, 1.0)
    )
    assert (broad > 1.08 * narrow).all()
