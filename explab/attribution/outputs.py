"""What networks and their layers return, brought to one form: maps (B, C, h, w), logits (B, n_classes)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from explab.attribution.errors import AttributionError
from explab.words import count

CHUNK = 64
"""Pictures that go through a network at once where it is asked about many changed ones."""

PREFIXES = (0, 1, 2, 5, 9)
"""Tokens that stand before the patches: none, class, class and distillation, class and 4 or 8 registers."""

CHANNELS_FIRST = (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
CHANNELS_LAST = (nn.Linear, nn.LayerNorm)
"""Parts that tell where a layer has its channels."""


def as_maps(output: Any, picture: tuple[int, int] = (1, 1), layer: nn.Module | None = None) -> Tensor:
    """The output of any layer as maps: (B, C, h, w), a view of it.

    Args:
        output: (B, C, h, w) maps; channels-last maps (B, h, w, C), as in Swin; or tokens (B, T, C), whose last h * h
            are patches of a square grid behind 0, 1, 2, 5 or 9 class and register tokens. A tuple or a transformers
            output stands for its first tensor.
        picture: (height, width) of the network's input, or any numbers in that proportion: maps have the shape of their
            picture, which tells where the channels are.
        layer: what put it out; tells where the channels are when the shape does not, as of 8 maps of 8 x 8.

    Raises:
        AttributionError: anything else, or maps of which neither tells.
    """
    tensor = first_tensor(output)
    if tensor.ndim == 4:
        return tensor.permute(0, 3, 1, 2) if _channels_last(tensor.shape, picture, layer) else tensor
    if tensor.ndim == 3:
        prefix, side = token_grid(tensor.shape[1])
        return tensor[:, prefix:].transpose(1, 2).view(len(tensor), -1, side, side)
    raise AttributionError(
        f"an output of shape {tuple(tensor.shape)} is no stack of maps: expected (B, C, h, w), (B, h, w, C) or "
        "tokens (B, T, C); name an earlier layer"
    )


def _channels_last(shape: Sequence[int], picture: tuple[int, int], layer: nn.Module | None) -> bool:
    """Whether (B, ., ., .) maps have their channels last."""
    parts = [] if layer is None else list(layer.modules())
    like_first, like_last = (
        any(isinstance(part, kind) for part in parts) for kind in (CHANNELS_FIRST, CHANNELS_LAST)
    )
    if like_first and not like_last:
        return False
    first, last = _shaped(shape[2:4], picture), _shaped(shape[1:3], picture)
    if first == last and like_last and not like_first:
        raise AttributionError(
            f"an output of shape {tuple(shape)} for pictures of {picture} (height, width) may have its channels first "
            "or last; give pictures of another shape, or name another layer"
        )
    return last and not first


def _shaped(maps: Sequence[int], picture: tuple[int, int]) -> bool:
    """Whether (h, w) is (H, W) divided by one stride, up to rounding."""
    (h, w), (height, width) = maps, picture
    return abs(h * width - w * height) < max(height, width)


def token_grid(tokens: int) -> tuple[int, int]:
    """How many of T tokens stand before the patches, and the side of the patches' square grid.

    Raises:
        AttributionError: when the patches cannot form a square.
    """
    side = math.isqrt(tokens)
    prefix = tokens - side * side
    if side == 0 or prefix not in PREFIXES:
        raise AttributionError(
            f"{tokens} tokens are no square grid of patches behind {', '.join(map(str, PREFIXES[:-1]))} or "
            f"{PREFIXES[-1]} other tokens; give the network a square picture"
        )
    return prefix, side


def first_tensor(output: Any) -> Tensor:
    """The tensor that a module returns: itself, or the first one of a tuple or of a transformers output."""
    if isinstance(output, Tensor):
        return output
    parts = output.values() if isinstance(output, Mapping) else output
    if isinstance(output, (Mapping, tuple, list)):
        for part in parts:
            if part is not None:
                return first_tensor(part)
    raise AttributionError(f"a layer that returns {type(output).__name__} has no tensor to look at")


def logits_of(output: Any) -> Tensor:
    """(B, n_classes) logits in what a network returns: a tensor, `.logits`, ["logits"], or one such tensor of a tuple.

    Raises:
        AttributionError: none, or several tensors that may be meant.
    """
    if isinstance(output, Mapping):
        named = output.get("logits")
        parts = list(output.values()) if named is None and len(output) == 1 else [named]
    else:
        named = getattr(output, "logits", output)
        parts = list(named) if isinstance(named, (tuple, list)) else [named]
    answers = [part for part in parts if isinstance(part, Tensor) and part.ndim == 2]
    if len(answers) != 1:
        raise AttributionError(
            f"the network returns {_described(output)}; expected logits (B, n_classes), as a tensor, as `.logits` or "
            "as ['logits']: wrap it in a module that returns its logits"
        )
    return answers[0]


def ask(module: nn.Module, x: Tensor) -> Tensor:
    """The network's logits (B, n_classes) for pictures, of which it gets a copy: some normalise their input in place.

    Raises:
        AttributionError: it answers with something else.
    """
    try:
        logits = logits_of(module(x.clone()))
    except (RuntimeError, ValueError) as error:
        if isinstance(error, AttributionError) or not _takes_one(module, x):
            raise
        raise AttributionError(
            f"the network takes one picture at a time and was given {len(x)} ({str(error).splitlines()[0]}); wrap it "
            "with batch_size=1"
        ) from error
    if len(logits) != len(x):
        raise AttributionError(
            f"the network answers {count(len(x), 'picture')} with {_described(logits)}; expected a row of logits each"
        )
    return logits


def _described(output: Any) -> str:
    """What a network returned, in a few words: "a tuple of (4, 8), (4, 7)"."""
    if isinstance(output, Tensor):
        return str(tuple(output.shape))
    kind = f"a {type(output).__name__}"
    if isinstance(output, Mapping):
        return f"{kind} of {', '.join(f'{name} {_described(part)}' for name, part in output.items())}"
    return f"{kind} of {', '.join(map(_described, output))}" if isinstance(output, (tuple, list)) else kind


def _takes_one(module: nn.Module, x: Tensor) -> bool:
    """Whether a network that failed on several pictures answers the first of them."""
    if len(x) < 2:
        return False
    try:
        module(x[:1].clone())
    except (RuntimeError, ValueError):
        return False
    return True


def is_int8(module: nn.Module) -> bool:
    """Whether a part of the network computes in int8, as torch.ao.quantization makes it; no gradient passes there."""
    return any(".quantized." in f"{type(part).__module__}." for part in module.modules())


def plain(tensor: Tensor) -> Tensor:
    """The numbers that a quantized tensor stands for; any other tensor as it is."""
    return tensor.dequantize() if tensor.is_quantized else tensor


def check_numbers(logits: Tensor, name: str) -> None:
    """Raises AttributionError where an answer among logits (B, n_classes) names no class, as `predict` refuses it."""
    broken = int(logits.detach().float().softmax(1).isnan().any(1).sum())
    if broken:
        raise AttributionError(
            f"{name}: the answer to {broken} of {count(len(logits), 'face')} is not a number (NaN), so there is no "
            "class to explain; its weights may be damaged, or its precision too low"
        )
