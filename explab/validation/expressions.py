"""How often the expression that the AUs suggest is the right one: on synthetic faces, and on labelled photographs.

`explab bench aus` prints it. Nothing was fitted to either.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explab.face import Face, FaceError, codebook_expression, read_face
from explab.facs.expressions import ALIASES, EXPRESSIONS
from explab.progress import progress
from explab.statistics import calibration_error, wilson
from explab.synth.make import faces
from explab.synth.reread import measured

LABELS = "manifest.csv"
"""In a folder of photographs: a table whose columns `file` and `expression` say what some of them show."""
SYNTHETIC = 800


@dataclass(frozen=True, eq=False)
class Suggested:
    """What was shown, and what was suggested: (n, len(EXPRESSIONS)) probabilities."""

    true: list[str]
    probabilities: NDArray[np.float64]

    @property
    def best(self) -> list[str]:
        """The most probable expression of each face."""
        return [EXPRESSIONS[at] for at in self.probabilities.argmax(1)]

    def lines(self, what: str) -> Iterator[str]:
        best = self.best
        right = np.array([true == said for true, said in zip(self.true, best, strict=True)])
        low, high = wilson(int(right.sum()), len(right))
        counts = [self.true.count(name) for name in EXPRESSIONS]
        yield (
            f"{what}: {right.sum()} of {len(right)} right, {right.mean():.1%} (95 % interval {low:.0%} to {high:.0%}; "
            f"always the most frequent: {max(counts) / len(right):.0%}); said with "
            f"{self.probabilities.max(1).mean():.1%}; calibration error {self.calibration_error():.3f}"
        )
        for name in EXPRESSIONS:
            if name in self.true:
                said = [other for true, other in zip(self.true, best, strict=True) if true == name]
                cells = ", ".join(f"{other} {said.count(other)}" for other in EXPRESSIONS if other in said)
                yield f"  {name:10}{len(said):4}  called {cells}"

    def calibration_error(self) -> float:
        """Expected calibration error of the probability of the suggestion."""
        return calibration_error(
            self.probabilities, np.array([EXPRESSIONS.index(name) for name in self.true])
        )


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
    said = [codebook_expression(face) for face in read]
    return Suggested(labels, np.array([[suggestion[name] for name in EXPRESSIONS] for suggestion in said]))


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
