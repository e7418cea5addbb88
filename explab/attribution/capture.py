"""What the layers of a network put out: recorded by forward hooks that are always taken off again.

    with capture(net, ["layer4"]) as seen:
        net(x)
    attention = as_maps(seen["layer4"]).mean(1)

Explanations read layers this way, and so does the training loss, which asks for the autograd graph as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explab.attribution.errors import AttributionError
from explab.attribution.outputs import as_maps, first_tensor
from explab.words import count, near

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
        AttributionError: a layer that does not exist, with near matches and the layers there are. Whether a layer that
            exists was run is for `captured` to say.
    """
    names = [layers] if isinstance(layers, str) else list(layers)
    parts = {name: find_layer(module, name, probe) for name in names}
    seen: dict[str, Tensor] = {}

    def recorder(name: str) -> Hook:
        def record(_part: nn.Module, _inputs: Any, output: Any) -> Any:
            tensor = first_tensor(output)
            seen[name] = tensor if gradients else tensor.detach().clone()
            if not gradients:
                return None
            # The network goes on with a copy: an in-place ReLU behind the layer must not reach what was recorded.
            if type(output) in (tuple, list):
                return type(output)(tensor.clone() if part is tensor else part for part in output)
            return tensor.clone() if output is tensor else None

        return record

    with _hooked([(part, recorder(name)) for name, part in parts.items()]):
        yield seen


def captured(seen: Mapping[str, Tensor], layer: str, pictures: int) -> Tensor:
    """What `capture` recorded of a layer for so many pictures.

    Raises:
        AttributionError: a layer that the network did not use, or not once for each picture.
    """
    if layer not in seen:
        raise AttributionError(
            f"layer {layer!r} was not used for these pictures; name another one (in a traced or compiled network no "
            "layer can be watched)"
        )
    if len(seen[layer]) != pictures:
        raise AttributionError(
            f"layer {layer!r} puts out {len(seen[layer])} stacks of maps for {count(pictures, 'picture')}: the network "
            "cuts pictures up or turns them inside; name a layer that sees each picture once"
        )
    return seen[layer]


@contextmanager
def _eager(module: nn.Module) -> Iterator[None]:
    """While the block runs, models of transformers form their attention weights, as their fast kernels never do."""
    models: list[Any] = [part for part in module.modules() if hasattr(part, "set_attn_implementation")]
    before = [(part, part.config._attn_implementation) for part in models]
    switched = [(part, kind) for part, kind in before if kind not in (None, "eager")]
    try:
        for part, _ in switched:
            part.set_attn_implementation("eager")
        yield
    finally:
        for part, kind in switched:
            part.set_attn_implementation(kind)


@contextmanager
def capture_attention(module: nn.Module) -> Iterator[list[Tensor]]:
    """Record the attention weights of a transformer, layer by layer, in the autograd graph.

    Models of transformers are switched to "eager" attention meanwhile.

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

    with _eager(module), _hooked([(part, record) for part in module.modules()]):
        yield seen


def check_attention(seen: Sequence[Tensor], pictures: int) -> None:
    """Raises AttributionError where what `capture_attention` recorded for so many pictures cannot be multiplied up."""
    if not seen:
        raise AttributionError(
            "no attention weights came out of this network. Rollout needs a transformer whose attention blocks return "
            "(output, weights), as those of the transformers library do; fast kernels never form the weights"
        )
    shapes = {(len(weights), weights.shape[-1]) for weights in seen}
    if shapes != {(pictures, seen[0].shape[-1])}:
        raise AttributionError(
            "rollout needs attention between the same tokens in every layer; this network attends within windows or "
            f"changes its tokens: (windows, tokens) are {sorted(shapes)}"
        )


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
    picture = (x.shape[2], x.shape[3])

    def measurer(name: str) -> Hook:
        def measure(part: nn.Module, _inputs: Any, output: Any) -> None:
            try:
                pictures, channels, height, width = as_maps(output, picture, part).shape
            except AttributionError:
                return  # a head, a pooled vector: no maps
            if pictures == 1 and height * width > 1:
                sizes[name] = (channels, height, width)

        return measure

    parts = [(name, part) for name, part in module.named_modules() if name]
    with at_rest(module), torch.no_grad(), _hooked([(part, measurer(name)) for name, part in parts]):
        module(x[:1].clone())
    return {name: sizes[name] for name, _ in parts if name in sizes}


def find_layer(module: nn.Module, name: str, probe: Tensor | None = None) -> nn.Module:
    """The part of a network with this name. Raises AttributionError; see `capture`."""
    if isinstance(module, torch.jit.RecursiveScriptModule):  # type: ignore[attr-defined]  # traced ones can be watched
        raise AttributionError(
            "this is a scripted network (torch.jit.script), whose layers cannot be watched; give the network that it "
            "was scripted from, with the weights of its state_dict()"
        )
    try:
        if isinstance(name, str) and name:
            return module.get_submodule(name)
    except AttributeError:
        pass
    known = [part for part, _ in module.named_modules() if part]
    sizes = {} if probe is None else layer_sizes(module, probe)
    if probe is None:
        there = f"its last ones are {', '.join(known[-LISTED:])}"
    elif not sizes:
        there = "none of its layers puts out maps"
    else:
        last = {size: part for part, size in sizes.items()}
        shown = ", ".join(f"{part} {size}" for size, part in list(last.items())[-LISTED:])
        there = f"the last of each map size (channels, height, width) are {shown}; layer_sizes() lists all"
    if not isinstance(name, str):
        raise AttributionError(f"layer is a {type(name).__name__}; expected its name, a string; {there}")
    raise AttributionError(f"{type(module).__name__} has no layer {name!r}; {there}{near(name, known)}")
