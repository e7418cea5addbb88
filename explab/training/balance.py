"""What is done about rare classes: nothing, weights in the loss, or a sampler that draws them more often."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from explab.words import near

BALANCES = ("none", "weights", "sampler")
UNEVEN = 5
"""The largest class over the smallest, above which balancing is advised."""


def checked(balance: str) -> str:
    """A way to balance. Raises ValueError for an unknown one."""
    if balance not in BALANCES:
        raise ValueError(
            f"balance={balance!r}: there are {', '.join(BALANCES)}{near(str(balance), BALANCES)}"
        )
    return balance


def class_weights(labels: NDArray[np.int64], n_classes: int) -> NDArray[np.float32]:
    """(n_classes,) n / (k n_c): every one of the k classes that are there weighs the same in all, and the mean over the
    n faces is 1. 0 for a class without a face.

    Args:
        labels: (n,) number of each face's class.
        n_classes: how many there are to tell apart.
    """
    n = np.bincount(labels, minlength=n_classes)
    return np.where(n > 0, len(labels) / (np.maximum(n, 1) * (n > 0).sum()), 0).astype(np.float32)


def chances(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) chances, adding up to 1, by which every class is drawn as often as any other."""
    each = class_weights(labels, int(labels.max()) + 1).astype(np.float64)[labels]
    return np.asarray(each / each.sum())


def advice(counts: Mapping[str, int]) -> str:
    """One line where the largest class has over `UNEVEN` times the faces of the smallest, "" elsewhere.

    Args:
        counts: class -> training faces; classes without any are named in the line too.
    """
    there = {name: n for name, n in counts.items() if n}
    if len(there) < 2:
        return ""
    largest, smallest = max(there, key=there.__getitem__), min(there, key=there.__getitem__)
    if there[largest] <= UNEVEN * there[smallest]:
        return ""
    return (
        f"uneven classes: {largest} has {there[largest]:,} training pictures, {smallest} {there[smallest]:,}; "
        "--balance weights or --balance sampler (balance= in Python) lets rare ones count as much"
    )
