"""Soft regions, and a classifier whose reasons are known because they are written into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

SIDE = 32


class Spot(nn.Module):
    """Two classes: the logit of 1 is `gain` times the mean of one square of the picture, that of 0 is 0."""

    def __init__(self, top: int = 4, left: int = 8, side: int = 8, gain: float = 6.0) -> None:
        super().__init__()
        mask = torch.zeros(SIDE, SIDE)
        mask[top : top + side, left : left + side] = 1
        self.register_buffer("mask", mask)
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        read = (x.mean(1) * self.mask).sum((1, 2)) / self.mask.sum()
        return torch.stack([torch.zeros_like(read), self.gain * read], 1)


@pytest.fixture
def spot() -> Spot:
    return Spot().eval()


@pytest.fixture
def pictures() -> Tensor:
    """(5, 3, 32, 32): bright inside the spot, random elsewhere."""
    x = torch.rand(5, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)) * 0.4
    x[:, :, 4:12, 8:16] += 0.6
    return x


@pytest.fixture
def blurry() -> Callable[..., np.ndarray]:
    """blurry(n, size, seed) -> (n, *size) smooth random maps in [0, 1], without ties."""

    def make(n: int = 6, size: tuple[int, int] = (SIDE, SIDE), seed: int = 0) -> np.ndarray:
        noise = np.random.default_rng(seed).random((n, *size))
        maps = gaussian_filter(noise, (0, 3, 3))
        low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
        return (maps - low) / (high - low)

    return make


@pytest.fixture(scope="session")
def golden_cams(shared: Path) -> dict[str, np.ndarray]:
    return dict(np.load(shared / "golden" / "cams" / "cams.npz"))


@pytest.fixture(scope="session")
def golden_cnn(shared: Path) -> nn.Module:
    net = nn.Sequential(
        *(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Conv2d(32, 48, 3, 1, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 7)),
    )
    net.load_state_dict(load_file(shared / "golden" / "cams" / "cnn.safetensors"))
    return net.eval()
