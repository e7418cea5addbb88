"""From a dataset's name to a trained classifier in a folder, its figures on test data in its card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from explab.data import load_splits
from explab.models import Classifier, load
from explab.models.load import BASIC
from explab.training.guided import GuidedTask, settings_of
from explab.training.history import History
from explab.training.loop import refuse_early, train
from explab.training.parts import PARTS, TESTED, VALIDATED, Tell, made, read, taught
from explab.training.pictures import FACELESS, Pictures
from explab.training.presets import Preset, preset
from explab.training.scores import confusion, figures
from explab.words import count


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run gives.

    Attributes:
        model: the classifier with its best weights.
        history: of the run.
        test: figures on test data: accuracy and recalls, each beside its floor, and the two cosines of attention and AU
            map; see `GuidedTask.figures`.
        confusion: of the test data: true class -> named class -> faces.
    """

    model: Classifier
    history: History
    test: dict[str, float]
    confusion: dict[str, dict[str, int]]


def train_guided(
    data: str,
    out: str | Path,
    *,
    root: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    faceless: float = FACELESS,
    settings: str | Preset = "mini",
    guidance: float | None = None,
    seed: int = 0,
    classes: Sequence[str] = BASIC,
    balance: str = "none",
    faces: int | None = None,
    validated: int = VALIDATED,
    tested: int = TESTED,
    cache: str | Path | None = None,
    device: str | None = None,
    save_every: float = 60.0,
    tell: Tell = print,
) -> Trained:
    """Train a guided classifier, or go on with a run that was stopped, and write it to `out`.

    Validation data choose the epoch; test data are looked at once, at the end. Where a dataset lacks one of the two,
    `explab.data.load_splits` says what stands in; the model's card says it again, with how many pictures each split has
    and what was left out of it.

    Args:
        data: "synth", or a name that `load_splits` knows.
        root, options: of a dataset: its folder, and what `load_splits` takes besides.
        faceless: of a dataset: largest share of a split in which no face is found.
        settings: a preset or its name.
        guidance: another lambda than the preset's; 0 trains without guidance.
        seed: of the first weights and of everything random in training.
        classes: expressions to tell apart.
        balance: what is done about rare classes: "none", "weights" in the loss, or a "sampler"; see `GuidedTask`.
        faces, validated, tested: how many synthetic faces.
        cache: folder for pictures and landmarks, which runs may share; left out, `out/cache`.
        device, save_every: see `train`.
        tell: gets lines about the data.

    Raises:
        ValueError, DatasetError, ModelError, TrainingError: as of its parts; each says what to do. What can be known
            before pictures are prepared is said before.
        OSError: a folder that cannot be written.
    """
    chosen = preset(settings) if isinstance(settings, str) else settings
    _check(data, root, options, faces=faces, validated=validated, tested=tested)
    out = Path(out)
    cache = Path(cache or out / "cache")
    for folder in (out, cache):
        writable(folder)
    strength = chosen.guidance if guidance is None else guidance
    recipe = replace(chosen.recipe, seed=seed)
    model = load("guided", backbone=chosen.backbone, classes=classes, seed=seed)
    task_key = settings_of(
        model,
        guidance=strength,
        codebook=chosen.codebook,
        profile=chosen.profile,
        augment=chosen.augment,
        balance=balance,
    )
    splits = None if data == "synth" else load_splits(data, root, **(options or {}))
    n = (chosen.faces if faces is None else faces) if splits is None else taught(splits, model, tell, balance)
    if splits is not None and (fitted := recipe.fitting(n)) != recipe:
        tell(
            f"batches of {fitted.batch} in place of {recipe.batch}: there are {count(n, 'training picture')}"
        )
        recipe = fitted
    refuse_early(task_key, n, recipe, out, device=device)
    parts = (
        made(model, cache, n, validated, tested)
        if splits is None
        else read(splits, model, cache, faceless, tell)
    )
    task = GuidedTask(
        model,
        parts.train,
        parts.validation,
        guidance=strength,
        codebook=chosen.codebook,
        profile=chosen.profile,
        augment=chosen.augment,
        balance=balance,
    )
    name = f"guided x{strength:g}" if strength else "unguided"
    history = train(task, recipe, out, device=device, save_every=save_every, what=f"training {name}")
    model.module.eval()
    truth, named, cosines = task.judged(model.module, parts.test)
    test = figures(truth, named, model.classes) | cosines
    confused = confusion(truth, named, model.classes)
    by_part = {part: getattr(parts, part) for part in PARTS}
    card: dict[str, Any] = {
        "made": date.today().isoformat(),
        "data": {part: pictures.source for part, pictures in by_part.items()},
        "faces": {part: len(pictures) for part, pictures in by_part.items()},
        **({} if splits is None else {"layout": splits.train.rule, "unlabelled": splits.unlabelled}),
        **(
            {} if splits is None else {"used": {part: pictures.account for part, pictures in by_part.items()}}
        ),
        "synthetic": data == "synth",
        "remarks": [] if splits is None else list(splits.remarks),
        "guidance": strength,
        "balance": balance,
        "codebook": chosen.codebook,
        "profile": chosen.profile,
        "seed": seed,
        "recipe": asdict(recipe),
        "best epoch": history.best,
        "test": test,
        "confusion": confused,
        "unknown": list(chosen.unknown),
        "departures": list(chosen.departures),
    }
    model = replace(model, card=_first_made(out, card))
    model.save(out)
    return Trained(model, history, test, confused)


def writable(folder: Path) -> None:
    """Make a folder, and find out whether files can be written to it before there is work to lose.

    Raises:
        OSError: they cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass


def _check(
    data: str, root: str | Path | None, options: Mapping[str, Any] | None, **numbers: int | None
) -> None:
    """Arguments that do not go together. Raises ValueError."""
    for name, n in numbers.items():
        if n is not None and not (isinstance(n, int) and n >= 1):
            raise ValueError(f"{name}={n!r}: a whole number of synthetic faces from 1")
    if data == "synth" and (root is not None or options):
        raise ValueError("synth lies in no folder and takes no options; name the dataset, or leave them out")
    if data != "synth" and numbers["faces"] is not None:
        raise ValueError(f"faces= says how many synthetic faces are made; {data} has the pictures it has")


def _first_made(out: Path, card: dict[str, Any]) -> dict[str, Any]:
    """The card with the day on which the model was made first: a finished run that is read again is not made anew."""
    file = out / "config.json"
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8")).get("card", {})
        if {**before, "made": ""} == {**card, "made": ""}:
            return {**card, "made": before["made"]}
    return card


def majority(part: Pictures) -> float:
    """The accuracy of always naming the most frequent expression: the floor of every accuracy."""
    return float(np.unique(part.labels, return_counts=True)[1].max() / len(part))
