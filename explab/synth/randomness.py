"""Named random numbers: the same for a face whatever batch it is drawn in, and whatever else is drawn.

Every number is a hash of (seed of the face, name of the quantity, position), so that adding a quantity or leaving one
out changes no other: that is what makes counterfactuals exact and datasets reproducible.

A seed names a series of people (`explab.synth.faces`); different seeds share nobody. What something was fitted to must
not be where it is shown or checked, so seeds come in blocks:

    0 to 99          FITTED_TO: explab's networks, the estimator of AU intensities and the scores of expressions were
                     fitted, chosen or calibrated on some of them, or keep them as their test series
    100              DEFAULT: what a user sees who names no seed
    101 to 999       free: nothing in explab uses them
    1000 to 9999     CHECKED: what `explab bench` measures on and what galleries show; nothing may be fitted to them

Within FITTED_TO: 1, 2 and 3 train, validate and test the networks (`explab.training.parts`), and fit, choose and test
the estimator of AU intensities at `--seed 0` (`explab.training.calibration.aus`); from EXPRESSION_SCORES on, three each
fit, temper and test the scores of expressions (`explab.training.calibration.expressions`; 0, 1 and 2 before).
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

FITTED_TO = range(100)
EXPRESSION_SCORES = 40
DEFAULT = 100
CHECKED = range(1000, 10_000)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): every input bit changes half of the output bits."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def face_seeds(seed: int, n: int, first: int = 0) -> NDArray[np.uint64]:
    """(n,) the seeds of faces `first` to `first + n - 1` of a batch drawn with `seed` (any integer)."""
    numbers = np.arange(first, first + n, dtype=np.uint64)
    start = _mixed(np.array([seed % (2**64 - 59)], np.uint64) + _GOLDEN)
    return _mixed(start + numbers * _GOLDEN)


class Draws:
    """Random numbers of n faces, by name. `Draws(seeds)` with seeds (n,) uint64 from `face_seeds`."""

    def __init__(self, seeds: NDArray[np.uint64]) -> None:
        self.seeds = np.asarray(seeds, np.uint64)

    def __len__(self) -> int:
        return len(self.seeds)

    def uniform(
        self, name: str, low: float = 0.0, high: float = 1.0, size: tuple[int, ...] = ()
    ) -> NDArray[np.float64]:
        """(n, *size) uniform in (low, high)."""
        count = int(np.prod(size, dtype=int))
        stream = _mixed(self.seeds ^ _mixed(np.array([crc32(name.encode())], np.uint64)))
        bits = _mixed(stream[:, None] + np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN)
        unit = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        return np.asarray(low + (high - low) * unit.reshape(len(self.seeds), *size))

    def normal(
        self, name: str, mean: float = 0.0, sd: float = 1.0, size: tuple[int, ...] = (), clip: float = 2.5
    ) -> NDArray[np.float64]:
        """(n, *size) normal, cut off at `clip` standard deviations."""
        return np.asarray(mean + sd * np.clip(ndtri(self.uniform(name, size=size)), -clip, clip))

    def chance(self, name: str, p: float | NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) True with probability p, one number or one per face."""
        return self.uniform(name) < p

    def choice(self, name: str, weights: Sequence[float] | NDArray[np.float64]) -> NDArray[np.int64]:
        """(n,) an index drawn with these weights: (k,), or (n, k) for weights of each face's own."""
        table = np.asarray(weights, np.float64)
        edges = np.cumsum(table / table.sum(-1, keepdims=True), -1)[..., :-1]
        return np.asarray((self.uniform(name)[:, None] >= edges).sum(-1))
