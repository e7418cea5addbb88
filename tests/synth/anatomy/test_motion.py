"""Faces in action: what moves where, for one unit, for two, and for many at random."""

import numpy as np
import pytest

from explab.face.align import CANONICAL
from explab.facs import AUs
from explab.facs.mesh import MIRROR
from explab.facs.units import mirrored
from explab.synth.anatomy.lids import GAZE_DEGREES, IRISES, MARGINS
from explab.synth.anatomy.lips import INNER
from explab.synth.anatomy.motion import move
from explab.synth.anatomy.shape import neutral
from explab.synth.anatomy.surface import N_SKIN, TRIANGLES, eyeballs, face_surface
from explab.synth.anatomy.units import ACTS, COLUMN, acts_matrix
from explab.synth.randomness import Draws, face_seeds

UP, DOWN, OUT, IN, FORWARD, BACK = (1, -1), (1, 1), (0, -1), (0, 1), (2, -1), (2, 1)
"""Axis and sign for the subject's right half."""
FLIP = np.array([-1.0, 1.0, 1.0])


def acts(**strengths: float) -> np.ndarray:
    return acts_matrix([AUs(strengths)])


def moved(face: np.ndarray = CANONICAL, **strengths: float) -> np.ndarray:
    """(478, 3) displacement."""
    return move(face[None], acts(**strengths)).points[0] - face


@pytest.fixture(scope="module")
def people() -> np.ndarray:
    """(40, 478, 3) different faces at rest."""
    return neutral(Draws(face_seeds(5, 40)), np.linspace(18, 80, 40))


@pytest.fixture(scope="module")
def random_acts() -> np.ndarray:
    """(40, len(ACTS)): from a few units to far too many at once."""
    chance = np.random.default_rng(2)
    busy = np.linspace(0.03, 0.4, 40)[:, None]
    return chance.random((40, len(ACTS))) * (chance.random((40, len(ACTS))) < busy)


# Unit, vertex of the right half, where it must go, and how far at intensity 1: at least, at most.
MOVES = [
    ("AU1", 55, UP, 0.1, 0.2),
    ("AU1", 70, UP, -0.01, 0.03),
    ("AU2", 70, UP, 0.08, 0.2),
    ("AU2", 63, UP, 0.1, 0.2),
    ("AU2", 55, UP, -0.01, 0.05),
    ("AU4", 55, DOWN, 0.08, 0.15),
    ("AU4", 55, IN, 0.02, 0.08),
    ("AU4", 105, DOWN, 0.05, 0.12),
    ("AU5", 159, UP, 0.03, 0.08),
    ("AU6", 118, UP, 0.03, 0.1),
    ("AU6", 145, UP, 0.008, 0.05),
    ("AU7", 145, UP, 0.015, 0.06),
    ("AU7", 118, UP, -0.01, 0.015),
    ("AU9", 129, UP, 0.06, 0.12),
    ("AU9", 37, UP, 0.03, 0.1),
    ("AU9", 55, DOWN, 0.02, 0.08),
    ("AU10", 39, UP, 0.06, 0.15),
    ("AU10", 17, DOWN, -0.01, 0.01),
    ("AU11", 206, UP, 0.02, 0.08),
    ("AU12", 61, UP, 0.08, 0.18),
    ("AU12", 61, OUT, 0.08, 0.18),
    ("AU12", 61, BACK, 0.05, 0.15),
    ("AU12", 50, UP, 0.02, 0.08),
    ("AU13", 61, UP, 0.1, 0.18),
    ("AU13", 61, OUT, -0.02, 0.05),
    ("AU14", 61, BACK, 0.02, 0.1),
    ("AU15", 61, DOWN, 0.08, 0.18),
    ("AU16", 84, DOWN, 0.07, 0.18),
    ("AU16", 0, UP, -0.01, 0.01),
    ("AU17", 17, UP, 0.03, 0.15),
    ("AU17", 17, FORWARD, 0.02, 0.15),
    ("AU17", 199, UP, 0.05, 0.15),
    ("AU18", 61, IN, 0.08, 0.2),
    ("AU18", 13, FORWARD, 0.05, 0.15),
    ("AU20", 61, OUT, 0.1, 0.2),
    ("AU20", 61, UP, -0.06, 0.0),
    ("AU22", 13, FORWARD, 0.05, 0.2),
    ("AU23", 0, DOWN, 0.02, 0.08),
    ("AU23", 17, UP, 0.03, 0.12),
    ("AU24", 17, UP, 0.02, 0.12),
    ("AU28", 17, UP, 0.06, 0.2),
    ("AU28", 13, BACK, 0.04, 0.15),
    ("AD29", 152, FORWARD, 0.08, 0.2),
    ("AU31", 215, OUT, 0.02, 0.1),
    ("AD33", 187, OUT, 0.04, 0.2),
    ("AD34", 187, OUT, 0.08, 0.25),
    ("AD35", 187, IN, 0.05, 0.2),
    ("AU38", 129, OUT, 0.02, 0.06),
    ("AU39", 129, IN, 0.015, 0.06),
    ("AU41", 159, DOWN, 0.02, 0.08),
    ("AU61", 468, IN, 0.06, 0.15),
    ("AU62", 468, OUT, 0.06, 0.15),
    ("AU63", 468, UP, 0.06, 0.15),
    ("AU63", 159, UP, 0.02, 0.1),
    ("AU64", 468, DOWN, 0.06, 0.15),
    ("AU64", 159, DOWN, 0.03, 0.12),
    ("AU65", 468, OUT, 0.06, 0.15),
    ("AU66", 468, IN, 0.06, 0.15),
]


@pytest.mark.parametrize(("code", "vertex", "way", "least", "most"), MOVES)
def test_landmarks_move_as_the_unit_says(code, vertex, way, least, most):
    axis, sign = way
    assert least <= sign * moved(**{code: 1.0})[vertex, axis] <= most


@pytest.mark.parametrize(
    "code", ["AU1", "AU2", "AU4", "AU6", "AU9", "AU10", "AU12", "AU15", "AU17", "AU20", "AU26"]
)
def test_movement_grows_with_intensity(code):
    steps = np.linspace(0, 1, 9)
    table = np.concatenate([acts(**{code: s}) for s in steps])
    way = move(np.repeat(CANONICAL[None], 9, 0), table).points - CANONICAL
    furthest = np.linalg.norm(way[-1], axis=1).argmax()
    lengths = np.linalg.norm(way[:, furthest], axis=1)
    assert (np.diff(lengths) > 0.05 * lengths[-1] / 9).all()


def test_corner_of_a_smile_goes_a_fifth_of_the_distance_of_the_eyes():
    assert 0.17 < np.linalg.norm(moved(AU12=1.0)[61]) < 0.24


def gap(face: np.ndarray) -> float:
    return float(face[14, 1] - face[13, 1])


def test_mouth_opens_as_far_as_it_should():
    assert gap(CANONICAL + moved(AU25=1.0)) == pytest.approx(0.13, abs=0.04)
    assert gap(CANONICAL + moved(AU26=1.0)) == pytest.approx(0.40, abs=0.06)
    assert gap(CANONICAL + moved(AU27=1.0)) == pytest.approx(0.75, abs=0.08)
    assert gap(CANONICAL + moved(AU26=1.0, AU8=1.0)) < 0.1


def test_lips_part_without_the_jaw():
    motion = move(CANONICAL[None], acts(AU25=1.0))
    np.testing.assert_array_equal(motion.jaw[0], np.eye(3, 4))
    assert abs(motion.points[0, 152, 1] - CANONICAL[152, 1]) < 0.02


def test_jaw_moves_the_lower_teeth_as_it_moves_the_chin():
    for strengths in ({"AU26": 1.0}, {"AU27": 1.0}, {"AD29": 1.0}, {"AD30L": 1.0}):
        motion = move(CANONICAL[None], acts(**strengths))
        chin = motion.jaw[0, :, :3] @ CANONICAL[152] + motion.jaw[0, :, 3]
        np.testing.assert_allclose(motion.points[0, 152], chin, atol=5e-3)
    assert moved(AD30L=1.0)[152, 0] > 0.08
    assert moved(AD30R=1.0)[152, 0] < -0.08


def test_tongue_comes_out_of_an_open_mouth():
    motion = move(CANONICAL[None], acts(AD19=0.7))
    assert motion.tongue[0] == 0.7
    assert gap(motion.points[0]) > 0.1


def test_nothing_moves_a_face_at_rest(people):
    motion = move(people, np.zeros((len(people), len(ACTS))))
    np.testing.assert_array_equal(motion.points, people)
    np.testing.assert_array_equal(motion.gaze, 0)
    np.testing.assert_array_equal(motion.jaw, np.broadcast_to(np.eye(3, 4), (len(people), 3, 4)))


def test_inputs_are_left_alone(people, random_acts):
    before = people.copy(), random_acts.copy()
    move(people, random_acts)
    np.testing.assert_array_equal(people, before[0])
    np.testing.assert_array_equal(random_acts, before[1])


def test_mirrored_acts_on_mirrored_faces_are_mirrored_motions(people, random_acts):
    across = [COLUMN[mirrored(code)] for code in ACTS]
    motion = move(people, random_acts)
    other = move(people[:, MIRROR] * FLIP, random_acts[:, across])
    np.testing.assert_allclose(other.points, motion.points[:, MIRROR] * FLIP, atol=1e-6)
    np.testing.assert_allclose(other.gaze, motion.gaze[:, ::-1] * [-1, 1], atol=1e-9)


def test_a_face_moves_the_same_in_any_batch(people, random_acts):
    together = move(people, random_acts).points
    alone = np.concatenate(
        [move(people[i : i + 1], random_acts[i : i + 1]).points for i in range(len(people))]
    )
    np.testing.assert_allclose(alone, together, atol=1e-12)


@pytest.mark.parametrize("code", ["AU5", "AU43", "AU46", "AU7", "AU63", "AU61"])
def test_eyes_move_one_at_a_time(code):
    way = np.abs(moved(**{code + "L": 1.0}))
    assert way[IRISES[0]].max() == 0
    assert way[MARGINS[0].ravel()].max() == 0
    assert way.max() > 0.02


@pytest.mark.parametrize("code", ["AU43", "AU45"])
def test_closed_lids_meet(code, people, random_acts):
    table = random_acts.copy()
    table[:, [COLUMN[code + "L"], COLUMN[code + "R"]]] = 1
    margins = move(people, table).points[:, MARGINS]
    np.testing.assert_allclose(margins[:, :, 0], margins[:, :, 1], atol=1e-9)


def test_lids_never_cross(people, random_acts):
    margins = move(people, random_acts).points[:, MARGINS]
    assert (margins[:, :, 1, :, 1] - margins[:, :, 0, :, 1]).min() > -1e-9


def test_lids_slide_over_the_eyeballs(people):
    surface = face_surface(2).matrix.astype(float)
    centre, radius = eyeballs(people)
    rest = _clearance(people, surface, centre, radius)
    for strengths in ({"AU43": 1.0}, {"AU43": 0.5}, {"AU64": 1.0}, {"AU7": 1.0}, {"AU5": 1.0}):
        table = np.repeat(acts(**strengths), len(people), 0)
        lids = _clearance(move(people, table).points, surface, centre, radius)
        assert (lids > np.minimum(rest, 0.004) - 0.004).all(), strengths


def _clearance(points, surface, centre, radius):
    """(n,) least distance of the skin in front of the right eye from the eyeball."""
    skin = np.einsum("vs,nsc->nvc", surface, points[:, :N_SKIN], optimize=True) - centre[:, None, 0]
    in_front = (np.abs(skin[..., 0]) < 0.15) & (np.abs(skin[..., 1]) < 0.12)
    return np.where(in_front, np.linalg.norm(skin, axis=-1) - radius[:, None, 0], np.inf).min(1)


def test_eyes_turn_by_their_units():
    motion = move(CANONICAL[None], acts(AU61L=1.0, AU64R=0.5))
    np.testing.assert_allclose(motion.gaze[0], [[0, -GAZE_DEGREES / 2], [GAZE_DEGREES, 0]])
    centre, _ = eyeballs(CANONICAL[None])
    for eye in range(2):
        before, after = (
            np.linalg.norm(p[IRISES[eye]] - centre[0, eye], axis=1) for p in (CANONICAL, motion.points[0])
        )
        np.testing.assert_allclose(before, after)


def test_lips_never_pass_through_each_other(people, random_acts):
    rest = people[:, INNER[1], 1] - people[:, INNER[0], 1]
    points = move(people, random_acts).points
    assert (points[:, INNER[1], 1] - points[:, INNER[0], 1] - np.minimum(rest, 0)).min() > -1e-9


@pytest.mark.parametrize("code", ["AU12", "AU15", "AU17", "AU18", "AU20", "AU23", "AU24", "AU28", "AD34"])
def test_closed_lips_stay_closed(code):
    face = CANONICAL + moved(**{code: 1.0})
    apart = np.linalg.norm(face[INNER[1]] - face[INNER[0]], axis=1)
    assert apart.max() < 0.015


def test_many_units_at_once_keep_the_skin_in_one_piece(people, random_acts):
    """No triangle of the skin turns inside out, but for slivers in the corners of the mouth."""
    before, after = (_turned(p) for p in (people, move(people, random_acts).points))
    cosine = (before * after).sum(-1) / np.linalg.norm(before, axis=-1) / np.linalg.norm(after, axis=-1)
    large = np.linalg.norm(before, axis=-1) > 2e-3
    few = random_acts.astype(bool).sum(1) <= 12
    assert (cosine[few] < 0)[large[few]].mean() < 1e-4
    assert (cosine < 0)[large].mean() < 2e-3


def _turned(points: np.ndarray) -> np.ndarray:
    corner = points[:, TRIANGLES]
    return np.cross(corner[:, :, 1] - corner[:, :, 0], corner[:, :, 2] - corner[:, :, 0])
