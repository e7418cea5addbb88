"""Attention rollout: how tokens mix from the pictures' patches to the last layer."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.method.base import Method, Seen
from explab.attribution.outputs import token_grid


class Rollout(Method):
    """Attention of all layers multiplied up, half of each step for the shortcut. Knows no target."""

    name: ClassVar = "rollout"
    source: ClassVar = "Abnar and Zuidema, ACL 2020"
    reads: ClassVar = "attention"
    graded: ClassVar = True  # for nothing but which tokens the head reads
    classless: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w) of the patch grid: what the tokens that the head reads are made of."""
        eye = torch.eye(seen.attention[0].shape[-1], device=seen.pictures.device)
        flow = eye.expand(len(seen.pictures), -1, -1)
        for weights in seen.attention:
            flow = (weights.float().mean(1) + eye) / 2 @ flow
        return on_grid(flow, seen.attention_gradients[-1])


class GradientRollout(Method):
    """Attention times its positive gradient, all layers added up along the shortcut, for one class."""

    name: ClassVar = "gradient_rollout"
    source: ClassVar = "Chefer et al., ICCV 2021"
    reads: ClassVar = "attention"
    graded: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w) of the patch grid: relevance of each patch for the tokens that the head reads."""
        flow = torch.eye(seen.attention[0].shape[-1], device=seen.pictures.device)
        for weights, gradient in zip(seen.attention, seen.attention_gradients, strict=True):
            flow = flow + (weights * gradient).float().relu().mean(1) @ flow
        return on_grid(flow, seen.attention_gradients[-1])


def on_grid(mixed: Tensor, slopes: Tensor) -> Tensor:
    """The rows of the tokens that the head reads -> (B, h, w) over the patches.

    Args:
        mixed: (B, tokens, tokens), a row for each token of the last layer.
        slopes: (B, heads, tokens, tokens) gradient of the logits with respect to its attention. It is 0 in the rows
            that the head does not read: where it pools the patches, in that of the class token.
    """
    prefix, side = token_grid(mixed.shape[-1])
    row = mixed[:, 0] if prefix and slopes[:, :, 0].any() else mixed[:, prefix:].mean(1)
    return row[:, prefix:].reshape(-1, side, side)
