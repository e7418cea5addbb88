"""How often the expression that the AUs suggest is the right one: on synthetic faces, and on labelled photographs.

`explab bench aus` prints it. Nothing was fitted to either.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explab.face import Face, FaceError, codebook_expression, read_face
from explab.facs.expressions import ALIASES, EXPRESSIONS
from explab.progress import progress
from explab.synth.make import faces
from explab.synth.reread import measured

LABELS = "manifest.csv"
"""In a folder of photographs: a table whose columns `file` and `expression` say what some of them show."""
SYNTHETIC = 400


@dataclass(frozen=True)
class Suggested:
    """What was shown and what was suggested, face by face, with the probability of the suggestion."""

    true: list[str]
    best: list[str]
    probability: list[float]

    def lines(self, what: str) -> Iterator[str]:
        right = np.array([t == b for t, b in zip(self.true, self.best, strict=True)])
        low, high = wilson(int(right.sum()), len(right))
        counts = [self.true.count(name) for name in EXPRESSIONS]
        yield (
            f"{what}: {right.sum()} of {len(right)} right, {right.mean():.0%} (95 % interval {low:.0%} to {high:.0%}; "
            f"always the most frequent: {max(counts) / len(right):.0%}); said with {np.mean(self.probability):.0%}; "
            f"calibration error {self.calibration_error():.2f}"
        )
        for name in EXPRESSIONS:
            if name in self.true:
                said = [b for t, b in zip(self.true, self.best, strict=True) if t == name]
                cells = ", ".join(f"{other} {said.count(other)}" for other in EXPRESSIONS if other in said)
                yield f"  {name:10}{len(said):4}  called {cells}"

    def calibration_error(self, bins: int = 10) -> float:
        """Expected calibration error: mean distance of probability and share right, over bins of probability."""
        right = np.array([t == b for t, b in zip(self.true, self.best, strict=True)], float)
        p = np.array(self.probability)
        bin_of = np.minimum((p * bins).astype(int), bins - 1)
        return float(
            sum(
                abs(right[bin_of == k].mean() - p[bin_of == k].mean()) * (bin_of == k).mean()
                for k in np.unique(bin_of)
            )
        )


def wilson(right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z, p = 1.96, right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float(middle - half), float(middle + half)


def labelled(photos: Path) -> list[tuple[Path, str]]:
    """Photographs of a folder with the expression that its table gives them."""
    table = photos / LABELS
    if not table.is_file():
        return []
    with table.open(encoding="utf-8") as lines:
        return [
            (photos / row["file"], ALIASES[row["expression"].lower()])
            for row in csv.DictReader(lines)
            if row["expression"].lower() in ALIASES
        ]


def suggest(labels: list[str], read: list[Face]) -> Suggested:
    """The suggestion for each face."""
    found = [codebook_expression(face) for face in read]
    return Suggested(labels, [one.best for one in found], [one[one.best] for one in found])


def suggested(photos: Path | None, task_file: Path | None) -> Iterator[str]:
    """Everything as lines of text; without photographs the synthetic faces alone."""
    made, read = faces(SYNTHETIC, seed=4004, size=256), []
    for face in progress(made, "reading faces", unit="face"):
        try:
            read.append(measured(face))
        except FaceError:
            continue
    yield "expression suggested from AUs alone"
    truths = [str(face.truth.expression) for face in made if face.truth]
    yield from suggest(truths, made).lines(f"{SYNTHETIC} synthetic faces, true AUs")
    labels = [str(face.truth.expression) for face in read if face.truth]
    yield from suggest(labels, read).lines("the same read by MediaPipe, AUs from landmark geometry")
    yield from on_photographs(labelled(photos) if photos else [], task_file)


def on_photographs(known: list[tuple[Path, str]], task_file: Path | None) -> Iterator[str]:
    """Lines for labelled photographs, once for each source of AUs; blendshapes need the task file."""
    if not known:
        return
    labels = [name for _, name in known]
    by_geometry = [read_face(path, "facemesh") for path, _ in known]
    yield from suggest(labels, by_geometry).lines("labelled photographs, AUs from landmark geometry")
    if task_file:
        by_blendshapes = [read_face(path, "tasks", task_file=task_file) for path, _ in known]
        yield from suggest(labels, by_blendshapes).lines(
            "labelled photographs, AUs from MediaPipe's blendshapes"
        )
