"""AblationCAM."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from explab.attribution.capture import find_layer, replaced
from explab.attribution.method.base import ChannelCAM, Seen
from explab.attribution.outputs import as_maps, plain


class AblationCAM(ChannelCAM):
    """Each channel weighs the share of the logit that is lost when the channel is set to 0; one forward a channel.

    A share of a negative logit has its sign turned, as the paper defines it: the map then shows what keeps the logit
    down. It is for targets that the network gives a positive logit, such as the predicted one. Of a logit of 0 there
    are no shares, and its map is 0.
    """

    name: ClassVar = "ablationcam"
    source: ClassVar = "Desai and Ramaswamy, WACV 2020"

    def weights(self, seen: Seen) -> Tensor:
        """(B, C) (logit - logit without the channel) / logit; 0 for a logit of 0."""
        maps = partial(as_maps, picture=seen.size, layer=find_layer(seen.module, seen.layer))
        left = []
        with torch.no_grad():
            for face, channel in seen.channels():
                row = torch.arange(len(face), device=face.device)

                def without(output: Tensor, row: Tensor = row, channel: Tensor = channel) -> Tensor:
                    left = plain(output).clone()
                    maps(left)[row, channel] = 0  # a view: whatever the layout, the channel is silenced
                    if not output.is_quantized:
                        return left
                    scale, zero = output.q_scale(), output.q_zero_point()
                    return torch.quantize_per_tensor(left, scale, zero, output.dtype)

                with replaced(seen.module, seen.layer, without):
                    left.append(seen.scores(seen.pictures[face], face))
        before = seen.logits.float().gather(1, seen.targets[:, None])
        lost = before - torch.cat(left).view(seen.activations.shape[:2])
        return torch.where(before == 0, 0, lost / before)
