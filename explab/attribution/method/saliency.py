"""The gradient with respect to the picture."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from explab.attribution.method.base import Method, Seen


class Saliency(Method):
    """How strongly a pixel would move the logit: the largest absolute gradient of its channels."""

    name: ClassVar = "saliency"
    source: ClassVar = "Simonyan et al., ICLR Workshops 2014"
    reads: ClassVar = "picture"
    graded: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, H, W), never negative."""
        return seen.picture_gradients.abs().amax(1)


class InputXGradient(Method):
    """The gradient times the pixel itself, added up over the channels."""

    name: ClassVar = "inputxgradient"
    source: ClassVar = "Shrikumar et al., arXiv 1605.01713"
    reads: ClassVar = "picture"
    graded: ClassVar = True
    signed: ClassVar = True

    def maps(self, seen: Seen) -> Tensor:
        """(B, H, W)."""
        return (seen.picture_gradients * seen.pictures).sum(1)
