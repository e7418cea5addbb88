"""Fits checked against linear least squares and scipy; crops checked with painted points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from explab.face import align
from explab.facs.mesh import IBUG68, MIRROR


def posed(yaw: float, pitch: float, roll: float, scale: float = 80.0) -> np.ndarray:
    """The canonical face turned by angles as documented: x right, y down, z away from the camera."""
    rotation = Rotation.from_euler("ZYX", [roll, -yaw, -pitch], degrees=True)
    return rotation.apply(align.CANONICAL) * scale + [200, 150, 0]


def test_plane_similarity_equals_linear_least_squares() -> None:
    source, target = np.random.default_rng(0).normal(size=(2, 30, 2))
    x, y = source.T
    one, zero = np.ones(30), np.zeros(30)
    # target = (a x - b y + c, b x + a y + d): linear in a, b, c, d
    system = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, c, d = np.linalg.lstsq(system, target.T.ravel(), rcond=None)[0]
    ours, _ = align.similarity(source, target)
    np.testing.assert_allclose(ours, [[a, -b, c], [b, a, d]], atol=1e-9)


def test_rotation_in_space_equals_scipy() -> None:
    source, target = np.random.default_rng(0).normal(size=(2, 30, 3))
    reference, _ = Rotation.align_vectors(target - target.mean(0), source - source.mean(0))
    matrix, rotation = align.similarity(source, target)
    np.testing.assert_allclose(rotation, reference.as_matrix(), atol=1e-9)
    residual = ((source @ matrix[:, :3].T + matrix[:, 3] - target) ** 2).sum()
    for nudge in (0.99, 1.01):
        assert ((source @ matrix[:, :3].T * nudge + matrix[:, 3] - target) ** 2).sum() > residual - 1e-9


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (25, 0, 0), (0, -18, 0), (0, 0, 40), (-30, 12, -15), (10, 20, 85)]
)
def test_pose_is_recovered(angles: tuple[float, float, float]) -> None:
    assert align.estimate_pose(posed(*angles)) == pytest.approx(angles, abs=0.01)


def test_pose_signs() -> None:
    nose, chin, right_eye, left_eye = 1, 152, 33, 263
    neutral, turned, raised, tilted = posed(0, 0, 0), posed(30, 0, 0), posed(0, 20, 0), posed(0, 0, 20)
    assert turned[nose, 0] > neutral[nose, 0] + 5, (
        "turning to the own left moves the nose right in the picture"
    )
    assert raised[nose, 1] - raised[10, 1] < neutral[nose, 1] - neutral[10, 1], "looking up lifts the nose"
    assert tilted[left_eye, 1] > tilted[right_eye, 1] + 5, "tilting to the own left lowers the left eye"
    assert raised[chin, 2] - raised[10, 2] < neutral[chin, 2] - neutral[10, 2], (
        "looking up brings the chin forward"
    )


def test_canonical_face_is_symmetric_frontal_and_measured_in_eye_distances() -> None:
    mirrored = (align.CANONICAL * [-1, 1, 1])[MIRROR]
    np.testing.assert_allclose(align.CANONICAL, mirrored, atol=2e-4)
    assert align.interocular(align.CANONICAL) == pytest.approx(1, abs=1e-3)
    assert align.estimate_pose(align.CANONICAL) == pytest.approx((0, 0, 0), abs=0.01)
    ibug = align.CANONICAL[IBUG68]
    assert ibug[8, 1] == ibug[:, 1].max(), "point 8 is the chin"
    assert ibug[36, 0] < ibug[39, 0] < ibug[42, 0] < ibug[45, 0], "eyes run from the viewer's left to right"
    assert ibug[48, 0] < ibug[54, 0]
    assert ibug[51, 1] < ibug[57, 1]


@pytest.mark.parametrize("size", [112, 384])
def test_crop_is_upright_and_of_the_documented_layout(size: int) -> None:
    points = posed(0, 0, 33, scale=47)
    crop = align.apply(align.crop_transform(points, size), points)
    right, left = align.eye_centres(crop)[:, :2]
    np.testing.assert_allclose(right[1], left[1], atol=size * 0.002)
    np.testing.assert_allclose(left[0] - right[0], size * align.EYES_APART, rtol=0.01)
    np.testing.assert_allclose((left + right) / 2, [size / 2, size * align.EYE_LINE], atol=size * 0.002)


def test_invert_undoes_apply() -> None:
    points = posed(20, 10, 30)
    matrix = align.crop_transform(points, 200)
    back = align.apply(align.invert(matrix), align.apply(matrix, points))
    np.testing.assert_allclose(back, points, atol=1e-3)


@pytest.mark.parametrize("scale", [0.1, 0.4, 1.0, 3.0])
def test_warp_moves_pixels_where_points_go(scale: float) -> None:
    rgb = np.full((400, 400, 3), 128, np.uint8)
    rgb[180:220, 120:160] = 255  # a square centred on (140, 200)
    matrix = np.array([[scale, 0, 5.0], [0, scale, -3.0]])
    size = round(400 * scale) + 10
    seen = align.warp(rgb, matrix, (size, size), fill=True)[..., 0].astype(float) - 128
    rows, columns = np.mgrid[:size, :size] + 0.5
    centre = np.array([(seen * columns).sum(), (seen * rows).sum()]) / seen.sum()
    expected = align.apply(matrix, np.array([[140.0, 200.0]]))[0]
    np.testing.assert_allclose(centre, expected, atol=0.15)


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    small = align.warp(stripes, np.array([[0.1, 0, 0], [0, 0.1, 0]]), (51, 51))
    assert small[2:-2, 2:-2].std() < 8, "plain bilinear sampling leaves stripes of 127"
    assert abs(float(small.mean()) - 127.5) < 3


def test_misfit_tells_faces_from_noise() -> None:
    rng = np.random.default_rng(0)
    assert align.misfit(posed(20, 10, 5)) < 0.01
    assert align.misfit(rng.normal(size=(478, 3)) * 50) > 0.5
