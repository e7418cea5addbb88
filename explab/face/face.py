"""`Face`: one aligned face with everything measured on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face import align
from explab.face.align import Pose
from explab.face.backends import mirror_blendshapes
from explab.facs import AUs
from explab.facs.mesh import IBUG68, mirror_points


@dataclass(frozen=True)
class Source:
    """Where a face came from and what it took to find it.

    Attributes:
        name: path of the picture as given, or a word in angle brackets.
        index: 0 for the largest face of the picture.
        count: faces found in the picture.
        size: (width, height) of the upright picture in px.
        backend: name and version of the landmark backend.
        view: how the picture had to be looked at: "first try", "padded by 30%", "smoothed", ...
        thumbnail: (h, w, 3) uint8 RGB, the whole picture at no more than 320 px, or None.
    """

    name: str
    index: int = 0
    count: int = 1
    size: tuple[int, int] = (0, 0)
    backend: str = ""
    view: str = ""
    thumbnail: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Truth:
    """What is known of a face that somebody labelled or somebody made."""

    expression: str | None = None
    aus: AUs | None = None


@dataclass(frozen=True)
class Remark:
    """One remark on how far a face can be trusted: `level` is "good" or "warn"."""

    level: str
    text: str


@dataclass(frozen=True, eq=False)
class Face:
    """One face, laid upright into a square crop.

    Coordinates are continuous px: the first pixel spans 0 to 1, x right, y down. Left is the subject's left.

    Attributes:
        image: (S, S, 3) uint8 RGB, the aligned crop; grey where it reaches beyond the picture.
        landmarks: (478, 3) float32 in px of `image`; z on the same scale, negative towards the camera.
        transform: (2, 3) float64, px of the source picture -> px of `image`.
        box: (4,) float32 x0, y0, x1, y1 of the landmarks in px of the source picture.
        pose: yaw, pitch, roll in degrees, of the face in the source picture.
        aus: AU intensities in [0, 1]; empty when nothing measured them.
        blendshapes: MediaPipe's 52 scores in [0, 1], or None.
        truth: ground truth of labelled and synthetic faces, or None.
        source: provenance.
        remarks: what speaks for and against trusting the measurements.
    """

    image: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    transform: NDArray[np.float64]
    box: NDArray[np.float32]
    pose: Pose
    source: Source
    aus: AUs = field(default_factory=AUs)
    blendshapes: dict[str, float] | None = None
    truth: Truth | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def landmarks68(self) -> NDArray[np.float32]:
        """(68, 2) float32 px of `image` in the iBUG/300-W order."""
        return self.landmarks[IBUG68, :2]

    @property
    def iod(self) -> float:
        """Inter-ocular distance in px of `image`: between the eye centres, each the mean of its two corners."""
        return align.interocular(self.landmarks)

    def to_source(self, points: NDArray[Any]) -> NDArray[np.float32]:
        """Map (..., 2 or 3) points from px of `image` to px of the source picture; z is scaled along."""
        return align.apply(align.invert(self.transform), np.asarray(points))

    def from_source(self, points: NDArray[Any]) -> NDArray[np.float32]:
        """Map (..., 2 or 3) points from px of the source picture to px of `image`; z is scaled along."""
        return align.apply(self.transform, np.asarray(points))

    def flip(self) -> Face:
        """The face in a mirror: picture and landmarks mirrored, vertices re-indexed, left and right AUs swapped.

        `to_source` keeps pointing at the (unmirrored) source picture.
        """
        width = self.image.shape[1]
        mirror = np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        truth = self.truth
        if truth and truth.aus:
            truth = replace(truth, aus=truth.aus.flip())
        return replace(
            self,
            image=np.ascontiguousarray(self.image[:, ::-1]),
            landmarks=mirror_points(self.landmarks, width),
            transform=(mirror @ np.vstack([self.transform, [0, 0, 1]]))[:2],
            pose=Pose(-self.pose.yaw, self.pose.pitch, -self.pose.roll),
            aus=self.aus.flip(),
            blendshapes=self.blendshapes and mirror_blendshapes(self.blendshapes),
            truth=truth,
        )

    def __repr__(self) -> str:
        measured = f"{len(self.aus)} AUs" if self.aus else "no AUs measured"
        size = self.image.shape[0]
        return f"Face({self.source.name!r}, face {self.source.index + 1} of {self.source.count}, {size} px, {measured})"
