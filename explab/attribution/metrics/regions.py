"""Does a map point into a region? Metrics that take the reference as a mask instead of a picture.

A soft reference becomes a mask by Otsu's threshold, as the paper binarises where it needs to. Ties in a map, such as
the flat zeros behind a ReLU, are shared out: every metric is what it would be on average if chance broke them.
Definitions: pointing game (Zhang et al. 2018), relevance mass and rank accuracy (Arras et al. 2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from explab.attribution.metrics.maps import Values, as_maps, finite, paired, ratio

LEVELS = 256


def binarised(maps: Any) -> NDArray[np.bool_]:
    """(B, H, W) maps in [0, 1] -> masks: above Otsu's threshold of each map's 256 grey levels (Otsu 1979).

    A map of one grey level has no mask: all False, as has one that is not finite.
    """
    drawn = as_maps(maps)
    sound = finite(drawn)
    safe = np.where(sound[:, None, None], drawn, 0)
    grey = np.rint(safe.clip(0, 1) * (LEVELS - 1)).astype(np.int64).reshape(len(drawn), -1)
    rows = np.arange(len(drawn))[:, None] * LEVELS
    counts = np.bincount((grey + rows).ravel(), minlength=LEVELS * len(drawn)).reshape(-1, LEVELS)
    share = counts / grey.shape[1]
    dark = share.cumsum(1)
    sums = (share * np.arange(LEVELS)).cumsum(1)
    bright = 1 - dark
    inner = (dark > 0) & (counts[:, ::-1].cumsum(1)[:, ::-1] - counts > 0)
    product = np.where(inner, dark * bright, 1)
    between = np.where(inner, (sums[:, -1:] * dark - sums) ** 2 / product, -1)
    cut = np.where(inner.any(1), between.argmax(1), LEVELS)
    return np.asarray((grey > cut[:, None]).reshape(drawn.shape))


def pointing_game(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Whether the map's maximum lies inside the region: (B,) 1 or 0; several maxima count by their share inside."""
    drawn, inside, usable = _masked(maps, au_maps, valid)
    top = drawn == drawn.max(1, keepdims=True)
    return ratio((top & inside).sum(1).astype(float), top.sum(1).astype(float), usable)


def relevance_mass(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Share of the map's positive mass that lies inside the region, (B,) in [0, 1].

    What speaks against a class, negative values, is no mass. NaN where there is no positive mass.
    """
    drawn, inside, usable = _masked(maps, au_maps, valid)
    mass = drawn.clip(0)
    return ratio((mass * inside).sum(1), mass.sum(1), usable)


def relevance_rank(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Of the K highest pixels, K the pixels of the region, the share that lies inside: (B,) in [0, 1]."""
    drawn, inside, usable = _masked(maps, au_maps, valid)
    return ratio(_top_inside(drawn, inside), inside.sum(1).astype(float), usable)


def iou(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Intersection over union of the region and the map's highest pixels, as many as the region has: (B,) in [0, 1].

    The threshold is matched to the region's area, so that no threshold has to be chosen; it then orders maps of one
    face as `relevance_rank` r does, being r / (2 - r), and is there to compare with published figures.
    """
    drawn, inside, usable = _masked(maps, au_maps, valid)
    hit = _top_inside(drawn, inside)
    return ratio(hit, 2 * inside.sum(1) - hit, usable)


def auc(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Area under the ROC curve of the map as a detector of the region's pixels: (B,) in [0, 1], chance is 0.5."""
    drawn, inside, usable = _masked(maps, au_maps, valid)
    hits = inside.sum(1).astype(float)
    misses = inside.shape[1] - hits
    above = (rankdata(drawn, axis=1) * inside).sum(1) - hits * (hits + 1) / 2  # Mann-Whitney U
    return ratio(above, hits * misses, usable)


def _masked(maps: Any, au_maps: Any, valid: Any) -> tuple[Values, NDArray[np.bool_], NDArray[np.bool_]]:
    """Maps and masks, flat (B, pixels), and which faces have both: also a region, and a map that is not flat zero."""
    regions = as_maps(au_maps, "au_maps")
    drawn, _, usable = paired(maps, regions, valid, what="au_maps")
    inside = binarised(regions).reshape(drawn.shape)
    return drawn, inside, usable & inside.any(1) & drawn.any(1)


def _top_inside(drawn: Values, inside: NDArray[np.bool_]) -> Values:
    """(B,) how many of the K highest pixels lie inside, K the pixels of the region."""
    wanted = inside.sum(1)
    ordered = np.sort(drawn, axis=1)
    cut = np.take_along_axis(
        ordered, np.maximum(drawn.shape[1] - wanted, 0)[:, None] % drawn.shape[1], axis=1
    )
    above, level = drawn > cut, drawn == cut
    share = (wanted - above.sum(1)) / level.sum(1)
    return np.asarray((above & inside).sum(1) + share * (level & inside).sum(1))
