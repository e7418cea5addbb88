"""Intervals around measured intensities that keep their promise where a unit is there, and not only where it is absent.

Most units are absent from most faces, and an absent unit is measured well: an interval that holds nine of ten truths
over all faces may miss a third of the units that show. So how many standard deviations an interval reaches down and up
is read off people who were not fitted to: apart for faces that show the unit and for all faces, the farther of both
counting, and apart for low and high estimates. That is split conformal prediction, weighted by the standard deviation
(Lei et al., Distribution-Free Predictive Inference for Regression, JASA 2018) in groups (Mondrian; Vovk, Gammerman and
Shafer, Algorithmic Learning in a Random World, 2005). The error of a new face is as likely to come at any place in the
order of the n of its group, so the k-th smallest of these, k = ceil((n + 1) * (1 - MISSED)), is exceeded by at most a
share of MISSED.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PRESENT = 0.1
"""Least true intensity, FACS letter A, at which a unit counts as being there."""
MISSED = 0.05
"""Share of the truths of a group that may lie beyond either end: together a tenth."""
GROUP = 60
"""Measurements of faces that show the unit, at least, in a group of like estimates; 19 would give an end at all."""
GROUPS = 3
"""No more groups than this."""
ANYTHING = 1e4
"""Standard deviations that reach from 0 to 1 whatever they are."""


def reach(values: Array, truth: Array, sd: Array) -> Array:
    """How far the interval of one unit reaches, over the estimate.

    Args:
        values: (n,) estimates in [0, 1], both sides of the face pooled.
        truth: (n,) true intensities.
        sd: (n,) standard deviations.

    Returns:
        (3, GROUPS): for each group of like estimates the lowest of these, in ascending order from 0, and the standard
        deviations below and above the estimate at which the interval ends. Where there are fewer groups the last ones
        begin beyond 1. With fewer than GROUP faces that show the unit, the interval is everything.
    """
    there = truth >= PRESENT
    groups = min(GROUPS, int(there.sum()) // GROUP)
    table = np.full((3, GROUPS), ANYTHING)
    table[0, 0] = 0
    if not groups:
        return table
    edges = np.quantile(values[there], np.arange(1, groups) / groups)
    table[0, 1:groups] = edges
    group = np.searchsorted(edges, values, side="right")
    above = (truth - values) / sd
    for g in range(groups):
        chosen = group == g
        table[1:, g] = [_farther(beyond[chosen], there[chosen]) for beyond in (-above, above)]
    return table


def _farther(beyond: Array, there: NDArray[np.bool_]) -> float:
    """What at most a share of MISSED goes beyond, both of the faces that show the unit and of all; at least 0."""
    return max(0.0, _conformal(beyond[there]), _conformal(beyond))


def _conformal(beyond: Array) -> float:
    k = int(np.ceil((len(beyond) + 1) * (1 - MISSED)))
    return ANYTHING if k > len(beyond) else float(np.sort(beyond)[k - 1])
