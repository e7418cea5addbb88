"""DISFA: spontaneous expressions of 27 adults, 12 action units from 0 to 5 in every frame (Mavadati et al. 2013)."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.data.formats import video
from explab.data.layout import Layout
from explab.data.listing import Listing, Row, picture
from explab.data.sample import Pixels
from explab.data.tree import Tree
from explab.facs import AUs, scheme
from explab.words import count

LABELS = "ActionUnit_Labels"
FRAMES = "img"
_UNITS = scheme("disfa").entries
_Table = NDArray[np.float64]


def read(tree: Tree) -> Listing:
    """Every frame of every subject; pictures from img/SN001/*.png where they were extracted, else from the video."""
    tables: dict[str, _Table] = {}
    listing = Listing(tree, (), details=partial(_details, tables), pixels=_pixels)
    for subject in tree.folders(LABELS):
        intensities, wrong = _intensities(listing, subject)
        tables[subject] = intensities
        files, source = _frames(tree, subject)
        if not source:
            listing.problem(subject, "train", f"neither a video nor frames in {FRAMES}/{subject}")
            continue
        measured = ~np.isnan(intensities).all(1)
        unlabelled = int((~measured).sum())
        if unlabelled:
            listing.left_out["the frame has no labels"] += unlabelled
        for i in sorted({*np.flatnonzero(measured).tolist()} - wrong):
            name = f"{subject}/{i + 1}"
            if isinstance(files, dict):
                listing.add(name, "train", files.get(i, f"{source}/{i}.png"), None, subject, (subject, i))
            elif i < files:
                listing.rows.append(Row(name, "train", source, None, subject, (subject, i)))
            else:
                listing.problem(name, "train", f"{source} has {count(files, 'frame')}")
    return listing


def _intensities(listing: Listing, subject: str) -> tuple[_Table, set[int]]:
    """(frames, 12) 0 to 5, NaN where a unit has no line, row 0 being frame 1; and the rows with a wrong value."""
    columns: list[_Table] = []
    wrong_rows: set[int] = set()
    for unit in _UNITS:
        file = f"{LABELS}/{subject}/{subject}_au{unit[2:]}.txt"
        if not listing.tree.has(file):
            listing.remarks.append(f"{file} is missing: {unit} of {subject} is not measured")
            columns.append(np.empty((0, 2)))
            continue
        try:
            table = np.loadtxt(listing.tree.path(file), delimiter=",", ndmin=2).reshape(-1, 2)
            if not np.isfinite(table).all():
                raise ValueError("it holds NaN")
        except ValueError as error:
            listing.problem(f"{subject} {unit}", "train", f"{file} is damaged ({error})")
            table = np.empty((0, 2))
        wrong = ~((table[:, 0] >= 1) & np.isin(table[:, 1], range(6)))
        for frame, value in table[wrong]:
            listing.problem(f"{subject}/{frame:g}", "train", f"{file}: {unit} is {value:g}; it takes 0 to 5")
            wrong_rows.add(int(frame) - 1)
        columns.append(table[~wrong])
    last = max((int(table[:, 0].max()) for table in columns if len(table)), default=0)
    intensities = np.full((last, len(_UNITS)), np.nan)
    for k, table in enumerate(columns):
        intensities[table[:, 0].astype(int) - 1, k] = table[:, 1]
    return intensities, wrong_rows


def _frames(tree: Tree, subject: str) -> tuple[dict[int, str] | int, str]:
    """Pictures by row of the labels, and their folder; or the length of the video, and its name.

    Extracted frames are numbered from 0 or from 1; the smallest number in the folder tells.
    """
    folder = f"{FRAMES}/{subject}"
    numbered = {int(m[1]): name for name in tree.pictures(folder) if (m := re.search(r"(\d+)\.\w+$", name))}
    if numbered:
        first = min(1, *numbered)
        return {number - first: f"{folder}/{name}" for number, name in numbered.items()}, folder
    videos = tree.find(f"Video*_LeftCamera/LeftVideo{subject}_comp.avi")
    return (video.frame_count(tree.path(videos[0])), videos[0]) if videos else (0, "")


def _details(tables: dict[str, _Table], row: Row) -> dict[str, Any]:
    subject, i = row.more
    return {"aus": AUs.from_scheme("disfa", tables[subject][i])}


def _pixels(row: Row, path: Path) -> Pixels:
    return video.frame(path, row.more[1]) if path.suffix == ".avi" else picture(row, path)


LAYOUTS = (
    Layout(
        "disfa",
        "original",
        f"intensities from {LABELS}; frames from {FRAMES}/SN001/*.png, else from the videos of the left camera",
        (f"{LABELS}/SN*",),
        read,
        note="Extract the frames to read them in any order: a step back in a video starts from its beginning.",
    ),
)
