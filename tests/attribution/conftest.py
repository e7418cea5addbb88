"""Small networks and a classifier of synthetic faces for the tests of attribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explab import synth
from explab.face import Face


def cnn(seed: int = 0, *, inplace: bool = False) -> nn.Sequential:
    """The network of the golden maps with weights of our own; layer "7" is its last stack of maps, 48 of 16 x 16."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1),
        nn.BatchNorm2d(16),
        nn.ReLU(inplace),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.BatchNorm2d(32),
        nn.ReLU(inplace),
        nn.Conv2d(32, 48, 3, 1, 1),
        nn.ReLU(inplace),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(48, 7),
    ).eval()


@pytest.fixture
def net() -> nn.Sequential:
    return cnn()


@pytest.fixture
def net_in_place() -> nn.Sequential:
    """The same weights; every ReLU writes over its input."""
    return cnn(inplace=True)


@pytest.fixture
def pictures() -> Tensor:
    return torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="session")
def golden(shared: Path) -> SimpleNamespace:
    """What pytorch-grad-cam makes of one network: its maps by name, the network, x and targets."""
    from safetensors.torch import load_file

    folder = shared / "golden" / "cams"
    net = cnn()
    net.load_state_dict(load_file(folder / "cnn.safetensors"))
    with np.load(folder / "cams.npz") as stored:
        maps = {name: stored[name] for name in stored.files}
    x, targets = (torch.from_numpy(maps.pop(name)) for name in ("x", "targets"))
    return SimpleNamespace(net=net, x=x, targets=targets, maps=maps)


@dataclass(frozen=True)
class TinyModel:
    """A classifier as `attribute` expects it: 64 px, three classes, untrained."""

    module: nn.Module
    classes: tuple[str, ...] = ("Neutral", "Happiness", "Surprise")
    layer: str = "4"
    size: tuple[int, int] = (64, 64)
    name: str = "tiny"

    def prepare(self, faces: Sequence[Face]) -> Tensor:
        stacked = np.stack([face.image for face in faces]).astype(np.float32)
        return torch.from_numpy(stacked).permute(0, 3, 1, 2) / 127.5 - 1

    def landmarks(self, faces: Sequence[Face]) -> np.ndarray:
        return np.stack([face.landmarks for face in faces])


@pytest.fixture
def model() -> TinyModel:
    torch.manual_seed(2)
    return TinyModel(
        nn.Sequential(
            nn.Conv2d(3, 8, 5, 2, 2),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.Conv2d(8, 12, 3, 2, 1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(12, 3),
        )
    )


@pytest.fixture(scope="session")
def faces() -> list[Face]:
    return synth.faces(5, seed=4, size=64, expressions=["Happiness", "Surprise"])


@pytest.fixture
def vit():
    """vit(registers=4, eager=True): a transformer of 16 patches and 3 layers, with 1 + registers tokens before them."""

    def made(registers: int = 0, *, eager: bool = True) -> nn.Module:
        from transformers import (
            Dinov2WithRegistersConfig,
            Dinov2WithRegistersForImageClassification,
            ViTConfig,
            ViTForImageClassification,
        )

        torch.manual_seed(3)
        size = {
            "hidden_size": 24,
            "num_hidden_layers": 3,
            "num_attention_heads": 3,
            "patch_size": 8,
            "image_size": 32,
        }
        if registers:
            config = Dinov2WithRegistersConfig(**size, num_register_tokens=registers, num_labels=5)
            net = Dinov2WithRegistersForImageClassification(config)
        else:
            net = ViTForImageClassification(ViTConfig(**size, intermediate_size=48, num_labels=5))
        for weight in net.parameters():  # the initial weights give attention that is all but uniform
            nn.init.normal_(weight, std=0.2)
        net.set_attn_implementation("eager" if eager else "sdpa")
        return net.eval()

    return made
