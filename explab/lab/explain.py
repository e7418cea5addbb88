"""`explain`: faces and models in, one Explanation for each face out; every model looks at all faces in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.heatmaps import render
from explab.lab.explanation import CODEBOOK, ELSEWHERE, Agreement, Attribution, Explanation, Judged

if TYPE_CHECKING:
    from explab.models import Classifier

METHODS = ("attention", "gradcam", "layercam")
"""Maps that are drawn unless told otherwise: one backward pass gives them all."""
SIDE = 64
"""Side in px of the maps that are compared: a cosine of soft blobs needs no more."""
PARTS = {
    "brows": ("AU1", "AU2", "AU4"),
    "eyes": ("AU43",),
    "cheeks": ("AU6",),
    "nose": ("AU9",),
    "mouth corners": ("AU12", "AU15"),
    "lips": ("AU23",),
    "chin": ("AU17",),
}
"""Parts of the face in a teacher's words, each the regions of some units."""

Values = NDArray[np.float64]


@overload
def explain(
    faces: Face, models: Classifier | Sequence[Classifier] = ..., methods: Sequence[str] = ...
) -> Explanation: ...


@overload
def explain(
    faces: Sequence[Face], models: Classifier | Sequence[Classifier] = ..., methods: Sequence[str] = ...
) -> list[Explanation]: ...


def explain(
    faces: Face | Sequence[Face],
    models: Classifier | Sequence[Classifier] = (),
    methods: Sequence[str] = METHODS,
) -> Explanation | list[Explanation]:
    """What models say of faces, where they looked, and how far that agrees with the action units.

    Args:
        faces: one face or several.
        models: one classifier or several; none is allowed, and gives explanations in which nobody says anything.
        methods: of `explab.attribution.methods()`. Maps explain the predicted expression.

    Returns:
        An Explanation, or one for each face, in their order.

    Raises:
        AttributionError: an unknown method, or one that a model cannot give.
        TypeError: a model that is no classifier.
    """
    face_list = [faces] if isinstance(faces, Face) else list(faces)
    model_list = models if isinstance(models, Iterable) else [models]
    judged = [_judged(model, face_list, methods) for model in model_list] if face_list else []
    explanations = [Explanation(face, tuple(row[i] for row in judged)) for i, face in enumerate(face_list)]
    return explanations[0] if isinstance(faces, Face) else explanations


def _judged(model: Classifier, faces: Sequence[Face], methods: Sequence[str]) -> list[Judged]:
    from explab.attribution import attribute, layer_sizes
    from explab.attribution.method import named

    if not hasattr(model, "predict"):
        raise TypeError(
            f"{model!r} is no classifier; load one by name, xl.load(...), or wrap a network, xl.wrap(...)"
        )
    resolved = named(methods)
    predictions = model.predict(faces)
    sizes = layer_sizes(model.module, model.prepare(faces[:1]))
    # At the resolution of the layer; for a layer without maps, attribute says what is wrong.
    size = sizes[model.layer][1:] if model.layer in sizes else None
    attributed = attribute(model, faces, resolved, size=size)
    where = _parts(model, faces, attributed.maps)
    agreements = _agreements(model, faces, attributed.maps, attributed.methods, attributed.targets)
    return [
        Judged(
            prediction,
            model.view.box,
            tuple(
                Attribution(
                    method=method.name,
                    map=attributed.maps[m, i],
                    target="" if method.classless else attributed.target_names[i],
                    layer=attributed.layer,
                    parts=where[m][i],
                    agreements=agreements[m][i],
                    signed=method.signed,
                )
                for m, method in enumerate(resolved)
            ),
            model.card,
        )
        for i, prediction in enumerate(predictions)
    ]


def _parts(
    model: Classifier, faces: Sequence[Face], maps: NDArray[np.float32]
) -> list[list[dict[str, float]]]:
    """(M, B, h, w) maps -> for each method and face, the mean of its stretched map on every part, highest first."""
    from explab.attribution import normalised
    from explab.attribution.scaling import resized

    units = list(dict.fromkeys(code for codes in PARTS.values() for code in codes))
    drawn, _ = render(model.landmarks(faces), units, (SIDE, SIDE), image_size=model.size)
    regions = np.stack(
        [drawn[:, [units.index(code) for code in codes]].max(1) for codes in PARTS.values()], 1
    )
    regions = np.concatenate([regions, 1 - regions.max(1, keepdims=True)], 1)  # (B, parts + 1, SIDE, SIDE)
    names = (*PARTS, ELSEWHERE)
    shown = resized(normalised(maps), (SIDE, SIDE))
    size = regions.sum((2, 3))
    means = np.einsum("mbhw,bphw->mbp", shown, regions) / np.where(size > 0, size, 1)
    flat = ~(np.ptp(maps, axis=(2, 3)) > 0)  # also those that are not finite
    return [
        [
            {}
            if flat[m, i]
            else {names[p]: float(row[p]) for p in np.argsort(-row, kind="stable") if size[i, p] > 0}
            for i, row in enumerate(rows)
        ]
        for m, rows in enumerate(means)
    ]


def _agreements(
    model: Classifier,
    faces: Sequence[Face],
    maps: NDArray[np.float32],
    methods: Sequence[str],
    targets: NDArray[np.int64],
) -> list[list[tuple[Agreement, ...]]]:
    """For each method and face, its agreement with the AU map of the target and, where it is another, the truth."""
    from explab.attribution.metrics import attention_cosine, binarised, cosine, floors, relevance_mass

    class_au_maps, valid = _au_maps(model, faces)
    know_nothing = {
        "uniform": floors.uniform(len(faces), (SIDE, SIDE)),
        "centre": floors.centre(len(faces), (SIDE, SIDE)),
        "template": floors.template(class_maps=class_au_maps)[0],
    }
    rows = np.arange(len(faces))
    agreements: list[list[tuple[Agreement, ...]]] = [[() for _ in faces] for _ in methods]
    for classes in (targets, _other_truths(model, faces, targets)):
        au_maps, defined = class_au_maps[rows, classes], valid[rows, classes] & (classes >= 0)
        area = binarised(au_maps).mean((1, 2))
        for m, method in enumerate(methods):
            measure = attention_cosine if method == "attention" else cosine
            values = measure(maps[m], au_maps, defined)
            floor_values = {name: measure(map, au_maps, defined) for name, map in know_nothing.items()}
            inside = relevance_mass(maps[m], au_maps, defined)
            for i in np.flatnonzero(np.isfinite(values)):
                agreements[m][i] += (
                    Agreement(
                        model.classes[classes[i]],
                        float(values[i]),
                        {name: float(row[i]) for name, row in floor_values.items()},
                        float(inside[i]),
                        float(area[i]),
                    ),
                )
    return agreements


def _au_maps(model: Classifier, faces: Sequence[Face]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(B, C, SIDE, SIDE) AU maps of the model's classes in its view, and which are valid (B, C): not Neutral's."""
    from explab.attribution.metrics import class_maps

    maps = np.zeros((len(faces), len(model.classes), SIDE, SIDE), np.float32)
    valid = np.zeros(maps.shape[:2], bool)
    points = model.landmarks(faces)
    for book in dict.fromkeys(CODEBOOK.values()):
        indices = [i for i, name in enumerate(model.classes) if CODEBOOK.get(name) == book]
        if indices:
            names = [model.classes[i] for i in indices]
            maps[:, indices], valid[:, indices] = class_maps(
                points, (SIDE, SIDE), image_size=model.size, expressions=names, codebook=book
            )
    return maps, valid


def _other_truths(model: Classifier, faces: Sequence[Face], targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """(B,) number of each face's true expression; -1 where it is the target, unknown, or no class of the model."""
    place = {name: i for i, name in enumerate(model.classes)}
    true_classes = [place.get((face.truth and face.truth.expression) or "", -1) for face in faces]
    return np.where(np.array(true_classes) == targets, -1, true_classes)
