"""Faces as arrays a network is trained on, made once and kept on disk.

    made = synthetic(20_000, seed=1, view=view, cache=folder)     # explab's own faces
    read = from_dataset(load_dataset("raf-db", root), view=view, cache=folder)

Work that was done stays done: a run that was stopped goes on behind the last finished shard.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.models.classifier import View
from explab.progress import progress_bar
from explab.training import checksum
from explab.words import count

if TYPE_CHECKING:
    from explab.data import Dataset

SHARD = 256
"""Faces kept in one file."""
FACELESS = 0.2
"""Share of pictures without a face that is too large unless told otherwise. Of tiny or wild faces every tenth may be
missed; of more than this, something else is wrong: pictures that are cut too close, or no faces."""
SHOWN = 10
"""Names in an account."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """n faces as a network sees them.

    Attributes:
        pixels: (n, size, size, 3) uint8 RGB.
        points: (n, 478, 3) float32 landmarks in px of the pixels. NaN teaches the class alone; `from_dataset` leaves
            pictures without a face out.
        labels: (n,) the expression of each.
        source: where they come from, in words.
        missed: names of pictures left out because no face was found in them.
        damaged: what was left out because it cannot be used, each with the reason.
        others: class -> pictures left out because nobody asked for it.
        acts: (n, len(ACTS)) true intensities of `explab.synth.ACTS`, of synthetic faces; None of others.
    """

    pixels: NDArray[np.uint8]
    points: NDArray[np.float32]
    labels: NDArray[np.str_]
    source: str
    missed: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    acts: NDArray[np.float32] | None = None

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of everything that is learned from: pixels, landmarks, labels and acts."""
        acts = () if self.acts is None else (self.acts,)
        return checksum.of_arrays(self.pixels, self.points, self.labels, *acts)

    @property
    def account(self) -> str:
        """How many were used, and what was left out and why."""
        said = [f"{len(self):,} used"]
        if self.missed:
            said.append(f"{len(self.missed):,} without a face ({_first(self.missed, ', ')})")
        if self.damaged:
            said.append(f"{len(self.damaged):,} that cannot be used ({_first(self.damaged, '; ')})")
        if self.others:
            each = ", ".join(f"{name} {n:,}" for name, n in self.others.items())
            said.append(f"{sum(self.others.values()):,} of other classes ({each})")
        return ", ".join(said)

    def __len__(self) -> int:
        return len(self.pixels)

    def subset(self, rows: NDArray[np.int64]) -> Pictures:
        """The faces of these rows, in their order."""
        acts = None if self.acts is None else self.acts[rows]
        return Pictures(self.pixels[rows], self.points[rows], self.labels[rows], self.source, acts=acts)

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
    from explab.synth.expressions import sample
    from explab.synth.make import faces, rendering
    from explab.synth.randomness import Draws, face_seeds

    source = f"{n} synthetic faces, seed {seed}"
    if n < 1:
        raise ValueError(f"{source}: no faces to train on; make 1 or more")
    shown = view.box[2] - view.box[0]
    size = round(view.size / shown)
    wanted = None if expressions is None else list(expressions)

    def shard(start: int, stop: int) -> _Shard:
        made = faces(stop - start, seed=seed, size=size, first=start, expressions=wanted, yaw=yaw)
        return _Shard(view.pixels(made), view.points(made), np.arange(start, stop))

    key = {"synthetic": seed, "expressions": wanted, "yaw": yaw, "view": [view.size, *view.box]}
    found = _kept(n, shard, cache, {**key, "rendering": rendering()}, source)
    acted = sample(Draws(face_seeds(seed, n)), wanted)
    acts = acted.acts.astype(np.float32)
    return Pictures(found.pixels, found.points, acted.expression, source, acts=acts)


def from_dataset(
    dataset: Dataset, *, view: View, cache: Path, expressions: Sequence[str], faceless: float = FACELESS
) -> Pictures:
    """The labelled faces of a dataset, each aligned by its landmarks.

    Samples labelled otherwise than `expressions`, pictures without a face and damaged ones are left out; `account` says
    how many. Labels are those of today's lists, whatever the cache was made with.

    Args:
        cache: folder that keeps landmarks and pictures.
        faceless: largest share of pictures in which no face is found.

    Raises:
        DatasetError: more damaged pictures than the dataset's limit allows, or more without a face than `faceless`.
        ValueError: nothing is left.
    """
    from explab.data import DatasetError, Problem, landmarks
    from explab.data.faces import aligned

    wanted = dataset[labelled(dataset, expressions)]
    points, valid = landmarks(wanted, cache)
    side = round(view.size / (view.box[2] - view.box[0]))
    source = f"{dataset.name}, {dataset.split}{f' ({dataset.origin})' if dataset.origin else ''}"
    known = {problem.name for problem in dataset.problems}
    missed = tuple(
        row.name for row, good in zip(wanted.rows, valid, strict=True) if not good and row.name not in known
    )
    if len(missed) > faceless * len(wanted):
        raise DatasetError(
            f"{source}: no face was found in {len(missed)} of {count(len(wanted), 'picture')} "
            f"({len(missed) / len(wanted):.1%}; faceless={faceless:g} allows {faceless:.1%}). Look at them, or allow "
            f"more. The first: {_first(missed, ', ')}"
        )

    def shard(start: int, stop: int) -> _Shard:
        rows = [i for i in range(start, stop) if valid[i]]
        read = [(i, aligned(wanted[i], image, points[i], side)) for i, image in wanted.images(rows)]
        faces = [face for _, face in read]
        return _Shard(view.pixels(faces), view.points(faces), np.array([i for i, _ in read], np.int64))

    key = {
        "pictures": wanted.fingerprint(),
        "landmarks": checksum.of_arrays(points),
        "view": [view.size, *view.box],
    }
    found = _kept(len(wanted), shard, cache, key, source)
    lost = sorted(set(np.flatnonzero(valid).tolist()) - set(found.rows.tolist()))
    names = [wanted.rows[i].name for i in lost]
    dataset.problems.add(*(Problem(name, dataset.split, "damaged when its crop was made") for name in names))
    if not len(found.rows):
        looked = f"; none was found in {count(len(missed), 'picture')}" if missed else ""
        raise ValueError(f"{source}: no faces to train on{looked}")
    labels = np.array([row.label for row in wanted.rows], dtype=str)[found.rows]
    others = {name: n for name, n in dataset.counts().items() if n and name not in expressions}
    damaged = tuple(str(problem) for problem in dataset.problems)
    return Pictures(found.pixels, found.points, labels, source, missed, damaged, others)


def labelled(dataset: Dataset, expressions: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) which samples show one of some expressions.

    Raises:
        ValueError: none does.
    """
    numbers = [dataset.classes.index(name) for name in expressions if name in dataset.classes]
    if not numbers:
        has = (
            f"none of its classes ({', '.join(dataset.classes)})"
            if dataset.classes
            else "it has no classes, none"
        )
        raise ValueError(f"{dataset.name}: {has} is among {', '.join(expressions)}")
    found: NDArray[np.bool_] = np.isin(dataset.labels, numbers)
    if not found.any():
        raise ValueError(f"{dataset.name}, {dataset.split}: no picture shows one of {', '.join(expressions)}")
    return found


def _first(names: Sequence[str], between: str) -> str:
    """The first ten."""
    return between.join(names[:SHOWN]) + (f"{between}..." if len(names) > SHOWN else "")


def _label(face: Face) -> str:
    if face.truth is None or face.truth.expression is None:
        raise ValueError(
            f"{face.source.name}: nobody says which expression it shows; training needs labelled faces"
        )
    return face.truth.expression


class _Shard(NamedTuple):
    """Pixels (k, size, size, 3) and landmarks (k, 478, 3) of k faces, and (k,) their numbers among all."""

    pixels: NDArray[np.uint8]
    points: NDArray[np.float32]
    rows: NDArray[np.int64]


def _kept(
    n: int, shard: Callable[[int, int], _Shard], cache: Path | None, key: dict[str, Any], source: str
) -> _Shard:
    """All shards in one, each taken from the cache where it is there and whole."""
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
    parts = []
    with progress_bar(n, f"preparing {source}", "face") as bar:
        for start in range(0, n, SHARD):
            stop = min(n, start + SHARD)
            file = None if cache is None else cache / f"pictures_{name}_{start}_{stop}.npz"
            part = None if file is None else _load(file)
            if part is None:
                part = shard(start, stop)
                if file is not None:
                    _save(file, part)
                    part = _rounded(part)  # as every later run will find it
            parts.append(part)
            bar.update(stop - start)
    return _Shard(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _rounded(part: _Shard) -> _Shard:
    """Landmarks in half precision: to 1/16 px within 128 px, far below what a map of 14 x 14 can show."""
    return part._replace(points=part.points.astype(np.float16).astype(np.float32))


def _save(file: Path, part: _Shard) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_suffix(f".{os.getpid()}.part")
    with making.open("wb") as out:
        np.savez(out, pixels=part.pixels, points=part.points.astype(np.float16), rows=part.rows)
    making.replace(file)


def _load(file: Path) -> _Shard | None:
    """None where it is missing or damaged, so that it is made again."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            return _Shard(stored["pixels"], stored["points"].astype(np.float32), stored["rows"])
    except (FileNotFoundError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
