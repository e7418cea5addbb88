"""Faces as arrays a network is trained on, made once and kept on disk.

    made = synthetic(20_000, seed=1, view=view, cache=folder)     # explab's own faces
    read = from_dataset(load_dataset("raf-db", root), view=view, cache=folder)

Work that was done stays done: a run that was stopped goes on behind the last finished shard.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.models.classifier import View
from explab.progress import progress_bar
from explab.words import count

if TYPE_CHECKING:
    from explab.data import Dataset

SHARD = 256
"""Faces kept in one file."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """n faces as a network sees them.

    Attributes:
        pixels: (n, size, size, 3) uint8 RGB.
        points: (n, 478, 3) float32 landmarks in px of the pixels; NaN where no face was found.
        labels: (n,) the expression of each.
        source: where they come from, in words.
        missed: names of pictures left out because no face was found in them.
        acts: (n, len(ACTS)) true intensities of `explab.synth.ACTS`, of synthetic faces; None of others.
    """

    pixels: NDArray[np.uint8]
    points: NDArray[np.float32]
    labels: NDArray[np.str_]
    source: str
    missed: tuple[str, ...] = ()
    acts: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def subset(self, rows: NDArray[np.int64]) -> Pictures:
        """The faces of these rows, in their order."""
        acts = None if self.acts is None else self.acts[rows]
        return Pictures(self.pixels[rows], self.points[rows], self.labels[rows], self.source, (), acts)

    def __repr__(self) -> str:
        return f"<Pictures: {len(self)} of {self.pixels.shape[1]} px, {self.source}>"


def pictures(faces: Sequence[Face], view: View, source: str = "faces") -> Pictures:
    """Faces with a known expression as arrays.

    Raises:
        ValueError: a face whose `truth` names no expression; it is named.
    """
    labels = [_label(face) for face in faces]
    points = view.points(faces)
    return Pictures(view.pixels(faces), points, np.array(labels, dtype=str), source)


def synthetic(
    n: int,
    *,
    seed: int,
    view: View,
    expressions: Sequence[str] | None = None,
    cache: Path | None = None,
    yaw: float | None = None,
) -> Pictures:
    """n synthetic faces, everybody somebody else; see `explab.synth.faces`.

    They are drawn as large as the view needs them, so that nothing is resampled.

    Args:
        cache: folder that keeps them; None keeps them in memory alone.
    """
    from explab.synth.make import acted, faces, rendering

    shown = view.box[2] - view.box[0]
    size = round(view.size / shown)
    wanted = None if expressions is None else list(expressions)

    def shard(start: int, stop: int) -> Pictures:
        made = faces(stop - start, seed=seed, size=size, first=start, expressions=wanted, yaw=yaw)
        return pictures(made, view)

    key = {"synthetic": seed, "expressions": wanted, "yaw": yaw, "view": [view.size, *view.box]}
    found = _kept(n, shard, cache, {**key, "rendering": rendering()}, f"{n} synthetic faces, seed {seed}")
    return replace(found, acts=acted(n, seed=seed, expressions=wanted).astype(np.float32))


def from_dataset(dataset: Dataset, *, view: View, cache: Path, expressions: Sequence[str]) -> Pictures:
    """The labelled faces of a dataset, each aligned by its landmarks.

    Samples labelled otherwise than `expressions` are left out. Pictures without a face are left out and named in
    `missed`; damaged ones count against the dataset's limit.

    Args:
        cache: folder that keeps landmarks and pictures.

    Raises:
        DatasetError: more damaged pictures than the dataset's limit allows.
        ValueError: nothing is left.
    """
    from explab.data import landmarks
    from explab.data.faces import aligned

    wanted = dataset[
        np.isin(dataset.labels, [dataset.classes.index(c) for c in expressions if c in dataset.classes])
    ]
    marks = landmarks(wanted, cache)
    side = round(view.size / (view.box[2] - view.box[0]))

    def shard(start: int, stop: int) -> Pictures:
        rows = [i for i in range(start, stop) if marks.valid[i]]
        damaged = {problem.name for problem in wanted.problems}
        names = [wanted.rows[i].name for i in range(start, stop) if not marks.valid[i]]
        missed = tuple(name for name in names if name not in damaged)
        faces = [aligned(wanted[i], image, marks.points[i], side) for i, image in wanted.images(rows)]
        return replace(pictures(faces, view), missed=missed)

    key = {
        "dataset": wanted.fingerprint(),
        "split": wanted.split,
        "expressions": list(expressions),
        "view": [view.size, *view.box],
    }
    return _kept(len(wanted), shard, cache, key, f"{wanted.name}, {wanted.split}")


def _label(face: Face) -> str:
    if face.truth is None or face.truth.expression is None:
        raise ValueError(
            f"{face.source.name}: nobody says which expression it shows; training needs labelled faces"
        )
    return face.truth.expression


def _kept(
    n: int, shard: Callable[[int, int], Pictures], cache: Path | None, key: dict[str, Any], source: str
) -> Pictures:
    """All shards in one, each taken from the cache where it is there."""
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
    parts = []
    with progress_bar(n, f"preparing {source}", "face") as bar:
        for start in range(0, n, SHARD):
            stop = min(n, start + SHARD)
            file = None if cache is None else cache / f"pictures_{name}_{start}_{stop}.npz"
            if file is not None and file.is_file():
                part = _load(file)
            else:
                part = shard(start, stop)
                if file is not None:
                    _save(file, part)
                    part = _load(file)  # rounded as every later run will find it
            parts.append(part)
            bar.update(stop - start)
    missed = tuple(name for part in parts for name in part.missed)
    if not any(len(part) for part in parts):
        looked = f"; none was found in {count(len(missed), 'picture')}" if missed else ""
        raise ValueError(f"{source}: no faces to train on{looked}")
    return Pictures(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.labels for part in parts]),
        source,
        missed,
    )


def _save(file: Path, part: Pictures) -> None:
    """Landmarks in half precision: to 1/16 px within 128 px, far below what a map of 14 x 14 can show."""
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_suffix(f".{os.getpid()}.part")
    with making.open("wb") as out:
        np.savez(
            out,
            pixels=part.pixels,
            points=part.points.astype(np.float16),
            labels=part.labels,
            missed=np.array(part.missed, dtype=str),
        )
    making.replace(file)


def _load(file: Path) -> Pictures:
    with np.load(file) as stored:
        return Pictures(
            stored["pixels"],
            stored["points"].astype(np.float32),
            stored["labels"],
            file.name,
            tuple(stored["missed"].tolist()),
        )
