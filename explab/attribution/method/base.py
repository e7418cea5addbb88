"""What a method of attribution is, and what it gets to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.outputs import CHUNK, ask

NOTHING = torch.empty(0)


@dataclass(frozen=True, eq=False)
class Seen:
    """What one forward and one backward pass showed; all methods of a call read the same one.

    Gradients are those of the target's logit, and are there where a method is `graded`.

    Attributes:
        module: the network, in evaluation mode.
        pictures: (B, C, H, W) its input.
        logits: (B, n_classes).
        targets: (B,) int64, the class that is explained.
        layer: name of the layer.
        activations: (B, C, h, w) float32 maps of the layer.
        gradients: (B, C, h, w) float32 with respect to them.
        picture_gradients: (B, C, H, W) with respect to the pictures.
        attention: one (B, heads, tokens, tokens) tensor a layer.
        attention_gradients: as many, with respect to them.
        landmarks: (B, 478, 3) px of the pictures, or None.
        multi_label: whether a class's probability is the sigmoid of its logit, not its share of a softmax.
        chunk: pictures that the network is asked about at once.
    """

    module: nn.Module
    pictures: Tensor
    logits: Tensor
    targets: Tensor
    layer: str = ""
    activations: Tensor = NOTHING
    gradients: Tensor = NOTHING
    picture_gradients: Tensor = NOTHING
    attention: tuple[Tensor, ...] = ()
    attention_gradients: tuple[Tensor, ...] = ()
    landmarks: NDArray[Any] | None = field(default=None, repr=False)
    multi_label: bool = False
    chunk: int = CHUNK

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the pictures."""
        return self.pictures.shape[2], self.pictures.shape[3]

    def answer(self, pictures: Tensor) -> Tensor:
        """The network's logits (N, n_classes) for other pictures, in the graph where gradients are on."""
        return torch.cat([ask(self.module, part) for part in torch.split(pictures, self.chunk)])

    def scores(self, pictures: Tensor, faces: Tensor) -> Tensor:
        """(N,) float32 logits, for changed pictures of `faces` (N,), of those faces' targets."""
        return self.answer(pictures).gather(1, self.targets[faces][:, None])[:, 0].float()

    def channels(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Every channel of every face in turn, `chunk` at a time: indices of the faces and of their channels."""
        count, channels = self.activations.shape[:2]
        every = torch.arange(count * channels, device=self.pictures.device)
        for pairs in torch.split(every, self.chunk):
            yield pairs // channels, pairs % channels


class Method:
    """One way from a prediction to a map.

    The first line of a subclass's docstring is what `methods()` shows. One with options is a frozen dataclass of them.

    Attributes:
        name: what `cams` and `attribute` know it by.
        source: the paper it comes from.
        reads: "layer", "picture", "attention" or "landmarks": what it needs to see.
        graded: whether it needs the gradient of the target's logit with respect to what it reads.
        signed: whether its maps may be negative: where the picture speaks against the target.
        classless: whether its maps are the same whatever the target.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    reads: ClassVar[str] = "layer"
    graded: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    classless: ClassVar[bool] = False

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w) float32, as the method defines them: not stretched, not resized."""
        raise NotImplementedError

    @property
    def options(self) -> dict[str, Any]:
        """The options it runs with, ready for JSON."""
        return asdict(self) if is_dataclass(self) else {}


class ChannelCAM(Method):
    """A class activation map: the layer's channels, each with one weight, added up and cut off at 0."""

    def weights(self, seen: Seen) -> Tensor:
        """(B, C) one weight a channel."""
        raise NotImplementedError

    def maps(self, seen: Seen) -> Tensor:
        """(B, h, w) max(0, sum over the channels of weight times activation)."""
        return weighted(seen.activations, self.weights(seen)).relu()


def weighted(activations: Tensor, weights: Tensor) -> Tensor:
    """(B, C, h, w) and (B, C) -> (B, h, w): the weighted sum over the channels."""
    return torch.einsum("bchw,bc->bhw", activations, weights)
