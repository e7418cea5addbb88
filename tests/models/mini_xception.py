"""Mini-Xception (Arriaga et al., arXiv 1710.07557) with its published weights: somebody else's network for `wrap`.

The weights were trained on FER2013 with Keras. Layers have the names they have there; Keras names its layers by number,
so `LAYERS` says which of them makes which part of a block.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

FILE = "mini_xception/fer2013_mini_XCEPTION.102-0.66.hdf5"
CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
WIDTHS = (16, 32, 64, 128)
SIZE = 64
EPS = 1e-3


def norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=EPS)


class Separable(nn.Module):
    """A 3 x 3 convolution of each channel and a 1 x 1 convolution over them."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(before, before, 3, padding=1, groups=before, bias=False)
        self.pointwise = nn.Conv2d(before, after, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


def pooled(x: Tensor) -> Tensor:
    """Maximum over 3 x 3 at a stride of 2, padded as TensorFlow's "same": the odd pixel goes to the right and below."""
    pads = [((side + 1) // 2 - 1) * 2 + 3 - side for side in (x.shape[3], x.shape[2])]
    (left, right), (top, bottom) = ((pad // 2, pad - pad // 2) for pad in pads)
    return functional.max_pool2d(functional.pad(x, (left, right, top, bottom), value=-torch.inf), 3, 2)


class Block(nn.Module):
    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first, self.first_norm = Separable(before, after), norm(after)
        self.second, self.second_norm = Separable(after, after), norm(after)
        self.shortcut, self.shortcut_norm = nn.Conv2d(before, after, 1, 2, bias=False), norm(after)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.first_norm(self.first(x)).relu()
        return pooled(self.second_norm(self.second(inner))) + self.shortcut_norm(self.shortcut(x))


class MiniXception(nn.Module):
    """(B, 1, 64, 64) grey, (x / 255 - 0.5) * 2 -> (B, 7) logits; `maps` has one 4 x 4 map for each class."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 8, 3, bias=False), norm(8)
        self.conv2, self.norm2 = nn.Conv2d(8, 8, 3, bias=False), norm(8)
        self.blocks = nn.Sequential(*[Block(a, b) for a, b in zip((8, *WIDTHS), WIDTHS, strict=False)])
        self.maps = nn.Conv2d(WIDTHS[-1], len(CLASSES), 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(self.conv1(x)).relu()
        x = self.norm2(self.conv2(x)).relu()
        return self.maps(self.blocks(x)).mean((2, 3))


def layers() -> dict[str, str]:
    """Module -> the layer of the Keras model that has its weights."""
    found = {"conv1": "conv2d_1", "norm1": "batch_normalization_1"}
    found |= {"conv2": "conv2d_2", "norm2": "batch_normalization_2", "maps": "conv2d_7"}
    for i in range(len(WIDTHS)):
        found |= {
            f"blocks.{i}.shortcut": f"conv2d_{i + 3}",
            f"blocks.{i}.shortcut_norm": f"batch_normalization_{3 * i + 3}",
            f"blocks.{i}.first": f"separable_conv2d_{2 * i + 1}",
            f"blocks.{i}.first_norm": f"batch_normalization_{3 * i + 4}",
            f"blocks.{i}.second": f"separable_conv2d_{2 * i + 2}",
            f"blocks.{i}.second_norm": f"batch_normalization_{3 * i + 5}",
        }
    return found


def stored(file: Path) -> tuple[dict[str, Any], dict[str, dict[str, np.ndarray]]]:
    """The Keras configuration, and layer -> name -> array."""
    import h5py

    with h5py.File(file) as data:
        config = json.loads(data.attrs["model_config"])["config"]
        weights: dict[str, dict[str, np.ndarray]] = {}

        def take(path: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                layer, *_, name = path.removesuffix(":0").split("/")
                weights.setdefault(layer, {})[name] = item[()]

        data["model_weights"].visititems(take)
    return config, weights


def loaded(file: Path) -> MiniXception:
    """The network with its weights, in evaluation mode. Keras has kernels as (h, w, in, out)."""
    _, weights = stored(file)
    state = {}
    for part, layer in layers().items():
        have = weights.pop(layer)
        if "gamma" in have:
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            ours = ("weight", "bias", "running_mean", "running_var")
            state |= {f"{part}.{to}": have[name] for name, to in zip(names, ours, strict=True)}
        elif "depthwise_kernel" in have:
            state[f"{part}.depthwise.weight"] = have["depthwise_kernel"].transpose(2, 3, 0, 1)
            state[f"{part}.pointwise.weight"] = have["pointwise_kernel"].transpose(3, 2, 0, 1)
        else:
            state[f"{part}.weight"] = have["kernel"].transpose(3, 2, 0, 1)
            state |= {f"{part}.bias": have["bias"]} if "bias" in have else {}
    assert not weights, f"layers left over: {', '.join(weights)}"
    net = MiniXception()
    missing, unknown = net.load_state_dict(
        {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in state.items()}, strict=False
    )
    assert not unknown
    assert all(name.endswith("num_batches_tracked") for name in missing)
    return net.eval()
