"""AUs from landmarks: the same however the face is turned, mirrored or batched, with errors as large as it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explab.face import Face, Pose, Source, sample_photo
from explab.face.align import CANONICAL
from explab.face.measure import estimate, measure_aus, network
from explab.facs.mesh import mirror_points
from explab.facs.units import mirrored
from explab.synth.anatomy.motion import move
from explab.synth.anatomy.shape import neutral
from explab.synth.expressions import sample
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render.camera import rotation


@pytest.fixture(scope="module")
def people() -> tuple[np.ndarray, np.ndarray]:
    """(24, 478, 3) px of synthetic people in action, and the same at rest."""
    draws = Draws(face_seeds(5, 24))
    moved = move(neutral(draws, np.full(24, 40.0)), sample(draws).acts)
    return moved.points * 90 + 200, moved.neutral * 90 + 200


def test_the_neutral_face_does_nothing_much():
    found = estimate(CANONICAL[None] * 100)
    assert found.values.shape == (1, len(found.codes))
    assert found.values.max() < 0.35


def test_a_smile_is_a_smile():
    draws = Draws(face_seeds(6, 1))
    from explab.facs import AUs
    from explab.synth.anatomy.units import acts_matrix

    acts = acts_matrix([AUs({"AU12": 0.9, "AU6": 0.7, "AU25": 0.6})])
    found = measure_aus(move(neutral(draws, np.array([30.0])), acts).points[0] * 90)
    assert found.aus["AU12"] > 0.5
    assert found.aus["AU12"] > found.aus["AU15"] + 0.4
    assert found.unreliable == {}


def test_one_face_is_measured_as_in_a_batch(people):
    faces, rest = people
    for neutrals in (None, rest):
        batch = estimate(faces, neutrals)
        for i in (0, 11, 23):
            one = measure_aus(faces[i], None if neutrals is None else neutrals[i])
            assert one.aus.codes == batch.codes
            assert np.allclose([one.aus[c] for c in batch.codes], batch.values[i], atol=1e-5)
            assert np.allclose([one.sd[c] for c in batch.codes], batch.sd[i], atol=1e-5)


def test_a_mirrored_face_has_mirrored_aus(people):
    faces, rest = people
    for neutrals in (False, True):
        straight = estimate(faces, rest if neutrals else None)
        flipped_faces = np.array([mirror_points(p, 400) for p in faces])
        flipped_rest = np.array([mirror_points(p, 400) for p in rest])
        flipped = estimate(flipped_faces, flipped_rest if neutrals else None)
        order = [flipped.codes.index(mirrored(code)) for code in straight.codes]
        assert np.allclose(straight.values, flipped.values[:, order], atol=1e-5)
        assert np.allclose(straight.sd, flipped.sd[:, order], atol=1e-5)


def test_place_size_and_roll_do_not_count(people):
    faces, _ = people
    turn = rotation(np.zeros(1), np.zeros(1), np.array([40.0]))[0]
    elsewhere = 3.7 * faces @ turn.T + (1000, 20, 5)
    assert np.allclose(estimate(faces).values, estimate(elsewhere).values, atol=1e-4)


@pytest.mark.parametrize(("yaw", "pitch"), [(20.0, 0.0), (-20.0, 0.0), (0.0, 10.0), (0.0, -10.0)])
def test_turning_the_mesh_changes_little(people, yaw, pitch):
    faces, _ = people
    turn = rotation(np.array([yaw]), np.array([pitch]))[0]
    change = np.abs(estimate(faces).values - estimate(faces @ turn.T).values)
    assert change.mean() < 0.03
    assert np.quantile(change, 0.99) < 0.25


def test_a_face_relative_to_itself_is_neutral(people):
    _, rest = people
    alone = estimate(rest).values
    relative = estimate(rest, rest)
    same = [c for c in relative.codes if c in estimate(rest).codes and not c.startswith("AU6")]
    found = relative.values[:, [relative.codes.index(c) for c in same]]
    assert found.mean() < max(0.05, alone.mean())


def test_sd_is_positive_and_known_for_every_unit(people):
    found = measure_aus(people[0][0])
    assert set(found.sd) == set(found.aus.codes)
    assert all(0 < sd < 1 for sd in found.sd.values())


def test_intervals_lie_around_the_intensities(people):
    for neutrals in (None, people[1]):
        seen = estimate(people[0], neutrals)
        assert (seen.low >= 0).all()
        assert (seen.low <= seen.values).all()
        assert (seen.values <= seen.high).all()
        assert (seen.high <= 1).all()
        up, down = seen.high - seen.values, seen.values - seen.low
        faint = seen.values < 0.2
        assert up[faint].mean() > 2 * down[faint].mean()  # what landmarks miss is more than what they invent
    measured = measure_aus(people[0][3])
    seen = estimate(people[0][3:4])
    column = seen.codes.index("AU12L")
    assert measured.interval["AU12L"] == (seen.low[0, column], seen.high[0, column])


def test_ends_of_an_interval_by_hand():
    """One head, one input that is the logit of the estimate: 1 sd below and 2 above, from 0.5 on 0.1 and 0.3."""
    from explab.face.measure import Network

    unit = np.ones(1, np.float32)
    table = np.array([[[0, 0.5], [1, 0.1], [2, 0.3]]], np.float32)
    last = (np.array([[1.0, 0.0]], np.float32), np.zeros(2, np.float32))
    reader = Network(("AU25",), 0 * unit, unit, (last,), unit, table, people=7)
    sd = np.log(2) + 0.01  # softplus of 0, and the floor
    for value, low, high in (
        (0.1, 0, 1),
        (0.49, 0, 1),
        (0.51, 0.51 - 0.1 * sd, 0.51 + 0.3 * sd),
        (0.9, 0.9 - 0.1 * sd, 1),
    ):
        seen = reader.look(np.full((2, 1, 1), np.log(value / (1 - value))))
        assert seen.values[0, 0] == pytest.approx(value, abs=1e-6)
        assert seen.low[0, 0] == pytest.approx(low, abs=1e-6)
        assert seen.high[0, 0] == pytest.approx(high, abs=1e-6)


def test_weights_are_small_and_hold_no_objects():
    from explab.face.measure import weights_path

    assert weights_path().stat().st_size < 1_000_000
    with np.load(weights_path(), allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)
    assert network(relative=False).codes


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((468, 3)), r"\(468, 3\).*\(478, 3\)"),
        (np.zeros((478, 2)), r"\(478, 2\)"),
        (np.full((478, 3), np.nan), "not finite"),
    ],
)
def test_wrong_landmarks_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        measure_aus(wrong)


def test_every_face_needs_its_neutral_face(people):
    with pytest.raises(ValueError, match="1 neutral faces for 24"):
        estimate(people[0], people[1][:1])


def _face(landmarks: np.ndarray, pose: Pose, scale: float = 1.0) -> Face:
    return Face(
        image=np.zeros((384, 384, 3), np.uint8),
        landmarks=landmarks.astype(np.float32),
        transform=np.array([[scale, 0, 0], [0, scale, 0]], float),
        box=np.zeros(4, np.float32),
        pose=pose,
        source=Source("made up"),
    )


def test_a_face_comes_with_reasons_not_to_trust_it(people):
    front = _face(people[0][0], Pose(0, 0, 0))
    assert measure_aus(front).unreliable == {}
    turned = measure_aus(replace(front, pose=Pose(38, 0, 0))).unreliable
    assert "AU12L" in turned
    assert "AU12R" not in turned
    small = measure_aus(_face(people[0][0], Pose(0, 0, 0), scale=4.0)).unreliable
    assert "AU43L" in small
    assert "AU26" not in small


def test_a_photograph_is_measured():
    from explab.face import read_face

    face = read_face(sample_photo(), backend="facemesh")
    assert measure_aus(face).aus["AU12"] > 0.4
