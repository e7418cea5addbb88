"""ROAD, remove and debias (Rong et al., ICML 2022, arXiv 2202.00449): pixels are removed by imputing them.

A removed pixel is filled in from its neighbourhood, with a little noise, so that the picture stays a picture and the
shape of the hole does not give the class away. Removing the most relevant pixels first (MoRF) should hurt, removing
the least relevant first (LeRF) should not; `road` is half their difference.

ROAD favours blurry maps (arXiv 2304.13836), because a large smooth hole cannot be filled in as well as scattered
pixels can. That is why `evaluate` always sets a random map of the same blur beside it (see
`explab.attribution.metrics.floors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.metrics.imputation import imputed
from explab.attribution.metrics.maps import MetricError, Values
from explab.attribution.metrics.trial import on_trial, ranks

PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)
NOISE = 0.01
"""Standard deviation of the noise on imputed pixels, on the scale of the module's input."""


@dataclass(frozen=True, eq=False)
class RoadCurves:
    """By how much the answer for the target changes when pixels are removed.

    percentiles  at P, 100 - P percent of the pixels are removed
    morf, lerf   (percentiles, B), the most or the least relevant pixels removed; NaN where a map is not finite
    """

    percentiles: tuple[float, ...]
    morf: Values
    lerf: Values

    @property
    def combined(self) -> Values:
        """(B,) mean over percentiles of (LeRF - MoRF) / 2."""
        return np.asarray((self.lerf - self.morf).mean(0) / 2)


def road(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    target: Any = None,
    *,
    percentiles: Sequence[float] = PERCENTILES,
    noise: float = NOISE,
    seed: int = 0,
    scale: float | None = None,
) -> Values:
    """ROAD of both orders combined, in a unit that compares networks: higher is better, near 0 for an idle map.

    The answer is the target's margin, its logit less the largest other, in standard deviations of the network's own
    logits (see `explab.attribution.metrics.trial`). Published ROAD reads the target's logit instead: `road_logits`.

    Args:
        maps: (B, h, w), any range.
        module: (N, C, H, W) -> (N, classes) logits.
        x: (B, C, H, W) pictures as the module takes them.
        target: class index, one for all or (B,); left out, the class that the module predicts.
        percentiles: of the map's values, above 0 and below 100.
        noise: standard deviation of the noise on imputed pixels, on the scale of `x`; the authors use 0.01.
        seed: of the noise, the same for every face, and of the order among equal pixels. (Where many pixels are equal,
            removing all of them, as published code does, can remove the whole picture.)
        scale: `logit_scale` of the network; left out, it is that of these pictures. Give it where a set of faces is
            scored in parts.

    Returns:
        (B,), NaN where a map is not finite or the network gives all classes the same logit.

    Raises:
        MetricError: a percentile out of bounds; a network with one logit; and as `insertion`.
    """
    given = (maps, module, x, target)
    return road_curves(*given, percentiles=percentiles, noise=noise, seed=seed, scale=scale).combined


def road_logits(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    target: Any = None,
    *,
    percentiles: Sequence[float] = PERCENTILES,
    noise: float = NOISE,
    seed: int = 0,
) -> Values:
    """ROAD as published, and as in pytorch-grad-cam: (B,) in units of the target's logit.

    It grows with the scale of the logits, so it compares maps of one network, not networks. Arguments and errors as of
    `road`.
    """
    given = (maps, module, x, target)
    return road_curves(*given, percentiles=percentiles, noise=noise, seed=seed, answer="logit").combined


def road_curves(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    target: Any = None,
    *,
    percentiles: Sequence[float] = PERCENTILES,
    noise: float = NOISE,
    seed: int = 0,
    answer: str = "margin",
    scale: float | None = None,
) -> RoadCurves:
    """The curves that `road` combines, or with answer="logit" those of `road_logits`; arguments and errors as there."""
    levels = tuple(np.atleast_1d(percentiles).tolist())
    if not levels or not all(0 < level < 100 for level in levels):
        raise MetricError(f"percentiles {levels} must lie above 0 and below 100: some pixels have to stay")
    with on_trial(module, x, maps, target, scale) as trial:
        places = ranks(trial.maps, seed)
        chance = torch.Generator().manual_seed(seed)
        before = trial.answer(trial.x, answer) if len(trial) else np.zeros(0)
        pixels = int(np.prod(trial.maps.shape[1:]))

        def change(keep: NDArray[np.bool_]) -> Values:
            if not len(trial):
                return before
            filled = torch.from_numpy(imputed(trial.x.float().cpu().numpy(), keep)).to(trial.x)
            grain = noise * torch.randn(trial.x.shape[1:], generator=chance).to(trial.x)
            missing = torch.from_numpy(~keep).to(trial.x.device)[:, None]
            return trial.answer(torch.where(missing, filled + grain, trial.x), answer) - before

        morf, lerf = [], []
        for level in levels:
            removed = pixels - int(np.ceil(level / 100 * (pixels - 1)))  # pixels at or above the percentile
            morf.append(change(places >= removed))
            lerf.append(change(places < pixels - removed))
        return RoadCurves(levels, trial.for_all(np.stack(morf)), trial.for_all(np.stack(lerf)))
