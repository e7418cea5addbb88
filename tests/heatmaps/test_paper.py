"""The paper profile against the authors' own output, and against a second drawing from the description."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from heatmap_faces import cosine

from explab.facs.codebooks import NotInCodebook, codebook
from explab.facs.units import UnknownUnit
from explab.heatmaps import PAPER_UNITS, HeatmapError, expression_map, unit_map


def face68(height: int = 224, width: int = 224) -> np.ndarray:
    """68 points on a coarse face: a jaw arc, brows, nose, eyes and mouth where iBUG puts them."""
    arc = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + 0.4 * np.cos(arc), 0.45 + 0.5 * np.sin(arc)], 1)
    brows = [(x, 0.33) for x in (0.18, 0.24, 0.3, 0.36, 0.42, 0.58, 0.64, 0.7, 0.76, 0.82)]
    nose = [(0.5, y) for y in (0.42, 0.48, 0.54, 0.6)] + [(x, 0.64) for x in (0.42, 0.46, 0.5, 0.54, 0.58)]
    eye = np.array([(-0.08, 0), (-0.03, -0.03), (0.03, -0.03), (0.08, 0), (0.03, 0.03), (-0.03, 0.03)])
    mouth = [(0.5 - 0.15 * np.cos(t), 0.77 - 0.05 * np.sin(t)) for t in np.arange(12) * np.pi / 6]
    inner = [(0.5 - 0.11 * np.cos(t), 0.77 - 0.02 * np.sin(t)) for t in np.arange(8) * np.pi / 4]
    parts = [jaw, brows, nose, eye + np.array([0.3, 0.43]), eye + np.array([0.7, 0.43]), mouth, inner]
    return np.concatenate([np.asarray(part) for part in parts]) * [width, height]


def test_equals_the_authors_output_to_the_last_bit(shared):
    golden = np.load(shared / "golden" / "au_maps_paper.npz")
    for face, expected in zip(golden["landmarks68"], golden["merged"], strict=True):
        for name, reference in zip(golden["expressions"], expected, strict=True):
            drawn = expression_map(face, str(name), size=(224, 224))
            assert drawn.dtype == np.float32
            assert np.abs(drawn - reference).max() == 0, name


def second_drawing(ellipses, height, width):
    """The described procedure, with the filled ellipses found by their inequality instead of cv2.ellipse."""
    y, x = np.mgrid[:height, :width]
    inside = np.zeros((height, width), bool)
    for cx, cy, a, b in ellipses:
        inside |= ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 <= 1
    canvas = np.where(inside, 255.0, 1e-4)
    return cv2.resize(cv2.blur(cv2.resize(canvas, (28, 28)), (3, 3)), (width, height)).astype(np.float32)


@pytest.mark.parametrize("size", [(224, 224), (160, 288), (300, 120)])
@pytest.mark.parametrize("beyond", [(0, 0), (-70, 30), (60, 90)])
def test_agrees_with_a_second_drawing(size, beyond):
    height, width = size
    # Scattered, so that a landmark taken for another one shows.
    face = face68(height, width) + np.random.default_rng(7).normal(0, 6, (68, 2)) + beyond
    p = face.astype(int)  # cut towards zero
    middle_left, middle_right = (((p[i] + p[j]) / 2).astype(int) for i, j in ((48, 6), (50, 10)))
    (left, top), (right, bottom) = (p[48][0], p[51][1]), (p[54][0], p[57][1])
    mouth = (
        int((left + right) / 2),
        int((top + bottom) / 2),
        int((right - left) / 2),
        int((bottom - top) / 2),
    )
    expected = {
        "AU1": [
            (*p[20], round(width / 8), round(height / 10)),
            (*p[23], round(width / 8), round(height / 10)),
        ],
        "AU6": [
            (p[i][0], p[i][1] + round(height / 6), round(width / 10), round(height / 10)) for i in (41, 46)
        ],
        "AU9": [(p[31][0], p[29][1], 20, 20), (p[35][0], p[29][1], 20, 20)],
        "AU10": [(p[48][0], p[50][1], 20, 20), (p[52][0], p[54][1], 20, 20)],
        "AU12": [(*p[48], 20, 20), (*p[54], 20, 20)],
        "AU14": [(max(p[48][0] - 20, 0), p[48][1], 20, 20), (min(p[54][0] + 20, width), p[54][1], 20, 20)],
        "AU20": [(*middle_left, 20, 20), (*middle_right, 20, 20)],
        "AU25": [(*p[51], 25, 10), (*p[57], 25, 10)],
        "AU24": [mouth],
    }
    for code, ellipses in expected.items():
        reference = second_drawing(ellipses, height, width)
        drawn = unit_map(face, code, size)
        if drawn is None:
            assert reference.max() < 1, f"{code} has pixels in the picture but was dropped"
            continue
        # cv2 fills a polygon: single pixels of the rim differ, and the bottleneck picks pixels out.
        if reference.max() > 100:
            assert cosine(drawn, reference) > 0.97, code


def test_a_vanished_axis_is_replaced():
    shut = face68()
    shut[[48, 51, 54, 57]] = 100.0
    assert cosine(unit_map(shut, "AU24"), second_drawing([(100, 100, 5, 5)], 224, 224)) > 0.95
    level = unit_map(face68(), "AU4")  # brows on one height: the height of the ellipse becomes 10 px
    rows = np.flatnonzero(level.max(1) > 100)
    assert 14 <= np.ptp(rows) <= 34


def test_units_outside_the_picture_are_dropped():
    face = face68()
    face[[48, 54]] += [0, 500]  # lip corners far below
    assert unit_map(face, "AU12") is None
    cheeks_and_lips = np.maximum(unit_map(face, "AU6"), unit_map(face, "AU25"))
    low, high = cheeks_and_lips.min(), cheeks_and_lips.max()
    assert np.array_equal(expression_map(face, "happy"), (cheeks_and_lips - low) / (high - low))
    assert expression_map(face68() + 1000, "Anger") is None


@pytest.mark.parametrize("name", list(codebook("paper")))
def test_range(name):
    drawn = expression_map(face68(200, 260), name, size=(200, 260))
    assert drawn.shape == (200, 260)
    assert drawn.dtype == np.float32
    assert drawn.min() == 0
    assert drawn.max() == 1


def test_neutral_has_no_map_but_the_generic_one():
    face = face68()
    assert expression_map(face, "Neutral") is None
    generic = expression_map(face, "Neutral", generic=True)
    everything = np.max([unit_map(face, code) for code in PAPER_UNITS], axis=0)
    low, high = everything.min(), everything.max()
    assert np.array_equal(generic, (everything - low) / (high - low))
    assert np.array_equal(generic, expression_map(face, "Anger", generic=True))
    with pytest.raises(NotInCodebook, match="Contempt"):
        expression_map(face, "Contempt")


def test_fractions_of_a_pixel_do_not_matter_but_their_sign_does():
    face = np.round(face68())
    assert np.array_equal(expression_map(face, "Anger"), expression_map(face + 0.9, "Anger"))
    left = face.copy()
    left[48, 0] = -0.9  # cut towards zero, not down
    right = left.copy()
    right[48, 0] = 0.0
    assert np.array_equal(unit_map(left, "AU12"), unit_map(right, "AU12"))


def test_errors():
    face = face68()
    face[40] = np.inf
    with pytest.raises(HeatmapError, match="not finite"):
        expression_map(face, "Anger")
    with pytest.raises(HeatmapError, match=r"\(68, 2\)"):
        expression_map(face[:60], "Anger")
    with pytest.raises(HeatmapError, match="32,768"):
        expression_map(face68() * 1e6, "Anger")
    with pytest.raises(ValueError, match="Anger"):
        expression_map(face68(), "angre")
    for size in [(7, 224), (224, 5000), (224,), 224, (100.5, 100)]:
        with pytest.raises(HeatmapError, match="size"):
            expression_map(face68(), "Anger", size=size)
    with pytest.raises(UnknownUnit, match="AU12"):
        unit_map(face68(), "AU 12")
    with pytest.raises(HeatmapError, match="AU11"):
        unit_map(face68(), "AU11")
