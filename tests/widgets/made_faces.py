"""Faces made by hand: a canonical mesh on a grey picture, with any AUs, doubts and truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from explab.face import Face, Remark, Source, Truth
from explab.face.align import CANONICAL, Pose
from explab.facs import AUs

SIZE = 128


def mesh(shift: float = 0.0) -> np.ndarray:
    """(478, 3) the canonical face in px, moved to the right by `shift` inter-ocular distances."""
    iod = 0.28 * SIZE
    return (CANONICAL * iod + [SIZE / 2 + shift * iod, 0.45 * SIZE, 0]).astype(np.float32)


def face(aus: dict[str, float] | None = None, source: str = "a test", **changes: Any) -> Face:
    """A frontal face."""
    points = mesh()
    made = Face(
        image=np.full((SIZE, SIZE, 3), 128, np.uint8),
        landmarks=points,
        transform=np.eye(2, 3),
        box=np.array([10, 10, 110, 110], np.float32),
        pose=Pose(0.0, 0.0, 0.0),
        source=Source("folder/some.jpg", size=(SIZE, SIZE), backend="by hand", view="made"),
        aus=AUs(aus or {}, source=source),
        remarks=(Remark("good", "Large enough"),),
    )
    return replace(made, **changes)


def synthetic(
    true: dict[str, float], read: dict[str, float] | None, expression: str, shift: float = 0.03
) -> Face:
    """A synthetic face as it was read: landmarks `shift` off, AUs as given."""
    truth = Truth(expression=expression, aus=AUs(true, source="synthetic face"), landmarks=mesh(shift))
    return face(read, truth=truth)
