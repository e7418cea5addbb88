"""AUMaps of one face, their merging, and merged maps of batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from heatmap_faces import cosine, mesh, mirrored

from explab.facs.aus import AUs
from explab.facs.codebooks import Codebook, NotInCodebook, codebook
from explab.facs.expressions import EXPRESSIONS
from explab.facs.mesh import IBUG68
from explab.facs.units import UnknownUnit
from explab.heatmaps import (
    FACE_UNITS,
    PAPER_UNITS,
    HeatmapError,
    au_maps,
    expression_map,
    expression_maps,
    unit_map,
)


@dataclass
class Drawn:
    """What `au_maps` reads of a Face."""

    landmarks: np.ndarray
    image: np.ndarray

    @property
    def landmarks68(self):
        return self.landmarks[IBUG68, :2]


def drawn(size: int = 192, **pose: float) -> Drawn:
    points = np.concatenate([mesh(size, **pose), np.zeros((478, 1))], 1).astype(np.float32)
    return Drawn(points, np.zeros((size, size, 3), np.uint8))


@pytest.fixture
def face() -> Drawn:
    return drawn()


def test_defaults(face):
    maps = au_maps(face)
    assert maps.units == FACE_UNITS
    assert len(maps) == len(FACE_UNITS)
    assert maps.maps.shape == (len(FACE_UNITS), 192, 192)
    assert maps.maps.dtype == np.float32
    assert maps.valid.all()
    assert maps.profile == "face"
    assert maps.size == (192, 192)
    assert ((maps.maps.max((1, 2)) > 0.98) & (maps.maps.max((1, 2)) <= 1)).all()
    assert np.array_equal(maps["AU12"], maps.maps[FACE_UNITS.index("AU12")])
    assert "AU1, AU2" in repr(maps)
    with pytest.raises(KeyError, match="AU21"):
        maps["AU21"]


def test_size_is_drawn_not_resized(face):
    small = au_maps(face, ["AU12"], size=(48, 96))
    assert small.maps.shape == (1, 48, 96)
    again = au_maps(drawn(96), ["AU12"], size=(48, 96))
    assert np.allclose(small.maps, again.maps, atol=1e-4)


def test_merge_is_the_maximum_over_the_codebook(face):
    maps = au_maps(face)
    for name in codebook("survey"):
        units = codebook("survey").units(name)
        expected = np.max([maps[code] for code in units], axis=0)
        expected = (expected - expected.min()) / (expected.max() - expected.min())
        merged = maps.merge(name)
        assert np.array_equal(merged, expected), name
        assert merged.dtype == np.float32
        assert (merged.min(), merged.max()) == (0, 1)


def test_merge_weights_by_the_codebook(face):
    book = Codebook("mine", {"Happiness": {"AU6": 0.2, "AU12": 0.8}})
    maps = au_maps(face)
    merged = maps.merge("happy", book)
    at_cheek = merged[maps["AU6"] > 0.95].mean()
    at_corner = merged[maps["AU12"] > 0.95].mean()
    assert at_corner > 0.9
    assert 0.2 < at_cheek < 0.4
    # The slip, eyes for upper lip, is plain in the eyes; AU9, which both have, lifts the lip as well.
    assert cosine(maps.merge("Disgust"), maps.merge("Disgust", "paper")) < 0.96
    eye = maps["AU5"] > 0.95
    assert maps.merge("Disgust")[eye].max() < 0.5 < maps.merge("Disgust", "paper")[eye].min()


def test_merge_draws_what_is_missing(face):
    few, all_of_them = au_maps(face, ["AU12"]), au_maps(face)
    assert np.array_equal(few.merge("Anger"), all_of_them.merge("Anger"))
    assert few.units == ("AU12",)
    contempt = all_of_them.merge("Contempt", "prototypes")  # AU12R and AU14R: one side
    assert contempt[:, :96].max() == 1
    assert contempt[:, 125:].max() == 0


def test_neutral(face):
    maps = au_maps(face)
    assert maps.merge("Neutral") is None
    generic = maps.merge("Neutral", generic=True)
    assert np.array_equal(generic, maps.merge("Anger", generic=True))
    every = np.max([maps.merge(name) for name in codebook("survey")], axis=0)
    assert cosine(generic, every) > 0.999
    paper = au_maps(face, profile="paper")
    assert paper.merge("Neutral") is None
    assert np.array_equal(
        paper.merge("Neutral", generic=True),
        expression_map(face.landmarks68, "Neutral", (192, 192), generic=True),
    )


def test_intensities_scale_side_by_side(face):
    aus = AUs({"AU12L": 0.8, "AU12R": 0.4, "AU25": 0.0})
    maps = au_maps(face, ["AU12", "AU12L", "AU25", "AU6"], aus=aus)
    assert maps.valid.tolist() == [True, True, True, False]
    assert maps["AU12"][:, 110:].max() == pytest.approx(0.8, abs=0.01)
    assert maps["AU12"][:, :80].max() == pytest.approx(0.4, abs=0.01)
    assert maps["AU12L"][:, :70].max() == 0
    assert maps["AU25"].max() == maps["AU6"].max() == 0
    merged = maps.merge("happy")
    assert merged.max() == pytest.approx(0.8, abs=0.01)
    assert merged[:, :80].max() == pytest.approx(0.4, abs=0.02)
    one_side = au_maps(face, ["AU12"], aus=AUs({"AU12L": 1.0}))
    assert one_side.valid.all()
    assert one_side["AU12"][:, :70].max() == 0
    assert au_maps(face, aus=AUs({})).merge("happy") is None
    absent = au_maps(face, aus=AUs({"AU12": 0.0, "AU6": 0.0, "AU25": 0.0})).merge("happy")
    assert absent.max() == 0


def test_merge_is_continuous_in_intensity(face):
    """Nearly nothing acted is nearly nothing shown; before, .001 was stretched to 1."""
    book = Codebook("mine", {"Happiness": {"AU6": 0.4, "AU12": 0.8}})

    def merged(**aus):
        return au_maps(face, aus=AUs(aus)).merge("Happiness", book)

    levels = np.linspace(0, 1, 101)
    maps = np.stack([merged(AU6=x, AU12=x) for x in levels])
    assert maps[0].max() == 0
    assert np.abs(np.diff(maps, axis=0)).max() < 0.011
    assert maps.max((1, 2)) == pytest.approx(levels, abs=1e-5)
    assert merged(AU6=0.001, AU12=0.001).max() == pytest.approx(0.001, abs=1e-6)
    assert np.abs(maps[-1] - au_maps(face).merge("Happiness", book)).max() < 1e-6, (
        "acted fully: as without aus"
    )
    # By hand: weight times intensity, over the greatest weight.
    cheek = np.unravel_index(au_maps(face)["AU6"].argmax(), (192, 192))
    assert merged(AU6=0.6, AU12=0.0)[cheek] == pytest.approx(0.4 * 0.6 / 0.8, abs=0.01)
    one_side = merged(AU6=0.0, AU12L=0.7, AU12R=0.001)
    assert one_side[:, 110:].max() == pytest.approx(0.7, abs=0.01)
    assert one_side[:, :80].max() == pytest.approx(0.001, abs=0.001)


def test_intensities_mirror(face):
    aus = AUs({"AU12L": 0.9, "AU12R": 0.3, "AU1L": 0.5, "AU61R": 0.7})
    flipped = Drawn(np.pad(mirrored(face.landmarks[:, :2].astype(float), 192), ((0, 0), (0, 1))), face.image)
    for code, other in (("AU12", "AU12"), ("AU1", "AU1"), ("AU61", "AU62")):
        here, there = au_maps(face, [code], aus=aus)[code], au_maps(flipped, [other], aus=aus.flip())[other]
        assert np.abs(here - there[:, ::-1]).max() < 1e-3


def test_paper_profile_merges_to_the_bit(face):
    maps = au_maps(face, size=(224, 200), profile="paper")
    points = face.landmarks68 * np.array([200 / 192, 224 / 192])
    assert maps.units == PAPER_UNITS
    assert maps.maps.max() < 1
    assert np.array_equal(maps["AU12"] * 256, unit_map(points, "AU12", (224, 200)))
    for name in codebook("paper"):
        assert np.array_equal(maps.merge(name), expression_map(points, name, (224, 200)))
    with pytest.raises(HeatmapError, match="AU22"):
        maps.merge("Anger", "survey")


def test_paper_profile_outside_and_unusable():
    maps = au_maps(drawn(shift=(0, 0.45)), profile="paper")  # the mouth lies below the picture
    assert 0 < maps.valid.sum() < 20
    assert maps.maps[~maps.valid].max() == 0
    lost = drawn()
    lost.landmarks[61] = np.nan
    for profile in ("paper", "face"):
        maps = au_maps(lost, profile=profile)
        assert not maps.valid.any()
        assert maps.maps.max() == 0
        assert maps.merge("Anger") is None


def test_errors(face):
    with pytest.raises(UnknownUnit, match="AU12"):
        au_maps(face, ["AU112"])
    with pytest.raises(HeatmapError, match="list"):
        au_maps(face, "AU12")
    with pytest.raises(HeatmapError, match="profile"):
        au_maps(face, profile="fixed")
    with pytest.raises(HeatmapError, match="size"):
        au_maps(face, size=(4, 4))
    with pytest.raises(HeatmapError, match="intensity"):
        au_maps(face, aus=AUs({"AU12": 1.0}), profile="paper")
    with pytest.raises(ValueError, match="Surprise"):
        au_maps(face).merge("surprize")
    with pytest.raises(NotInCodebook, match="Contempt"):
        au_maps(face).merge("Contempt")


@pytest.mark.parametrize("book", ["survey", "paper", "prototypes"])
def test_batch_equals_one_by_one(book):
    names = [name for name in EXPRESSIONS if name in codebook(book)]
    points = np.stack([mesh(192, roll=3.0 * i, yaw=-20 + 7.0 * i) for i in range(len(names))])
    maps, valid = expression_maps(points, names, (96, 96), image_size=(192, 192), codebook=book)
    assert maps.shape == (len(names), 96, 96)
    assert valid.all()
    for name, where, merged in zip(names, points, maps, strict=True):
        face = Drawn(np.pad(where, ((0, 0), (0, 1))), np.zeros((192, 192, 3), np.uint8))
        assert np.abs(au_maps(face, size=(96, 96)).merge(name, book) - merged).max() < 1e-5, name


def test_batch_invalid_and_generic():
    points = np.stack([mesh(64)] * 3)
    points[1, 7] = np.inf
    maps, valid = expression_maps(
        torch.from_numpy(points), ["neutral", "anger", "fear"], (28, 28), image_size=(64, 64)
    )
    assert isinstance(maps, torch.Tensor)
    assert valid.tolist() == [False, False, True]
    assert maps[:2].max() == 0
    maps, valid = expression_maps(
        points, ["neutral", "anger", "fear"], (28, 28), image_size=(64, 64), generic=True
    )
    assert valid.tolist() == [True, False, True]
    assert np.array_equal(maps[0], maps[2])
    target = np.full((3, 28, 28), 9, np.float32)
    again, _ = expression_maps(
        points, ["neutral", "anger", "fear"], (28, 28), image_size=(64, 64), generic=True, out=target
    )
    assert np.shares_memory(again, target)
    assert np.array_equal(target, maps)
    with pytest.raises(HeatmapError, match="3 faces but 1"):
        expression_maps(points, ["anger"])
