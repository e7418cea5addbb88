"""AffectNet: the full release with tables, and the release of 287,000 crops with npy files (Mollahosseini et al. 2017).

Codes 8 None, 9 Uncertain and 10 No-Face are no expressions; such lines are left out. The forms found on Kaggle are in
`affectnet_kaggle`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.data.errors import DatasetError
from explab.data.formats.lines import line_at, lines
from explab.data.layout import Layout
from explab.data.listing import Listing, Row, not_among, numbers, whole
from explab.data.tree import Tree
from explab.facs import EXPRESSIONS
from explab.progress import progress

NO_EXPRESSION = {"8": "None", "9": "Uncertain", "10": "No-Face"}
COLUMNS = (
    "subDirectory_filePath",
    "face_x",
    "face_y",
    "face_width",
    "face_height",
    "facial_landmarks",
    "expression",
    "valence",
    "arousal",
)
TABLES = {"training.csv": "train", "validation.csv": "validation"}
IMAGES = "Manually_Annotated_Images"
SETS = {"train_set": "train", "val_set": "validation"}
N_LANDMARKS = 68
NO_TEST = "AffectNet's test split was never released; papers report on the validation split."


def read_tables(tree: Tree) -> Listing:
    """The full release: training.csv and validation.csv, with or without a line of headers."""
    labels = numbers("affectnet")
    listing = Listing(tree, EXPRESSIONS, details=partial(_line_details, tree))
    for table, split in TABLES.items():
        if not tree.has(table):
            continue
        for line, offset, cells in lines(tree.path(table)):
            where = f"{table}, line {line}"
            if len(cells) != len(COLUMNS):
                listing.problem(where, split, f"{len(cells)} cells in place of {len(COLUMNS)}")
                continue
            if cells[0] == COLUMNS[0].encode():
                continue
            file, number = cells[0].decode(), whole(cells[6].decode())
            name = file.rpartition(".")[0]
            if number in NO_EXPRESSION:
                listing.left_out[f"code {number}, {NO_EXPRESSION[number]}"] += 1
            elif number not in labels:
                listing.problem(name, split, f"{where}: {not_among(number, labels)}")
            elif not _looks_whole(cells[5]):
                listing.problem(name, split, f"{where}: landmarks are not {N_LANDMARKS} pairs of numbers")
            elif b"n" in b"".join(cells[1:5]).lower():
                listing.problem(name, split, f"{where}: the box of the face is not four numbers (NaN)")
            else:
                listing.add(name, split, f"{IMAGES}/{file}", labels[number], more=(table, offset))
    return listing


def _looks_whole(landmarks: bytes) -> bool:
    """68 pairs "x;y;...", none of them NaN."""
    return landmarks.count(b";") == 2 * N_LANDMARKS - 1 and b"n" not in landmarks and b"N" not in landmarks


def _line_details(tree: Tree, row: Row) -> dict[str, Any]:
    table, offset = row.more
    cells = line_at(tree.path(table), offset)
    try:
        x, y, width, height = (float(cell) for cell in cells[1:5])
        points = np.array(cells[5].split(b";"), np.float32)
    except ValueError as error:
        raise DatasetError(f"{table}: the line of {row.name} is damaged ({error})") from None
    return {
        "box": np.array([x, y, x + width, y + height], np.float32),
        "landmarks": points.reshape(N_LANDMARKS, 2),
    }


def read_npy(tree: Tree) -> Listing:
    """The release of crops: images/N.jpg, and annotations/N_exp.npy and N_lnd.npy."""
    labels = numbers("affectnet")
    listing = Listing(tree, EXPRESSIONS, details=partial(_npy_details, tree))
    for folder, split in SETS.items():
        notes = tree.names(f"{folder}/annotations")
        ids = sorted(
            (name.removesuffix("_exp.npy") for name in notes if name.endswith("_exp.npy")), key=_natural
        )
        for image_id in progress(ids, f"reading {folder}", "label"):
            name = f"{folder}/{image_id}"
            try:
                number = str(int(read_array(tree.path(f"{folder}/annotations/{image_id}_exp.npy")).item()))
            except ValueError as error:
                listing.problem(name, split, f"{image_id}_exp.npy is damaged ({error})")
                continue
            if number in NO_EXPRESSION:
                listing.left_out[f"code {number}, {NO_EXPRESSION[number]}"] += 1
            elif number not in labels:
                listing.problem(name, split, f"{image_id}_exp.npy: {not_among(number, labels)}")
            else:
                landmarks = f"{folder}/annotations/{image_id}_lnd.npy"
                landmarks_if_there = landmarks if f"{image_id}_lnd.npy" in notes else ""
                listing.add(
                    name, split, f"{folder}/images/{image_id}.jpg", labels[number], more=landmarks_if_there
                )
    return listing


def _natural(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() else 0, name)


def _npy_details(tree: Tree, row: Row) -> dict[str, Any]:
    if not row.more:
        return {}
    try:
        points = read_array(tree.path(row.more)).astype(np.float32)
    except ValueError as error:
        raise DatasetError(f"{row.name}: {row.more} is damaged ({error})") from None
    if points.size != 2 * N_LANDMARKS or not np.isfinite(points).all():
        raise DatasetError(f"{row.name}: {row.more} does not hold {N_LANDMARKS} pairs of numbers")
    return {"landmarks": points.reshape(N_LANDMARKS, 2)}


def read_array(path: Path) -> NDArray[Any]:
    """(n,) the values of a small npy file, five times as fast as numpy does it; there are 287,000 of them.

    Raises:
        ValueError: not an npy file, or cut off.
    """
    raw = path.read_bytes()
    start = 10 + int.from_bytes(raw[8:10], "little")
    return np.frombuffer(raw, _dtype(raw[:start]), offset=min(start, len(raw)))


@lru_cache(maxsize=256)
def _dtype(header: bytes) -> np.dtype[Any]:
    """The type of values, which are text in some copies: "7" as <U1."""
    if header[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError("npy files of version 1.0 are read")
    read: Any = np.lib.format.read_array_header_1_0
    dtype: np.dtype[Any] = read(io.BytesIO(header[8:]))[2]
    if dtype.hasobject:
        raise ValueError("holds Python objects")
    return dtype


def _tables() -> Iterator[Layout]:
    for table in TABLES:
        yield Layout(
            "affectnet",
            "csv",
            f"labels, boxes and landmarks from training.csv and validation.csv; pictures in {IMAGES}",
            (table, IMAGES),
            read_tables,
            note=NO_TEST,
        )


LAYOUTS = (
    *_tables(),
    Layout(
        "affectnet",
        "npy",
        "labels from train_set/annotations/N_exp.npy and val_set/annotations/N_exp.npy",
        ("*_set/annotations", "*_set/images"),
        read_npy,
        note=NO_TEST,
    ),
)
