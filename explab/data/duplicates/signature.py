"""What tells whether two pictures are the same: their bytes, their pixels, and how light and dark lie in them."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b, sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.data.errors import DatasetError
from explab.data.listing import Listing, Row
from explab.data.sample import Pixels
from explab.face import PictureError
from explab.face.task_file import cache_folder
from explab.progress import progress_bar

THUMB = 16
"""Side of the small grey picture that near ones are compared by."""
VERSION = 1
"""Raise it when signatures come out differently."""
KEPT_FROM = 2000
"""Pictures from which signatures are kept on disk; of fewer they take a second or two."""
_DIGEST = 16


class Signatures(NamedTuple):
    """Of n pictures.

    Attributes:
        valid: (n,) bool: the picture could be read.
        bytes: (n, 16) uint8 digest of its file; 0 where many pictures lie in one file.
        pixels: (n, 16) uint8 digest of its pixels and size.
        hash: (n, 8) uint8, the 64 bits of its difference hash (dHash, N. Krawetz 2013): whether it becomes lighter from
            left to right, in 8 rows of 9 places.
        thumb: (n, 256) uint8, grey, in 16 x 16 places.
    """

    valid: NDArray[np.bool_]
    bytes: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    hash: NDArray[np.uint8]
    thumb: NDArray[np.uint8]


def signatures(listing: Listing, rows: Sequence[Row]) -> Signatures:
    """Of the pictures of some rows; those of large sets are kept in explab's cache and read there next time."""
    keys = _keys(listing, rows)
    file = (
        cache_folder()
        / "duplicates"
        / f"{sha256(str(listing.tree.root.resolve()).encode()).hexdigest()[:16]}.npz"
    )
    known, kept = _read(file) if len(rows) >= KEPT_FROM else ({}, None)
    at = np.array([known.get(key, -1) for key in keys], np.int64)
    missing = np.flatnonzero(at < 0)
    alone = Counter(row.file for row in rows)
    made = _empty(len(rows))
    if kept is not None:
        for own, stored in zip(made, kept, strict=True):
            own[at >= 0] = stored[at[at >= 0]]
    with progress_bar(len(rows), "comparing splits", "picture", done=len(rows) - len(missing)) as bar:
        for i in missing.tolist():
            _sign(listing, rows[i], made, i, own_file=alone[rows[i].file] == 1)
            bar.update()
    if len(rows) >= KEPT_FROM and len(missing):
        _write(file, keys, made)
    return made


def _empty(n: int) -> Signatures:
    return Signatures(
        np.zeros(n, bool),
        *(np.zeros((n, width), np.uint8) for width in (_DIGEST, _DIGEST, 8, THUMB * THUMB)),
    )


def _sign(listing: Listing, row: Row, made: Signatures, i: int, *, own_file: bool) -> None:
    path = listing.tree.path(row.file)
    try:
        rgb = listing.pixels(row, path)
        raw = path.read_bytes() if own_file else b""
    except (PictureError, DatasetError, OSError):
        return  # what cannot be read is in no split; `check(decode=True)` says why
    made.valid[i] = True
    if own_file:
        made.bytes[i] = _digest(raw)
    made.pixels[i] = _digest(repr(rgb.shape).encode() + np.ascontiguousarray(rgb).tobytes())
    made.hash[i], made.thumb[i] = difference_hash(rgb)


def difference_hash(rgb: Pixels) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(8,) the bits of a picture's hash, and its (256,) thumbnail; every place is the mean of the pixels below it."""
    from PIL import Image

    grey = Image.fromarray(rgb).convert("L")
    places = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), np.int16)
    thumb = np.asarray(grey.resize((THUMB, THUMB), Image.Resampling.BOX))
    return np.packbits(places[:, 1:] > places[:, :-1]), thumb.ravel()


def _digest(raw: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(blake2b(raw, digest_size=_DIGEST).digest(), np.uint8)


def _keys(listing: Listing, rows: Sequence[Row]) -> list[bytes]:
    """What each picture is known by next time: its name and file, with the file's size and time."""
    stamps: dict[str, str] = {}
    keys = []
    for row in rows:
        if row.file not in stamps:
            path = listing.tree.path(row.file)
            stat = path.stat() if path.is_file() else None
            stamps[row.file] = f"{stat.st_size} {stat.st_mtime_ns}" if stat else ""
        identity = f"{VERSION}\0{row.name}\0{row.file}\0{stamps[row.file]}"
        keys.append(blake2b(identity.encode(), digest_size=_DIGEST).digest())
    return keys


def _read(file: Path) -> tuple[dict[bytes, int], Signatures | None]:
    """Key -> number among the signatures of a file; nothing where it is missing or damaged, so that they are made."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            keys = stored["keys"]
            kept = Signatures(*(stored[name] for name in Signatures._fields))
    except (FileNotFoundError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return {}, None
    return {key.tobytes(): i for i, key in enumerate(keys)}, kept


def _write(file: Path, keys: Sequence[bytes], made: Signatures) -> None:
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            stacked = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, _DIGEST)
            np.savez(out, keys=stacked, **made._asdict())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)  # a disk that is full or locked costs the time of making them again
