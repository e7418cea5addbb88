"""What the layers of a network put out: recorded by forward hooks that are always taken off again.

    with capture(net, ["layer4"]) as seen:
        net(x)
    attention = as_maps(seen["layer4"]).mean(1)

Explanations read layers this way, and so does the training loss, which asks for the autograd graph as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explab.attribution.errors import AttributionError
from explab.facs.units import near

PREFIXES = (0, 1, 2, 5, 9)
"""Tokens that stand before the patches: none, class, class and distillation, class and 4 or 8 registers."""

LISTED = 12
"""Layers that an error message lists: the last of each map size, deepest last."""


Hook = Callable[[nn.Module, Any, Any], Any]
"""Called with a part of a network, its inputs and its output; what it returns, unless None, replaces the output."""


@contextmanager
def _hooked(hooks: Sequence[tuple[nn.Module, Hook]]) -> Iterator[None]:
    handles = [part.register_forward_hook(hook) for part, hook in hooks]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def capture(
    module: nn.Module,
    layers: str | Sequence[str],
    gradients: bool = False,
    *,
    probe: Tensor | None = None,
) -> Iterator[dict[str, Tensor]]:
    """Record what named layers put out while the block runs; the hooks come off at its end, whatever happens.

    Args:
        module: any network.
        layers: names as in `module.named_modules()`.
        gradients: True keeps the outputs in the autograd graph, to differentiate with respect to them or through
            them; False gives detached copies.
        probe: (1, C, H, W) input of the network; with it the error for an unknown layer lists map sizes.

    Yields:
        Layer name -> its output, filled as the network runs: the tensor itself, or the first one of a tuple or of a
        transformers output; `as_maps` brings it to (B, C, h, w). It is what the layer gave, also when an in-place
        operation follows. Of a layer that runs several times the last output counts.

    Raises:
        AttributionError: a layer that does not exist, with near matches and the layers there are.
    """
    names = [layers] if isinstance(layers, str) else list(layers)
    parts = {name: find_layer(module, name, probe) for name in names}
    seen: dict[str, Tensor] = {}

    def recorder(name: str) -> Hook:
        def record(_part: nn.Module, _inputs: Any, output: Any) -> Any:
            tensor = first_tensor(output)
            seen[name] = tensor if gradients else tensor.detach().clone()
            # The network goes on with a copy: an in-place ReLU behind the layer must not reach what was recorded.
            return tensor.clone() if gradients and output is tensor else None

        return record

    with _hooked([(part, recorder(name)) for name, part in parts.items()]):
        yield seen


@contextmanager
def capture_attention(module: nn.Module) -> Iterator[list[Tensor]]:
    """Record the attention weights of a transformer, layer by layer, in the autograd graph.

    Yields:
        (B, heads, tokens, tokens) tensors in the order in which they were computed: the second of what an attention
        block returns. It stays empty for networks that return none.
    """
    seen: list[Tensor] = []

    def record(_part: nn.Module, _inputs: Any, output: Any) -> None:
        weights = output[1] if isinstance(output, tuple) and len(output) > 1 else None
        if not isinstance(weights, Tensor) or weights.ndim != 4 or weights.shape[-1] != weights.shape[-2]:
            return
        if not any(weights is other for other in seen):  # a block may hand on what a block inside it returned
            seen.append(weights)

    with _hooked([(part, record) for part in module.modules()]):
        yield seen


@contextmanager
def replaced(module: nn.Module, layer: str, edit: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """While the block runs, the network goes on with `edit(output)` in place of what `layer` puts out.

    Raises:
        AttributionError: a layer that does not exist, or whose output is no plain tensor.
    """

    def swap(_part: nn.Module, _inputs: Any, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise AttributionError(
                f"layer {layer!r} puts out {type(output).__name__}, of which no part can be replaced; "
                "name a layer that puts out one tensor"
            )
        return edit(output)

    with _hooked([(find_layer(module, layer), swap)]):
        yield


@contextmanager
def at_rest(module: nn.Module) -> Iterator[None]:
    """Evaluation mode while the block runs; afterwards every part is back in the mode that it was in."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def layer_sizes(module: nn.Module, x: Tensor) -> dict[str, tuple[int, int, int]]:
    """The layers whose output is a stack of maps larger than one pixel: name -> (C, h, w), in order of the modules.

    Args:
        module: any network.
        x: (B, C, H, W) input; the first picture is run once, in evaluation mode.
    """
    sizes: dict[str, tuple[int, int, int]] = {}

    def measurer(name: str) -> Hook:
        def measure(_part: nn.Module, _inputs: Any, output: Any) -> None:
            try:
                channels, height, width = as_maps(output).shape[1:]
            except AttributionError:
                return  # a head, a pooled vector: no maps
            if height * width > 1:
                sizes[name] = (channels, height, width)

        return measure

    parts = [(name, part) for name, part in module.named_modules() if name]
    with at_rest(module), torch.no_grad(), _hooked([(part, measurer(name)) for name, part in parts]):
        module(x[:1])
    return {name: sizes[name] for name, _ in parts if name in sizes}


def find_layer(module: nn.Module, name: str, probe: Tensor | None = None) -> nn.Module:
    """The part of a network with this name. Raises AttributionError; see `capture`."""
    try:
        if name:
            return module.get_submodule(name)
    except AttributeError:
        pass
    known = [part for part, _ in module.named_modules() if part]
    if probe is None:
        there = f"its last ones are {', '.join(known[-LISTED:])}"
    else:
        last = {size: part for part, size in layer_sizes(module, probe).items()}
        shown = ", ".join(f"{part} {size}" for size, part in list(last.items())[-LISTED:])
        there = f"the last of each map size (channels, height, width) are {shown}; layer_sizes() lists all"
    raise AttributionError(f"{type(module).__name__} has no layer {name!r}; {there}{near(name, known)}")


def as_maps(output: Any) -> Tensor:
    """The output of any layer as maps: (B, C, h, w), a view of it.

    Args:
        output: (B, C, h, w) maps; channels-last maps (B, h, w, C), told by their square first sides, as in Swin; or
            tokens (B, T, C), whose last h * h are patches of a square grid behind 0, 1, 2, 5 or 9 class and register
            tokens. A tuple or a transformers output stands for its first tensor.

    Raises:
        AttributionError: anything else.
    """
    tensor = first_tensor(output)
    if tensor.ndim == 4:
        _, first, second, third = tensor.shape
        return tensor.permute(0, 3, 1, 2) if first == second != third else tensor
    if tensor.ndim == 3:
        prefix, side = token_grid(tensor.shape[1])
        return tensor[:, prefix:].transpose(1, 2).view(len(tensor), -1, side, side)
    raise AttributionError(
        f"an output of shape {tuple(tensor.shape)} is no stack of maps: expected (B, C, h, w), (B, h, w, C) or "
        "tokens (B, T, C); name an earlier layer"
    )


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
    """(B, n_classes) logits in what a network returns. Raises AttributionError when there are none."""
    found = getattr(output, "logits", None)
    logits = first_tensor(output) if found is None else first_tensor(found)
    if logits.ndim != 2:
        raise AttributionError(
            f"the network returns {tuple(logits.shape)}; expected logits (B, n_classes), as a tensor or as `.logits`"
        )
    return logits
