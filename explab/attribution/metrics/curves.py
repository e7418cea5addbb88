"""Insertion and deletion (Petsiuk et al., RISE, 2018): does the answer come and go with the pixels of the map?

Only the order of the map's pixels counts. Pictures half removed are unlike any the module has seen, so compare with
floors on the same pictures, not with figures of other models (Gomez et al., arXiv 2201.13291).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explab.attribution.metrics.maps import MetricError, Values
from explab.attribution.metrics.trial import BATCH, Trial, on_trial, ranks, replacement


def insertion(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    target: Any = None,
    *,
    baseline: str = "blur",
    steps: int = 20,
    seed: int = 0,
    answer: str = "probability",
    scale: float | None = None,
) -> Values:
    """Area under the target's probability while pixels are put back, the map's highest first.

    Args:
        maps: (B, h, w), any range.
        module: (N, C, H, W) -> (N, classes) logits.
        x: (B, C, H, W) pictures as the module takes them.
        target: class index, one for all or (B,); left out, the class that the module predicts.
        baseline: what is there before: "blur" or the "mean" colour of the picture.
        steps: how many equal shares of the pixels are put back, one after the other.
        seed: of the order among equal pixels.
        answer: in which unit the answer is read: "probability", as published, or "margin", which alone compares
            networks; see `explab.attribution.metrics.trial`.
        scale: `logit_scale` of the network, the unit of margins; left out, it is that of these pictures.

    Returns:
        (B,) in [0, 1], or in standard deviations of the network's logits; higher is better. NaN where a map is not
        finite. Raises `MetricError` for what does not fit.
    """
    with on_trial(module, x, maps, target, scale) as trial:
        return trial.for_all(_area(trial, replacement(trial.x, baseline), trial.x, steps, seed, answer))


def deletion(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    target: Any = None,
    *,
    baseline: str = "mean",
    steps: int = 20,
    seed: int = 0,
    answer: str = "probability",
    scale: float | None = None,
) -> Values:
    """Area under the target's probability while pixels are removed, the map's highest first: lower is better.

    Arguments and errors as of `insertion`.
    """
    with on_trial(module, x, maps, target, scale) as trial:
        return trial.for_all(_area(trial, trial.x, replacement(trial.x, baseline), steps, seed, answer))


def _area(trial: Trial, before: Tensor, after: Tensor, steps: int, seed: int, answer: str) -> Values:
    """(n,) mean answer on the way from one picture to the other, by the trapezoid rule."""
    if steps < 1:
        raise MetricError(f"steps={steps}; at least 1 is needed")
    if not len(trial):
        return np.zeros(0)
    places = torch.from_numpy(ranks(trial.maps, seed)).to(trial.x.device)[:, None]
    pixels = places[0].numel()
    counts = torch.linspace(0, pixels, steps + 1, device=places.device).round()
    at_once = max(1, BATCH // len(trial))
    curve = np.concatenate(
        [
            trial.answer(torch.where(places < some[:, None, None, None, None], after, before), answer)
            for some in torch.split(counts, at_once)
        ]
    )
    return np.asarray((curve[1:] + curve[:-1]).mean(0) / 2)
