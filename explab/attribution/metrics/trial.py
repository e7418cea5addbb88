"""A classifier on trial: pictures are changed where a map points, and its answer is read again.

All faithfulness metrics share what is here: which faces can be tried, where their pixels rank, what removed pixels are
replaced with, and how many pictures go through the module at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.capture import at_rest
from explab.attribution.metrics.maps import MetricError, Values, as_array, as_maps, finite, resampled
from explab.attribution.outputs import ask
from explab.words import near

BATCH = 64
"""Pictures that go through a module at a time."""

BASELINES = ("blur", "mean")
BLUR = 14
"""A blurred picture is blurred with a standard deviation of this fraction of its side (16 px of 224): mouth and brows
can no longer be read, while light and skin stay."""


@dataclass(frozen=True, eq=False)
class Trial:
    """The faces that can be tried; n of the B that came in.

    module  (N, C, H, W) -> (N, classes) logits
    x       (n, C, H, W) pictures as the module takes them, on its device
    maps    (n, H, W), resized to the pictures
    target  (n,) the class that is asked for
    usable  (B,) which faces these are: those whose map is finite
    """

    module: nn.Module
    x: Tensor
    maps: Values
    target: Tensor
    usable: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.maps)

    def logit(self, pictures: Tensor) -> Values:
        """(..., n, C, H, W) pictures of the faces -> (..., n) logit of each face's target."""
        return self._answers(pictures, probability=False)

    def probability(self, pictures: Tensor) -> Values:
        """(..., n, C, H, W) pictures of the faces -> (..., n) softmax probability of each face's target."""
        return self._answers(pictures, probability=True)

    def _answers(self, pictures: Tensor, *, probability: bool) -> Values:
        flat = pictures.reshape(-1, *self.x.shape[1:])
        logits = torch.cat([ask(self.module, part) for part in torch.split(flat, BATCH)])
        scores = logits.double().softmax(1) if probability else logits.double()
        targets = self.target.repeat(len(flat) // len(self))
        found: Values = scores.gather(1, targets[:, None])[:, 0].cpu().numpy()
        return found.reshape(pictures.shape[: pictures.ndim - 3])

    def for_all(self, values: Values) -> Values:
        """(..., n) of the faces tried -> (..., B), NaN for those that could not be."""
        every = np.full((*values.shape[:-1], len(self.usable)), np.nan)
        every[..., self.usable] = values
        return every


@contextmanager
def on_trial(module: Any, x: Tensor, maps: Any, target: Any = None) -> Iterator[Trial]:
    """A trial, during which the module is in eval mode and nothing is recorded for gradients.

    Args:
        module: (N, C, H, W) -> (N, classes) logits, as a tensor or as `.logits`; or a classifier.
        x: (B, C, H, W) pictures as the module takes them.
        maps: (B, h, w); resized bilinearly to the pictures.
        target: class index, one for all or (B,); left out, the class that the module predicts.

    Raises:
        MetricError: shapes that do not fit, or a target that is no class of the module.
        AttributionError: a module that answers with something else than logits.
    """
    found = as_maps(maps)
    if not isinstance(x, Tensor) or x.ndim != 4 or len(x) != len(found):
        shape = tuple(getattr(x, "shape", ()))
        raise MetricError(f"x has shape {shape}; expected a tensor ({len(found)}, channels, height, width)")
    usable = finite(found)
    kept = x.detach()[torch.from_numpy(usable).to(x.device)]
    net = network(module)
    with at_rest(net), torch.no_grad():
        size = (x.shape[2], x.shape[3])
        classes = _targets(net, kept, target, usable)
        yield Trial(net, kept, resampled(found[usable], size), classes, usable)


def network(module: Any) -> nn.Module:
    """A network, or that of a classifier. Raises `MetricError` for anything else."""
    found = module if isinstance(module, nn.Module) else getattr(module, "module", None)
    if not isinstance(found, nn.Module):
        raise MetricError(f"module is a {type(module).__name__}; expected a network or a classifier")
    return found


def _targets(module: nn.Module, x: Tensor, target: Any, usable: NDArray[np.bool_]) -> Tensor:
    if not len(x):
        return torch.zeros(0, dtype=torch.long, device=x.device)
    logits = torch.cat([ask(module, part) for part in torch.split(x, BATCH)])
    if target is None:
        return logits.argmax(1)
    wanted = as_array(target)
    fits = wanted.shape in ((), usable.shape) and wanted.dtype.kind in "iu"
    if not fits or (wanted < 0).any() or (wanted >= logits.shape[1]).any():
        raise MetricError(
            f"target must be a class index from 0 to {logits.shape[1] - 1}, one for all or one for each of "
            f"{len(usable)} faces; got {wanted.dtype} {wanted.shape}"
        )
    every = np.broadcast_to(wanted, usable.shape).astype(np.int64)
    return torch.from_numpy(every[usable]).to(x.device)


def ranks(maps: Values, seed: int) -> NDArray[np.int64]:
    """(n, H, W) place of each pixel when the largest value comes first.

    Chance breaks ties, the same for all maps, so that constant maps rank alike.
    """
    flat = maps.reshape(len(maps), maps.shape[1] * maps.shape[2])
    shuffled = np.random.default_rng(seed).permutation(flat.shape[1])
    order = shuffled[np.argsort(-flat[:, shuffled], axis=1, kind="stable")]
    places = np.empty(flat.shape, np.int64)
    np.put_along_axis(places, order, np.arange(flat.shape[1])[None], axis=1)
    return places.reshape(maps.shape)


def replacement(x: Tensor, kind: str) -> Tensor:
    """What removed pixels are replaced with, (n, C, H, W): the blurred picture, or the mean of each of its channels."""
    if kind not in BASELINES:
        raise MetricError(f"no baseline {kind!r}; there are {', '.join(BASELINES)}{near(kind, BASELINES)}")
    if kind == "mean":
        return x.mean((2, 3), keepdim=True).expand_as(x)
    return _blurred(_blurred(x, 2), 3)


def _blurred(x: Tensor, axis: int) -> Tensor:
    side = x.shape[axis]
    sigma = side / BLUR
    reach = min(round(3 * sigma), side - 1)
    steps = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    bell = torch.exp(-0.5 * (steps / sigma) ** 2)
    lines = x.transpose(axis, 3)
    flat = lines.reshape(-1, 1, side)
    padded = nn.functional.pad(flat, (reach, reach), mode="reflect") if reach else flat
    done = nn.functional.conv1d(padded, (bell / bell.sum())[None, None])
    return done.reshape(lines.shape).transpose(axis, 3)
