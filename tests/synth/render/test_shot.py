"""How pictures are taken: mostly plain portraits, now and then hard ones, and never an unreadable face."""

from dataclasses import fields

import numpy as np
import pytest

from explab.synth.appearance import person
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import shot

N = 4000
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture(scope="module")
def draws():
    return Draws(face_seeds(4, N))


@pytest.fixture(scope="module")
def shots(draws):
    return shot.sample(draws)


def test_a_shot_is_the_same_in_any_batch(shots):
    alone = shot.sample(Draws(face_seeds(4, 3, first=20)))
    for field in fields(shot.Shot):
        np.testing.assert_array_equal(
            getattr(alone, field.name), getattr(shots, field.name)[20:23], field.name
        )


def test_heads_are_mostly_near_frontal(shots):
    assert np.abs(shots.yaw).max() <= 35
    assert np.abs(shots.pitch).max() <= 20
    assert np.abs(shots.roll).max() <= 20
    assert (np.abs(shots.yaw) < 20).mean() > 0.75
    assert np.abs(shots.yaw).std() > 5
    assert abs(shots.yaw.mean()) < 1


def test_angles_can_be_given_and_limited(draws, shots):
    given = shot.sample(draws, yaw=12, pitch=np.linspace(-5, 5, N), roll=0.0)
    assert (given.yaw == 12).all()
    assert given.pitch[0] == -5
    assert (given.roll == 0).all()
    # What is given changes nothing else.
    np.testing.assert_array_equal(given.key, shots.key)
    small = shot.sample(draws, max_angle=5)
    assert max(np.abs(angle).max() for angle in (small.yaw, small.pitch, small.roll)) <= 5


def test_lights_come_from_before_and_above_the_face_and_rims_from_behind(shots):
    np.testing.assert_allclose(np.linalg.norm(shots.key, axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(shots.rim, axis=1), 1)
    assert shots.key[:, 2].max() < 0.2
    assert (shots.key[:, 1] < 0.05).all()
    assert shots.rim[:, 2].min() > 0
    assert 0.2 < (shots.rim_rgb.max(1) > 0).mean() < 0.5
    assert abs((shots.key[:, 0] > 0).mean() - 0.5) < 0.05


def test_a_white_surface_before_the_camera_gets_about_one(shots):
    facing = -shots.key[:, 2]
    light = shots.key_rgb * facing[:, None] + 0.5 * (shots.sky_rgb + shots.ground_rgb)
    assert 0.85 < np.median(light @ LUMINANCE) < 1.15
    assert np.percentile(light @ LUMINANCE, 1) > 0.5
    assert (light @ LUMINANCE).max() < 1.6


def test_skin_of_all_tones_is_readable_and_keeps_its_order(draws, shots):
    people = person.sample(draws)
    seen = shot.exposure(shots, people.skin_rgb) * (people.skin_rgb @ LUMINANCE)
    assert seen.min() > 0.05
    assert seen.max() < 0.9
    light, dark = seen[people.tone < 2], seen[people.tone > 9]
    assert 2.5 < np.median(light) / np.median(dark) < 8


def test_most_pictures_are_clean(shots):
    assert (shots.blur == 0).mean() > 0.7
    assert (shots.noise < 0.01).mean() > 0.7
    assert shots.noise.max() < 0.06
    assert 0.01 < shots.monochrome.mean() < 0.08
    stored = shots.jpeg[shots.jpeg > 0]
    assert stored.min() >= 20
    assert stored.max() <= 100
    assert 0.2 < (shots.jpeg > 0).mean() < 0.7


def test_backdrops_are_smooth_pictures_of_their_colours(shots):
    grid = shot.backdrop(shots)
    assert grid.shape == (N, shot.GRID, shot.GRID, 3)
    assert set(np.unique(shots.background)) == set(shot.Background)
    low, high = shots.background_rgb.min(1), shots.background_rgb.max(1)
    assert (grid >= low[:, None, None] - 1e-9).all()
    assert (grid <= high[:, None, None] + 1e-9).all()
    plain = shots.background == shot.Background.PLAIN
    assert np.ptp(grid[plain], axis=(1, 2)).max() < 1e-12
    assert (np.ptp(grid[~plain], axis=(1, 2)).max(1) > 0.001).mean() > 0.97
    level = grid.mean((1, 2, 3))
    assert (level < 0.05).mean() > 0.05
    assert (level > 0.5).mean() > 0.05
