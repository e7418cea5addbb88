"""CAM: the weights of the linear head, laid over the maps that it pools."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from explab.attribution.errors import AttributionError
from explab.attribution.method.base import Method, Seen, weighted


class CAM(Method):
    """Each channel weighs as much as the linear head gives it; for networks that pool and then classify."""

    name: ClassVar = "cam"
    source: ClassVar = "Zhou et al., CVPR 2016"
    signed: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w), not cut off at 0: its mean and the head's bias add up to the logit."""
        return weighted(seen.activations, head(seen)[seen.targets])


def head(seen: Seen) -> Tensor:
    """(n_classes, C) weight of the linear layer, or 1 x 1 convolution, that turns the pooled maps into the logits.

    It is found by its shape and proven by its numbers: pooled maps times weight plus bias must be the logits.

    Raises:
        AttributionError: when no part of the network does that.
    """
    pooled = seen.activations.mean((2, 3))
    logits = seen.logits.float()
    sound = logits.isfinite().all(1)  # one broken picture proves nothing about the head
    shape = (logits.shape[1], pooled.shape[1])
    for part in seen.module.modules():
        if not isinstance(part, (nn.Linear, nn.Conv2d)):
            continue
        weight = part.weight.detach().float()
        if weight.numel() != shape[0] * shape[1] or weight.shape[:2] != shape:
            continue
        weight = weight.flatten(1)
        said = pooled @ weight.T + (0 if part.bias is None else part.bias.detach().float())
        if torch.allclose(
            said[sound], logits[sound], rtol=1e-3, atol=1e-3 * float(logits[sound].abs().max())
        ):
            return weight
    raise AttributionError(
        f"CAM needs global average pooling and one linear layer behind {seen.layer!r}, and the maps of that layer, "
        f"pooled, times no linear layer of {type(seen.module).__name__} give its logits; take the layer right before "
        "the pooling, or 'gradcam', which needs no such head"
    )
