"""Attention rollout: how tokens mix from the pictures' patches to the last layer."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.capture import token_grid
from explab.attribution.errors import AttributionError
from explab.attribution.method.base import Method, Seen


class Rollout(Method):
    """Attention of all layers multiplied up, half of each step for the shortcut. Knows no target."""

    name: ClassVar = "rollout"
    source: ClassVar = "Abnar and Zuidema, ACL 2020"
    reads: ClassVar = "attention"

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w) of the patch grid: what the class token is made of, or all patches where there is none."""
        mixes = (weights.mean(1) for weights in checked(seen.attention, len(seen.pictures)))
        eye = torch.eye(seen.attention[0].shape[-1], device=seen.pictures.device)
        found = eye.expand(len(seen.pictures), -1, -1)
        for mix in mixes:
            found = (mix + eye) / 2 @ found
        return on_grid(found)


class GradientRollout(Method):
    """Attention times its positive gradient, all layers added up along the shortcut, for one class."""

    name: ClassVar = "gradient_rollout"
    source: ClassVar = "Chefer et al., ICCV 2021"
    reads: ClassVar = "attention"
    graded: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w) of the patch grid: relevance of each patch for the class token, or for all patches."""
        attention = checked(seen.attention, len(seen.pictures))
        found = torch.eye(attention[0].shape[-1], device=seen.pictures.device)
        for weights, gradient in zip(attention, seen.attention_gradients, strict=True):
            found = found + (weights * gradient).relu().mean(1) @ found
        return on_grid(found)


def checked(attention: tuple[Tensor, ...], count: int) -> tuple[Tensor, ...]:
    """The layers' attention weights, float32. Raises AttributionError where they cannot be multiplied up."""
    if not attention:
        raise AttributionError(
            "no attention weights came out of this network. Rollout needs a transformer that returns them: load it "
            "with attn_implementation='eager' (or call model.set_attn_implementation('eager')), since the fast kernels "
            "never form the weights"
        )
    shapes = {(len(weights), weights.shape[-1]) for weights in attention}
    if shapes != {(count, attention[0].shape[-1])}:
        raise AttributionError(
            "rollout needs attention between the same tokens in every layer; this network attends within windows or "
            f"changes its tokens: (windows, tokens) are {sorted(shapes)}"
        )
    return tuple(weights.detach().float() for weights in attention)


def on_grid(mixed: Tensor) -> Tensor:
    """(B, tokens, tokens), a row for each token of the last layer -> (B, h, w) over the patches."""
    prefix, side = token_grid(mixed.shape[-1])
    row = mixed[:, 0] if prefix else mixed.mean(1)
    return row[:, prefix:].reshape(-1, side, side)
