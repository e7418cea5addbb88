"""Scenes: as many faces as asked, where their boxes say, the same for the same seed."""

import numpy as np
import pytest

import explab as xl


@pytest.mark.parametrize("n", [1, 4, 8])
def test_every_face_has_its_record(n: int) -> None:
    picture, records = xl.synth.scene(n_faces=n, seed=n, size=(320, 240))
    assert picture.shape == (240, 320, 3)
    assert picture.dtype == np.uint8
    assert len(records) == n
    for record in records:
        x0, y0, x1, y1 = record.box
        inside = record.landmarks[:, :2]
        assert np.allclose([x0, y0, x1, y1], [*inside.min(0), *inside.max(0)])
        assert 0 <= record.visible <= 1
        assert record.expression in xl.facs.EXPRESSIONS
        assert record.record()["visible"] == pytest.approx(record.visible, abs=1e-3)
    heights = [r.box[3] - r.box[1] for r in records]
    assert heights[0] == pytest.approx(max(heights), rel=0.3)


def test_the_same_seed_is_the_same_picture() -> None:
    one, two = (xl.synth.scene(n_faces=3, seed=7, size=(160, 120)) for _ in range(2))
    assert np.array_equal(one[0], two[0])
    assert not np.array_equal(one[0], xl.synth.scene(n_faces=3, seed=8, size=(160, 120))[0])


def test_faces_span_sizes_and_most_can_be_seen() -> None:
    records = [r for seed in range(12) for r in xl.synth.scene(n_faces=5, seed=seed, size=(640, 480))[1]]
    heights = np.array([r.box[3] - r.box[1] for r in records])
    assert 20 <= heights.min() < 40
    assert heights.max() > 100
    visible = np.array([r.visible for r in records])
    assert (visible > 0.5).mean() > 0.9
    assert (visible < 0.97).any()


def test_wrong_requests_say_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        xl.synth.scene(n_faces=9)
    with pytest.raises(ValueError, match="64-2048"):
        xl.synth.scene(size=(10, 10))
