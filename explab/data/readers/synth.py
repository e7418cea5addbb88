"""explab's own synthetic faces as a dataset: drawn in batches when they are asked for, and kept if there is a cache."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from hashlib import sha256
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from explab.data.errors import DatasetError
from explab.data.listing import SPLITS, Listing, Row
from explab.data.sample import Pixels
from explab.data.tree import Tree
from explab.facs import EXPRESSIONS

BATCH = 64
"""Faces drawn together. Batches begin at multiples of it, so that another `n` finds the same ones in the cache."""
MOST = 100_000_000
"""Faces of a split; each split is a stretch of the series of its own, so that nobody is in two."""
_OPEN = 64
_RECENT = 4

RULE = "series: drawn by explab.synth, everything about them known; each split is a stretch of the series of its own"
REMARK = "Synthetic faces: a result on them says nothing yet about photographs."


@dataclass(frozen=True)
class Series:
    """What a series of faces depends on, and where its pictures are kept: None keeps them for a moment only."""

    seed: int
    size: int
    expressions: tuple[str, ...] | None
    yaw: float | None
    pitch: float | None
    roll: float | None
    cache: Path | None

    @property
    def key(self) -> str:
        """16 hexadecimal digits; another series, and another version of explab.synth, has others."""
        identity = json.dumps(
            [self.seed, self.size, self.expressions, self.yaw, self.pitch, self.roll, _version()]
        )
        return sha256(identity.encode()).hexdigest()[:16]


def read(
    n: int = 1000,
    *,
    seed: int | None = None,
    split: str = "train",
    size: int = 128,
    expressions: str | Sequence[str] | None = None,
    yaw: float | None = None,
    pitch: float | None = None,
    roll: float | None = 0.0,
    cache: str | PathLike[str] | None = None,
) -> Listing:
    """n faces of a split. Labels and AUs are known at once; pictures, landmarks and boxes when a face is drawn.

    Args:
        n: how many.
        seed, size, expressions, yaw, pitch, roll: as `explab.synth.faces`, whose default seed None stands for.
        split: which stretch of the series.
        cache: folder to keep the pictures in. Without it, any order but the first to the last draws 64 faces for each.

    Raises:
        DatasetError: a number that is not allowed. ValueError: as `explab.synth.faces`.
    """
    from explab.face.read import check_size
    from explab.synth.expressions import sample
    from explab.synth.make import checked_pose
    from explab.synth.randomness import DEFAULT, Draws, face_seeds

    seed = DEFAULT if seed is None else seed
    if not (isinstance(n, int) and 1 <= n <= MOST):
        raise DatasetError(f"n={n!r}: a whole number of synthetic faces from 1 to {MOST:,}")
    check_size(size)
    checked_pose(yaw=yaw, pitch=pitch, roll=roll)
    labels = (
        None
        if expressions is None
        else (expressions,)
        if isinstance(expressions, str)
        else tuple(expressions)
    )
    where = None if cache is None else Path(cache)
    series = Series(seed, size, labels, yaw, pitch, roll, where)
    first = SPLITS.index(split) * MOST
    acted = sample(Draws(face_seeds(seed, n, first)), labels)
    listing = Listing(
        Tree(Path()),
        EXPRESSIONS,
        details=partial(_details, series, first, acted.acts),
        pixels=partial(_pixels, series),
    )
    listing.rows = [
        Row(f"synth-{seed}-{first + i}", split, "", label, None, first + i)
        for i, label in enumerate(acted.expression.tolist())
    ]
    listing.remarks.append(REMARK)
    listing.made_by = series.key
    return listing


def _details(series: Series, first: int, acts: NDArray[np.float64], row: Row) -> dict[str, Any]:
    from explab.synth.anatomy.units import as_aus

    points = _batch(series, row.more // BATCH)[1][row.more % BATCH]
    return {
        "aus": as_aus(acts[row.more - first]),
        "landmarks": np.array(points),
        "box": np.concatenate([points[:, :2].min(0), points[:, :2].max(0)]),
    }


def _pixels(series: Series, row: Row, path: Path) -> Pixels:  # noqa: ARG001
    return np.array(_batch(series, row.more // BATCH)[0][row.more % BATCH])


_Batch = tuple[Pixels, NDArray[np.float32]]
"""(64, S, S, 3) uint8 RGB and (64, 478, 3) float32."""


def _batch(series: Series, number: int) -> _Batch:
    return _drawn(series, number) if series.cache is None else _kept(series, number)


@lru_cache(maxsize=_RECENT)
def _drawn(series: Series, number: int) -> _Batch:
    from explab.synth import faces

    batch = faces(
        BATCH,
        seed=series.seed,
        size=series.size,
        expressions=series.expressions,
        yaw=series.yaw,
        pitch=series.pitch,
        roll=series.roll,
        first=number * BATCH,
    )
    return np.stack([face.image for face in batch]), np.stack([face.landmarks for face in batch])


@lru_cache(maxsize=_OPEN)
def _kept(series: Series, number: int) -> _Batch:
    """The batch from the cache, mapped into memory; drawn and written there first if need be."""
    folder = cast(Path, series.cache) / f"synth-{series.key}"
    names = [folder / f"{kind}-{number:07}.npy" for kind in ("images", "landmarks")]
    if not all(name.is_file() for name in names):
        folder.mkdir(parents=True, exist_ok=True)
        for name, values in zip(names, _drawn(series, number), strict=True):
            part = name.with_suffix(f".{os.getpid()}.part")
            with part.open("wb") as file:
                np.save(file, np.asarray(values))
            part.replace(name)
    images, points = (np.load(name, mmap_mode="r") for name in names)
    return images, points


@cache
def _version() -> str:
    """Checksum of everything that faces are drawn from."""
    digest = sha256()
    for package in ("synth", "facs", "face"):
        folder = Path(str(files(f"explab.{package}")))
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".csv", ".npz"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
