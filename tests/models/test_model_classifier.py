"""`Classifier` and `View`: what a network gets to see, where its landmarks lie, and what is made of its answer."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from explab.models import Classifier, ModelError, View, load

VERTICES = (1, 33, 263, 61, 291, 152)
"""Nose tip, outer corners of the eyes, corners of the mouth, chin."""
NAMES = ("Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger")


@pytest.mark.parametrize("size", [60, 224])
@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (0.1, 0.15, 0.9, 0.95), (0.05, 0.2, 0.95, 0.9), (0.111, 0.0, 0.9, 0.97)]
)
def test_a_landmark_lies_where_its_mark_is_seen(marked, spot, box, size):
    view = View(size, box)
    for vertex in VERTICES:
        face = marked(vertex)
        seen = spot(view.pixels([face])[0, ..., 1].astype(float))
        said = view.points([face])[0, vertex, :2]
        assert np.abs(said - seen).max() < 0.1 * size / 60, vertex
    # The picture is a part of the crop, so the mark did move.
    assert box == (0, 0, 1, 1) or np.abs(said - face.landmarks[vertex, :2] * size / 240).max() > 1


def test_depth_is_on_the_scale_of_x(marked):
    face = marked(1)
    z = View(112, (0.1, 0.0, 0.9, 1.0)).points([face])[0, :, 2]
    assert np.allclose(z, face.landmarks[:, 2] * 112 / (0.8 * 240), atol=1e-4)
    assert np.ptp(z) > 10


def test_normalised_colours(faces, classifier):
    pixels = classifier.view.pixels(faces[:2])
    expected = (pixels / 255 - np.array(View.mean)) / np.array(View.std)
    assert classifier.prepare(faces[:2]).dtype == torch.float32
    assert np.allclose(classifier.prepare(faces[:2]).numpy(), expected.transpose(0, 3, 1, 2), atol=1e-5)
    assert np.abs(expected - expected.mean(-1, keepdims=True)).max() > 0.1, "the faces are coloured"


def test_grey_is_the_luma_of_opencv(faces, small):
    view = View(48, mean=(0.4,) * 3, std=(0.2,) * 3, channels=1)
    grey = Classifier("grey", small(channels=1), NAMES, "maps", view)
    x = grey.prepare(faces[:3])
    assert x.shape == (3, 1, 48, 48)
    for one, pixels in zip(x[:, 0].numpy(), view.pixels(faces[:3]), strict=True):
        luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        assert np.abs((one * 0.2 + 0.4) * 255 - luma).max() <= 0.51  # OpenCV rounds to whole numbers


def test_predictions_are_the_softmax_of_the_network(faces, classifier):
    with torch.no_grad():
        expected = torch.softmax(classifier.module.eval()(classifier.prepare(faces)), 1).numpy()
    said = classifier.predict(faces)
    assert np.allclose([one.probabilities for one in said], expected, atol=1e-6)
    assert [one.label for one in said] == [NAMES[i] for i in expected.argmax(1)]
    assert said[3]["Fear"] == pytest.approx(expected[3, NAMES.index("Fear")], abs=1e-6)
    assert [name for name, _ in said[0].ranked()] == [NAMES[i] for i in (-expected[0]).argsort()]
    with pytest.raises(KeyError, match="does not know 'Contempt'; it knows Neutral"):
        said[0]["Contempt"]


def test_faces_do_not_depend_on_their_batch(faces, classifier):
    together = classifier.probabilities(faces)
    assert np.allclose(classifier.probabilities(faces, batch=2), together, atol=1e-6)
    assert np.allclose(classifier.probabilities(faces[4:5])[0], together[4], atol=1e-6)
    assert np.ptp(together, axis=0).max() > 1e-4, "the faces differ"


def test_one_face_and_no_face(faces, classifier):
    assert len(classifier.predict(faces[0])) == 1
    assert classifier.predict([]) == []
    assert classifier.probabilities([]).shape == (0, 7)


def test_asking_leaves_the_network_as_it_was(faces, classifier):
    classifier.module.train()
    classifier.module.norm.eval()  # frozen, as in fine-tuning
    before = {name: weight.clone() for name, weight in classifier.module.state_dict().items()}
    classifier.predict(faces)
    assert classifier.module.training
    assert classifier.module.dropout.training
    assert not classifier.module.norm.training
    assert all(torch.equal(before[name], weight) for name, weight in classifier.module.state_dict().items())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"box": (0.9, 0, 0.1, 1)}, r"box=\(0.9, 0, 0.1, 1\).*x0 < x1"),
        ({"box": (0, 0, 1.2, 1)}, "shares of the crop"),
        ({"size": 0}, "size=0 is a number of px"),
        ({"size": (64, 48)}, r"size=\(64, 48\) is a number of px, the side of a square picture"),
        ({"channels": 2}, "channels=2 is 3 for RGB or 1"),
        ({"std": (0.2, 0.0, 0.2)}, "std=.* lies above 0"),
    ],
)
def test_a_view_that_does_not_exist(wrong, says):
    with pytest.raises(ModelError, match=says):
        View(**{"size": 48, **wrong})


def test_answers_that_are_no_numbers(classifier, faces):
    class Some(nn.Module):
        """Fails for bright pictures."""

        def forward(self, x):
            bright = x.mean((1, 2, 3)) > self.level
            return torch.where(bright[:, None], torch.nan, x.new_ones(len(x), 7))

    net = Some()
    brightness = classifier.prepare(faces).mean((1, 2, 3)).sort().values
    net.level = float(brightness[3:5].mean())
    with pytest.raises(ModelError, match=r"small: the answer to 3 of 7 faces is not a number"):
        replace(classifier, module=net).predict(faces)
    with pytest.raises(ModelError, match="batch=0"):
        classifier.predict(faces, batch=0)


def test_two_logits_for_one_expression(classifier):
    with pytest.raises(ModelError, match="occurs twice in Fear, Fear"):
        replace(classifier, classes=("Fear", "Fear"))


def test_saved_and_loaded(faces, tmp_path):
    model = load("guided", seed=3)
    model = replace(model, name="mine", card={"test": {"score": 0.25}})
    with torch.no_grad():  # statistics of its own, as after training
        for part in model.module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.uniform_(-1, 1)
    again = load(model.save(tmp_path / "new" / "folder"))
    assert (again.name, again.classes, again.layer, again.view) == (
        "mine",
        model.classes,
        model.layer,
        model.view,
    )
    assert (again.card, again.recipe) == (model.card, model.recipe)
    assert not again.module.training
    assert np.array_equal(again.probabilities(faces), model.probabilities(faces))
    assert np.ptp(again.probabilities(faces), axis=0).max() > 1e-6


def test_a_network_of_somebody_else_is_not_saved(classifier, tmp_path):
    with pytest.raises(ValueError, match="small: explab did not build this network"):
        classifier.save(tmp_path / "x")
    assert not (tmp_path / "x").exists()
