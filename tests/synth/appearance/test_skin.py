"""Textures lie where the landmarks are, and look the same at every resolution."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS, MIRROR
from explab.synth.anatomy.surface import unrolled
from explab.synth.appearance import skin
from explab.synth.render import material

SIZE = 512
UV = unrolled(CANONICAL)
SIGNED = ("lip_line", "pores", "mottle")
GRAINY = (*SIGNED, "brow", "lash", "blush", "stubble", "moustache", "beard", "goatee", "freckles", "oil")


def layer(name: str, resolution: int = SIZE) -> NDArray[np.uint8]:
    return skin.layers(resolution)[..., skin.LAYERS.index(name)]


def within(contour: str, grow: int = 0) -> NDArray[np.bool_]:
    """The texels inside a contour of landmarks, `grow` texels more (or fewer) all around."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    corners = UV[list(CONTOURS[contour])] * SIZE - 0.5
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 1, shift=4)
    if grow:
        turn = cv2.dilate if grow > 0 else cv2.erode
        mask = turn(mask, np.ones((2 * abs(grow) + 1,) * 2, np.uint8))
    return mask.astype(bool)


def at(name: str, *vertices: int) -> NDArray[np.float64]:
    """Values of a layer, 0 to 1, at vertices."""
    columns, rows = (UV[list(vertices)] * SIZE).astype(int).T
    return layer(name)[rows, columns] / 255


def test_the_shader_finds_its_layers() -> None:
    assert set(material.LAYERS) <= set(skin.LAYERS)
    stack = skin.layers(SIZE)
    assert stack.shape == (SIZE, SIZE, len(skin.LAYERS))
    assert stack.dtype == np.uint8
    assert not stack.flags.writeable


def test_lips_fill_their_contour_and_nothing_else() -> None:
    lips = layer("lips")
    assert lips[within("outer lips", -3)].min() == 255
    assert lips[~within("outer lips", 3)].max() == 0
    # Half way on the contour itself, so that the border lies on the landmarks.
    assert at("lips", *CONTOURS["outer lips"]) == pytest.approx(0.5, abs=0.4)
    assert at("lips", *CONTOURS["outer lips"]).mean() == pytest.approx(0.5, abs=0.12)
    assert at("lips", 18, 200, 164).max() == 0


@pytest.mark.parametrize("side", ["right", "left"])
def test_brows_follow_their_landmarks(side: str) -> None:
    brow = layer("brow") / 255
    inside = within(f"{side} brow")
    half = np.s_[:, : SIZE // 2] if side == "right" else np.s_[:, SIZE // 2 :]
    assert brow[inside].mean() > 0.55
    assert brow[half][~within(f"{side} brow", 5)[half]].max() < 0.05
    # The centre of what is drawn is the centre of the landmarks, to a hundredth of the inter-ocular distance.
    rows, columns = np.nonzero(inside)
    weight = np.where(within(f"{side} brow", 5), brow, 0)
    drawn = np.array(np.nonzero(weight)) @ weight[np.nonzero(weight)] / weight.sum()
    assert abs(drawn - [rows.mean(), columns.mean()]).max() < 0.025 * 122


def test_brows_are_densest_in_their_body() -> None:
    brow = layer("brow") / 255
    inside = within("right brow")
    columns = np.nonzero(inside)[1]
    x = np.arange(SIZE)
    outer, middle, inner = np.quantile(columns, [0.12, 0.33, 0.85])
    body = brow[inside & (x > middle) & (x < inner)].mean()
    assert body > brow[inside & (x < outer)].mean() + 0.08
    assert body > brow[inside & (x > np.quantile(columns, 0.95))].mean() + 0.08


def test_lid_margins_are_dark_above_and_fainter_below() -> None:
    upper, lower = at("lash", 160, 159, 158, 387, 386, 385), at("lash", 144, 145, 153, 373, 374, 380)
    assert upper.min() > 0.6
    assert 0.1 < lower.mean() < upper.mean() - 0.2
    assert at("lash", 107, 50, 280, 4, 230, 450).max() == 0


def test_nostrils_are_the_openings_under_the_nose() -> None:
    nostril = layer("nostril")
    rows, columns = np.nonzero(nostril > 127)
    u, v = (columns + 0.5) / SIZE, (rows + 0.5) / SIZE
    # Between the wings, the columella and the tip.
    assert UV[64, 0] < u.min() < u.max() < UV[294, 0]
    assert UV[4, 1] < v.min() < v.max() < UV[2, 1]
    assert at("nostril", 2, 94, 4, 1, 98, 327).max() == 0


def test_beards_grow_where_beards_grow() -> None:
    for name in ("stubble", "beard", "goatee"):
        area = cv2.blur(layer(name), (15, 15)) / 255
        columns, rows = (UV * SIZE).astype(int).T
        assert area[rows, columns][[199, 175, 32, 262]].min() > 0.3, name
        assert area[rows, columns][[4, 50, 280, 9, 33, 263, 116, 345]].max() < 0.02, name
    assert at("moustache", 167, 393, 165, 391).max() > 0.3
    assert layer("moustache")[within("outer lips", -6)].max() < 26
    assert layer("beard")[within("outer lips", -6)].max() < 26


@pytest.mark.parametrize("name", [name for name in skin.LAYERS if name != "mottle"])
def test_layers_are_symmetric_but_for_grain(name: str) -> None:
    image = layer(name).astype(np.float32)
    if name in GRAINY:
        image = cv2.GaussianBlur(image, (0, 0), 14)
        assert abs(image - image[:, ::-1]).max() < (90 if name == "freckles" else 45)
    else:
        np.testing.assert_allclose(image, image[:, ::-1], atol=1)


@pytest.mark.parametrize("name", SIGNED)
def test_signed_layers_are_around_128(name: str) -> None:
    image = layer(name)
    assert np.median(image) == pytest.approx(128, abs=4)
    assert image.min() < 90


def test_resolution_does_not_change_the_face() -> None:
    fine = skin.layers(2 * SIZE)
    for i, name in enumerate(skin.LAYERS):
        if name in ("pores", "stubble", "lip_line"):
            continue  # finer than the coarse texels
        small = cv2.resize(fine[..., i], (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
        small, coarse = (cv2.GaussianBlur(a, (0, 0), 2) for a in (small, layer(name).astype(np.float32)))
        assert abs(small - coarse).max() < 45, name
        assert abs(small.mean() - coarse.mean()) < 0.5, name


def test_drawing_again_gives_the_same() -> None:
    first = skin.layers(128)
    skin.layers.cache_clear()
    np.testing.assert_array_equal(skin.layers(128), first)


def test_the_canonical_face_is_symmetric() -> None:
    """What the layers' symmetry rests on."""
    np.testing.assert_allclose(UV[MIRROR] * [-1, 1] + [1, 0], UV, atol=1e-9)
