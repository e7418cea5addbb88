"""`cams` for any network, `attribute` and `au_effects` for a classifier and faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.errors import AttributionError
from explab.attribution.look import mapped
from explab.attribution.method import Method, named
from explab.attribution.outputs import CHUNK
from explab.attribution.result import Attributions
from explab.attribution.scaling import resized
from explab.attribution.targets import class_targets
from explab.face import Face
from explab.progress import progress_bar
from explab.words import short_names

SIX = ("gradcam", "gradcam++", "xgradcam", "hirescam", "layercam", "scorecam")
"""The class activation maps that are drawn unless told otherwise."""

BATCH = 32
"""Faces that go through the network together."""


class Explainable(Protocol):
    """What `attribute` needs of a model; every classifier of explab has it."""

    @property
    def module(self) -> nn.Module:
        """(B, C, H, W) -> (B, n_classes) logits, as a tensor or as `.logits`."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Name of each logit."""

    @property
    def layer(self) -> str:
        """The layer that maps are read at unless told otherwise."""

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the module's input."""

    def prepare(self, faces: Sequence[Face]) -> Tensor:
        """(B, C, H, W) on the module's device, normalised as it wants it."""

    def landmarks(self, faces: Sequence[Face]) -> NDArray[np.float32]:
        """(B, 478, 3) px of what `prepare` makes."""


def cams(
    module: nn.Module,
    layer: str,
    x: Tensor,
    target: Any = None,
    methods: str | Method | Sequence[str | Method] = SIX,
) -> Tensor:
    """Class activation maps of any network, at the resolution of one of its layers.

    All methods share one forward and one backward pass, and read nothing else but ScoreCAM and AblationCAM, which ask
    again for every channel. The network is left as it was found: modes, gradients, hooks.

    Args:
        module: (B, C, H, W) -> logits (B, n_classes), as a tensor or as `.logits`.
        layer: name as in `module.named_modules()`; `layer_sizes(module, x)` lists those that fit.
        x: (B, C, H, W) float pictures as the network takes them, on its device.
        target: class to explain, one number for all or (B,); None is the predicted class.
        methods: names of `methods()` that read a layer, or `Method` objects with options of their own.

    Returns:
        (n_methods, B, h, w) float32 on the network's device, as the methods define them: most are cut off at 0, "cam"
        and "attention" are not, and none is stretched. See `normalised`.

    Raises:
        AttributionError: an unknown layer, method or target, or a method that this network or layer cannot give.
    """
    wanted = named(methods)
    others = [method.name for method in wanted if method.reads != "layer"]
    if others:
        raise AttributionError(
            f"{', '.join(others)} reads no layer and has no maps of its size; use attribute()"
        )
    maps, _ = mapped(module, layer, x, target, wanted)
    return torch.stack(maps)


def attribute(
    model: Explainable,
    faces: Face | Sequence[Face],
    methods: str | Method | Sequence[str | Method] = SIX,
    target: Any = None,
    layer: str | None = None,
    size: tuple[int, int] | None = None,
) -> Attributions:
    """Where a model's predictions for faces came from, by any of `methods()`.

    Args:
        model: a classifier; see `Explainable`.
        faces: one or several.
        methods: names, or `Method` objects with options of their own.
        target: None or "predicted"; "true", each face's `truth.expression`; a class name or number, one for all faces
            or one for each.
        layer: where class activation maps are read; None is the model's own choice.
        size: (height, width) of all maps; None is that of the model's input, which gradients and occlusion have anyway.
            Maps of a layer are resized to it bilinearly; `cams` gives them as they are.

    Raises:
        AttributionError: no classifier, no face, or as of `cams`; a face without truth where "true" is asked for;
            answers that are no numbers.
    """
    wanted = named(methods)
    group = checked(model, faces)
    name = model.layer if layer is None else layer
    title = getattr(model, "name", type(model.module).__name__)
    own = getattr(model, "multi_label", False)
    chunk = getattr(model, "batch_size", None) or CHUNK
    marked = any(method.reads == "landmarks" for method in wanted)
    drawn, chosen = [], []
    for part, numbers in batches(model, group, target, "attributing"):
        landmarks = model.landmarks(part) if marked else None
        x = model.prepare(part)
        maps, targets = mapped(model.module, name, x, numbers, wanted, landmarks, title, own, chunk)
        drawn.append(np.stack([resized(map, size or model.size).cpu().numpy() for map in maps]))
        chosen.append(targets.cpu().numpy())
    names = [face.source.name for face in group]
    short = short_names(names)
    return Attributions(
        maps=np.concatenate(drawn, 1),
        methods=tuple(method.name for method in wanted),
        signed=tuple(method.signed for method in wanted),
        targets=np.concatenate(chosen),
        classes=tuple(model.classes),
        layer=name,
        faces=tuple(short[source] for source in names),
        provenance={
            "model": title,
            "options": {method.name: method.options for method in wanted},
            "versions": {package: version(package) for package in ("explab", "torch", "captum")},
        },
    )


def checked(model: Explainable, faces: Face | Sequence[Face]) -> list[Face]:
    """One face or several as a list. Raises AttributionError for what is no classifier and for what are no faces."""
    if not hasattr(model, "prepare"):
        raise AttributionError(
            f"model is a {type(model).__name__}, which knows neither classes nor faces; wrap a network first: "
            "xl.wrap(net, layer=..., classes=...), or load one by name: xl.load(...)"
        )
    group = [faces] if isinstance(faces, Face) else list(faces)
    if not group:
        raise AttributionError("there is no face to explain")
    if strange := next((item for item in group if not isinstance(item, Face)), None):
        raise AttributionError(f"{strange!r} is no Face; read pictures with xl.read_faces")
    return group


def batches(
    model: Explainable, faces: Sequence[Face], target: Any, what: str
) -> Iterator[tuple[Sequence[Face], list[int] | None]]:
    """Faces in batches, with the class number of each or None for the predicted ones, under a progress bar."""
    numbers = class_targets(target, model.classes, faces)
    size = getattr(model, "batch_size", None) or BATCH
    with progress_bar(len(faces), what, "face") as bar:
        for start in range(0, len(faces), size):
            part = slice(start, start + size)
            yield faces[part], None if numbers is None else numbers[part]
            bar.update(len(faces[part]))
