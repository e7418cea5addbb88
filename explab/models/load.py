"""`load`: a model by name, from a folder, or new."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from explab.facs.expressions import EXPRESSIONS, expression
from explab.models.backbones import build, rebuilt
from explab.models.classifier import Classifier, View
from explab.models.errors import ModelError
from explab.models.guided import GuidedConfig, GuidedNet
from explab.words import near

EMBEDDED = ("guided-mini",)
"""Models that come with explab, trained by its own commands."""

TRUNK = "au-trunk"
"""The small network after it learned the AUs of synthetic faces, for new ones to start from."""

BASIC = EXPRESSIONS[:7]
"""The seven expressions that the papers tell apart: all but contempt."""

FACE_BOX = (0.10, 0.15, 0.90, 0.95)
"""The part of a crop that explab's own network is shown: brows to a dropped jaw, about as the paper's alignment."""

MINI_VIEW = View(112, FACE_BOX, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def load(
    name: str | Path,
    *,
    backbone: str | Path | None = None,
    classes: Sequence[str] = BASIC,
    pretrained: bool = True,
    seed: int = 0,
) -> Classifier:
    """A classifier.

    Args:
        name: "guided-mini", which comes with explab; a folder that `Classifier.save` or `explab train` wrote; or
            "guided" for a new one, to be trained.
        backbone: of a new one: None is explab's small network with new weights; "au-trunk" the same after it learned
            the AUs of synthetic faces; else a folder or hub id of a transformers image model.
        classes: of a new one: the expressions that it is to tell apart.
        pretrained: False gives a new one with a backbone new weights throughout.
        seed: of new weights.

    Raises:
        ModelError: an unknown name, with near ones; a folder without a model; weights that do not fit; a new one for
            fewer than two expressions.
    """
    if str(name) == "guided":
        names = () if isinstance(classes, str) else tuple(expression(word) for word in classes)
        if len(names) < 2:
            raise ModelError(f"classes={classes!r}; expected a list of two expressions or more")
        return new(names, None if backbone is None else str(backbone), pretrained, seed)
    if backbone is not None:
        raise ModelError(
            f"{name} has its own backbone; `backbone` is for a new model, load('guided', backbone=...)"
        )
    classifier = _stored(find(str(name), others=("guided",)))
    return replace(classifier, name=str(name)) if name in EMBEDDED else classifier


def find(name: str, others: Sequence[str] = ()) -> Path:
    """The folder of a model: an embedded one by name, or any that holds `config.json` and `model.safetensors`.

    Args:
        name: what it is called, or its folder.
        others: names that the caller knows besides, among which an unknown one may have near matches.

    Raises:
        ModelError: neither.
    """
    folder = Path(name).expanduser()
    if name in (*EMBEDDED, TRUNK) and not folder.is_dir():
        folder = assets() / name
        if not folder.is_dir():
            raise ModelError(
                f"{name} comes with explab, but its weights are not installed at {folder}; install explab again, or "
                "make them with `explab train`"
            )
    if (folder / "config.json").is_file() and (folder / "model.safetensors").is_file():
        return folder
    if folder.is_dir():
        raise ModelError(
            f"{folder}: no model of explab in this folder; expected config.json and model.safetensors"
        )
    names = (*EMBEDDED, *others)
    raise ModelError(
        f"no model {name!r}; there are {', '.join(names)} and folders that `explab train` wrote{near(name, names)}"
    )


def new(classes: tuple[str, ...], backbone: str | None, pretrained: bool, seed: int) -> Classifier:
    """A classifier that knows nothing yet, or what its backbone was trained on."""
    if backbone in EMBEDDED:
        raise ModelError(
            f"{backbone} is a trained classifier and no backbone: load({backbone!r}), or start from {TRUNK!r}"
        )
    small = backbone in (None, TRUNK)
    recipe: dict[str, Any] = {"backbone": None if small else backbone, "n_classes": len(classes)}
    # The caller's random numbers go on as if nothing had been drawn here.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if backbone is None or small:
            net: torch.nn.Module = GuidedNet(GuidedConfig(n_classes=len(classes)))
            view = MINI_VIEW
        else:
            net, view, recipe["config"] = build(backbone, len(classes), pretrained)
    if backbone == TRUNK:
        learned = _stored(find(TRUNK)).module.state_dict()
        net.load_state_dict({k: v for k, v in learned.items() if not k.startswith("head.")}, strict=False)
    name = "guided" if backbone is None or small else f"guided {Path(backbone).name}"
    return Classifier(name, net, classes, "features", view, {}, recipe)


def _stored(folder: Path) -> Classifier:
    from safetensors import SafetensorError
    from safetensors.torch import load_model

    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{folder}: config.json is damaged ({error})") from error
    if "recipe" not in config:
        raise ModelError(
            f"{folder}: config.json is not of a model of explab; if it is a transformers model, start from it: "
            f"load('guided', backbone={str(folder)!r})"
        )
    try:
        view = _view(config["view"])
        net = _network(config["recipe"], view, len(config["classes"]))
        load_model(net, str(folder / "model.safetensors"))
        classifier = Classifier(
            config["name"],
            net.eval(),
            tuple(config["classes"]),
            config["layer"],
            view,
            config["card"],
            config["recipe"],
        )
    except (KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"{folder}: config.json and model.safetensors do not fit together ({type(error).__name__}: {error})"
        ) from error
    return classifier


def _network(recipe: dict[str, Any], view: View, n_classes: int) -> torch.nn.Module:
    """The network of a recipe, its weights still to be read."""
    with torch.random.fork_rng(devices=[]):
        if recipe["backbone"] is None:
            return GuidedNet(GuidedConfig(n_classes=n_classes))
        return rebuilt(recipe["config"], view.size, n_classes)


def _view(stored: dict[str, Any]) -> View:
    """JSON knows no tuples."""
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in stored.items()}
    return View(**fields)


def assets() -> Path:
    """Trained weights: beside the package in a checkout, inside it when installed from a wheel."""
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "assets"
    return beside if beside.is_dir() else package / "assets"
