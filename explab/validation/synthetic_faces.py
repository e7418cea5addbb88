"""Proof that synthetic faces are faces: what MediaPipe, which never saw them, finds and reads in them; and how fast.

`explab bench synth` prints it.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.face.align import interocular
from explab.face.backends import Backend, get_backend
from explab.facs.mesh import MIRROR
from explab.facs.units import UNITS
from explab.progress import progress
from explab.statistics import bootstrap, wilson
from explab.synth.anatomy.units import acts_matrix, given
from explab.synth.assembly import people, photograph
from explab.synth.make import faces
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import shot

Array = NDArray[np.float64]

CONFIDENCE = 0.5
"""MediaPipe's own default."""


@dataclass(frozen=True)
class Movement:
    """A row of `data/directions.csv`."""

    unit: str
    vertices: tuple[int, ...]
    relative_to: tuple[int, ...]
    direction: tuple[float, float]
    what: str


def movements() -> list[Movement]:
    """What each geometric unit should be seen to do."""
    text = (files("explab.synth") / "data" / "directions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))

    def numbers(cell: str) -> tuple[int, ...]:
        return tuple(int(v) for v in cell.split())

    return [
        Movement(
            row["unit"],
            numbers(row["vertices"]),
            numbers(row["relative_to"]),
            (float(row["dx"]), float(row["dy"])),
            row["what"],
        )
        for row in rows
    ]


def seen_by(backend: Backend, image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """(478, 3) px as the backend reads one picture without any help, or None where it finds no face."""
    meshes = backend.find(image, 1, CONFIDENCE)
    return meshes[0].points if meshes else None


@dataclass(frozen=True)
class Found:
    """How MediaPipe reads n faces: which it found, and the mean error of each in inter-ocular distances."""

    found: NDArray[np.bool_]
    error: Array

    def lines(self) -> Iterator[str]:
        low, high = wilson(int(self.found.sum()), len(self.found))
        yield (
            f"found {self.found.mean():.1%} (95 % interval {low:.1%} to {high:.1%}) of {len(self.found)} faces"
        )
        errors = self.error[self.found]
        ends = bootstrap(errors)
        interval = "too few for an interval" if ends is None else f"interval {ends[0]:.2%} to {ends[1]:.2%}"
        yield (
            f"landmarks {errors.mean():.2%} of the inter-ocular distance from the truth (mean of all 478; "
            f"{interval}; median face {np.median(errors):.2%}, worst {errors.max():.2%})"
        )


def read_by_mediapipe(many: list[Face], backend: Backend) -> Found:
    """Find every face and measure how far its landmarks are from the true ones in the picture plane."""
    found, error = np.zeros(len(many), bool), np.full(len(many), np.nan)
    for i, face in enumerate(progress(many, "reading faces", unit="face")):
        points = seen_by(backend, face.image)
        if points is None:
            continue
        off = np.linalg.norm(points[:, :2] - face.landmarks[:, :2], axis=1).mean() / interocular(
            face.landmarks
        )
        # A mesh somewhere else is not this face.
        found[i] = off < 0.5
        error[i] = off
    return Found(found, error)


@dataclass(frozen=True)
class Moved:
    """One unit from 0 to 1, seen by MediaPipe: movement in inter-ocular distances, true and seen, of n faces."""

    movement: Movement
    true: Array
    seen: Array

    @property
    def right(self) -> float:
        """Share of the faces in which the landmarks are seen to move the right way."""
        return float((self.seen > 0).mean())


def _along(movement: Movement, change: Array) -> float:
    """Mean movement of both sides along the direction; change (478, 3) in inter-ocular distances."""
    right, other = list(movement.vertices), list(movement.relative_to)
    total = 0.0
    x, y = np.array(movement.direction) / np.hypot(*movement.direction)
    # On a midline, and for the turns of the eyes, the right side stands for both.
    sides = [(np.arange(len(change)), -1.0)]
    if UNITS[movement.unit].mirror == movement.unit:
        sides.append((MIRROR, 1.0))
    for index, outwards in sides:
        moved = change[index[right]].mean(0) - (change[index[other]].mean(0) if other else 0)
        total += float(moved[0] * x * outwards + moved[1] * y) / len(sides)
    return total


def moved_by_units(n: int, seed: int, size: int, backend: Backend) -> list[Moved]:
    """Every unit of the table at 0 and at 1 on n frontal faces of as many people."""
    rows = movements()
    units = list(dict.fromkeys(row.unit for row in rows))
    seeds = face_seeds(seed, n)
    acts = acts_matrix([given({}), *(given({unit: 1.0}) for unit in units)])
    true = {row.unit: np.full(n, np.nan) for row in rows}
    seen = {row.unit: np.full(n, np.nan) for row in rows}
    for i in progress(range(n), "moving units", unit="person"):
        same = np.repeat(seeds[i : i + 1], len(acts))
        taken = shot.sample(Draws(same), yaw=0, pitch=0, roll=0)
        photos = photograph(people(same, acts, taken), size)
        iod = interocular(photos.landmarks[0])
        points = [seen_by(backend, image) for image in photos.images]
        for row in rows:
            k = 1 + units.index(row.unit)
            rest, acted = points[0], points[k]
            true[row.unit][i] = _along(row, (photos.landmarks[k] - photos.landmarks[0]) / iod)
            if rest is not None and acted is not None:
                seen[row.unit][i] = _along(row, (acted - rest) / iod)
    return [Moved(row, true[row.unit], seen[row.unit][~np.isnan(seen[row.unit])]) for row in rows]


def speed(n: int = 512, size: int = 128) -> float:
    """Faces a second, pictures and truth together, after one batch to warm up."""
    faces(64, size=size)
    start = time.perf_counter()
    faces(n, seed=1, size=size)
    return n / (time.perf_counter() - start)


def main(n: int = 1000, people_moved: int = 20) -> None:
    """Print the figures."""
    print(f"speed: {speed():.0f} faces/s at 128 px")
    backend = get_backend("facemesh")
    for size in (256, 128):
        many = faces(n, seed=1001, size=size, roll=None)
        turned = np.array([max(abs(face.pose.yaw), abs(face.pose.pitch)) for face in many])
        for limit, name in ((30.0, "within 30 degrees"), (90.0, "all, to 35 degrees")):
            chosen = [face for face, angle in zip(many, turned, strict=True) if angle <= limit]
            print(f"\n{size} px, {name}, by {backend.label}")
            for line in read_by_mediapipe(chosen, backend).lines():
                print("  " + line)
    print(f"\nunits from 0 to 1 on {people_moved} people, seen by MediaPipe, in inter-ocular distances")
    print(f"  {'unit':6}{'true':>8}{'seen':>8}{'right way':>11}  movement")
    for moved in moved_by_units(people_moved, 2002, 256, backend):
        row = moved.movement
        print(
            f"  {row.unit:6}{np.nanmean(moved.true):8.3f}{moved.seen.mean():8.3f}{moved.right:11.0%}  {row.what}"
        )


if __name__ == "__main__":
    main()
