"""Faces with a mark at a landmark, small networks and small backbones."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from mini_xception import FILE, MiniXception, loaded
from torch import Tensor, nn

from explab import synth
from explab.face import Face, read_face
from explab.facs import expression
from explab.models import Classifier, View

SEVEN = ("Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger")


@pytest.fixture(scope="session")
def faces() -> list[Face]:
    """Seven faces of 96 px, one of each expression."""
    return [
        face for i, name in enumerate(SEVEN) for face in synth.faces(1, seed=i, size=96, expressions=name)
    ]


class SmallNet(nn.Module):
    """(B, channels, H, W) -> (B, 7) logits; `maps` are 6 of an eighth of the picture's side."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.stem = nn.Conv2d(channels, 8, 5, 4, 2)
        self.norm = nn.BatchNorm2d(8)
        self.maps = nn.Conv2d(8, 6, 3, 2, 1)
        self.unused = nn.Conv2d(6, 6, 1)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(6, 7)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.maps(self.norm(self.stem(x)).relu()).relu()
        return self.head(self.dropout(maps.mean((2, 3))))


@pytest.fixture
def small() -> Callable[..., SmallNet]:
    """small(channels=1) -> a new network with the same weights as ever."""
    return SmallNet


@pytest.fixture
def classifier() -> Classifier:
    """An untrained network of 48 px that sees the middle of the crop."""
    return Classifier("small", SmallNet(), SEVEN, "maps", View(48, (0.1, 0.2, 0.9, 1.0)))


@pytest.fixture
def marked(faces: list[Face]) -> Callable[[int], Face]:
    """marked(33) -> a black face of 240 px with a white spot of 2 px sigma at a landmark of its own."""

    def drawn(vertex: int, side: int = 240) -> Face:
        points = faces[1].landmarks * np.float32(side / faces[1].image.shape[0])
        x, y = points[vertex, :2]
        rows, columns = np.mgrid[:side, :side] + 0.5
        spot = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)
        image = np.repeat(spot[..., None], 3, 2).round().astype(np.uint8)
        return replace(faces[1], image=image, landmarks=points)

    return drawn


def centre(picture: np.ndarray) -> np.ndarray:
    """(H, W) light -> its centre x, y in continuous px."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    return np.array([(columns * picture).sum(), (rows * picture).sum()]) / picture.sum()


@pytest.fixture
def spot() -> Callable[[np.ndarray], np.ndarray]:
    """spot(picture) -> where the light of a (H, W) picture is, x and y in continuous px."""
    return centre


@pytest.fixture(scope="session")
def mini_xception(shared: Path) -> MiniXception:
    """The published network."""
    pytest.importorskip("h5py", reason="needs h5py to read the weights of Mini-Xception")
    return loaded(shared / "models" / FILE)


@pytest.fixture(scope="session")
def photographs(shared: Path) -> tuple[list[Face], list[str]]:
    """The photographs that somebody labelled, and their expressions."""
    with (shared / "photos" / "manifest.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["expression"]]
    faces = [read_face(shared / "photos" / row["file"], "facemesh") for row in rows]
    return faces, [expression(row["expression"]) for row in rows]
