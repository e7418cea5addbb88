"""AblationCAM."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.capture import as_maps, replaced
from explab.attribution.method.base import ChannelCAM, Seen


class AblationCAM(ChannelCAM):
    """Each channel weighs the share of the logit that is lost when the channel is set to 0; one forward a channel."""

    name: ClassVar = "ablationcam"
    source: ClassVar = "Desai and Ramaswamy, WACV 2020"

    def weights(self, seen: Seen) -> Tensor:
        """(B, C) (logit - logit without the channel) / logit."""
        left = []
        with torch.no_grad():
            for face, channel in seen.channels():
                row = torch.arange(len(face), device=face.device)

                def without(output: Tensor, row: Tensor = row, channel: Tensor = channel) -> Tensor:
                    output = output.clone()
                    as_maps(output)[row, channel] = 0  # a view: whatever the layout, the channel is silenced
                    return output

                with replaced(seen.module, seen.layer, without):
                    left.append(seen.scores(seen.pictures[face], face))
        before = seen.logits.float().gather(1, seen.targets[:, None])
        return (before - torch.cat(left).view(seen.activations.shape[:2])) / before
