"""ScoreCAM."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from explab.attribution.method.base import ChannelCAM, Seen


class ScoreCAM(ChannelCAM):
    """Each channel weighs the logit that is left when only what it lights up is shown; one forward a channel."""

    name: ClassVar = "scorecam"
    source: ClassVar = "Wang et al., CVPR Workshops 2020"

    def weights(self, seen: Seen) -> Tensor:
        """(B, C) softmax over the channels of the target's logit for the picture masked by each stretched map."""
        left = []
        with torch.no_grad():
            for face, channel in seen.channels():
                maps = seen.activations[face, channel][:, None]
                mask = interpolate(maps, seen.size, mode="bilinear", align_corners=True)
                low, high = mask.amin((2, 3), keepdim=True), mask.amax((2, 3), keepdim=True)
                shown = seen.pictures[face] * ((mask - low) / (high - low + 1e-8)).to(seen.pictures.dtype)
                left.append(seen.scores(shown, face))
        return torch.cat(left).view(seen.activations.shape[:2]).softmax(1)
