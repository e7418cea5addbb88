"""Teaching the small network what faces do before it is asked what they express.

Expression labels say little per face; the exact AUs of synthetic faces say much. A network that has learned to name
them needs a fraction of the faces to learn expressions, as one that has seen ImageNet does in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from explab.attribution.outputs import logits_of
from explab.facs.units import mirrored
from explab.models.classifier import Classifier, View
from explab.models.guided import GuidedConfig, GuidedNet
from explab.models.load import BASIC, MINI_VIEW
from explab.synth.anatomy.units import ACTS
from explab.training import checksum
from explab.training.augment import Augment
from explab.training.guided import LOOKED_AT, tensors
from explab.training.history import History
from explab.training.loop import refuse_early, train
from explab.training.parts import TRAIN, VALIDATED, VALIDATION
from explab.training.pictures import Pictures, synthetic
from explab.training.recipe import Recipe
from explab.training.run import writable

MIRRORED = np.array([ACTS.index(mirrored(code)) for code in ACTS])
"""Column of each act as a mirror shows it."""

COMMON = 0.02
"""A unit counts in the score when at least this share of the faces show it at 0.1 or above."""


class UnitTask:
    """Intensities of all acts, both sides apart, by cross-entropy with the intensity as the target.

    Args:
        module: (B, 3, S, S) -> (B, len(ACTS)) logits.
        train, validation: synthetic pictures.
        view: of the network.
        augment: random changes of training faces; a flip swaps the sides of targets as well.
    """

    def __init__(
        self, module: nn.Module, train: Pictures, validation: Pictures, view: View, augment: Augment
    ) -> None:
        for part in (train, validation):
            if part.acts is None:
                raise ValueError(f"{part.source}: their AUs are not known; only synthetic faces will do")
        self.module, self.train, self.validation = module, train, validation
        self.view, self.augment = view, augment
        self.n = len(train)
        self._weights = checksum.of_weights(module)

    def key(self) -> Mapping[str, Any]:
        """Everything that makes this another task."""
        return {
            "train": f"{self.train.source}: {self.train.fingerprint}",
            "validation": f"{self.validation.source}: {self.validation.fingerprint}",
            "first weights": self._weights,
            "augment": self.augment.key(),
        }

    def loss(self, module: nn.Module, rows: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Cross-entropy of some training faces, averaged over acts."""
        at = rows.cpu().numpy()
        pixels, points = tensors(self.train, at, rows.device)
        pixels, points, turned = self.augment.mirrored(pixels, points)
        pixels, _ = self.augment.moved(pixels, points)
        acts = torch.from_numpy(_acts(self.train)[at]).to(rows.device)
        acts = torch.where(turned[:, None], acts[:, torch.from_numpy(MIRRORED).to(rows.device)], acts)
        logits = logits_of(module(self.view.normalised(pixels)))
        return functional.binary_cross_entropy_with_logits(logits, acts), {}

    @torch.no_grad()
    def validate(self, module: nn.Module) -> Mapping[str, float]:
        """Mean correlation with the truth over the acts that are common enough."""
        device = next(module.parameters()).device
        outputs = []
        for rows in np.array_split(np.arange(len(self.validation)), -(-len(self.validation) // LOOKED_AT)):
            pixels, _ = tensors(self.validation, rows, device)
            outputs.append(logits_of(module(self.view.normalised(pixels))).sigmoid().cpu().numpy())
        predicted, true = np.concatenate(outputs), _acts(self.validation)
        common = (true >= 0.1).mean(0) >= COMMON
        pairs = zip(predicted.T[common], true.T[common], strict=True)
        return {"score": float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs]))}


def _acts(part: Pictures) -> NDArray[np.float32]:
    assert part.acts is not None  # checked when the task was made
    return part.acts


def train_units(
    out: str | Path, *, faces: int = 16_000, epochs: int = 20, cache: str | Path, device: str | None = None
) -> History:
    """Train the network that guided ones start from, and write it to `out`.

    It sees the same people as they in training and validation, and nobody of the test data. Errors as `train_guided`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = GuidedNet(GuidedConfig(n_classes=len(ACTS), dropout=0.0))
    recipe = Recipe(epochs=epochs, lr=3e-3, weight_decay=0.02)
    augment = Augment(flip=0.5, rotate=6.0, zoom=(1.0, 1.1), shift=0.03)
    out, cache = Path(out), Path(cache)
    for folder in (out, cache):
        writable(folder)
    task_key = {"first weights": checksum.of_weights(net), "augment": augment.key()}
    refuse_early(task_key, faces, recipe, out, device=device)
    learned, judged = (
        synthetic(n, seed=seed, view=MINI_VIEW, expressions=BASIC, cache=cache)
        for n, seed in ((faces, TRAIN), (VALIDATED, VALIDATION))
    )
    task = UnitTask(net, learned, judged, MINI_VIEW, augment)
    history = train(task, recipe, out, device=device, what="training AUs")
    built = {"backbone": None, "n_classes": len(ACTS)}
    card = {"train": task.train.source, "validation": history.rows[history.best - 1], "synthetic": True}
    Classifier("au-trunk", net.eval(), ACTS, "features", MINI_VIEW, card, built).save(out)
    return history
