"""Training a classifier whose attention follows the action units (Belharbi et al., FG 2024)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from explab.attribution.capture import capture
from explab.attribution.metrics import attention_cosine, attention_cosine_layer
from explab.attribution.outputs import as_maps, logits_of
from explab.facs.codebooks import codebook as find_codebook
from explab.heatmaps import expression_maps, render
from explab.models.classifier import Classifier
from explab.statistics import class_mean
from explab.training import balance as balancing
from explab.training import checksum, scores
from explab.training.alignment import Alignment
from explab.training.augment import Augment
from explab.training.paper_maps import BOOK, PaperMaps
from explab.training.pictures import Pictures
from explab.words import near

MAP_SIDE = 28
"""Maps of the `face` profile are drawn this large and resized to a layer, whatever the picture: the size of the paper's
maps before it blows them up."""

PROFILES = ("face", "paper")

LOOKED_AT = 256
"""Faces judged together."""


class GuidedTask:
    """Cross-entropy plus `guidance` times the alignment of attention with the AU map of the true expression.

    Maps of the `face` profile are drawn anew for every batch, from landmarks that moved with the picture. Those of the
    `paper` profile belong to the picture as it is, as large as it is, and are moved with it, as the authors do; see
    `explab.training.paper_maps`. Faces whose expression has no units (Neutral), or whose landmarks were not found,
    teach the class alone.

    Args:
        classifier: the network to train, with its view and classes.
        train, validation: pictures whose labels are classes of it.
        guidance: lambda of the paper; 0 trains without and costs nothing.
        layers: layers to guide; left out, `classifier.layer`.
        distance: see `explab.training.alignment`.
        per_unit: compare attention with every unit of the expression on its own instead of with their maximum.
        codebook: which units an expression has.
        profile: whose maps: "face", or "paper", which goes with the codebook "paper" and without `per_unit`.
        augment: random changes of training faces.
        balance: "weights" makes every class weigh the same in the loss, "sampler" draws every class as often as any
            other; either is judged by the mean recall of the classes in place of accuracy. "none" does nothing.

    Raises:
        ValueError: pictures labelled with what is no class, an unknown distance or profile, options that do not go with
            the profile, a guidance that is no number from 0.
        NotInCodebook: a class that the codebook has no row for.
        CodebookError: no such codebook.
    """

    def __init__(
        self,
        classifier: Classifier,
        train: Pictures,
        validation: Pictures,
        *,
        guidance: float = 4.0,
        layers: Sequence[str] | None = None,
        distance: str = "cosine",
        per_unit: bool = False,
        codebook: str = "survey",
        profile: str = "face",
        augment: Augment | None = None,
        balance: str = "none",
    ) -> None:
        self.align = Alignment(layers or [classifier.layer], distance)
        self.augment = augment or Augment()
        self._settings = settings_of(
            classifier,
            guidance=guidance,
            layers=self.align.layers,
            distance=distance,
            per_unit=per_unit,
            codebook=codebook,
            profile=profile,
            augment=self.augment,
            balance=balance,
        )
        self.balance = balance
        self.classifier = classifier
        self.module = classifier.module
        self.train, self.validation = train, validation
        self.n = len(train)
        self.guidance, self.per_unit, self.codebook, self.profile = guidance, per_unit, codebook, profile
        self._paper: dict[str, PaperMaps] = {}
        self._labels = _indices(train, classifier.classes)
        weights = balancing.class_weights(self._labels, len(classifier.classes))
        self._weights = torch.from_numpy(weights) if balance == "weights" else None
        self.sampling = balancing.chances(self._labels) if balance == "sampler" else None
        _indices(validation, classifier.classes)

    def key(self) -> Mapping[str, Any]:
        """Everything that makes this another task; see `Task`."""
        return {
            **self._settings,
            "train": f"{self.train.source}: {self.train.fingerprint}",
            "validation": f"{self.validation.source}: {self.validation.fingerprint}",
        }

    def loss(self, module: nn.Module, rows: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Composite loss of some training faces, and its parts."""
        at = rows.cpu().numpy()
        pixels, points = tensors(self.train, at, rows.device)
        labels = torch.from_numpy(self._labels[at]).to(rows.device)
        if self.guidance and self.profile == "paper":
            drawn, valid = self._of_paper(self.train).batch(at, rows.device)
            pixels, points, maps = self.augment.with_maps(pixels, points, drawn)
        else:
            pixels, points = self.augment(pixels, points)
        x = self.classifier.view.normalised(pixels)
        weights = None if self._weights is None else self._weights.to(rows.device)
        if not self.guidance:
            return (ce := functional.cross_entropy(logits_of(module(x)), labels, weights)), {"ce": ce}
        if self.profile == "face":
            maps, valid = self._maps(points, labels, self.per_unit)
        with self.align.watch(self.module) as term:
            ce = functional.cross_entropy(logits_of(module(x)), labels, weights)
            far = term(maps, valid)
        return ce + self.guidance * far, {"ce": ce, "alignment": far}

    def validate(self, module: nn.Module) -> Mapping[str, float]:
        """Figures on the validation pictures; in a balanced run "score" is the mean recall, beside the "accuracy"."""
        figures = self.figures(module, self.validation)
        if self.balance == "none":
            return figures
        return figures | {"score": figures["recall"], "accuracy": figures["score"]}

    def figures(self, module: nn.Module, part: Pictures) -> dict[str, float]:
        """Of a network in evaluation mode on some pictures: accuracy ("score") and recalls with their floors, see
        `scores.figures`, and the two cosines of attention and AU map, see `judged`."""
        truth, named, cosines = self.judged(module, part)
        return scores.figures(truth, named, self.classifier.classes) | cosines

    @torch.no_grad()
    def judged(
        self, module: nn.Module, part: Pictures
    ) -> tuple[scores.Indices, scores.Indices, dict[str, float]]:
        """Of a network in evaluation mode on n pictures.

        Returns:
            (n,) the true class; (n,) the class named; and where a face has an AU map, two cosines of attention and AU
            map: "attention_cosine", the paper's ATT-COS (at the size of the picture, unweighted mean over the classes'
            means), and "attention_cosine_layer", 1 - the loss (on the layer's own grid, mean over faces), which is the
            higher one.
        """
        layer, device = self.classifier.layer, next(module.parameters()).device
        truth = _indices(part, self.classifier.classes)
        named = []
        published: list[NDArray[np.float64]] = []
        on_layer: list[NDArray[np.float64]] = []
        for rows in np.array_split(np.arange(len(part)), -(-len(part) // LOOKED_AT)):
            pixels, points = tensors(part, rows, device)
            labels = torch.from_numpy(truth[rows]).to(device)
            with capture(module, layer) as seen:
                logits = logits_of(module(self.classifier.view.normalised(pixels)))
            named.append(logits.argmax(1).cpu().numpy())
            attention = as_maps(seen[layer]).mean(1)
            for measure, side, values in (
                (attention_cosine, self.classifier.view.size, published),
                (attention_cosine_layer, MAP_SIDE, on_layer),
            ):
                maps, valid = (
                    self._maps(points, labels, per_unit=False, side=side)
                    if self.profile == "face"
                    else self._of_paper(part).batch(rows, device)
                )
                values.append(measure(attention, maps, valid))
        cosines = {
            "attention_cosine": class_mean(np.concatenate(published), truth),
            "attention_cosine_layer": class_mean(np.concatenate(on_layer)),
        }
        measured = {name: value for name, value in cosines.items() if value is not None}
        return truth, np.concatenate(named), measured

    def _of_paper(self, part: Pictures) -> PaperMaps:
        """The paper's maps of some pictures, drawn when they are first asked for."""
        if part.fingerprint not in self._paper:
            labels = part.labels.tolist()
            self._paper[part.fingerprint] = PaperMaps(part.points, labels, self.classifier.view.size)
        return self._paper[part.fingerprint]

    def _maps(
        self, points: Tensor, labels: Tensor, per_unit: bool, side: int = MAP_SIDE
    ) -> tuple[Tensor, Tensor]:
        """Maps of the `face` profile and valid for `Alignment`: (B, side, side), or one per unit."""
        names = [self.classifier.classes[i] for i in labels.tolist()]
        shown = (float(self.classifier.view.size),) * 2
        if not per_unit:
            drawn: tuple[Tensor, Tensor] = expression_maps(
                points, names, (side, side), image_size=shown, codebook=self.codebook
            )
            return drawn
        book = find_codebook(self.codebook)
        units = tuple(dict.fromkeys(code for name in book for code in book.units(name)))
        maps, valid = render(points, units, (side, side), image_size=shown)
        table = {name: [code in book.weights(name) for code in units] for name in set(names)}
        acted = torch.tensor([table[name] for name in names], device=points.device)
        return maps, valid & acted


def settings_of(
    classifier: Classifier,
    *,
    guidance: float = 4.0,
    layers: Sequence[str] | None = None,
    distance: str = "cosine",
    per_unit: bool = False,
    codebook: str = "survey",
    profile: str = "face",
    augment: Augment | None = None,
    balance: str = "none",
) -> dict[str, Any]:
    """What makes a task another one, apart from its pictures; arguments and errors as of `GuidedTask`."""
    if profile not in PROFILES:
        raise ValueError(f"no profile {profile!r}; there are {', '.join(PROFILES)}{near(profile, PROFILES)}")
    if profile == "paper" and (codebook != BOOK or per_unit):
        raise ValueError(
            f"the paper's maps are merged by the paper's codebook: codebook={codebook!r} must be {BOOK!r}, and "
            "per_unit left out; or use profile='face'"
        )
    if not 0 <= guidance < math.inf:
        raise ValueError(f"guidance={guidance!r} must be a number from 0 up; 0 trains without guidance")
    for name in classifier.classes:  # said now, not when the first such face comes up
        find_codebook(codebook).weights(name)
    return {
        "model": classifier.name,
        "built": classifier.recipe,
        "first weights": checksum.of_weights(classifier.module),
        "classes": list(classifier.classes),
        "guidance": guidance,
        "layers": list(layers or [classifier.layer]),
        "distance": distance,
        "per_unit": per_unit,
        "codebook": codebook,
        "profile": profile,
        "augment": (augment or Augment()).key(),
        "balance": balancing.checked(balance),
    }


def tensors(
    part: Pictures, rows: np.ndarray[Any, np.dtype[np.int64]], device: torch.device
) -> tuple[Tensor, Tensor]:
    """(B, 3, S, S) pixels in [0, 1] and (B, 478, 3) landmarks of some faces."""
    pixels = torch.from_numpy(part.pixels[rows]).to(device).permute(0, 3, 1, 2).float() / 255
    return pixels, torch.from_numpy(part.points[rows]).to(device)


def _indices(part: Pictures, classes: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    unknown = sorted(set(part.labels.tolist()) - set(classes))
    if unknown:
        raise ValueError(
            f"{part.source}: labelled {', '.join(unknown)}, which the model does not know; "
            f"its classes are {', '.join(classes)}. Leave those faces out, or build a model with these classes"
        )
    where = {name: i for i, name in enumerate(classes)}
    return np.array([where[name] for name in part.labels.tolist()], np.int64)
