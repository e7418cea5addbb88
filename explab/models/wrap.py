"""`wrap`: any classifier somebody brings, so that everything explab does can be done with it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from explab.attribution import AttributionError
from explab.attribution.capture import at_rest, capture, captured, find_layer
from explab.attribution.outputs import as_maps, ask
from explab.facs.expressions import expression
from explab.models.classifier import Classifier, View, weight
from explab.models.errors import ModelError, ModelWarning
from explab.models.outputs import KINDS, answering_logits, kind_of, log, log_odds, tried, within
from explab.words import near

FULL = (0.0, 0.0, 1.0, 1.0)


def wrap(
    module: nn.Module,
    *,
    layer: str,
    classes: Sequence[str],
    size: int = 224,
    box: tuple[float, float, float, float] = FULL,
    mean: float | Sequence[float] = (0.485, 0.456, 0.406),
    std: float | Sequence[float] = (0.229, 0.224, 0.225),
    channels: int = 3,
    name: str | None = None,
    outputs: str = "auto",
    batch_size: int | None = None,
) -> Classifier:
    """A network of your own as a `Classifier`.

    Args:
        module: (B, channels, size, size) -> logits (B, n_classes), as a tensor or as `.logits`, or what `outputs` says.
        layer: the part whose output is shown and explained: (B, C, h, w) maps or (B, T, C) tokens.
        classes: the expression of each logit, in the order of the network; aliases such as "happy" are understood.
        size: side of its input in px.
        box: x0, y0, x1, y1 of the part of a face's crop that it is shown, as shares of the side.
        mean, std: normalisation, in [0, 1] units, of three channels or of all: (x - 0.5) / 0.5 is mean=0.5, std=0.5.
        channels: 3 for RGB, 1 for grey.
        name: what predictions and reports call it; left out, the name of its class.
        outputs: "logits" of a softmax; "probabilities", of a softmax inside the network; "sigmoid", a probability for
            each class on its own, of a sigmoid inside the network or, where numbers leave [0, 1], still to be taken.
            "auto" looks at its answers to a few pictures of noise: numbers in [0, 1] are probabilities where the rows
            sum to 1 and of a sigmoid where they do not, all others are logits. What it took for granted is told by a
            `ModelWarning` and in `card["remarks"]`. The classifier's `module` answers with logits in every case; a
            network with one class is asked through a sigmoid.
        batch_size: the most pictures that the network takes at once, such as 1 where a batch of 1 is baked in.

    Raises:
        ModelError: a network that does not take such a picture, or has another number of logits; outputs or a view that
            do not exist, or probabilities that cannot be any.
        AttributionError: a layer that does not exist, with the layers there are and the sizes of their maps, or that is
            not used; a network that answers with something else than logits.
        ValueError: an unknown expression, with near names.
    """
    if not isinstance(module, nn.Module):
        raise ModelError(f"module is a {type(module).__name__}; expected a network, an nn.Module")
    if outputs not in KINDS:
        raise ModelError(f"no outputs {outputs!r}; there are {', '.join(KINDS)}{near(str(outputs), KINDS)}")
    if batch_size is not None and batch_size < 1:
        raise ModelError(f"batch_size={batch_size!r}; expected a number of pictures, 1 or more")
    names = tuple(expression(word) for word in classes)
    view = View(size, box, _three(mean), _three(std), channels)
    title = name or type(module).__name__
    like = weight(module)
    probe = torch.zeros(1, channels, size, size, device=like.device, dtype=like.dtype)
    with at_rest(module), torch.no_grad():
        logits = _asked(module, probe, title)  # before the layer: its errors list sizes of maps
        with capture(module, [layer], probe=probe) as seen:
            ask(module, probe)
    as_maps(captured(seen, layer, 1), (size, size), find_layer(module, layer))
    if logits.shape[1] != len(names):
        raise ModelError(
            f"{title} gives {logits.shape[1]} logits, but {len(names)} classes were named: {names}"
        )
    if outputs == "probabilities" and len(names) == 1:
        raise ModelError("outputs='probabilities' of one class would always be 1; give outputs='sigmoid'")
    with at_rest(module):
        answers = tried(module, probe)
    kind = (
        outputs
        if outputs != "auto"
        else kind_of(answers, max(1e-3, len(names) * torch.finfo(like.dtype).eps))
    )
    card: dict[str, Any] = {}
    inside = within(answers)
    if kind == "probabilities" and not inside and len(answers):
        raise ModelError(
            f"outputs='probabilities', but {title} gives numbers from {answers.min():.3g} to {answers.max():.3g}; "
            "give outputs='logits'"
        )
    if outputs == "auto" and (kind != "logits" or len(names) == 1):
        card["remarks"] = [_remark(title, kind, inside)]
        warnings.warn(card["remarks"][0], ModelWarning, stacklevel=2)
    if kind == "probabilities":
        module = answering_logits(module, log)
    elif kind == "sigmoid" and inside:
        module = answering_logits(module, log_odds)
    return Classifier(
        title, module, names, layer, view, card, multi_label=kind == "sigmoid", batch_size=batch_size
    )


def _remark(name: str, kind: str, inside: bool) -> str:
    """What was seen of the network's answers, what was made of it, and how to say otherwise."""
    if kind == "probabilities":
        return (
            f"{name} answers with probabilities (in [0, 1], rows sum to 1), so it has its softmax inside: their "
            "logarithm is taken for logits; if they are logits, give outputs='logits'"
        )
    if inside:
        return (
            f"{name} answers with numbers in [0, 1] that do not sum to 1, so each class is taken to have its own "
            "sigmoid inside: their log-odds are taken for logits; if they are logits, give outputs='logits'"
        )
    return (
        f"{name} has one logit: its sigmoid is the probability of its class; outputs='sigmoid' says the same"
    )


def _asked(module: nn.Module, probe: torch.Tensor, name: str) -> torch.Tensor:
    try:
        return ask(module, probe)
    except AttributionError:
        raise
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"{name} does not take a picture of {tuple(probe.shape[1:])} (channels, height, width): {error}; "
            "give `size` and `channels` as the network wants them"
        ) from error


def _three(per_channel: float | Sequence[float]) -> tuple[float, float, float]:
    """One value for all channels, or one for each."""
    values = (per_channel,) if isinstance(per_channel, (int, float)) else tuple(per_channel)
    if len(values) not in (1, 3):
        raise ModelError(f"mean and std are three values, or one for all channels, not {values}")
    red, green, blue = values * 3 if len(values) == 1 else values
    return red, green, blue
