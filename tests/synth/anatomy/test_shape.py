"""Neutral faces of many people: varied, well-formed, in the canonical frame, and without expression."""

import numpy as np
import pytest

from explab.face.align import CANONICAL, estimate_pose, eye_centres, misfit
from explab.facs.mesh import CONTOURS, MIRROR
from explab.synth.anatomy import shape
from explab.synth.anatomy.surface import EYE_LOOPS, N_SKIN, TRIANGLES, eyeballs
from explab.synth.randomness import Draws, face_seeds

N = 600


@pytest.fixture(scope="module")
def draws():
    return Draws(face_seeds(3, N))


@pytest.fixture(scope="module")
def age(draws):
    return draws.uniform("test: age", 18, 80)


@pytest.fixture(scope="module")
def faces(draws, age):
    return shape.neutral(draws, age)


def length(faces, a, b):
    return np.linalg.norm(faces[:, a] - faces[:, b], axis=-1)


def normals(points):
    corner = points[:, TRIANGLES]
    return np.cross(corner[:, :, 1] - corner[:, :, 0], corner[:, :, 2] - corner[:, :, 0])


def test_a_face_is_the_same_in_any_batch(draws, age, faces):
    some = slice(5, 9)
    alone = shape.neutral(Draws(draws.seeds[some]), age[some])
    np.testing.assert_allclose(alone, faces[some], atol=1e-12)


def test_faces_stand_in_the_canonical_frame(faces):
    centres = eye_centres(faces)
    np.testing.assert_allclose(centres.mean(1), 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(centres[:, 1] - centres[:, 0], axis=-1), 1)
    np.testing.assert_allclose(centres[:, 0, 1], centres[:, 1, 1], atol=1e-9)


def test_the_average_face_is_the_canonical_one(faces):
    assert np.abs(faces.mean(0) - CANONICAL).max() < 0.015


def test_people_differ_as_much_as_people_do(faces):
    """Standard deviations of meshes fitted to photographs of adults, widened: see the module."""
    spread = {
        "face width": (length(faces, 127, 356), 0.06, 0.12),
        "face length": (length(faces, 10, 152), 0.09, 0.18),
        "jaw width": (length(faces, 172, 397), 0.08, 0.17),
        "nose width": (length(faces, 48, 278), 0.035, 0.07),
        "mouth width": (length(faces, 61, 291), 0.035, 0.07),
        "upper lip": (length(faces, 0, 13), 0.012, 0.03),
    }
    for name, (values, low, high) in spread.items():
        assert low < values.std() < high, name


def test_the_mesh_never_folds(faces):
    """No triangle turns over, collapses or doubles in size beyond measure."""
    before, after = normals(CANONICAL[None]), normals(faces)
    size = np.linalg.norm(after, axis=-1), np.linalg.norm(before, axis=-1)
    assert ((before * after).sum(-1) / (size[0] * size[1])).min() > 0.7
    assert (size[0] / size[1]).min() > 0.4
    assert (size[0] / size[1]).max() < 2.2


def test_lips_are_closed_and_do_not_cross(faces):
    lips = CONTOURS["inner lips"]
    upper, lower = np.array(lips[1:10]), np.array(lips[:10:-1])
    gap = faces[:, lower, 1] - faces[:, upper, 1]
    assert gap.min() > 0
    assert gap.max() < 0.006


def test_lids_lie_before_the_eyeballs(faces):
    centre, radius = eyeballs(faces)
    for eye, loop in enumerate(EYE_LOOPS):
        away = np.linalg.norm(faces[:, loop] - centre[:, eye, None], axis=-1)
        assert (away / radius[:, eye, None]).min() > 1.0


def test_irises_keep_their_size_and_their_place_in_the_eye(faces):
    for middle, corners, rim in ((468, (33, 133), (469, 471)), (473, (362, 263), (474, 476))):
        np.testing.assert_allclose(
            length(faces, *rim), np.linalg.norm(CANONICAL[rim[0]] - CANONICAL[rim[1]]), rtol=1e-6
        )
        outer, inner = faces[:, corners[0], 0], faces[:, corners[1], 0]
        share = (faces[:, middle, 0] - outer) / (inner - outer)
        assert share.min() > 0.42
        assert share.max() < 0.58


def test_faces_at_rest_show_no_expression(faces):
    """What AUs 1, 2, 4, 5, 12, 15 and 43 change stays near the average of neutral faces."""
    opening = faces[:, 145, 1] - faces[:, 159, 1]
    assert opening.min() > 0.08
    assert opening.max() < 0.22
    brow = faces[:, 159, 1] - faces[:, 105, 1]
    assert np.abs(brow - (CANONICAL[159, 1] - CANONICAL[105, 1])).max() < 0.11
    corner = faces[:, [61, 291], 1].mean(1) - faces[:, 13, 1]
    assert np.abs(corner - (CANONICAL[61, 1] - CANONICAL[13, 1])).max() < 0.05


def test_shape_does_not_pretend_to_be_pose(faces):
    poses = np.array([estimate_pose(face) for face in faces[:100]])
    assert np.abs(poses).max() < 3
    assert max(misfit(face) for face in faces[:100]) < 0.08


def test_left_and_right_differ_only_with_asymmetry(draws, age, faces):
    even = shape.neutral(draws, age, asymmetry=0.0)
    np.testing.assert_allclose(even[:, MIRROR] * [-1, 1, 1], even, atol=1e-9)
    uneven = np.abs(faces[:, MIRROR] * [-1, 1, 1] - faces)[:, :N_SKIN]
    assert 0.003 < uneven.mean() < 0.02
    # Asymmetry changes nothing else: both are the same people.
    assert np.abs(faces - even).mean() < 0.01


def test_age_and_masculinity_change_what_they_should(draws):
    young, old = (shape.neutral(draws, np.full(N, years)) for years in (20.0, 75.0))
    assert length(old, 0, 13).mean() < length(young, 0, 13).mean()  # thinner lips
    assert (old[:, 2, 1] - old[:, 168, 1]).mean() > (young[:, 2, 1] - young[:, 168, 1]).mean()  # longer nose
    lean = shape.masculine(draws)
    middle = shape.neutral(draws, np.full(N, 49.0))
    for name, (a, b), sign in (("jaw", (172, 397), 1), ("lips", (0, 17), -1), ("chin", (152, 17), 1)):
        assert sign * np.corrcoef(lean, length(middle, a, b))[0, 1] > 0.15, name


def test_every_factor_moves_the_face():
    draws = Draws(face_seeds(1, 40))
    values = shape.factors(draws, np.full(40, 49.0))
    assert values.shape == (40, len(shape.FACTORS))
    assert np.abs(values).max() < shape.CLIP
    assert (np.abs(shape._basis()).max((1, 2)) > 0.004).all()
