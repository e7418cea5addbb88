"""What maps score that know nothing of the face: the figures that every other figure has to be held against.

    uniform   the same value everywhere
    centre    a Gaussian blob on the middle of the face
    template  the mean of the AU maps of all expressions: knows faces, but not the expression
    others    of synthetic faces: the mean of what changed on the other faces of the class. It knows the class and the
              truth of other people, but nothing of this face
    random    as blurry as the map itself, but anywhere: its Fourier amplitudes with random phases

None has seen what the judged face is held against where that is evidence. All are brought to the grid of the maps they
stand beside (`at_grid`): what is drawn on 7 x 7 cannot follow the outlines of 112 x 112, and that is not its fault.
On the paper's AU maps of a neutral face, the first three have a cosine of 0.47, 0.61 and 0.78.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics.maps import Values, as_array, as_maps, finite
from explab.attribution.scaling import resized
from explab.facs.codebooks import Codebook, codebook
from explab.heatmaps import expression_maps
from explab.scaling import min_max

FLOORS = ("uniform", "centre", "template", "others", "random")

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
    given = as_maps(maps)
    noise = np.random.default_rng(seed).standard_normal(given.shape)
    phases = np.fft.rfft2(noise)
    sound = finite(given)[:, None, None]
    amplitudes = np.abs(np.fft.rfft2(np.where(sound, given, 0)))
    drawn = np.fft.irfft2(amplitudes * phases / np.abs(phases), s=given.shape[1:])
    # A constant map has no amplitude but its mean's: stretching would make a pattern of rounding noise.
    flat = np.ptp(given, axis=(1, 2), keepdims=True) == 0
    return np.where(sound, np.where(flat, given, min_max(drawn)), np.nan)


def others(evidence: Any, *, labels: Any = None, groups: Any = None) -> tuple[Values | None, str]:
    """What changed on other faces: (B, H, W) for each face the mean evidence of the faces of its class without itself,
    or None and the reason why there is none.

    Args:
        evidence: (B, H, W) in [0, 1].
        labels: (B,) class of each face; left out, all faces are of one.
        groups: (B,) faces that belong together, such as pictures of one person: the mean of a face leaves out its whole
            group.

    Returns:
        NaN for a face whose class has no other face with evidence.
    """
    maps = as_maps(evidence, "evidence")
    shows = finite(maps) & maps.any((1, 2))
    classes = (
        np.zeros(len(maps), int) if labels is None else np.unique(as_array(labels), return_inverse=True)[1]
    )
    people = np.arange(len(maps)) if groups is None else np.unique(as_array(groups), return_inverse=True)[1]
    fellows = (classes[:, None] == classes) & (people[:, None] != people) & shows
    if not fellows.any():
        return None, "needs evidence of two faces of a class or more"
    flat = np.where(shows[:, None, None], maps, 0).reshape(len(maps), -1)
    mean = (fellows / np.maximum(fellows.sum(1), 1)[:, None]) @ flat
    return np.where(fellows.any(1)[:, None, None], mean.reshape(maps.shape), np.nan), ""


def at_grid(maps: Values, grid: tuple[int, int]) -> Values:
    """(B, H, W) -> as maps made on a grid of (h, w) can show them: averaged down where that is coarser."""
    size = coarser((maps.shape[1], maps.shape[2]), grid)
    return maps if size == maps.shape[1:] else resized(np.array(maps), size)


def coarser(size: tuple[int, int], grid: tuple[int, int]) -> tuple[int, int]:
    """The smaller height and the smaller width of two."""
    return min(size[0], grid[0]), min(size[1], grid[1])


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
    mean = np.mean([maps[usable & (names == name)].mean(0) for name in present], axis=0)
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
