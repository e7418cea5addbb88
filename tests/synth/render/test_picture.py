"""Pictures: light from where it is said to come, independent of threads, developed as asked."""

from dataclasses import replace

import numpy as np
import pytest

from explab.synth.anatomy.units import ACTS
from explab.synth.assembly import in_crop, people, photograph, portray
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import shot
from explab.synth.render.exposure import develop

SEEDS = face_seeds(12, 3)
STILL = np.zeros((3, len(ACTS)))


def _front(**changes: object) -> shot.Shot:
    return replace(shot.sample(Draws(SEEDS), 0, 0, 0), **changes)


def test_light_from_the_left_lights_the_left() -> None:
    def side(x: float) -> np.ndarray:
        direction = np.tile(np.array([x, -0.2, -0.6]) / np.linalg.norm([x, 0.2, 0.6]), (3, 1))
        who = people(SEEDS, STILL, _front(key=direction, key_rgb=np.ones((3, 3)), rim_rgb=np.zeros((3, 3))))
        linear, points = portray(who, in_crop(who, 96), np.zeros((3, 2, 2, 3)))
        cheek = points[:, [50, 280], :2].astype(int)  # right, left
        return np.array([[linear[i, y, x, 1] for x, y in cheek[i]] for i in range(3)])

    from_left, from_right = side(0.7), side(-0.7)
    assert (from_left[:, 1] > 1.3 * from_left[:, 0]).all()
    assert (from_right[:, 0] > 1.3 * from_right[:, 1]).all()


def test_the_nose_casts_a_shadow() -> None:
    """Light from the subject's left and above darkens the skin beside the right wing of the nose, and only there."""
    direction = np.tile(np.array([0.75, -0.5, -0.45]) / np.linalg.norm([0.75, 0.5, 0.45]), (3, 1))
    black = np.zeros((3, 3))
    dark = {"sky_rgb": black, "ground_rgb": black, "rim_rgb": black}
    who = people(SEEDS, STILL, _front(key=direction, key_rgb=np.ones((3, 3)), **dark))
    linear, points = portray(who, in_crop(who, 160), np.zeros((3, 2, 2, 3)))
    beside = points[:, [203, 423], :2].astype(int)
    value = np.array([[linear[i, y, x, 0] for x, y in beside[i]] for i in range(3)])
    assert (value[:, 0] < 0.5 * value[:, 1]).all()


def test_alpha_is_the_head() -> None:
    who = people(SEEDS, STILL, _front())
    linear, points = portray(who, in_crop(who, 64), np.ones((3, 2, 2, 3)))
    assert linear[:, 0, 0, 3].max() == 0
    nose = points[:, 4, :2].astype(int)
    assert all(linear[i, y, x, 3] == 1 for i, (x, y) in enumerate(nose))
    assert np.allclose(linear[:, 0, 0, :3], 1)


def test_pictures_do_not_depend_on_the_batch() -> None:
    together = photograph(people(SEEDS, STILL), 64).images
    alone = [photograph(people(SEEDS[i : i + 1], STILL[i : i + 1]), 64).images[0] for i in range(3)]
    assert np.array_equal(together, np.stack(alone))


def test_development() -> None:
    plain = _front(
        white=np.ones((3, 3)),
        contrast=np.ones(3),
        gamma=np.ones(3),
        monochrome=np.zeros(3, bool),
        blur=np.zeros(3),
        noise=np.zeros(3),
        jpeg=np.zeros(3, int),
    )
    light = np.full((3, 32, 32, 3), 0.2159, np.float32)  # sRGB 0.5
    light[..., 2] *= 0.5
    image = develop(light, plain, np.ones(3))
    assert abs(int(image[0, 5, 5, 0]) - 127) <= 1
    assert (develop(light, plain, np.full(3, 2.0)) > image).all()
    grey = develop(light, replace(plain, monochrome=np.ones(3, bool)), np.ones(3))
    assert (grey[..., 0] == grey[..., 2]).all()
    noisy = develop(light, replace(plain, noise=np.full(3, 0.03)), np.ones(3))
    assert noisy.std((1, 2)).mean() == pytest.approx(0.03 * 255, rel=0.1)
    assert np.array_equal(noisy, develop(light, replace(plain, noise=np.full(3, 0.03)), np.ones(3)))
    edge = light.copy()
    edge[:, :, 16:] = 0.01
    soft = develop(edge, replace(plain, blur=np.full(3, 0.05)), np.ones(3))
    sharp = develop(edge, plain, np.ones(3))
    assert (
        np.abs(np.diff(soft[0, 16, :, 0].astype(int))).max()
        < 0.6 * np.abs(np.diff(sharp[0, 16, :, 0].astype(int))).max()
    )
    coded = develop(edge, replace(plain, jpeg=np.full(3, 30)), np.ones(3))
    assert 0 < np.abs(coded.astype(int) - sharp).mean() < 6
