"""Infidelity (Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", NeurIPS 2019).

When a patch of the picture is removed, the target's logit should fall by as much as the map has mass there. Infidelity
is the mean square of the difference, over random patches. Maps have no unit, so each is scaled by the factor that fits
its picture best: captum's `normalize`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explab.attribution.metrics.maps import MetricError, Values
from explab.attribution.metrics.trial import on_trial, replacement

PATCH = 4
"""The side of a patch is this fraction of the picture's: a mouth corner or a brow."""


def infidelity(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    target: Any = None,
    *,
    baseline: str = "blur",
    samples: int = 50,
    seed: int = 0,
) -> Values:
    """Infidelity to the removal of square patches, (B,) in squared logits, as published: lower is better.

    It grows with the scale of the logits, so it compares maps of one network, not networks.

    Args:
        maps: (B, h, w), any scale.
        module: (N, C, H, W) -> (N, classes) logits.
        x: (B, C, H, W) pictures as the module takes them.
        target: class index, one for all or (B,); left out, the class that the module predicts.
        baseline: what a removed patch is replaced with: "blur" or the "mean" colour.
        samples: how many patches, at random places, the same ones for every face.
        seed: of the places.

    Returns:
        (B,), NaN where a map is not finite. A map that says nothing gets the mean square of the falls themselves.
        Raises `MetricError` as `insertion`.
    """
    if samples < 1:
        raise MetricError(f"samples={samples}; at least 1 is needed")
    with on_trial(module, x, maps, target) as trial:
        if not len(trial):
            return trial.for_all(np.zeros(0))
        instead, before = replacement(trial.x, baseline), trial.logit(trial.x)
        drawn = patches((x.shape[2], x.shape[3]), samples, seed)
        mass = np.einsum("bhw,shw->sb", trial.maps, drawn.numpy())
        fall = np.stack(
            [
                before - trial.logit(torch.where(inside, instead, trial.x))
                for inside in drawn.to(trial.x.device)
            ]
        )
        square = (mass * mass).sum(0)
        scale = np.divide((mass * fall).sum(0), square, out=np.zeros_like(square), where=square > 0)
        return trial.for_all(((scale * mass - fall) ** 2).mean(0))


def patches(size: tuple[int, int], samples: int, seed: int) -> Tensor:
    """(samples, H, W) bool: one square patch each, wholly inside the picture."""
    height, width = size
    side = max(1, min(height, width) // PATCH)
    chance = torch.Generator().manual_seed(seed)
    top = torch.randint(height - side + 1, (samples, 1), generator=chance)
    left = torch.randint(width - side + 1, (samples, 1), generator=chance)
    rows, columns = torch.arange(height), torch.arange(width)
    down = (rows >= top) & (rows < top + side)
    across = (columns >= left) & (columns < left + side)
    return down[..., :, None] & across[..., None, :]
