"""ScoreCAM."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from explab.attribution.method.base import ChannelCAM, Seen
from explab.scaling import min_max


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
                shown = seen.pictures[face] * min_max(mask).to(seen.pictures.dtype)
                left.append(seen.scores(shown, face))
        return torch.cat(left).view(seen.activations.shape[:2]).softmax(1)
