"""Synthetic faces, and a small network of 32 px that is trained on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from explab import synth
from explab.face import Face
from explab.models import Classifier, View

CLASSES = ("Happiness", "Surprise", "Anger", "Neutral")


@pytest.fixture(scope="session")
def faces() -> list[Face]:
    """Twelve faces of 64 px, three of each class."""
    return [
        face for i, name in enumerate(CLASSES) for face in synth.faces(3, seed=i, size=64, expressions=name)
    ]


class SmallNet(nn.Module):
    """(B, 3, 32, 32) -> (B, 4) logits; `features` are 10 maps of 8 x 8. It counts the hooks on them as it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 5, 2, 2), nn.ReLU())
        self.features = nn.Sequential(nn.Conv2d(8, 10, 3, 2, 1), nn.ReLU())
        self.head = nn.Linear(10, len(CLASSES))
        self.hooks: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.hooks.append(len(self.features._forward_hooks))
        return self.head(self.features(self.stem(x)).mean((2, 3)))


@pytest.fixture
def classifier() -> Callable[..., Classifier]:
    """classifier(seed) -> an untrained classifier of CLASSES that sees most of the crop in 32 px."""

    def made(seed: int = 0) -> Classifier:
        torch.manual_seed(seed)
        return Classifier("small", SmallNet(), CLASSES, "features", View(32, (0.0, 0.0, 1.0, 1.0)))

    return made
