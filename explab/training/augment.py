"""Faces changed at random for training: picture and landmarks together, so that maps drawn from them move along."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from explab.facs.mesh import MIRROR


@dataclass(frozen=True)
class Augment:
    """Random changes; the defaults leave everything as it is.

    Attributes:
        flip: share of faces shown in a mirror; left and right landmarks swap.
        rotate: degrees to either side. zoom: factors between which a face is enlarged. shift: share of the side.
        brightness, contrast, saturation, hue: as of kornia's ColorJiggle, on `jitter` of the faces.
        grey: share of faces without colour.
        erase: share of faces of which a rectangle, 2 to 33 % of the picture, is blanked. (Maps are not, as in the
            paper: what is hidden is still where the evidence would be.)
    """

    flip: float = 0.0
    rotate: float = 0.0
    zoom: tuple[float, float] = (1.0, 1.0)
    shift: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    jitter: float = 0.0
    grey: float = 0.0
    erase: float = 0.0

    def __call__(self, pixels: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) in [0, 1] and (B, 478, 3) px -> the same, changed; random numbers come from torch's generator.

        z of the landmarks is not zoomed: maps do not depend on it that finely.
        """
        pixels, points, _ = self.mirrored(pixels, points)
        return self.moved(pixels, points)

    def with_maps(self, pixels: Tensor, points: Tensor, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As a call, by the same random numbers, with (B, S, S) maps of the pictures that are mirrored and moved along.

        For maps that cannot be drawn anew from landmarks that moved. They are read at the nearest pixel, as the paper
        does; colours and blanked rectangles leave them alone.
        """
        pixels, points, turned = self.mirrored(pixels, points)
        maps = torch.where(turned[:, None, None], maps.flip(2), maps)
        if self._motion is not None:
            pixels, plane, moved = self._motion(
                pixels, points[..., :2].contiguous(), maps[:, None], data_keys=["input", "keypoints", "mask"]
            )
            points, maps = torch.cat([plane, points[..., 2:]], -1), moved[:, 0]
        return self._recoloured(pixels), points, maps

    def mirrored(self, pixels: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The first step: some faces in a mirror, left and right landmarks swapped, and (B,) bool which ones.

        Nothing in the landmarks tells a mirrored face from another, so whoever has one-sided labels must swap them.
        """
        turned = torch.zeros(len(pixels), dtype=torch.bool, device=pixels.device)
        if not self.flip:
            return pixels, points, turned
        turned = torch.rand(len(pixels), device=pixels.device) < self.flip
        swapped = points[:, torch.from_numpy(MIRROR).to(points.device)] * points.new_tensor([-1, 1, 1])
        swapped = swapped + points.new_tensor([pixels.shape[-1], 0, 0])
        return (
            torch.where(turned[:, None, None, None], pixels.flip(3), pixels),
            torch.where(turned[:, None, None], swapped, points),
            turned,
        )

    def moved(self, pixels: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """All other steps."""
        if self._motion is not None:
            pixels, plane = self._motion(pixels, points[..., :2].contiguous())
            points = torch.cat([plane, points[..., 2:]], -1)
        return self._recoloured(pixels), points

    def _recoloured(self, pixels: Tensor) -> Tensor:
        recoloured: Tensor = pixels if self._colours is None else self._colours(pixels)
        return recoloured

    @cached_property
    def _motion(self) -> Any:
        """What moves the picture, and all that lies on it."""
        from kornia import augmentation as kornia

        if not (self.rotate or self.shift or self.zoom != (1.0, 1.0)):
            return None
        shift = (self.shift, self.shift) if self.shift else None
        affine = kornia.RandomAffine(self.rotate, shift, self.zoom, padding_mode="border", p=1.0)
        return kornia.AugmentationSequential(affine, data_keys=["input", "keypoints"])

    @cached_property
    def _colours(self) -> Any:
        """What changes pixels where they are."""
        from kornia import augmentation as kornia

        steps: list[Any] = []
        if self.jitter:
            colour = (self.brightness, self.contrast, self.saturation, self.hue)
            steps.append(kornia.ColorJiggle(*colour, p=self.jitter))
        if self.grey:
            steps.append(kornia.RandomGrayscale(p=self.grey))
        if self.erase:
            steps.append(kornia.RandomErasing(scale=(0.02, 0.33), value=0.5, p=self.erase))
        return kornia.AugmentationSequential(*steps, data_keys=["input"]) if steps else None

    def key(self) -> dict[str, Any]:
        """The settings, ready for JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}
