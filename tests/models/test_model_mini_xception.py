"""Mini-Xception of FER2013, a published network with other layers and other pictures: `wrap` can take it over."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mini_xception import CLASSES, EPS, FILE, SIZE, layers, pooled, stored
from scipy.signal import correlate2d
from scipy.stats import binomtest

from explab.attribution import attribute, layer_sizes
from explab.models import wrap
from explab.models.load import FACE_BOX


@pytest.fixture(scope="module")
def model(mini_xception):
    return wrap(
        mini_xception,
        layer="blocks",
        classes=CLASSES,
        size=SIZE,
        box=FACE_BOX,
        mean=[0.5],
        std=[0.5],
        channels=1,
    )


@pytest.fixture(scope="module")
def keras(shared):
    pytest.importorskip("h5py", reason="needs h5py to read the weights of Mini-Xception")
    return stored(shared / "models" / FILE)


@pytest.fixture
def picture():
    return np.random.default_rng(3).uniform(-1, 1, (SIZE, SIZE)).astype(np.float32)


def test_layers_are_those_of_the_published_model(keras):
    config, weights = keras
    named = {layer["name"] for layer in config["layers"]}
    assert set(layers().values()) == set(weights)
    assert set(weights) <= named
    norms = [layer["config"] for layer in config["layers"] if layer["class_name"] == "BatchNormalization"]
    assert {norm["epsilon"] for norm in norms} == {EPS}
    # conv2d_4, the shortcut of the second block, reads what the first block put out.
    reads = {layer["name"]: [node[0] for node in layer["inbound_nodes"][0]] for layer in config["layers"][1:]}
    assert reads["conv2d_4"] == ["add_1"]
    assert reads["add_1"] == ["max_pooling2d_1", "batch_normalization_3"]
    assert reads["separable_conv2d_2"] == ["activation_3"]


def normed(x, have):
    """Maps (C, h, w) by the formula of batch normalisation."""
    gamma, beta, mean, variance = (
        have[name][:, None, None] for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    return gamma * (x - mean) / np.sqrt(variance + EPS) + beta


def test_the_first_layers_by_hand(mini_xception, keras, picture):
    weights = keras[1]
    kernel = weights["conv2d_1"]["kernel"]  # (3, 3, 1, 8)
    first = np.stack([correlate2d(picture, kernel[:, :, 0, c], mode="valid") for c in range(8)])
    expected = normed(first, weights["batch_normalization_1"])
    with torch.no_grad():
        found = mini_xception.norm1(mini_xception.conv1(torch.from_numpy(picture)[None, None]))[0].numpy()
    assert np.abs(expected).max() > 0.5
    assert np.allclose(found, expected, atol=1e-5)


def test_a_separable_layer_by_hand(mini_xception, keras):
    have = keras[1]["separable_conv2d_2"]
    x = np.random.default_rng(0).normal(size=(16, 12, 12)).astype(np.float32)
    depth = np.stack(
        [correlate2d(x[c], have["depthwise_kernel"][:, :, c, 0], mode="same") for c in range(16)]
    )
    expected = np.einsum("chw,cd->dhw", depth, have["pointwise_kernel"][0, 0])
    with torch.no_grad():
        found = mini_xception.blocks[0].second(torch.from_numpy(x)[None])[0].numpy()
    assert np.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("side", [8, 15])
def test_pooling_is_padded_as_tensorflow_does(side):
    x = np.random.default_rng(side).normal(size=(side, side)).astype(np.float32)
    found = pooled(torch.from_numpy(x)[None, None])[0, 0].numpy()
    out = -(-side // 2)
    before = max((out - 1) * 2 + 3 - side, 0) // 2
    for i in range(out):
        for j in range(out):
            rows, columns = (slice(max(2 * k - before, 0), 2 * k - before + 3) for k in (i, j))
            assert found[i, j] == x[rows, columns].max()
    assert found.shape == (out, out)


def test_it_sees_grey_from_minus_one_to_one(model, photographs):
    x = model.prepare(photographs[0][:4])
    assert x.shape == (4, 1, 64, 64)
    assert -1 <= float(x.min()) < -0.5
    assert 0.5 < float(x.max()) <= 1
    assert layer_sizes(model.module, x)["blocks"] == (128, 4, 4)


def test_it_is_right_on_photographs_more_often_than_chance(model, photographs):
    faces, labels = photographs
    right = sum(said.label == label for said, label in zip(model.predict(faces), labels, strict=True))
    floor = max(labels.count(label) for label in labels) / len(labels)
    assert binomtest(right, len(labels), floor, "greater").pvalue < 0.01


def test_its_predictions_are_explained(model, photographs):
    faces = [face for face, label in zip(*photographs, strict=True) if label == "Happiness"][:2]
    found = attribute(model, faces, methods=["gradcam", "au_ablation"], target="Happiness")
    assert found.maps.shape == (2, 2, 64, 64)
    assert np.isfinite(found.maps).all()
    assert (np.abs(found.maps).max((2, 3)) > 0).all()
    # What a smile is seen by is the mouth: hiding it costs more than hiding the brows.
    points = model.landmarks(faces)
    mouth, brow = ([map_[int(y), int(x)] for map_, (x, y) in zip(found.maps[1], points[:, at, :2], strict=True)]
                   for at in (13, 105))  # fmt: skip
    assert np.mean(mouth) > np.mean(brow)
