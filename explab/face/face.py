"""`Face`: one aligned face with everything measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face import align
from explab.face.align import Pose
from explab.face.backends import mirror_blendshapes
from explab.facs import AUs, letter, mirrored, unit
from explab.facs.mesh import IBUG68, mirror_points

MADE = "synthetic face"
"""Source of AUs that nobody measured: the face was made to do them."""


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


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a face that somebody labelled or somebody made; what nobody knows is None.

    Attributes:
        expression: a name from EXPRESSIONS.
        aus: intensities in [0, 1].
        landmarks: (478, 3) float32 in px of the face's image; z on the same scale, negative towards the camera.
        box: (4,) float32 x0, y0, x1, y1 of the landmarks in px of the source picture.
        pose: degrees, of the face in the source picture.
        second: of a blend, the weaker expression; "" otherwise.
        recipe: what a synthetic face was made from, so that it can be made again with a change.
    """

    expression: str | None = None
    aus: AUs | None = None
    landmarks: NDArray[np.float32] | None = field(default=None, repr=False)
    box: NDArray[np.float32] | None = None
    pose: Pose | None = None
    second: str = ""
    recipe: Mapping[str, Any] | None = field(default=None, repr=False)

    def record(self) -> dict[str, Any]:
        """Everything but landmarks and recipe, ready for JSON and for writing reasoning from.

        {"expression", "second", "aus": {code: {"intensity", "letter", "name"}}, "box", "pose"}; of the units those that
        are present, sides apart where they differ, strongest first.
        """
        shown = [] if self.aus is None else _present(self.aus)
        return {
            "expression": self.expression,
            "second": self.second,
            "aus": {
                code: {"intensity": round(value, 4), "letter": letter(value), "name": unit(code).name}
                for code, value in shown
            },
            "box": None if self.box is None else [round(float(x), 2) for x in self.box],
            "pose": None if self.pose is None else self.pose._asdict(),
        }

    def flip(self, size: int) -> Truth:
        """The truth of the mirrored face, whose image is `size` px wide; box and recipe stay with the source."""
        return replace(
            self,
            aus=self.aus and self.aus.flip(),
            landmarks=None if self.landmarks is None else mirror_points(self.landmarks, size),
            pose=self.pose and self.pose.flip(),
            recipe=None,
        )


def _present(aus: AUs) -> list[tuple[str, float]]:
    present: list[tuple[str, float]] = []
    for code in aus:
        sides = aus.sides(code)
        if len(set(sides.values())) == 1:
            present.append((code, aus[code]))
        else:
            present += [(code + side, value) for side, value in sides.items()]
    return sorted(((c, v) for c, v in present if letter(v)), key=lambda item: -item[1])


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
        au_sd: of units whose uncertainty is known, sides apart: the standard deviation of the error.
        unreliable: units that this picture cannot show well, sides apart, each with the reason in words.
        blendshapes: MediaPipe's 52 scores in [0, 1], or None.
        truth: ground truth of labelled and synthetic faces, or None.
        source: provenance.
        remarks: what speaks for and against trusting the measurements.
        au_interval: of the units in `au_sd`, sides apart: low and high end of the interval around the intensity that
            holds the true one in at least nine of ten faces, also of those in which the unit is there.
    """

    image: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    transform: NDArray[np.float64]
    box: NDArray[np.float32]
    pose: Pose
    source: Source
    aus: AUs = field(default_factory=AUs)
    au_sd: Mapping[str, float] = field(default_factory=dict)
    unreliable: Mapping[str, str] = field(default_factory=dict)
    blendshapes: dict[str, float] | None = None
    truth: Truth | None = None
    remarks: tuple[Remark, ...] = ()
    au_interval: Mapping[str, tuple[float, float]] = field(default_factory=dict)

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
        return replace(
            self,
            image=np.ascontiguousarray(self.image[:, ::-1]),
            landmarks=mirror_points(self.landmarks, width),
            transform=(mirror @ np.vstack([self.transform, [0, 0, 1]]))[:2],
            pose=self.pose.flip(),
            aus=self.aus.flip(),
            au_sd={mirrored(code): sd for code, sd in self.au_sd.items()},
            au_interval={mirrored(code): ends for code, ends in self.au_interval.items()},
            unreliable={mirrored(code): why for code, why in self.unreliable.items()},
            blendshapes=self.blendshapes and mirror_blendshapes(self.blendshapes),
            truth=self.truth and self.truth.flip(width),
        )

    def __repr__(self) -> str:
        measured = f"{len(self.aus)} AUs" if self.aus else "no AUs measured"
        size = self.image.shape[0]
        return f"Face({self.source.name!r}, face {self.source.index + 1} of {self.source.count}, {size} px, {measured})"
