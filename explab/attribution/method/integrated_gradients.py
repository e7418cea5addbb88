"""Integrated gradients, by captum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import Method, Seen


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """Gradients gathered on the way from an empty picture; they add up to what the logit gains on it.

    Attributes:
        steps: points on the way, by Gauss-Legendre quadrature.
    """

    steps: int = 50

    name: ClassVar = "integrated_gradients"
    source: ClassVar = "Sundararajan et al., ICML 2017"
    reads: ClassVar = "picture"
    signed: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, H, W), from the picture that is 0 after normalisation, the mean colour of the training data."""
        from captum.attr import IntegratedGradients as Captum

        pictures = seen.pictures.clone().requires_grad_()
        gradients: Tensor = Captum(seen.answer).attribute(
            pictures,
            target=seen.targets,
            n_steps=self.steps,
            internal_batch_size=max(seen.chunk, len(pictures)),
        )
        return gradients.detach().sum(1).float()
