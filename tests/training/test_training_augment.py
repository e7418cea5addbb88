"""Augmented pictures: landmarks stay on what they mark."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explab.facs.mesh import MIRROR, N_POINTS, mirror_points
from explab.training.augment import Augment
from explab.training.presets import PAPER_AUGMENT, PRESETS

SIDE = 64
VERTICES = (1, 33, 263, 61, 291, 152)
"""Nose tip, outer corners of the eyes (right, left), corners of the mouth (right, left), chin."""


@pytest.fixture
def marked():
    """One picture for each of VERTICES with a bright spot at that landmark, and random landmarks around the middle."""
    points = torch.rand(len(VERTICES), N_POINTS, 3, generator=torch.Generator().manual_seed(1)) * 28 + 18
    pixels = torch.zeros(len(VERTICES), 3, SIDE, SIDE)
    rows, columns = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
    for i, vertex in enumerate(VERTICES):
        x, y = points[i, vertex, :2]
        pixels[i] = torch.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4.5)
    return pixels, points


def spots(pixels):
    """(B, 3, S, S) -> (B, 2) x, y of the light in continuous px."""
    light = pixels.mean(1).numpy()
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    return np.stack([(light * axis).sum((1, 2)) / light.sum((1, 2)) for axis in (columns, rows)], 1)


def off(pixels, points, vertices=VERTICES):
    """Largest distance in px of a landmark from its spot."""
    said = np.array([mesh[vertex, :2].numpy() for mesh, vertex in zip(points, vertices, strict=True)])
    return np.abs(said - spots(pixels)).max()


def test_the_spots_are_found(marked):
    assert off(*marked) < 0.02


@pytest.mark.parametrize(
    "change",
    [
        {"rotate": 20.0},
        {"zoom": (1.15, 1.2)},
        {"shift": 0.08},
        {"rotate": 8.0, "zoom": (1.0, 1.15), "shift": 0.04},
    ],
    ids="+".join,
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_landmarks_move_with_the_picture(marked, change, seed):
    torch.manual_seed(seed)
    pixels, points = Augment(**change)(*marked)
    assert np.abs(spots(pixels) - spots(marked[0])).max() > 1, "something moved"
    assert off(pixels, points) < 0.25
    assert torch.equal(points[..., 2], marked[1][..., 2])
    # The affine motion of each face, read off its landmarks; all faces move differently.
    before = torch.cat([marked[1][..., :2], torch.ones(len(points), N_POINTS, 1)], 2)
    motions = torch.linalg.lstsq(before, points[..., :2]).solution
    assert float((motions[1:] - motions[:-1]).abs().amax((1, 2)).min()) > 1e-3


def test_a_mirror_swaps_left_and_right(marked):
    pixels, points = Augment(flip=1.0)(*marked)
    assert torch.equal(pixels, marked[0].flip(3))
    mirrored = [int(MIRROR[vertex]) for vertex in VERTICES]
    assert mirrored == [1, 263, 33, 291, 61, 152]
    assert off(pixels, points, mirrored) < 0.02
    assert off(pixels, points) > 1
    expected = np.stack([mirror_points(mesh, SIDE) for mesh in marked[1].numpy()])
    assert np.allclose(points.numpy(), expected, atol=1e-5)


def test_two_mirrors_are_none(marked):
    mirror = Augment(flip=1.0)
    pixels, points = mirror(*mirror(*marked))
    assert torch.equal(pixels, marked[0])
    assert torch.allclose(points, marked[1], atol=1e-4)


def test_some_faces_are_mirrored(marked):
    torch.manual_seed(2)
    many = [part.repeat(50, *[1] * (part.ndim - 1)) for part in marked]
    pixels, points = Augment(flip=0.3)(*many)
    turned = (pixels != many[0]).flatten(1).any(1)
    assert 0.2 < float(turned.float().mean()) < 0.4
    assert torch.equal(turned, (points != many[1]).flatten(1).any(1))


def test_colours_and_holes_leave_landmarks_alone(marked):
    torch.manual_seed(0)
    lit = marked[0] * 0.5 + torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)
    for change in ({"brightness": 0.4, "hue": 0.1, "jitter": 1.0}, {"grey": 1.0}, {"erase": 1.0}):
        pixels, points = Augment(**change)(lit, marked[1])
        assert torch.equal(points, marked[1]), change
        assert not torch.allclose(pixels, lit, atol=0.05), change
        assert float(pixels.min()) >= 0
        assert float(pixels.max()) <= 1
    assert torch.equal(pixels == 0.5, (pixels == 0.5).all(1, keepdim=True).expand_as(pixels)), (
        "holes are even"
    )
    share = (pixels == 0.5).float().mean((1, 2, 3))
    assert float(share.min()) > 0.015
    assert float(share.max()) < 0.36
    grey, _ = Augment(grey=1.0)(lit, marked[1])
    assert torch.allclose(grey[:, 0], grey[:, 2], atol=1e-6)


@pytest.mark.parametrize("augment", [PAPER_AUGMENT, PRESETS["mini"].augment], ids=["paper", "mini"])
def test_random_numbers_come_from_torch(marked, augment):
    found = []
    for seed in (4, 4, 5):
        torch.manual_seed(seed)
        found.append(augment(*marked))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])
    assert not torch.equal(found[0][0], found[2][0])
    assert not torch.equal(found[0][1], found[2][1])


def test_defaults_do_nothing(marked):
    torch.manual_seed(3)
    drawn = torch.rand(1)
    torch.manual_seed(3)
    pixels, points = Augment()(*marked)
    assert pixels is marked[0]
    assert points is marked[1]
    assert torch.equal(torch.rand(1), drawn)


def test_a_face_without_landmarks_does_not_touch_the_others(marked):
    pixels, points = marked
    lost = points.clone()
    lost[2] = torch.nan
    torch.manual_seed(1)
    whole = PAPER_AUGMENT(pixels, points)
    torch.manual_seed(1)
    broken = PAPER_AUGMENT(pixels, lost)
    assert torch.equal(broken[0], whole[0])
    assert torch.isnan(broken[1][2, :, :2]).all()
    others = [0, 1, 3, 4, 5]
    assert torch.equal(broken[1][others], whole[1][others])
