"""A classifier on trial: pictures are changed where a map points, and its answer is read again.

All faithfulness metrics share what is here: which faces can be tried, where their pixels rank, what removed pixels are
replaced with, how many pictures go through the module at a time, and in which unit its answer is read:

    margin       the target's logit less the largest other, in standard deviations of the network's own logits
    probability  the target's softmax probability, as insertion, deletion and ERASER are published
    logit        the target's logit as it is, as ROAD is published

Logits have no unit of their own: two networks that give the same answers may differ in their scale by any factor, and
so do falls of a logit; a probability changes with that factor too, as a temperature. Only the margin does not change
at all when all logits are multiplied by a positive number, so only it compares networks.
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

from explab.attribution.au_removal.fill import BASELINES, backdrop
from explab.attribution.capture import at_rest
from explab.attribution.metrics.maps import MetricError, Values, as_array, as_maps, finite, resampled
from explab.attribution.outputs import ask
from explab.words import near

BATCH = 64
"""Pictures that go through a module at a time."""

ANSWERS = ("margin", "probability", "logit")


@dataclass(frozen=True, eq=False)
class Trial:
    """The faces that can be tried; n of the B that came in.

    module  (N, C, H, W) -> (N, classes) logits
    x       (n, C, H, W) pictures as the module takes them, on its device
    maps    (n, H, W), resized to the pictures
    target  (n,) the class that is asked for
    usable  (B,) which faces these are: those whose map is finite
    scale   of the module's logits, see `logit_scale`; NaN where all its logits are equal
    """

    module: nn.Module
    x: Tensor
    maps: Values
    target: Tensor
    usable: NDArray[np.bool_]
    scale: float

    def __len__(self) -> int:
        return len(self.maps)

    def logit(self, pictures: Tensor) -> Values:
        """(..., n, C, H, W) pictures of the faces -> (..., n) logit of each face's target."""
        return self.answer(pictures, "logit")

    def answer(self, pictures: Tensor, unit: str) -> Values:
        """(..., n, C, H, W) pictures of the faces -> (..., n) the answer for each face's target, in one of `ANSWERS`.

        Raises:
            MetricError: an unknown unit, with near matches.
        """
        if unit not in ANSWERS:
            raise MetricError(f"no answer {unit!r}; there are {', '.join(ANSWERS)}{near(unit, ANSWERS)}")
        flat = pictures.reshape(-1, *self.x.shape[1:])
        logits = torch.cat([ask(self.module, part) for part in torch.split(flat, BATCH)]).double()
        at = self.target.repeat(len(flat) // len(self))[:, None]
        scores = (logits.softmax(1) if unit == "probability" else logits).gather(1, at)
        if unit == "margin":
            if logits.shape[1] < 2:
                raise MetricError("the network has one logit; a margin needs at least two classes")
            scores = (scores - logits.scatter(1, at, -torch.inf).amax(1, keepdim=True)) / self.scale
        read: Values = scores[:, 0].cpu().numpy()
        return read.reshape(pictures.shape[: pictures.ndim - 3])

    def for_all(self, values: Values) -> Values:
        """(..., n) of the faces tried -> (..., B), NaN for those that could not be."""
        every = np.full((*values.shape[:-1], len(self.usable)), np.nan)
        every[..., self.usable] = values
        return every


@contextmanager
def on_trial(
    module: Any, x: Tensor, maps: Any, target: Any = None, scale: float | None = None
) -> Iterator[Trial]:
    """A trial, during which the module is in eval mode and nothing is recorded for gradients.

    Args:
        module: (N, C, H, W) -> (N, classes) logits, as a tensor or as `.logits`; or a classifier.
        x: (B, C, H, W) pictures as the module takes them.
        maps: (B, h, w); resized bilinearly to the pictures.
        target: class index, one for all or (B,); left out, the class that the module predicts.
        scale: of the module's logits; left out, it is that of the faces tried.

    Raises:
        MetricError: shapes that do not fit, or a target that is no class of the module.
        AttributionError: a module that answers with something else than logits.
    """
    given = as_maps(maps)
    if not isinstance(x, Tensor) or x.ndim != 4 or len(x) != len(given):
        shape = tuple(getattr(x, "shape", ()))
        raise MetricError(f"x has shape {shape}; expected a tensor ({len(given)}, channels, height, width)")
    usable = finite(given)
    kept = x.detach()[torch.from_numpy(usable).to(x.device)]
    net = network(module)
    with at_rest(net), torch.no_grad():
        size = (x.shape[2], x.shape[3])
        logits = _logits(net, kept)
        classes = _targets(logits, target, usable)
        unit = _scale(logits) if scale is None else scale
        yield Trial(net, kept, resampled(given[usable], size), classes, usable, unit)


def network(module: Any) -> nn.Module:
    """A network, or that of a classifier. Raises `MetricError` for anything else."""
    net = module if isinstance(module, nn.Module) else getattr(module, "module", None)
    if not isinstance(net, nn.Module):
        raise MetricError(f"module is a {type(module).__name__}; expected a network or a classifier")
    return net


def logit_scale(module: Any, x: Tensor) -> float:
    """The unit in which margins are read: how far a network's logits for these pictures spread around their mean.

    The root mean square, over pictures and classes, of each logit less the mean of its picture's logits. It is the
    network's own: multiply all logits by a number and it is multiplied too; add one to them and it stays.

    Args:
        module: (N, C, H, W) -> (N, classes) logits, or a classifier.
        x: (B, C, H, W) pictures as the module takes them: all that are judged.

    Returns:
        Above 0; NaN where all logits of a picture are always equal. Raises `MetricError` for what is no module.
    """
    net = network(module)
    with at_rest(net), torch.no_grad():
        return _scale(_logits(net, x.detach()))


def _logits(net: nn.Module, x: Tensor) -> Tensor:
    """(n, classes); none, of one class, for no pictures."""
    if not len(x):
        return torch.zeros(0, 1, device=x.device)
    return torch.cat([ask(net, part) for part in torch.split(x, BATCH)])


def _scale(logits: Tensor) -> float:
    sound = logits.double()[logits.isfinite().all(1)]
    spread = float((sound - sound.mean(1, keepdim=True)).square().mean().sqrt()) if len(sound) else 0.0
    return spread if spread > 0 else float("nan")


def _targets(logits: Tensor, target: Any, usable: NDArray[np.bool_]) -> Tensor:
    """(n,) classes of the faces tried."""
    if not len(logits):
        return torch.zeros(0, dtype=torch.long, device=logits.device)
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
    return torch.from_numpy(every[usable]).to(logits.device)


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
    """What removed pixels are replaced with, (n, C, H, W): the blurred picture, or the mean of each of its channels.

    Raises:
        MetricError: another kind than `BASELINES`, with near matches.
    """
    if kind not in BASELINES:
        raise MetricError(f"no baseline {kind!r}; there are {', '.join(BASELINES)}{near(kind, BASELINES)}")
    return backdrop(x, kind)
