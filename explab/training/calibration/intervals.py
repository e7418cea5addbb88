"""Intervals around measured intensities that keep their promise where a unit is there, and not only where it is absent.

Most units are absent from most faces, and an absent unit is measured well: an interval that holds nine of ten truths
over all faces may miss half of the units that show. So the ends are read off people who were not fitted to, apart for
faces that show the unit and for all faces, and apart for low and high estimates: split conformal prediction in groups
(Mondrian; Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005). The truth of a new face is as
likely to come at any place in the order of the n of its group, so the k-th smallest of these, k = ceil((n + 1) * (1 -
MISSED)), is exceeded by at most a share of MISSED.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PRESENT = 0.1
"""Least true intensity, FACS letter A, at which a unit counts as being there."""
MISSED = 0.04
"""Share of the truths of a group that may lie beyond either end. Together less than the tenth that may be missed, since
pictures of one person resemble each other: a group says less than as many strangers would."""
GROUP = 80
"""Measurements of faces that show the unit, at least, in a group of like estimates; 24 would give an end at all."""
GROUPS = 6
"""No more groups than this."""


def bounds(values: Array, truth: Array) -> Array:
    """The ends of the interval over the estimate, both never falling as it rises.

    Args:
        values: (n,) estimates of one unit in [0, 1], both sides pooled.
        truth: (n,) true intensities.

    Returns:
        (3, GROUPS + 1): estimates in ascending order from 0 to 1, and the low and high end there. The straight line
        between them is nowhere narrower than the interval of its group. Where too few faces show the unit for a single
        group, the interval is everything from 0 to 1.
    """
    there = truth >= PRESENT
    groups = min(GROUPS, int(there.sum()) // GROUP)
    if not groups:
        return np.concatenate(
            [np.linspace(0, 1, GROUPS + 1)[None], np.zeros((1, GROUPS + 1)), np.ones((1, GROUPS + 1))]
        )
    edges = np.quantile(values[there], np.arange(1, groups) / groups)
    group = np.searchsorted(edges, values, side="right")
    low, high = np.array([_ends(truth[group == g], there[group == g]) for g in range(groups)]).T
    low, high = np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
    # At an edge the wider of both groups holds; the last knots repeat where there are fewer groups.
    spare = GROUPS - groups
    knots = np.concatenate([[0.0], edges, np.ones(spare + 1)])
    low = np.concatenate([low[:1], low, np.repeat(low[-1:], spare)])
    high = np.concatenate([high, np.repeat(high[-1:], spare + 1)])
    return np.stack([knots, low, high])


def _ends(truth: Array, there: NDArray[np.bool_]) -> tuple[float, float]:
    """The wider of the intervals that hold for faces that show the unit and for all."""
    ends = np.array([_conformal(some) for some in (truth[there], truth)])
    return float(ends[:, 0].min()), float(ends[:, 1].max())


def _conformal(truth: Array) -> tuple[float, float]:
    """An end below and an end above, each beyond which at most a share of MISSED of further truths lie."""
    ordered = np.sort(truth)
    k = int(np.ceil((len(ordered) + 1) * (1 - MISSED)))
    if k > len(ordered):
        return 0.0, 1.0
    return float(ordered[-k]), float(ordered[k - 1])
