"""How alike a map and a reference are, pixel for pixel: what the paper reports, and what it leaves out.

The paper's cosine has high floors: AU maps are all blobs on the same face, so any blob there scores (see
`explab.attribution.metrics.floors`). Pearson takes the mean away, `class_margin` the other expressions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from explab.attribution.metrics.maps import (
    MetricError,
    Values,
    as_array,
    as_maps,
    as_valid,
    finite,
    paired,
    ratio,
)
from explab.attribution.scaling import resized_as_attention
from explab.scaling import min_max


def cosine(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """CAM-COS of Belharbi et al. (FG 2024): cosine between CAM and AU map.

    Args:
        maps: (B, h, w), any range: stretched to [0, 1] by min-max, then resized bilinearly to the AU maps.
        au_maps: (B, H, W) in [0, 1], of the true or of the predicted class.
        valid: (B,) whether there is an AU map; Neutral has none.

    Returns:
        (B,) in [0, 1]; NaN where the AU map is not valid or the map not finite or 0 everywhere. A map that is the same
        positive number everywhere counts as ones.

    The paper's figure is the unweighted mean over the six class means, which `evaluate(..., labels=...)` takes.
    """
    given = as_maps(maps)
    sound = finite(given)[:, None, None]
    safe = np.where(sound, given, 0)
    # The stretch makes nothing of a constant map, which the paper's floor of "everywhere alike" is.
    ones = (np.ptp(safe, axis=(1, 2)) == 0) & (safe[:, 0, 0] > 0)
    stretched = np.where(ones[:, None, None], 1, min_max(safe))
    drawn, regions, usable = paired(np.where(sound, stretched, np.nan), au_maps, valid, what="au_maps")
    return _cosine(drawn.clip(0, 1), regions, usable)


def attention_cosine(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """ATT-COS of Belharbi et al. (FG 2024): cosine between an attention map, as it is, and the AU map, at the size of
    the AU map, which in the paper is that of the picture.

    As `cosine`, but the map is resized with aligned corners and anti-aliasing, clipped to its own range, and lifted to
    0 where it is negative, instead of being stretched. The paper's figure is the unweighted mean over the six class
    means, which `evaluate(..., labels=...)` takes. What training raises is another figure, `attention_cosine_layer`.
    """
    regions = as_maps(au_maps, "au_maps")
    given = as_maps(maps)
    sound = finite(given)[:, None, None]
    large = resized_as_attention(np.where(sound, given, 0), (regions.shape[1], regions.shape[2]))
    lifted = large - np.minimum(large.min((1, 2), keepdims=True), 0)
    return _cosine(*paired(np.where(sound, lifted, np.nan), regions, valid, what="au_maps"))


def attention_cosine_layer(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Cosine between an attention map and the AU map at the attention's own grid: 1 - the loss of Belharbi et al.

    The AU map is resized as `Alignment` resizes it in training (aligned corners, anti-aliasing, clipped to its own
    range), the attention is left as it is. A small grid has no fine outlines to miss, so this figure is higher than
    ATT-COS, which `attention_cosine` gives: do not compare it with the paper's.

    Args:
        maps: (B, h, w) attention at the layer's resolution.
        au_maps: (B, H, W) in [0, 1].
        valid: (B,) whether there is an AU map.

    Returns:
        (B,) in [-1, 1]; NaN as of `cosine`.
    """
    given, regions = as_maps(maps), as_maps(au_maps, "au_maps")
    sound = finite(regions)[:, None, None]
    small = resized_as_attention(np.where(sound, regions, 0), (given.shape[1], given.shape[2]))
    return _cosine(*paired(given, np.where(sound, small, np.nan), valid, what="au_maps"))


def pearson(maps: Any, au_maps: Any, valid: Any = None) -> Values:
    """Pearson correlation over the pixels, (B,) in [-1, 1]: the cosine without the means, 0 for a map without relation.

    Arguments as of `cosine`, the map resized but not stretched. NaN also for a map or a reference that is constant,
    which correlates with nothing.
    """
    return _pearson(*paired(maps, au_maps, valid, what="au_maps"))


def spearman(maps: Any, others: Any, valid: Any = None) -> Values:
    """Spearman's rank correlation between two maps of each face, (B,) in [-1, 1]; as `pearson`, of average ranks."""
    first, second, usable = paired(maps, others, valid, what="others")
    return _pearson(rankdata(first, axis=1), rankdata(second, axis=1), usable)


def class_margin(maps: Any, class_maps: Any, labels: Any, valid: Any = None) -> Values:
    """cos(map, AU map of the label) - the largest cos(map, AU map of another expression).

    Positive where the map looks like its own expression more than like any other. It is what the cosine cannot tell:
    the AU maps of Fear and Surprise have a cosine of 0.90 with each other.

    Args:
        maps: (B, h, w).
        class_maps: (B, C, H, W) AU maps of every expression, as `class_maps` draws them; 0 where there is none.
        labels: (B,) index in the C expressions, true or predicted; -1 for none of them (Neutral).
        valid: (B,) whether a face counts at all.

    Returns:
        (B,) in [-1, 1]; NaN where the label is -1, there is no AU map of it or of any other, or the map shows nothing.
    """
    every = as_array(class_maps).astype(np.float64, copy=False)
    own = as_labels(labels, every)
    faces, classes = every.shape[:2]
    repeated = np.repeat(as_maps(maps), classes, axis=0)
    flat = every.reshape(faces * classes, *every.shape[2:])
    table = cosine(repeated, flat, np.repeat(as_valid(valid, faces), classes)).reshape(faces, classes)
    at_own = np.arange(classes) == own[:, None]
    mine = np.where(at_own, table, -np.inf).max(1)
    rival = np.where(at_own | np.isnan(table), -np.inf, table).max(1)
    return np.subtract(mine, rival, out=np.full(faces, np.nan), where=np.isfinite(mine) & np.isfinite(rival))


def as_labels(labels: Any, class_maps: NDArray[Any]) -> NDArray[np.int64]:
    """(B,) labels that fit (B, C, H, W) class maps. Raises `MetricError` where they do not."""
    if class_maps.ndim != 4:
        raise MetricError(
            f"class_maps have shape {class_maps.shape}; expected (faces, expressions, height, width)"
        )
    own = as_array(labels)
    faces, classes = class_maps.shape[:2]
    if own.shape != (faces,) or own.dtype.kind not in "iu" or (own < -1).any() or (own >= classes).any():
        raise MetricError(
            f"labels must be {faces} whole numbers below {classes}, the expression of each face in class_maps, "
            f"or -1 for none; got {own.dtype} {own.shape}"
        )
    return own.astype(np.int64)


def _cosine(first: Values, second: Values, usable: NDArray[np.bool_]) -> Values:
    together = np.einsum("bp,bp->b", first, second)
    lengths = np.sqrt(np.einsum("bp,bp->b", first, first) * np.einsum("bp,bp->b", second, second))
    return ratio(together, lengths, usable)


def _pearson(first: Values, second: Values, usable: NDArray[np.bool_]) -> Values:
    # Subtracting a mean leaves rounding behind in a constant map, which must not pass for a pattern.
    varied = usable & (np.ptp(first, axis=1) > 0) & (np.ptp(second, axis=1) > 0)
    return _cosine(first - first.mean(1, keepdims=True), second - second.mean(1, keepdims=True), varied)
