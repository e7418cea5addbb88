"""One forward and one backward pass, and everything that methods read off them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.capture import (
    at_rest,
    capture,
    capture_attention,
    captured,
    check_attention,
    find_layer,
)
from explab.attribution.errors import AttributionError
from explab.attribution.method import Method, Seen
from explab.attribution.outputs import CHUNK, as_maps, ask, check_numbers, is_int8, plain


def mapped(
    module: nn.Module,
    layer: str,
    x: Tensor,
    target: Any,
    methods: Sequence[Method],
    landmarks: NDArray[Any] | None = None,
    title: str | None = None,
    multi_label: bool = False,
    chunk: int = CHUNK,
) -> tuple[list[Tensor], Tensor]:
    """The maps of all methods, each (B, h, w) at its own resolution, and the targets (B,) that they explain.

    Autocast is off meanwhile: maps are as precise as the weights. The network is in evaluation mode meanwhile and
    afterwards as it was: modes, `requires_grad`, `grad` and hooks.
    Arguments and errors as of `cams`; with the network's `title`, answers that are no numbers are refused as well.
    """
    exact = torch.autocast(x.device.type, enabled=False) if isinstance(x, Tensor) else nullcontext()
    with torch.inference_mode(False), exact, at_rest(module), _told(module):
        seen = look(module, layer, x, target, methods, landmarks)
        if title is not None:
            check_numbers(seen.logits, title)
        seen = replace(seen, multi_label=multi_label, chunk=chunk)
        return [method.maps(seen) for method in methods], seen.targets


UNGRADED = "'scorecam', 'ablationcam', 'occlusion' and 'au_ablation' need none"


@contextmanager
def _told(module: nn.Module) -> Iterator[None]:
    """Turns what torch says of missing gradients while the block runs into the reason that the network has for it."""
    try:
        yield
    except RuntimeError as error:
        said = str(error)
        if "Inference tensors" in said or "inference tensor" in said:
            reason = (
                "the network's weights were made in torch.inference_mode(), where no gradient can be taken"
            )
            raise AttributionError(f"{reason}: build or load it outside; {UNGRADED}") from error
        if "does not require grad" in said or "to not have been used in the graph" in said:
            raise AttributionError(_without_gradient(module)) from error
        raise


def _without_gradient(module: nn.Module) -> str:
    if is_int8(module):
        return f"the network computes in int8, through which no gradient passes; {UNGRADED}"
    return f"the logits have no gradient: the network runs under no_grad or detaches its features; {UNGRADED}"


def look(
    module: nn.Module,
    layer: str,
    x: Tensor,
    target: Any,
    methods: Sequence[Method],
    landmarks: NDArray[Any] | None = None,
) -> Seen:
    """Run the network once, and backwards once where a method asks for gradients, as far as any of them reads."""
    if not isinstance(x, Tensor) or x.ndim != 4 or not len(x) or not x.is_floating_point():
        got = f"{x.dtype} {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
        raise AttributionError(f"x is {got}; expected a float tensor (B, C, H, W) as the network takes it")
    read = {method.reads for method in methods}
    graded = {method.reads for method in methods if method.graded}
    # A copy that asks for gradients makes a graph also through a network whose weights are frozen.
    x = x.detach().clone().requires_grad_(bool(graded))
    attention: list[Tensor] = []
    with ExitStack() as stack:
        wanted = [layer] if "layer" in read else []
        layers = stack.enter_context(capture(module, wanted, gradients="layer" in graded, probe=x[:1]))
        if "attention" in read:
            attention = stack.enter_context(capture_attention(module))
        with torch.set_grad_enabled(bool(graded)):
            logits = ask(module, x)
    recorded = [captured(layers, name, len(x)) for name in wanted]
    if "attention" in read:
        check_attention(attention, len(x))
    targets = class_numbers(target, logits)
    sources = {"layer": recorded, "picture": [x], "attention": attention}
    slopes = gradients(module, logits, targets, {name: sources[name] for name in sorted(graded)}, layer)
    seen: dict[str, Any] = {}
    if recorded:
        maps = partial(as_maps, picture=(x.shape[2], x.shape[3]), layer=find_layer(module, layer))
        seen["activations"] = maps(plain(recorded[0])).detach().float()
    if "layer" in graded:
        (slope,) = slopes["layer"]
        seen["gradients"] = maps(slope).float()
        if slope.ndim == 3 and not seen["gradients"].any():
            raise AttributionError(
                f"no patch token of layer {layer!r} reaches the logits: behind it the network reads nothing but its "
                "class token; name an earlier layer, such as the one before the last block's attention"
            )
    if "picture" in graded:
        (seen["picture_gradients"],) = (slope.float() for slope in slopes["picture"])
    return Seen(
        module=module,
        pictures=x.detach(),
        logits=logits.detach(),
        targets=targets,
        layer=layer,
        attention=tuple(weights.detach() for weights in attention),
        attention_gradients=tuple(slopes.get("attention", ())),
        landmarks=landmarks,
        **seen,
    )


def gradients(
    module: nn.Module, logits: Tensor, targets: Tensor, sources: dict[str, list[Tensor]], layer: str
) -> dict[str, list[Tensor]]:
    """Gradients of the targets' logits with respect to all sources, by one backward pass."""
    tensors = [tensor for group in sources.values() for tensor in group]
    if not tensors:
        return {}
    # Pictures do not mix, so the gradient of the sum holds that of every picture.
    score = logits.gather(1, targets[:, None]).sum()
    try:
        computed = iter(torch.autograd.grad(score, tensors, allow_unused=True))
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        raise AttributionError(_without_gradient(module)) from error
    slopes = {name: [next(computed) for _ in group] for name, group in sources.items()}
    for name, group in slopes.items():
        if any(slope is None for slope in group):
            if is_int8(module):
                raise AttributionError(_without_gradient(module))
            what = {"layer": f"layer {layer!r}", "picture": "the picture", "attention": "the attention"}[name]
            raise AttributionError(f"the logits do not depend on {what}; name another layer or method")
    return slopes


def class_numbers(target: Any, logits: Tensor) -> Tensor:
    """Targets as (B,) int64 on the device of the logits (B, n); None stands for the predicted class.

    Raises:
        AttributionError: what is no class number, one for all or one for each picture.
    """
    if target is None:
        return logits.detach().argmax(1)
    count, classes = logits.shape
    try:
        numbers = torch.as_tensor(target, device=logits.device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise AttributionError(
            f"target is {target!r}; cams knows numbers of classes only, attribute() knows their names"
        ) from error
    if numbers.is_floating_point() or numbers.dtype == torch.bool or numbers.shape not in ((), (count,)):
        raise AttributionError(
            f"target is {numbers.dtype} {tuple(numbers.shape)}; expected a class number, or {count} of them, one for "
            "each picture"
        )
    numbers = numbers.long().expand(count)
    if bool(((numbers < 0) | (numbers >= classes)).any()):
        raise AttributionError(
            f"target {numbers.tolist()} is not among the network's classes 0 to {classes - 1}"
        )
    return numbers.clone()
