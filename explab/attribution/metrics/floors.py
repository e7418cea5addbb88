"""What maps score that know nothing of the face: the figures that every other figure has to be held against.

    uniform   the same value everywhere
    centre    a Gaussian blob on the middle of the face
    template  the mean of the AU maps of all expressions: knows faces, but not the expression
    random    as blurry as the map itself, but anywhere: its Fourier amplitudes with random phases

On the paper's AU maps of a neutral face, the first three have a cosine of 0.47, 0.61 and 0.78.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics.maps import Values, as_array, as_maps, finite, stretched
from explab.facs.codebooks import Codebook, codebook
from explab.heatmaps import expression_maps

FLOORS = ("uniform", "centre", "template", "random")

SIGMA = 1 / 4
"""Standard deviation of the blob, of the picture's side."""
CENTRE = (112 / 224, 125 / 224)
"""Where the blob sits, x and y, of the picture's width and height: between nose and upper lip."""


def uniform(faces: int, size: tuple[int, int]) -> Values:
    """(B, *size) ones."""
    return np.broadcast_to(np.ones(size), (faces, *size))


def centre(faces: int, size: tuple[int, int]) -> Values:
    """(B, *size) the same Gaussian blob for all, 1 at its top."""
    height, width = size
    x = (np.arange(width) - CENTRE[0] * width) / (SIGMA * width)
    y = (np.arange(height) - CENTRE[1] * height) / (SIGMA * height)
    blob = np.exp(-0.5 * (x * x + (y * y)[:, None]))
    return np.broadcast_to(blob, (faces, *size))


def random(maps: Any, seed: int = 0) -> Values:
    """(B, h, w) in [0, 1]: random maps with the power spectrum of the given ones, so exactly as blurry.

    NaN for a map that is not finite; a constant map stays constant.
    """
    found = as_maps(maps)
    noise = np.random.default_rng(seed).standard_normal(found.shape)
    phases = np.fft.rfft2(noise)
    sound = finite(found)[:, None, None]
    amplitudes = np.abs(np.fft.rfft2(np.where(sound, found, 0)))
    drawn = np.fft.irfft2(amplitudes * phases / np.abs(phases), s=found.shape[1:])
    # A constant map has no amplitude but its mean's: stretching would make a pattern of rounding noise.
    flat = np.ptp(found, axis=(1, 2), keepdims=True) == 0
    return np.where(sound, np.where(flat, found, stretched(drawn)), np.nan)


def template(
    au_maps: Any = None, *, class_maps: Any = None, valid: Any = None, labels: Any = None
) -> tuple[Values | None, str]:
    """The class-agnostic map of each face, (B, H, W), or None and the reason why there is none.

    With `class_maps` (B, C, H, W), the AU maps of every expression on each face, it is their mean: it knows where this
    face has its parts. With `au_maps` (B, H, W) of one expression each, it is one map for all faces: the mean over
    expressions of their mean maps where `labels` tell them apart, else the mean of all. `valid` (B,) says which of
    these count.
    """
    if class_maps is not None:
        every = as_array(class_maps).astype(np.float64, copy=False)
        drawn = every.any((2, 3)).sum(1)[:, None, None]
        return every.sum(1) / np.maximum(drawn, 1), ""
    if au_maps is None:
        return None, "needs au_maps or class_maps"
    maps = as_maps(au_maps, "au_maps")
    usable = finite(maps) & maps.any((1, 2))
    if valid is not None:
        usable &= as_array(valid).astype(bool)
    names = (
        np.zeros(len(maps), int) if labels is None else np.unique(as_array(labels), return_inverse=True)[1]
    )
    present = np.unique(names[usable])
    if usable.sum() < 2 or (labels is not None and len(present) < 2):
        return None, "needs AU maps of two expressions or more, or class_maps"
    mean = np.mean([maps[usable & (names == one)].mean(0) for one in present], axis=0)
    return np.broadcast_to(mean, maps.shape), ""


def class_maps(
    landmarks: Any,
    size: tuple[int, int] = (224, 224),
    *,
    image_size: tuple[float, float] | None = None,
    expressions: Sequence[str] | None = None,
    codebook: str | Codebook = "survey",
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The AU maps of every expression on every face.

    Args:
        landmarks: (B, 478, 2 or 3) px.
        size: (height, width) of the maps.
        image_size: (height, width) that the landmarks refer to; left out, it is `size`.
        expressions: in the order of the maps; left out, those of the codebook, for "survey" Happiness, Sadness,
            Surprise, Fear, Disgust, Anger.
        codebook: name, CSV file or Codebook.

    Returns:
        maps (B, C, H, W) float32 in [0, 1] and valid (B, C). Raises as `explab.heatmaps.expression_maps`.
    """
    points = as_array(landmarks)
    names = tuple(_book(codebook) if expressions is None else expressions)
    drawn = [
        expression_maps(points, [name] * len(points), size, image_size=image_size, codebook=codebook)
        for name in names
    ]
    maps, valid = zip(*drawn, strict=True)
    return np.stack(maps, 1), np.stack(valid, 1)


def _book(book: str | Codebook) -> Codebook:
    return book if isinstance(book, Codebook) else codebook(book)
