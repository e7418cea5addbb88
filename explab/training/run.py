"""From a dataset's name to a trained classifier in a folder, its figures on test data in its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from explab.models import Classifier, load
from explab.models.load import BASIC
from explab.training.guided import GuidedTask
from explab.training.history import History
from explab.training.loop import train
from explab.training.pictures import Pictures, from_dataset, synthetic
from explab.training.presets import Preset, preset

TRAIN, VALIDATION, TEST = 1, 2, 3
"""Seeds of synthetic people, so that nobody is in two splits."""
VALIDATED, TESTED = 2000, 2000
"""Synthetic faces to validate and to test on."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run gives: the classifier with its best weights, its history and its figures on test data."""

    model: Classifier
    history: History
    test: dict[str, float]


@dataclass(frozen=True, eq=False)
class Splits:
    """Training, validation and test pictures; nobody's face is in two of them as far as the data tell people apart."""

    train: Pictures
    validation: Pictures
    test: Pictures


def splits(
    data: str,
    root: str | Path | None,
    model: Classifier,
    cache: Path,
    faces: int,
    validated: int = VALIDATED,
    tested: int = TESTED,
) -> Splits:
    """The pictures of a dataset as a model sees them, or of synthetic faces (`data="synth"`)."""
    if data == "synth":
        made = [
            synthetic(n, seed=seed, view=model.view, expressions=model.classes, cache=cache)
            for n, seed in ((faces, TRAIN), (validated, VALIDATION), (tested, TEST))
        ]
        return Splits(*made)
    from explab.data import load_dataset

    parts = [
        from_dataset(load_dataset(data, root, split), view=model.view, cache=cache, expressions=model.classes)
        for split in ("train", "validation", "test")
    ]
    return Splits(*parts)


def train_guided(
    data: str,
    out: str | Path,
    *,
    root: str | Path | None = None,
    settings: str | Preset = "mini",
    guidance: float | None = None,
    seed: int = 0,
    classes: Sequence[str] = BASIC,
    faces: int | None = None,
    validated: int = VALIDATED,
    tested: int = TESTED,
    cache: str | Path | None = None,
    device: str | None = None,
    save_every: float = 60.0,
) -> Trained:
    """Train a guided classifier, or go on with a run that was stopped, and write it to `out`.

    Validation data choose the epoch; test data are looked at once, at the end.

    Args:
        data: "synth", or a name that `load_dataset` knows. root: its folder.
        out: folder of the run; the model can be read from it with `load(out)`.
        settings: a preset or its name.
        guidance: another lambda than the preset's; 0 trains without guidance.
        seed: of the first weights and of everything random in training.
        classes: expressions to tell apart.
        faces, validated, tested: how many synthetic faces.
        cache: folder for pictures and landmarks, which runs may share; left out, `out/cache`.
        device, save_every: see `train`.

    Raises:
        ValueError, DatasetError, ModelError, TrainingError: as of its parts; each says what to do.
    """
    chosen = preset(settings) if isinstance(settings, str) else settings
    out = Path(out)
    strength = chosen.guidance if guidance is None else guidance
    model = load("guided", backbone=chosen.backbone, classes=classes, seed=seed)
    parts = splits(data, root, model, Path(cache or out / "cache"), faces or chosen.faces, validated, tested)
    task = GuidedTask(
        model,
        parts.train,
        parts.validation,
        guidance=strength,
        codebook=chosen.codebook,
        augment=chosen.augment,
    )
    recipe = replace(chosen.recipe, seed=seed)
    name = f"guided x{strength:g}" if strength else "unguided"
    history = train(task, recipe, out, device=device, save_every=save_every, what=f"training {name}")
    model.module.eval()
    test = task.figures(model.module, parts.test)
    card: dict[str, Any] = {
        "made": date.today().isoformat(),
        "data": {part: getattr(parts, part).source for part in ("train", "validation", "test")},
        "synthetic": data == "synth",
        "guidance": strength,
        "codebook": chosen.codebook,
        "seed": seed,
        "recipe": asdict(recipe),
        "best epoch": history.best,
        "test": test,
        "unknown": list(chosen.unknown),
    }
    model = replace(model, card=card)
    model.save(out)
    return Trained(model, history, test)


def majority(part: Pictures) -> float:
    """The accuracy of always naming the most frequent expression: the floor of every accuracy."""
    return float(np.unique(part.labels, return_counts=True)[1].max() / len(part))
