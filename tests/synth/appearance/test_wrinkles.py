"""Wrinkles: anatomical places, real slopes, and strengths that follow the muscles."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs import AUs
from explab.synth.anatomy.surface import unrolled
from explab.synth.anatomy.units import ACTS, acts_matrix
from explab.synth.appearance import wrinkles
from explab.synth.appearance.texture import HEIGHT, WIDTH
from explab.synth.appearance.wrinkles import WRINKLES
from explab.synth.randomness import Draws, face_seeds

SIZE = 512
UV = unrolled(CANONICAL)


def dark(kind: str) -> NDArray[np.float64]:
    return wrinkles.layers(SIZE)[..., WRINKLES.index(kind), 2] / 127


def centre(kind: str) -> tuple[float, float]:
    """Of the right half, in u and v."""
    image = dark(kind)[:, : SIZE // 2]
    rows, columns = np.nonzero(image)
    weight = image[rows, columns]
    return (weight @ columns / weight.sum() + 0.5) / SIZE, (weight @ rows / weight.sum() + 0.5) / SIZE


def strengths(*faces: dict[str, float], lined: float = 0.3) -> NDArray[np.float64]:
    """(n, 2, K) of the same person doing several things."""
    draws = Draws(np.repeat(face_seeds(3, 1), len(faces)))
    return wrinkles.weights(
        acts_matrix([AUs(face) if face else AUs({}) for face in faces]), np.full(len(faces), lined), draws
    )


def test_layers_are_slopes_and_darkening() -> None:
    stack = wrinkles.layers(SIZE)
    assert stack.shape == (SIZE, SIZE, len(WRINKLES), 3)
    assert stack.dtype == np.int8
    assert not stack.flags.writeable
    assert stack[..., 2].min() == 0
    for k, kind in enumerate(WRINKLES):
        steep = np.abs(stack[..., k, :2].astype(int))
        assert steep.max() > 40, kind
        # Slopes that reach the end of the scale would be cut off: only single texels may.
        assert (steep == 127).mean() < 1e-3, kind
        assert stack[..., k, 2].max() > 20, kind


@pytest.mark.parametrize("kind", WRINKLES)
def test_slopes_are_those_of_a_height_that_is_flat_far_away(kind: str) -> None:
    slope = wrinkles.layers(SIZE)[..., WRINKLES.index(kind), :2].astype(np.float64) / 127 * wrinkles.STEEPEST
    across = np.cumsum(slope[..., 0], 1) * WIDTH / SIZE
    down = np.cumsum(slope[..., 1], 0) * HEIGHT / SIZE
    # Both ways of walking give one height: a furrow some hundredths of the inter-ocular distance deep.
    assert abs(across - down).max() < 0.02
    assert 0.002 < -down.min() < 0.06
    assert abs(across[:, -1]).max() < 0.02


@pytest.mark.parametrize(
    ("kind", "vertices"),
    [
        ("forehead middle", (107, 108, 151, 69)),
        ("forehead side", (105, 63, 104, 68)),
        ("glabella", (9, 8, 55, 107)),
        ("nose root", (8, 168, 6, 193)),
        ("nose side", (122, 188, 198, 3, 236)),
        ("crow's feet", (226, 35, 143, 156, 111)),
        ("lower lid", (110, 22, 231, 228)),
        ("upper lid", (30, 56, 159, 223)),
        ("nasolabial upper", (129, 203, 206, 36)),
        ("nasolabial lower", (206, 216, 212, 92)),
        ("smile bracket", (216, 212, 57, 214)),
        ("dimple", (57, 61, 212)),
        ("marionette", (43, 202, 204, 211)),
        ("chin furrow", (18, 83, 182, 200)),
        ("chin peel", (200, 199, 208, 32)),
        ("lip lines", (37, 39, 17, 84, 164)),
    ],
)
def test_wrinkles_lie_where_anatomy_has_them(kind: str, vertices: tuple[int, ...]) -> None:
    here, there = np.array(centre(kind)), UV[list(vertices)]
    assert (there.min(0) - 0.02 < here).all()
    assert (here < there.max(0) + 0.02).all()


def direction(kind: str) -> float:
    """Which way the lines of a kind run on the right half: degrees from the horizontal, 90 is vertical."""
    slope = wrinkles.layers(SIZE)[:, : SIZE // 2, WRINKLES.index(kind), :2].reshape(-1, 2).astype(np.float64)
    _, vectors = np.linalg.eigh(slope.T @ slope)
    along = vectors[:, 0]  # the height changes least along a line
    return float(np.degrees(np.arctan2(along[1], along[0])) % 180)


def test_lines_run_across_the_pull() -> None:
    for kind in ("forehead middle", "nose root", "lower lid"):
        assert min(direction(kind), 180 - direction(kind)) < 20, kind
    for kind in ("glabella", "lip lines", "stretch", "marionette"):
        assert abs(direction(kind) - 90) < 30, kind
    # From the nostril down and outwards, on the right side to smaller u.
    assert 95 < direction("nasolabial upper") < 150


def test_sides_mirror_each_other() -> None:
    for k, kind in enumerate(WRINKLES):
        image = cv2.GaussianBlur(wrinkles.layers(SIZE)[..., k, 2].astype(np.float32), (0, 0), 10)
        assert abs(image - image[:, ::-1]).max() < 0.4 * image.max(), kind


def test_fine_texture_has_lines_of_the_same_width() -> None:
    fine, coarse = wrinkles.layers(2 * SIZE).astype(np.float32), wrinkles.layers(SIZE).astype(np.float32)
    for k, kind in enumerate(WRINKLES):
        for c in range(3):
            small = cv2.resize(fine[..., k, c], (SIZE, SIZE), interpolation=cv2.INTER_AREA)
            error = np.sqrt(np.mean((small - coarse[..., k, c]) ** 2))
            assert error < 0.3 * np.sqrt(np.mean(coarse[..., k, c] ** 2)), (kind, c)


def test_young_skin_at_rest_is_smooth() -> None:
    assert not strengths({}, lined=0).any()


def test_age_leaves_lines_at_rest() -> None:
    old, older = strengths({}, lined=0.5), strengths({}, lined=1.0)
    assert (old > 0).all()
    assert (older > old).all()
    assert (
        older.mean()
        < strengths(dict.fromkeys(("AU1", "AU4", "AU6", "AU9", "AU12", "AU15", "AU17"), 1.0)).mean()
    )


def test_folds_grow_with_the_muscle_from_about_a_third() -> None:
    weak, middle, strong = (
        strengths({"AU12": x}, lined=0)[0, 0, WRINKLES.index("nasolabial lower")] for x in (0.2, 0.5, 1.0)
    )
    assert weak < 0.1 * strong
    assert 0.25 * strong < middle < 0.75 * strong
    for code in ACTS:
        rows = strengths(*({code: x} for x in (0.0, 0.3, 0.6, 1.0)))
        assert (np.diff(rows, axis=0) >= -1e-12).all(), code


def test_each_side_has_its_own_muscles() -> None:
    for unit in ("AU1", "AU2", "AU4", "AU6", "AU9", "AU10", "AU12", "AU14", "AU15", "AU20"):
        rest, left, right = strengths({}, {unit + "L": 1.0}, {unit + "R": 1.0})
        np.testing.assert_array_equal(left[0], rest[0], err_msg=unit)
        np.testing.assert_array_equal(right[1], rest[1], err_msg=unit)
        assert (left[1] > rest[1]).any()
        assert (right[0] > rest[0]).any()


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        *(("AU1", "forehead middle"), ("AU2", "forehead side"), ("AU4", "glabella"), ("AU6", "crow's feet")),
        *(
            ("AU7", "lower lid"),
            ("AU9", "nose side"),
            ("AU10", "nasolabial upper"),
            ("AU12", "nasolabial lower"),
        ),
        *(("AU14", "dimple"), ("AU15", "marionette"), ("AU17", "chin peel"), ("AU18", "lip lines")),
        *(("AU20", "stretch"), ("AU9", "nose root"), ("AU17", "chin furrow"), ("AU12", "smile bracket")),
    ],
)
def test_units_make_their_own_folds(unit: str, kind: str) -> None:
    made = strengths({unit: 1.0}, lined=0)[0].mean(0)
    assert made[WRINKLES.index(kind)] > 0.25


def test_people_differ_and_batches_do_not_matter() -> None:
    seeds = face_seeds(5, 40)
    acts = np.repeat(acts_matrix([AUs({"AU1": 0.8, "AU12": 0.9})]), 40, 0)
    lined = np.linspace(0, 1, 40)
    together = wrinkles.weights(acts, lined, Draws(seeds))
    assert together.shape == (40, 2, len(WRINKLES))
    assert together.min() >= 0
    assert together.max() <= 1.6
    assert together[:, 0, 0].std() > 0.1
    alone = wrinkles.weights(acts[7:8], lined[7:8], Draws(seeds[7:8]))
    np.testing.assert_array_equal(alone[0], together[7])
