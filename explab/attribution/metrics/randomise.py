"""Model parameter randomisation (Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018).

A map that explains a model must change when the model's weights are replaced by random ones. From the output down,
layer after layer loses what it learnt, and the maps are compared with those before. A method that only finds edges
keeps its maps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from explab.attribution.metrics.maps import MetricError, Values, as_maps
from explab.attribution.metrics.similarity import spearman
from explab.attribution.metrics.trial import network

STAGES = 8


@dataclass(frozen=True, eq=False)
class Cascade:
    """How like the maps before the maps are after each stage.

    layers      the deepest layer that is random at each stage, by its name in the module
    similarity  (stages, B) Spearman's correlation; NaN where one of the two maps is constant or not finite
    """

    layers: tuple[str, ...]
    similarity: Values


def randomisation(
    maps: Any,
    module: nn.Module,
    explain: Callable[[nn.Module], Any],
    *,
    stages: int = STAGES,
    seed: int = 0,
) -> Values:
    """Mean similarity of the maps to themselves while the module loses its weights: lower is better, 1 is a failure.

    Args:
        maps: (B, h, w) what `explain(module)` gives for the module as it is.
        module: any module; its weights and buffers are put back before this returns, also after an error.
        explain: module -> (B, h, w) maps of the same faces for the same targets. Fix the targets: the class that a
            random module predicts is another one.
        stages: in how many steps the layers are made random, at most.
        seed: of the random weights.

    Returns:
        (B,) in [-1, 1], the mean of `cascade` over its stages; NaN where no stage could be compared.
    """
    similarity = cascade(maps, module, explain, stages=stages, seed=seed).similarity
    known = np.isfinite(similarity)
    total = np.where(known, similarity, 0).sum(0)
    return np.divide(total, known.sum(0), out=np.full(len(total), np.nan), where=known.any(0))


def cascade(
    maps: Any,
    module: nn.Module,
    explain: Callable[[nn.Module], Any],
    *,
    stages: int = STAGES,
    seed: int = 0,
) -> Cascade:
    """The stages that `randomisation` takes the mean of; arguments as there.

    Layers are the parts of the module that own parameters, in the order of their definition. The new weights are drawn
    from the normal distribution with the mean and standard deviation of the old ones, so that activations keep their
    size. For the same reason running statistics of batch norm stay; and parameters that are all equal, such as biases
    of 0, have no spread and stay as well. Raises `MetricError` for a module without parameters.
    """
    before = as_maps(maps)
    module = network(module)
    layers = [(name, part) for name, part in module.named_modules() if list(part.parameters(recurse=False))]
    if not layers or stages < 1:
        raise MetricError("randomisation needs a module with parameters and at least 1 stage")
    chance = torch.Generator().manual_seed(seed)
    learnt = {key: value.detach().clone() for key, value in _tensors(module).items()}
    steps = np.array_split(np.arange(len(layers))[::-1], min(stages, len(layers)))
    similarity = []
    try:
        for step in steps:
            for i in step:
                _forget(layers[i][1], chance)
            similarity.append(spearman(as_maps(explain(module), "maps of a random module"), before))
    finally:
        with torch.no_grad():
            for key, tensor in _tensors(module).items():
                tensor.copy_(learnt[key])
    return Cascade(tuple(layers[step[-1]][0] for step in steps), np.stack(similarity))


def _tensors(module: nn.Module) -> dict[str, torch.Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _forget(layer: nn.Module, chance: torch.Generator) -> None:
    with torch.no_grad():
        for weights in layer.parameters(recurse=False):
            drawn = torch.randn(weights.shape, generator=chance).to(weights)
            spread = weights.std() if weights.numel() > 1 else weights.abs().mean()
            weights.copy_(weights.mean() + spread * drawn)
