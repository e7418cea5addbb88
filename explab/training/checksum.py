"""Checksums: what a run was trained on and started from, in 16 hexadecimal digits."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


def of_arrays(*arrays: NDArray[Any]) -> str:
    """Of values, shapes and types of some arrays."""
    digest = sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()[:16]


def of_weights(module: nn.Module) -> str:
    """Of names and values of all weights and buffers, however they lie in memory."""
    digest = sha256()
    for name, value in module.state_dict().items():
        raw = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(raw.numpy().data)
    return digest.hexdigest()[:16]


def of_file(file: Path) -> str:
    """Of the bytes of a file."""
    return sha256(file.read_bytes()).hexdigest()[:16]
