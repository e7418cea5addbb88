"""Is a map true? Only a face that somebody made can tell: make it again without its expression, and see what changed.

The evidence map of a synthetic face is 1 where its pixels changed most when all its action units went to 0, and 0
where none did. These pixels hold all that the expression adds to the face, but they are not all reasons a model can
have: that something did not move, such as brows at rest in a smile, is evidence too, and lies where nothing changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics.maps import MetricError, Values
from explab.attribution.metrics.regions import auc, relevance_mass, relevance_rank
from explab.attribution.metrics.similarity import pearson
from explab.face import Face

CHANGED_BY_ROUNDING = 1
"""Steps of the 8 bits that rounding alone may make between two pictures."""

_MEASURES = {
    "auc": auc,
    "pearson": pearson,
    "relevance_mass": relevance_mass,
    "relevance_rank": relevance_rank,
}


def truth(maps: Any, evidence: Any, valid: Any = None) -> dict[str, Values]:
    """How well maps find the pixels that made the expression.

    Args:
        maps: (B, h, w), any range; resized bilinearly to the evidence.
        evidence: (B, H, W) in [0, 1], from `evidence` or `explab.synth.counterfactual`.
        valid: (B,) bool.

    Returns:
        {"auc", "pearson", "relevance_mass", "relevance_rank"}, each (B,); NaN for faces without evidence, such as
        neutral ones, and for maps that are not finite. The metrics that need a mask take the evidence above its Otsu
        threshold.
    """
    return {name: measure(maps, evidence, valid) for name, measure in _MEASURES.items()}


def evidence(faces: Sequence[Face]) -> NDArray[np.float32]:
    """The evidence map of each face's expression: its picture against the same person with all action units at 0.

    Args:
        faces: synthetic faces of one size, not mirrored.

    Returns:
        (B, S, S) float32 in [0, 1]: the largest change of a colour channel, before blur, noise and JPEG, 1 where it is
        largest; all 0 for a face that does nothing. As `explab.synth.counterfactual`, for many faces at once.

    Raises:
        MetricError: faces of several sizes, or one that `explab.synth` did not make as it is.
    """
    from explab.synth.anatomy.units import acts_matrix
    from explab.synth.assembly import people, photograph
    from explab.synth.make import BATCH
    from explab.synth.randomness import Draws
    from explab.synth.render import shot

    recipes, acted = [], []
    for face in faces:
        if face.truth is None or face.truth.recipe is None or face.truth.aus is None:
            raise MetricError(
                f"{face.source.name}: only faces made by explab.synth, and not mirrored since, have evidence"
            )
        recipes.append(face.truth.recipe)
        acted.append(face.truth.aus)
    sizes = {int(recipe["size"]) for recipe in recipes}
    if len(sizes) != 1:
        raise MetricError(f"evidence needs faces of one size; these have {sorted(sizes) or 'none'}")
    size = sizes.pop()
    maps = np.empty((len(faces), size, size), np.float32)
    for start in range(0, len(faces), BATCH):
        rows = slice(start, start + BATCH)
        seeds = np.array([recipe["seed"] for recipe in recipes[rows]], np.uint64)
        yaw, pitch, roll = np.array([recipe["pose"] for recipe in recipes[rows]], np.float64).T
        taken = shot.sample(Draws(seeds), yaw, pitch, roll)
        acts = acts_matrix(acted[rows])
        before, after = (
            photograph(people(seeds, row, taken), size, clean=True).images.astype(np.int16)
            for row in (acts, np.zeros_like(acts))
        )
        change = np.maximum(np.abs(after - before).max(-1) - CHANGED_BY_ROUNDING, 0).astype(np.float32)
        maps[rows] = change / np.maximum(change.max((1, 2), keepdims=True), 1)
    return maps
