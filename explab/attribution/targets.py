"""Which class of each face is explained: names and words -> class numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from explab.attribution.errors import AttributionError
from explab.face import Face
from explab.facs.expressions import ALIASES
from explab.words import near


def class_targets(target: Any, classes: Sequence[str], faces: Sequence[Face]) -> list[int] | None:
    """A class number for each face, or None for the predicted class, which only the network knows.

    Args:
        target: None or "predicted"; "true", each face's `truth.expression`; a class name, an alias of one ("happy") or
            a class number for all faces; or a sequence of names and numbers, one for each face.
        classes: names of the network's classes.
        faces: the B faces.

    Raises:
        AttributionError: a face without truth, an unknown class, with near matches, or too few targets.
    """
    if target is None or (isinstance(target, str) and target == "predicted"):
        return None
    if isinstance(target, str) and target == "true":
        return [class_number(_truth(face), classes) for face in faces]
    given = (
        target.tolist() if hasattr(target, "tolist") else target
    )  # numbers of numpy and torch are plain ones then
    if isinstance(given, str) or not isinstance(given, Iterable):
        return [class_number(given, classes)] * len(faces)
    wanted = list(given)
    if len(wanted) != len(faces):
        raise AttributionError(
            f"{len(wanted)} targets for {len(faces)} faces; give one for each, or one for all"
        )
    return [class_number(item, classes) for item in wanted]


def class_number(wanted: Any, classes: Sequence[str]) -> int:
    """The number of a class, by its name, an alias or its number. Raises AttributionError."""
    if isinstance(wanted, str):
        meant = ALIASES.get(wanted.strip().lower(), wanted)
        for number, name in enumerate(classes):
            if wanted == name or meant == ALIASES.get(name.strip().lower(), name):
                return number
        raise AttributionError(
            f"the model has no class {wanted!r}; it has {', '.join(classes)}{near(wanted, classes)}"
        )
    if isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool) and 0 <= wanted < len(classes):
        return int(wanted)
    raise AttributionError(f"{wanted!r} is no class of the model, which has 0 to {len(classes) - 1}")


def _truth(face: Face) -> str:
    if face.truth is None or face.truth.expression is None:
        raise AttributionError(
            f"target 'true' needs labelled faces, and nobody labelled {face.source.name!r}; use 'predicted' or a class"
        )
    return face.truth.expression
