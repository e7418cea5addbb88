"""GradientSHAP, by captum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from explab.attribution.method.base import Method, Seen


@dataclass(frozen=True)
class GradientSHAP(Method):
    """Gradients at random points between plain-coloured pictures and this one, times the difference.

    Attributes:
        samples: random points.
        noise: standard deviation of the noise added to the picture, in its own standard deviations.
        seed: of the random points, the same ones for every face.
    """

    samples: int = 32
    noise: float = 0.1
    seed: int = 0

    name: ClassVar = "gradientshap"
    source: ClassVar = "Lundberg and Lee, NeurIPS 2017"
    reads: ClassVar = "picture"
    signed: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, H, W)."""
        from captum.attr import GradientShap as Captum

        method = Captum(seen.answer)
        drawn = []
        before = np.random.get_state()  # noqa: NPY002  captum draws from numpy's global state
        devices = [seen.pictures.device] if seen.pictures.device.type == "cuda" else []
        try:
            with torch.random.fork_rng(devices):
                # Face by face, each a batch of `samples`: captum draws a batch at once, and a face's map would change
                # with its neighbours.
                for picture, target in zip(seen.pictures[:, None], seen.targets, strict=True):
                    np.random.seed(self.seed)  # noqa: NPY002
                    torch.manual_seed(self.seed)
                    drawn.append(
                        method.attribute(
                            picture.clone().requires_grad_(),
                            plain(picture),
                            n_samples=self.samples,
                            stdevs=self.noise * float(picture.std()),
                            target=int(target),
                        )
                    )
        finally:
            np.random.set_state(before)  # noqa: NPY002
        return torch.cat(drawn).detach().sum(1).float()


def plain(picture: Tensor) -> Tensor:
    """(1, C, H, W) -> (3, C, H, W) pictures of one colour: 0 after normalisation, the darkest and the brightest."""
    low, high = picture.amin((2, 3), keepdim=True), picture.amax((2, 3), keepdim=True)
    return torch.cat([torch.zeros_like(low), low, high]).expand(-1, -1, *picture.shape[2:]).contiguous()
