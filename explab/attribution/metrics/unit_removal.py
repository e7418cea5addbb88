"""Sufficiency and comprehensiveness (DeYoung et al., ERASER, 2020) in the unit of the face: action units, not pixels.

The AU regions in which a map has most of its mass are what it names as its reasons. Are they enough for the answer
(sufficiency), and is it lost without them (comprehensiveness)?
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.au_removal.fill import FILLS, covered
from explab.attribution.au_removal.regions import UNITS
from explab.attribution.metrics.maps import MetricError, Values, as_array
from explab.attribution.metrics.trial import Trial, on_trial
from explab.heatmaps import render
from explab.words import near


def comprehensiveness(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    landmarks: Any,
    target: Any = None,
    *,
    k: int = 3,
    units: Sequence[str] = UNITS,
    baseline: str = "blur",
    answer: str = "probability",
    scale: float | None = None,
) -> Values:
    """By how much the target's probability falls when the k AU regions with most of the map's mass are removed.

    Args:
        maps: (B, h, w); negative values, which speak against the class, are no mass.
        module: (N, C, H, W) -> (N, classes) logits.
        x: (B, C, H, W) pictures as the module takes them.
        landmarks: (B, 478, 2 or 3) px of the pictures.
        target: class index, one for all or (B,); left out, the class that the module predicts.
        k: how many units.
        units: those that compete; the codes of `explab.heatmaps.render`.
        baseline: what removed pixels are replaced with: "blur", the "mean" colour or "inpaint"; see
            `explab.attribution.au_removal.fill`. The regions are soft, and so is the replacement: each pixel as far as
            it belongs to a region, not all within half the peak as `au_effects` hides it.
        answer: in which unit the answer is read: "probability", as published, or "margin", which alone compares
            networks; see `explab.attribution.metrics.trial`.
        scale: `logit_scale` of the network, the unit of margins; left out, it is that of these pictures.

    Returns:
        (B,) in [-1, 1], or in standard deviations of the network's logits; higher is better. NaN where the map is not
        finite or has no mass in any region, or the face has no regions in the picture. Raises `MetricError` for what
        does not fit, `HeatmapError` for a unit without place.
    """
    return _drop(maps, module, x, landmarks, target, k, units, baseline, answer, scale, keep=False)


def sufficiency(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    landmarks: Any,
    target: Any = None,
    *,
    k: int = 3,
    units: Sequence[str] = UNITS,
    baseline: str = "blur",
    answer: str = "probability",
    scale: float | None = None,
) -> Values:
    """By how much the target's probability falls when nothing but the k AU regions with most of the map's mass is kept.

    Lower is better: 0 where they are enough, below 0 where the rest spoke against the class. Arguments, NaN and errors
    as of `comprehensiveness`.
    """
    return _drop(maps, module, x, landmarks, target, k, units, baseline, answer, scale, keep=True)


def ranked_units(
    maps: Any, regions: NDArray[np.float32], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Values]:
    """Units by the mass of a map in their regions.

    (B, H, W) maps and (B, units, H, W) regions in [0, 1] with (B, units) valid -> (B, units) indices, most mass first,
    and the masses (B, units) in the order of the units, -1 where a unit is not valid. Equal masses keep their order.
    """
    mass = np.einsum("bhw,buhw->bu", as_array(maps).clip(0), regions)
    mass = np.where(valid, mass, -1)
    return np.argsort(-mass, axis=1, kind="stable"), mass


def _drop(
    maps: Any,
    module: nn.Module,
    x: Tensor,
    landmarks: Any,
    target: Any,
    k: int,
    units: Sequence[str],
    baseline: str,
    answer: str,
    scale: float | None,
    *,
    keep: bool,
) -> Values:
    if not 1 <= k <= len(units):
        raise MetricError(f"k={k}; it must lie from 1 to the number of units, {len(units)}")
    if baseline not in FILLS:
        raise MetricError(f"no baseline {baseline!r}; there are {', '.join(FILLS)}{near(baseline, FILLS)}")
    points = as_array(landmarks)
    if len(points) != len(x):
        raise MetricError(f"{len(points)} faces' landmarks but {len(x)} pictures")
    with on_trial(module, x, maps, target, scale) as trial:
        size = (x.shape[2], x.shape[3])
        regions, valid = render(points[trial.usable], units, size)
        order, mass = ranked_units(trial.maps, regions, valid)
        chosen = order[:, :k]
        # A unit without mass is no reason: fewer than k are taken where the map names fewer.
        named = np.take_along_axis(mass, chosen, 1) > 0
        reasons = (np.take_along_axis(regions, chosen[..., None, None], 1) * named[..., None, None]).max(1)
        fall = _fall(trial, 1 - reasons if keep else reasons, baseline, answer)
        return trial.for_all(np.where(named.any(1), fall, np.nan))


def _fall(trial: Trial, hidden: NDArray[np.float32], baseline: str, answer: str) -> Values:
    if not len(trial):
        return np.zeros(0)
    share = torch.from_numpy(hidden).to(trial.x)[:, None]
    changed = covered(trial.x, share, baseline)
    return trial.answer(trial.x, answer) - trial.answer(changed, answer)
