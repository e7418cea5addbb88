"""What maps score that know nothing: the published procedure's floors on the paper's own AU maps."""

from __future__ import annotations

import numpy as np
import pytest

import explab as xl
from explab.attribution import metrics
from explab.attribution.metrics import floors
from explab.facs.codebooks import NotInCodebook

ORDER = ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")


@pytest.fixture(scope="module")
def paper_maps(shared) -> dict[str, np.ndarray]:
    golden = np.load(shared / "golden" / "au_maps_paper.npz")
    return dict(zip(golden["expressions"].tolist(), golden["merged"][0], strict=True))


def test_floors_on_the_papers_maps(paper_maps):
    maps = np.stack([paper_maps[name] for name in ORDER])
    every = maps[None].repeat(6, 0)
    score = metrics.evaluate("cosine", maps, class_maps=every, labels=np.arange(6))
    measured = {
        "uniform": (0.43, 0.42, 0.53, 0.43, 0.54, 0.47, 0.47),
        "centre": (0.59, 0.65, 0.58, 0.57, 0.73, 0.55, 0.61),
        "template": (0.85, 0.67, 0.86, 0.68, 0.88, 0.76, 0.78),
    }
    made = {
        "uniform": floors.uniform(6, (224, 224)),
        "centre": floors.centre(6, (224, 224)),
        "template": floors.template(class_maps=every)[0],
    }
    for name, (*each, macro) in measured.items():
        assert metrics.cosine(made[name], maps) == pytest.approx(each, abs=0.02), name
        assert score.floors[name] == pytest.approx(macro, abs=0.02), name
    assert score.value == pytest.approx(1)


def test_the_cosine_cannot_tell_fear_from_surprise_and_the_margin_says_so(paper_maps):
    pairs = {
        ("Fear", "Surprise"): 0.90,
        ("Happiness", "Sadness"): 0.71,
        ("Anger", "Sadness"): 0.68,
        ("Anger", "Fear"): 0.67,
        ("Sadness", "Fear"): 0.64,
        ("Happiness", "Surprise"): 0.14,
    }
    for (one, other), expected in pairs.items():
        assert metrics.cosine(paper_maps[one][None], paper_maps[other][None]) == pytest.approx(
            [expected], abs=0.01
        )
    every = np.stack([paper_maps[name] for name in ORDER])[None]
    margin = metrics.class_margin(every[0, [2]], every, np.array([2]))
    assert margin == pytest.approx([1 - 0.90], abs=0.01)


def test_the_blob_sits_on_the_middle_of_the_face_at_any_size():
    for side in (28, 224):
        blob = floors.centre(1, (side, side))[0]
        y, x = np.unravel_index(blob.argmax(), blob.shape)
        assert (x, y) == pytest.approx((112 * side / 224, 125 * side / 224), abs=0.51)
        assert (blob > np.exp(-0.5)).sum() == pytest.approx(np.pi * (side / 4) ** 2, rel=0.05)


def test_random_maps_are_as_blurry_as_the_map_but_elsewhere(blurry):
    maps = blurry(20, (24, 31))
    drawn = floors.random(maps, seed=2)
    assert drawn.min() == 0
    assert drawn.max() == 1
    shape = (np.abs(np.fft.rfft2(x)).reshape(20, -1)[:, 1:] for x in (maps, drawn))
    ours, theirs = (a / a.sum(1, keepdims=True) for a in shape)
    assert theirs == pytest.approx(ours, abs=1e-9)
    assert np.abs(metrics.pearson(drawn, maps)).mean() < 0.3
    assert not np.allclose(drawn, floors.random(maps, seed=3))


def test_random_maps_of_maps_that_are_none():
    maps = np.stack([np.full((8, 8), 0.2), np.full((8, 8), np.nan), np.eye(8)])
    drawn = floors.random(maps)
    assert np.array_equal(drawn[0], maps[0])
    assert np.isnan(drawn[1]).all()
    assert np.isfinite(drawn[2]).all()


def test_the_template_weighs_expressions_alike(blurry):
    maps = blurry(5)
    found, why = floors.template(
        maps, labels=["a", "a", "a", "b", "b"], valid=[True, True, False, True, True]
    )
    assert found == pytest.approx(((maps[:2].mean(0) + maps[3:].mean(0)) / 2)[None].repeat(5, 0))
    assert why == ""
    assert floors.template(maps)[0] == pytest.approx(maps.mean(0)[None].repeat(5, 0))


def test_no_template_where_it_would_be_the_map_itself(blurry):
    for given in ({"au_maps": blurry(3), "labels": ["a"] * 3}, {"au_maps": blurry(1)}, {}):
        found, why = floors.template(**given)
        assert found is None
        assert "needs" in why


def test_class_maps_are_the_expressions_maps():
    face = xl.synth.face(seed=2, size=96)
    maps, valid = metrics.class_maps(face.landmarks[None], (48, 48), image_size=(96, 96))
    assert maps.shape == (1, 6, 48, 48)
    assert valid.all()
    assert maps[0, 0] == pytest.approx(xl.au_maps(face, size=(48, 48)).merge("Happiness"), abs=1e-5)
    two, _ = metrics.class_maps(
        face.landmarks[None], (48, 48), image_size=(96, 96), expressions=["fear", "anger"]
    )
    assert np.array_equal(two[0], maps[0, [3, 5]])
    with pytest.raises(NotInCodebook):
        metrics.class_maps(face.landmarks[None], expressions=["Contempt"])
