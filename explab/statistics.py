"""How sure a figure is: bootstrap, Wilson, differences over few seeds, calibration error; and the one rule of verdicts.

    low, high = bootstrap(values)                        # 95 % interval of the mean over faces
    bootstrap(values - floors, groups=people)            # of the paired difference, whole people drawn
    verdict(float(np.mean(values - floors)), bootstrap(values - floors))     # "good", "unsure" or "floor"

A figure and its floor come from the same faces, so whether the figure is better is asked of their difference, face by
face: the interval of the figure alone is as wide as faces differ, which has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Interval = tuple[float, float]

DRAWS = 2000
"""Resamples of a bootstrap."""
FEWEST = 5
"""Faces, or groups of them, from which an interval over them says anything."""
AT_ONCE = 1 << 22
"""Numbers of a bootstrap that are held in memory at a time."""


def class_mean(values: Values, classes: Any = None) -> float | None:
    """(n,) values -> the unweighted mean over the means of the classes, or the mean where no classes are given.

    NaN, a face without a value, does not count. None where none has one.
    """
    known = np.isfinite(values)
    if not known.any():
        return None
    which = _numbers(classes, len(values))[known]
    counts = np.bincount(which)
    return float((np.bincount(which, values[known])[counts > 0] / counts[counts > 0]).mean())


def bootstrap(values: Values, *, groups: Any = None, classes: Any = None, seed: int = 0) -> Interval | None:
    """95 % percentile bootstrap interval of `class_mean`; None for fewer than `FEWEST` faces or groups.

    Args:
        values: (n,), one number a face, NaN where it has none. For a paired comparison, the differences.
        groups: (n,) faces that belong together, such as pictures of one person: whole groups are drawn.
        classes: (n,) as of `class_mean`.
        seed: of the draws.
    """
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    if not known.any():
        return None
    members = _numbers(np.arange(len(values)) if groups is None else groups, len(values))[known]
    members = np.unique(members, return_inverse=True)[1]
    which = _numbers(classes, len(values))[known]
    n, n_classes = int(members.max()) + 1, int(which.max()) + 1
    if n < FEWEST:
        return None
    cell = members * n_classes + which
    sums = np.bincount(cell, values[known], minlength=n * n_classes).reshape(n, n_classes)
    faces = np.bincount(cell, minlength=n * n_classes).reshape(n, n_classes)
    chance = np.random.default_rng(seed)
    means = []
    for start in range(0, DRAWS, step := max(1, AT_ONCE // n)):
        times = chance.multinomial(n, np.full(n, 1 / n), size=min(step, DRAWS - start)).astype(np.float64)
        drawn, total = times @ faces, times @ sums
        present = drawn > 0
        per_class = np.where(present, total / np.where(present, drawn, 1), 0)
        means.append(per_class.sum(1) / present.sum(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)


def over_seeds(values: NDArray[np.float64], classes: Any = None) -> tuple[float, Interval]:
    """Mean and 95 % interval over faces and over trainings, for as few as two seeds.

    A bootstrap of three seeds knows three numbers and under-covers. Here seeds and faces are crossed random effects:
    the variance of the mean is that between seeds plus that between faces, and each part is widened by Student's t of
    its own degrees of freedom (after Cochran and Cox, Experimental Designs, 1950). The interval is rather too wide.

    Args:
        values: (seeds, faces), most often paired differences; a face with NaN in one seed is left out.
        classes: (faces,) as of `class_mean`.

    Raises:
        ValueError: fewer than two seeds or faces.
    """
    from scipy.stats import t as student

    usable = np.isfinite(values).all(0)
    kept, which = np.asarray(values, np.float64)[:, usable], _numbers(classes, values.shape[1])[usable]
    seeds, faces = kept.shape
    if seeds < 2 or faces < 2:
        raise ValueError(f"{seeds} seeds and {faces} faces: an interval needs two of each")
    which = np.unique(which, return_inverse=True)[1]
    counts = np.bincount(which)
    weights = 1 / (len(counts) * counts[which])
    by_seed, by_face = kept @ weights, kept.mean(0)
    middle = np.bincount(which, by_face) / counts
    spread = (by_face - middle[which]) ** 2 * (counts / np.maximum(counts - 1, 1))[which]
    parts = np.array([by_seed.var(ddof=1) / seeds, float((weights**2 * spread).sum())])
    widened = student.ppf(0.975, [seeds - 1, max(faces - len(counts), 1)]) ** 2 * parts
    mean, half = float(by_seed.mean()), float(np.sqrt(widened.sum()))
    return mean, (mean - half, mean + half)


def wilson(right: float, n: int) -> Interval:
    """95 % interval of a share, `right` of n (Wilson 1927): of a few, all right, a bootstrap would say 100 to 100 %."""
    z = 1.959964
    share = right / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return max(0.0, middle - half), min(1.0, middle + half)


def calibration_error(probabilities: Values, labels: NDArray[np.int64], bins: int = 15) -> float:
    """Expected calibration error of the top probability (Guo et al., ICML 2017): 0 is perfect, `bins` equal steps.

    Args:
        probabilities: (n, classes).
        labels: (n,) number of the true class.
    """
    top, right = probabilities.max(1), probabilities.argmax(1) == labels
    step = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [
        abs(top[step == b].mean() - right[step == b].mean()) * (step == b).mean() for b in set(step.tolist())
    ]
    return float(sum(gaps))


def verdict(gain: float, interval: Interval | None = None) -> str:
    """The one rule, for one face and for many: what the gain over the floor says.

    Args:
        gain: figure minus floor on the same faces where higher is better, floor minus figure where lower is.
        interval: of the gain; None for one face, or too few.

    Returns:
        "good": the whole interval is above 0; "unsure": the gain is, but its interval holds 0 or there is none;
        "floor": no better than what knows nothing.
    """
    if not gain > 0:
        return "floor"
    return "good" if interval is not None and interval[0] > 0 else "unsure"


def _numbers(labels: Any, n: int) -> NDArray[np.int64]:
    """Labels of any kind -> the number of each one's class, all 0 where there are none."""
    if labels is None:
        return np.zeros(n, np.int64)
    each: Sequence[Any] | NDArray[Any] = np.asarray(labels)
    if len(each) != n:
        raise ValueError(f"{len(each)} labels for {n} values")
    return np.asarray(np.unique(each, return_inverse=True)[1], np.int64)
