"""What a paper preset trains on is what the authors draw."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

import explab as xl
from explab.facs.codebooks import NotInCodebook, codebook
from explab.facs.mesh import IBUG68
from explab.heatmaps import paper
from explab.models import Classifier, View
from explab.training.augment import Augment
from explab.training.guided import GuidedTask
from explab.training.paper_maps import PaperMaps
from explab.training.pictures import Pictures, pictures
from explab.training.presets import preset

NAMES = tuple(name for name in codebook("paper") if name != "Neutral")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def part() -> Pictures:
    """12 faces of the paper's expressions, two each, and a Neutral one, at 224 px."""
    faces = [
        face
        for name in (*NAMES, "Neutral")
        for face in xl.synth.faces(2, seed=101, size=224, expressions=name)
    ]
    return pictures(faces, View(224))


def drawn(part: Pictures, i: int) -> np.ndarray | None:
    size = part.pixels.shape[1]
    return paper.expression_map(part.points[i][IBUG68, :2], str(part.labels[i]), (size, size))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


def test_maps_are_the_authors(part: Pictures) -> None:
    maps, valid = PaperMaps(part.points, part.labels.tolist(), 224).batch(np.arange(len(part)), CPU)
    assert maps.dtype == torch.float32
    assert 0 < valid.sum() < len(part)
    for i, (map, good) in enumerate(zip(maps.numpy(), valid.tolist(), strict=True)):
        expected = drawn(part, i)
        assert good == (expected is not None) == (part.labels[i] != "Neutral")
        if expected is None:
            assert not map.any()
        else:
            np.testing.assert_allclose(map, expected, atol=1e-6)
            assert cosine(map, expected) > 1 - 1e-6


@pytest.mark.parametrize("size", [224, 96, 131])
def test_maps_of_any_size_and_of_faces_partly_or_wholly_outside(part: Pictures, size: int) -> None:
    points = part.points * np.float32(size / 224)
    points[1] += size * 0.45
    points[2] += 3 * size
    points[3] = np.nan
    maps, valid = PaperMaps(points, part.labels.tolist(), size).batch(np.arange(len(part)), CPU)
    assert valid[:4].tolist() == [True, True, False, False]
    for i in (0, 1, 4, 5, 6, 7):
        expected = paper.expression_map(points[i][IBUG68, :2], str(part.labels[i]), (size, size))
        np.testing.assert_allclose(maps[i].numpy(), expected, atol=2e-6)
    assert not maps[2:4].any()


def test_the_face_profile_is_another_map(part: Pictures) -> None:
    """What paper presets trained on before: cosines of 0.6 to 0.9 with the paper's."""
    from explab.heatmaps import expression_maps

    rows = [i for i, name in enumerate(part.labels) if name != "Neutral"]
    face, _ = expression_maps(part.points[rows], part.labels[rows].tolist(), (224, 224), codebook="paper")
    assert max(cosine(map, drawn(part, i)) for map, i in zip(face, rows, strict=True)) < 0.95


def task(part: Pictures, augment: Augment) -> GuidedTask:
    net = torch.nn.Sequential()
    net.add_module("features", torch.nn.Conv2d(3, 4, 8, 8))
    net.add_module("pool", torch.nn.AdaptiveAvgPool2d(1))
    net.add_module("flat", torch.nn.Flatten())
    net.add_module("head", torch.nn.Linear(4, 7))
    classes = tuple(dict.fromkeys(part.labels.tolist()))
    model = Classifier("tiny", net, classes, "features", View(224))
    return GuidedTask(model, part, part, guidance=9.0, codebook="paper", profile="paper", augment=augment)


def trained_on(
    guided: GuidedTask, rows: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> tuple[torch.Tensor, torch.Tensor]:
    """The maps that the alignment term gets."""
    seen = []
    term = guided.align.forward

    def spy(attention: torch.Tensor, maps: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        seen.append((maps.clone(), valid.clone()))
        return term(attention, maps, valid)

    monkeypatch.setattr(guided.align, "forward", spy)
    guided.loss(guided.module, rows)
    return seen[0]


def test_training_sees_the_authors_maps(part: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = torch.tensor([0, 3, 12, 7])
    maps, valid = trained_on(task(part, Augment()), rows, monkeypatch)
    assert valid.tolist() == [True, True, False, True]
    for map, i in zip(maps.numpy(), rows.tolist(), strict=True):
        if part.labels[i] != "Neutral":
            np.testing.assert_allclose(map, drawn(part, i), atol=1e-6)


def test_a_flip_mirrors_the_map_and_does_not_draw_it_anew(
    part: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authors' maps are not symmetric: AU20 hangs from the middle of the lip on one side."""
    fear = int(np.flatnonzero(part.labels == "Fear")[0])
    maps, _ = trained_on(task(part, Augment(flip=1.0)), torch.tensor([fear]), monkeypatch)
    expected = drawn(part, fear)
    np.testing.assert_allclose(maps[0].numpy(), expected[:, ::-1], atol=1e-6)
    assert cosine(expected, expected[:, ::-1]) < 0.99


def test_maps_move_with_the_picture(part: Pictures) -> None:
    """By OpenCV: the affine motion is read off the landmarks, the map is warped by it at the nearest pixel."""
    torch.manual_seed(3)
    rows = np.flatnonzero(part.labels != "Neutral")
    pixels = torch.from_numpy(part.pixels[rows]).permute(0, 3, 1, 2).float() / 255
    points = torch.from_numpy(part.points[rows])
    maps, _ = PaperMaps(part.points, part.labels.tolist(), 224).batch(rows, CPU)
    _, moved, found = Augment(rotate=6.0, zoom=(1.0, 1.12), shift=0.05).with_maps(pixels, points, maps)
    assert (moved - points).abs().amax() > 3
    for before, after, map, start in zip(
        points.numpy(), moved.numpy(), found.numpy(), maps.numpy(), strict=True
    ):
        ones = np.concatenate([before[:, :2], np.ones((len(before), 1))], 1)
        motion = np.linalg.lstsq(ones, after[:, :2], rcond=None)[0].T
        motion[:, 2] += motion[:, :2].sum(1) * 0.5 - 0.5  # from continuous to pixel-centre coordinates
        warped = cv2.warpAffine(
            start, motion, (224, 224), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        assert cosine(map, warped) > 0.999
        assert cosine(map, start) < cosine(map, warped)
        assert set(np.unique(map)) <= set(np.unique(start)), "nearest pixels: no new values"


def test_maps_change_neither_picture_nor_random_numbers_and_are_not_erased(part: Pictures) -> None:
    augment = preset("paper-affectnet").augment
    pixels = torch.from_numpy(part.pixels[:6]).permute(0, 3, 1, 2).float() / 255
    points = torch.from_numpy(part.points[:6])
    torch.manual_seed(11)
    plain = augment(pixels, points)
    torch.manual_seed(11)
    *with_maps, maps = augment.with_maps(pixels, points, torch.ones(6, 224, 224))
    assert torch.equal(plain[0], with_maps[0])
    assert torch.equal(plain[1], with_maps[1])
    assert (maps == 1).all()


def test_figures_ask_the_authors_maps(part: Pictures) -> None:
    guided = task(part, Augment())
    of_paper = guided.figures(guided.module, part)["attention_cosine_layer"]
    guided.profile = "face"
    assert of_paper != pytest.approx(guided.figures(guided.module, part)["attention_cosine_layer"], abs=1e-3)


def test_what_does_not_go_with_the_profile(part: Pictures) -> None:
    model = task(part, Augment()).classifier
    for options, says in (
        ({"profile": "papers"}, "no profile 'papers'; there are face, paper"),
        ({"profile": "paper"}, "codebook='survey' must be 'paper'"),
        ({"profile": "paper", "codebook": "paper", "per_unit": True}, "per_unit left out"),
    ):
        with pytest.raises(ValueError, match=says):
            GuidedTask(model, part, part, **options)
    with pytest.raises(NotInCodebook):
        PaperMaps(part.points[:1], ["Contempt"], 224)
