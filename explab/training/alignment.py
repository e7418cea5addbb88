"""The term that pulls a network's attention towards the action units (Belharbi et al., FG 2024, section 3).

align = Alignment(["features"])
with align.watch(net) as term:
    logits = net(x)
    loss = cross_entropy(logits, y) + 4 * term(maps, valid)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from explab.attribution.capture import capture
from explab.attribution.outputs import as_maps
from explab.attribution.scaling import resized_as_attention
from explab.words import near

Distance = Callable[[Tensor, Tensor], Tensor]
"""(B, h * w) attention and (B, h * w) AU map, one row per face -> (B,) distance, smaller is better."""

_EPS = 1e-8


def cosine(attention: Tensor, target: Tensor) -> Tensor:
    """1 - cos: the paper's loss. It cannot tell more attention from attention elsewhere that is equally high."""
    return 1 - functional.cosine_similarity(attention, target, dim=1, eps=_EPS)


def centred(attention: Tensor, target: Tensor) -> Tensor:
    """1 - Pearson correlation: a map that is the same everywhere scores 0 instead of about 0.5."""
    return cosine(attention - attention.mean(1, keepdim=True), target - target.mean(1, keepdim=True))


def divergence(attention: Tensor, target: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the attention's softmax from the map as a distribution over places."""
    p = target.clamp(min=0)
    p = p / p.sum(1, keepdim=True).clamp(min=_EPS)
    log_q = functional.log_softmax(attention, 1)
    return (p * ((p + _EPS).log() - log_q)).sum(1)


def mass(attention: Tensor, target: Tensor) -> Tensor:
    """Share of the (positive) attention that lies outside, each place counting as far as the map leaves it free."""
    a = attention.clamp(min=0)
    return 1 - (a * target.clamp(0, 1)).sum(1) / a.sum(1).clamp(min=_EPS)


DISTANCES: dict[str, Distance] = {
    "cosine": cosine,
    "centred": centred,
    "kl": divergence,
    "mass": mass,
}


class Alignment(nn.Module):
    """Distance of a network's attention from AU maps, averaged over layers and over the faces whose map is valid.

    Attention is the plain mean over the channels of a layer's maps, as in the paper: no norm, no ReLU. The AU map is
    resized to the layer (bilinear, corners aligned, antialiased, clamped to its own range), as the authors do.

    Args:
        layers: names of the layers to guide.
        distance: one of DISTANCES; "cosine" is the paper's.

    Raises:
        ValueError: no layer, or an unknown distance; near names are listed.
    """

    def __init__(self, layers: Sequence[str], distance: str = "cosine") -> None:
        super().__init__()
        if not layers:
            raise ValueError("no layer to guide; name at least one, such as 'features'")
        if distance not in DISTANCES:
            raise ValueError(
                f"no distance {distance!r}; there are {', '.join(DISTANCES)}{near(distance, DISTANCES)}"
            )
        self.layers = tuple(layers)
        self.distance = distance

    @contextmanager
    def watch(self, module: nn.Module) -> Iterator[Callable[[Tensor, Tensor], Tensor]]:
        """While the block runs, the layers are recorded; what it yields compares them with maps.

        The yielded function takes maps (B, H, W) or, one per unit, (B, n_units, H, W), in [0, 1], and valid (B,) or
        (B, n_units) bool, and returns the term as a scalar in the autograd graph: 0 where nothing is valid.
        With one map per unit each unit is compared on its own and every face counts the same.
        """
        with capture(module, self.layers, gradients=True) as seen:

            def term(maps: Tensor, valid: Tensor) -> Tensor:
                # In float32 also where autocast has the network run in half precision: cosines would overflow.
                attention = [as_maps(seen[name]).float().mean(1) for name in self.layers]
                return torch.stack([self(layer, maps, valid) for layer in attention]).mean()

            yield term

    def forward(self, attention: Tensor, maps: Tensor, valid: Tensor) -> Tensor:
        """(B, h, w) attention, maps and valid as for `watch` -> scalar."""
        if maps.ndim == 3:
            maps, valid = maps[:, None], valid[:, None]
        target = resized_as_attention(maps, (attention.shape[1], attention.shape[2]))
        # Faces without a valid map are left out by weight: rows picked by a mask would make the shapes depend on data.
        weight = valid / valid.sum(1, keepdim=True).clamp(min=1)
        n_units = maps.shape[1]
        rows = attention.flatten(1).repeat_interleave(n_units, 0)
        far = DISTANCES[self.distance](rows, target.flatten(0, 1).flatten(1)).view(-1, n_units)
        return (far * weight).sum() / valid.any(1).sum().clamp(min=1)
