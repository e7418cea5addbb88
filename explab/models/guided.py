"""The small convolutional network of explab: a quarter of a million parameters, attention of 14 x 14 on a 112 px face.

Its last maps stand behind a ReLU and before global average pooling and one linear layer. So their mean over the
channels is an attention map as Belharbi et al. (FG 2024) define it, and class activation maps are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class GuidedConfig:
    """Shape of the network.

    Attributes:
        n_classes: expressions it tells apart.
        widths: channels of the four stages; the first two halve the picture, and so do the next two's first blocks.
        channels: of the input: 3 for RGB.
        dropout: share of pooled features dropped in training.
    """

    n_classes: int = 7
    widths: tuple[int, int, int, int] = (16, 32, 64, 96)
    channels: int = 3
    dropout: float = 0.2


class Block(nn.Module):
    """Two 3 x 3 convolutions and a shortcut (He et al., CVPR 2016)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        same = before == after and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        )
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, h, w) -> (B, after, h / stride, w / stride)."""
        out: Tensor = self.relu(self.body(x) + self.shortcut(x))
        return out


class GuidedNet(nn.Module):
    """(B, channels, 112, 112) -> (B, n_classes) logits. `features` is the layer that guidance acts on."""

    def __init__(self, config: GuidedConfig) -> None:
        super().__init__()
        a, b, c, d = config.widths
        self.config = config
        self.stem = nn.Sequential(  # (B, a, 56, 56)
            nn.Conv2d(config.channels, a, 5, 2, 2, bias=False), nn.BatchNorm2d(a), nn.ReLU(inplace=True)
        )
        self.features = nn.Sequential(
            Block(a, b, 2),  # (B, b, 28, 28)
            Block(b, c, 2),  # (B, c, 14, 14)
            Block(c, d, 1),  # (B, d, 14, 14)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(d, config.n_classes)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.features(self.stem(x))  # (B, d, 14, 14)
        logits: Tensor = self.head(self.dropout(maps.mean((2, 3))))
        return logits
