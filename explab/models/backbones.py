"""Any image backbone of transformers as a classifier with readable maps: ResNet, ConvNeXt, ViT, DeiT, Swin, DINO."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explab.attribution.capture import at_rest
from explab.attribution.outputs import as_maps
from explab.models.classifier import View
from explab.models.errors import ModelError

SIZE = 224
"""Side of the input in px of backbones that do not say theirs."""


class BackboneNet(nn.Module):
    """(B, 3, S, S) -> (B, n_classes): the backbone's last maps, their mean over places, one linear layer.

    Patch tokens of transformers count as maps, class and register tokens do not. So the layer "features" gives
    (B, C, h, w) for every backbone, its channel mean is an attention map, and class activation maps are exact.
    """

    def __init__(self, body: nn.Module, width: int, n_classes: int) -> None:
        super().__init__()
        self.body = body
        self.features = nn.Identity()  # a place to look at the maps
        self.head = nn.Linear(width, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.features(as_maps(self.body(x).last_hidden_state))  # (B, width, h, w)
        logits: Tensor = self.head(maps.mean((2, 3)))
        return logits


def build(backbone: str, n_classes: int, pretrained: bool = True) -> tuple[BackboneNet, View, dict[str, Any]]:
    """A backbone with a new head, its view, and its configuration as JSON, from which `rebuilt` builds it again.

    Args:
        backbone: a folder with a transformers model, or the id of one on the hub, which is then downloaded.
        n_classes: of the new head.
        pretrained: False builds the architecture alone, with new weights.

    Raises:
        ModelError: no such model, or one that puts out no maps.
    """
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.from_pretrained(backbone)
        # Weights are stored in half precision here and there, and would be trained in it.
        body = (
            AutoModel.from_pretrained(backbone, dtype=torch.float32)
            if pretrained
            else AutoModel.from_config(config, dtype=torch.float32)
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{backbone}: no transformers model could be read; name a folder with config.json and weights, "
            f"or a hub id while online ({str(error).partition(chr(10))[0]})"
        ) from error
    view = _view(backbone, config)
    settings = json.loads(config.to_json_string(use_diff=False))
    about = {
        name: value
        for name, value in settings.items()
        if name not in ("_name_or_path", "transformers_version")
    }
    return _headed(backbone, body, view.size, n_classes), view, about


def rebuilt(config: Mapping[str, Any], size: int, n_classes: int) -> BackboneNet:
    """A network with new weights from what `build` said of its backbone, for a picture of `size` px; no file is read.

    Raises:
        ModelError: a kind of backbone that the installed transformers does not have.
    """
    from transformers import AutoConfig, AutoModel

    kind = config["model_type"]
    try:
        config_class = type(AutoConfig.for_model(kind))
    except ValueError as error:
        raise ModelError(
            f"transformers {version('transformers')} has no {kind!r}; install another one"
        ) from error
    body = AutoModel.from_config(config_class.from_dict(dict(config)), dtype=torch.float32)
    return _headed(kind, body, size, n_classes)


def _headed(name: str, body: nn.Module, size: int, n_classes: int) -> BackboneNet:
    """The backbone with a new head. What the maps do not hang on (poolers, norms behind them) is frozen: it would get
    no gradient, which training on several GPUs takes for a fault."""
    with at_rest(body):
        try:
            maps = as_maps(body(torch.zeros(1, 3, size, size)).last_hidden_state)
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            raise ModelError(
                f"{name}: {type(body).__name__} puts out no maps of a picture ({error})"
            ) from error
    weights = list(body.parameters())
    slopes = torch.autograd.grad(maps.sum(), weights, allow_unused=True)
    for weight, slope in zip(weights, slopes, strict=True):
        weight.requires_grad_(slope is not None)
    return BackboneNet(body, maps.shape[1], n_classes)


def _view(backbone: str, config: Any) -> View:
    """Size and normalisation as the backbone's own files say; ImageNet's where they say nothing."""
    from transformers.utils.hub import cached_file

    size = getattr(config, "image_size", None) or SIZE
    file = cached_file(
        backbone, "preprocessor_config.json", _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )  # fmt: skip
    preprocessing = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
    side = size if isinstance(size, int) else size[0]
    return View(
        side,
        mean=tuple(preprocessing.get("image_mean") or View.mean),
        std=tuple(preprocessing.get("image_std") or View.std),
    )
