"""`Classifier`: a network that names expressions, with all it takes to ask it about faces."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.capture import at_rest
from explab.attribution.outputs import ask
from explab.face import Face
from explab.models.errors import ModelError
from explab.models.prediction import Prediction
from explab.progress import progress_bar
from explab.words import count

BATCH = 64
"""Faces looked at together unless told otherwise."""


@dataclass(frozen=True)
class View:
    """What a network gets to see of a face's crop, and how its pixels become numbers.

    Attributes:
        size: side of the network's square input in px.
        box: x0, y0, x1, y1 of the part of the crop that is shown, as shares of its side.
        mean, std: of the three channels, in [0, 1] units: the input is (pixels / 255 - mean) / std.
        channels: 3 for RGB, 1 for grey (luma of ITU-R BT.601), the mean and std of the first channel then count.

    Raises:
        ModelError: a value that is not allowed; the message says what is.
    """

    size: int
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    channels: int = 3

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.box
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
            raise ModelError(
                f"box={self.box!r}: x0, y0, x1, y1 are shares of the crop's side, x0 < x1, y0 < y1"
            )
        if not isinstance(self.size, (int, np.integer)) or self.size < 1:
            raise ModelError(f"size={self.size!r} is a number of px, the side of a square picture")
        if self.channels not in (1, 3) or min(self.std) <= 0:
            raise ModelError(
                f"channels={self.channels!r} is 3 for RGB or 1 for grey, std={self.std!r} lies above 0"
            )

    def pixels(self, faces: Sequence[Face]) -> NDArray[np.uint8]:
        """(B, size, size, 3) uint8 RGB: the shown part of each crop, area-averaged where it gets smaller."""
        import cv2

        shown = np.empty((len(faces), self.size, self.size, 3), np.uint8)
        for row, face in zip(shown, faces, strict=True):
            x0, y0, x1, y1 = self._edges(face)
            part = face.image[y0:y1, x0:x1]
            how = cv2.INTER_AREA if part.shape[0] > self.size else cv2.INTER_LINEAR
            row[:] = cv2.resize(part, (self.size, self.size), interpolation=how)
        return shown

    def points(self, faces: Sequence[Face]) -> NDArray[np.float32]:
        """(B, 478, 3) float32 landmarks in px of `pixels`; z on the scale of x."""
        points = np.empty((len(faces), 478, 3), np.float32)
        for row, face in zip(points, faces, strict=True):
            x0, y0, x1, y1 = self._edges(face)
            wide, tall = self.size / (x1 - x0), self.size / (y1 - y0)
            row[:] = (face.landmarks - (x0, y0, 0)) * (wide, tall, wide)
        return points

    def _edges(self, face: Face) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the shown part in whole px of the crop."""
        x0, y0, x1, y1 = (round(edge * face.image.shape[0]) for edge in self.box)
        return x0, y0, x1, y1

    def normalised(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) in [0, 1] -> (B, channels, H, W) as the network wants it."""
        mean, std = (torch.tensor(x, device=pixels.device).view(3, 1, 1) for x in (self.mean, self.std))
        if self.channels == 1:
            luma = torch.tensor([0.299, 0.587, 0.114], device=pixels.device).view(3, 1, 1)
            return ((pixels * luma).sum(1, keepdim=True) - mean[:1]) / std[:1]
        return (pixels - mean) / std


def weight(module: nn.Module) -> Tensor:
    """One of a network's weights, for its device and precision; float32 on the CPU where there is none."""
    weights = (tensor for tensor in (*module.parameters(), *module.buffers()) if tensor.is_floating_point())
    return next(weights, torch.empty(0))


@dataclass(frozen=True, eq=False)
class Classifier:
    """A network with its classes and its view of a face; everything batched, nothing cached.

    Attributes:
        name: what predictions and reports call it.
        module: (B, channels, H, W) -> (B, n_classes) logits.
        classes: expression of each logit.
        layer: name of the submodule whose output is shown as attention and explained by CAMs.
        view: how a face becomes its input.
        card: what is known of its training, as its model card's figures; of somebody else's network no more than
            "remarks", what `wrap` took for granted.
        recipe: how `load` builds the network again, for those that explab can build; empty otherwise.
        multi_label: whether each class has a probability of its own, the sigmoid of its logit, so that rows need not
            sum to 1; a network of one class always is.
        batch_size: the most pictures that it takes at once; None where it takes any number.
        batch_size: the most pictures that it takes at once; None where it takes any number.

    Raises:
        ModelError: two logits for one expression.
    """

    name: str
    module: nn.Module
    classes: tuple[str, ...]
    layer: str
    view: View
    card: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    multi_label: bool = False
    batch_size: int | None = None

    def __post_init__(self) -> None:
        if len(self.classes) == 1:
            object.__setattr__(self, "multi_label", True)  # a softmax over one logit is 1 whatever the face
        if len(set(self.classes)) < len(self.classes):
            raise ModelError(f"{self.name}: a class occurs twice in {', '.join(self.classes)}")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the network's input in px."""
        return self.view.size, self.view.size

    @property
    def device(self) -> torch.device:
        """Where the network's weights are; the CPU for one without."""
        return weight(self.module).device

    def to(self, device: str | torch.device) -> Classifier:
        """The classifier with its network moved to a device."""
        return replace(self, module=self.module.to(device))

    def prepare(self, faces: Sequence[Face]) -> Tensor:
        """Faces -> (B, channels, H, W) on the network's device, as precise as its weights, mostly float32."""
        pixels = torch.from_numpy(self.view.pixels(faces)).to(self.device)
        return self.view.normalised(pixels.permute(0, 3, 1, 2).float() / 255).to(weight(self.module).dtype)

    def landmarks(self, faces: Sequence[Face]) -> NDArray[np.float32]:
        """(B, 478, 3) float32 landmarks in px of what `prepare` makes."""
        return self.view.points(faces)

    def logits(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, n_classes), whatever the network wraps its answer in.

        Raises:
            AttributionError: the network answers with something else.
        """
        return ask(self.module, x)

    @torch.no_grad()
    def probabilities(self, faces: Sequence[Face], batch: int = BATCH) -> NDArray[np.float32]:
        """(n, n_classes) float32, rows summing to 1 unless the network is `multi_label`.

        Raises:
            ModelError: answers that are no numbers.
        """
        if not faces:
            return np.zeros((0, len(self.classes)), np.float32)
        if batch < 1:
            raise ModelError(f"batch={batch!r}; expected a number of faces")
        batch = min(batch, self.batch_size or batch)
        batches = []
        with at_rest(self.module), progress_bar(len(faces), f"asking {self.name}", "face") as bar:
            for start in range(0, len(faces), batch):
                part = faces[start : start + batch]
                logits = self.logits(self.prepare(part)).float()
                batches.append((logits.sigmoid() if self.multi_label else logits.softmax(1)).cpu())
                bar.update(len(part))
        rows: NDArray[np.float32] = torch.cat(batches).numpy()
        broken = int(np.isnan(rows).any(1).sum())
        if broken:
            raise ModelError(
                f"{self.name}: the answer to {broken} of {count(len(rows), 'face')} is not a number (NaN); its weights "
                "may be damaged, or its precision too low"
            )
        return rows

    def predict(self, faces: Face | Sequence[Face], batch: int = BATCH) -> list[Prediction]:
        """What the network says of each face, in their order; one face alone gives a list of one."""
        face_list = [faces] if isinstance(faces, Face) else list(faces)
        rows = self.probabilities(face_list, batch)
        return [Prediction(self.classes, row, self.name) for row in rows]

    def save(self, folder: str | Path) -> Path:
        """Write `model.safetensors` and `config.json`, which `load(folder)` reads back.

        Raises:
            ValueError: a network that `wrap` took over; only its owner knows how to build it.
        """
        from safetensors.torch import save_model

        if not self.recipe:
            raise ValueError(
                f"{self.name}: explab did not build this network, so it cannot build it again from a file; "
                "save its state dict yourself and use `wrap` after loading it"
            )
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_model(self.module, str(folder / "model.safetensors"))
        config = {
            "name": self.name,
            "classes": self.classes,
            "layer": self.layer,
            "view": asdict(self.view),
            "recipe": self.recipe,
            "card": self.card,
        }
        (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
        return folder

    def __repr__(self) -> str:
        n = sum(p.numel() for p in self.module.parameters())
        return (
            f"<Classifier {self.name}: {len(self.classes)} expressions, {self.view.size} px, "
            f"{n / 1e6:.2f} M parameters, layer {self.layer!r}>"
        )
