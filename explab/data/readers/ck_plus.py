"""CK+: posed sequences from neutral to the apex (Lucey et al., CVPR Workshops 2010).

Labels belong to the last picture of a sequence, so a sequence is one sample: its last picture. FACS files list the
units that are present; intensity 0 there means that nobody coded how strongly, not that the unit is absent.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from explab.data.errors import DatasetError
from explab.data.formats.lines import text
from explab.data.layout import Layout
from explab.data.listing import Listing, Row, not_among, numbers
from explab.data.readers.fer2013 import read_pixels
from explab.data.tree import Tree
from explab.facs import EXPRESSIONS, AUs, numbered, read_tokens

IMAGES = "cohn-kanade-images"
EXTENDED = "ckextended.csv"
N_LANDMARKS = 68


def read(tree: Tree, *, intensity: bool = False) -> Listing:
    """One sample for each sequence; a label where there is an emotion file, AUs where there is a FACS file.

    Args:
        tree: the dataset.
        intensity: False gives AUs that are present (1) or absent (0), for every sequence. True gives the intensities
            coded, A to E as 0.2 to 1, and leaves units whose intensity nobody coded unmeasured.
    """
    listing = Listing(tree, EXPRESSIONS, details=partial(_details, tree, intensity))
    labels = numbers("ck+")
    for subject in tree.folders(IMAGES):
        for sequence in tree.folders(f"{IMAGES}/{subject}"):
            inner = f"{subject}/{sequence}"
            pictures = tree.pictures(f"{IMAGES}/{inner}")
            if not pictures:
                listing.problem(inner, "train", f"{IMAGES}/{inner} holds no pictures")
                continue
            apex = pictures[-1]
            name = apex.rpartition(".")[0]
            emotion = _one(tree, f"Emotion/{inner}", "_emotion.txt")
            label = None
            if emotion:
                content = text(tree.path(emotion)).strip()
                try:
                    number = f"{float(content):g}"
                except ValueError:
                    number = content
                if number not in labels:
                    listing.problem(name, "train", f"{emotion}: {not_among(number, labels)}")
                    continue
                label = labels[number]
            coded = None
            if facs := _one(tree, f"FACS/{inner}", "_facs.txt"):
                try:
                    coded = _coded(text(tree.path(facs)))
                except ValueError as error:
                    listing.problem(name, "train", f"{facs}: {error}")
                    continue
            listing.add(name, "train", f"{IMAGES}/{inner}/{apex}", label, subject, more=(inner, coded))
    return listing


def _one(tree: Tree, folder: str, ending: str) -> str:
    """The last file of a folder with this ending; folders without one stand for sequences that nobody coded."""
    files = sorted(name for name in tree.names(folder) if name.endswith(ending))
    return f"{folder}/{files[-1]}" if files else ""


def _coded(facs_lines: str) -> dict[str, float]:
    """Unit -> intensity 0 to 5, of the lines of a FACS file. Raises ValueError."""
    intensities = {}
    for line in facs_lines.splitlines():
        if line.split():
            number, intensity = (float(word) for word in line.split())
            if not (number.is_integer() and 0 <= intensity <= 5):
                raise ValueError(f"{line.strip()!r} is no unit with an intensity from 0 to 5")
            intensities[numbered(int(number))] = intensity
    return intensities


def _aus(coded: dict[str, float], intensity: bool) -> AUs:
    present = read_tokens("+".join(code[2:] for code in coded) or "null", source="ck+")
    if not intensity:
        return present
    values = {code: present[code] for code in present.codes}
    for code, x5 in coded.items():
        sides = [side for side in values if side in (code, f"{code}L", f"{code}R")]
        for side in sides:
            if x5:
                values[side] = x5 / 5
            else:
                del values[side]
    return AUs(values, source="ck+ intensity")


def _details(tree: Tree, intensity: bool, row: Row) -> dict[str, Any]:
    inner, coded = row.more
    details: dict[str, Any] = {} if coded is None else {"aus": _aus(coded, intensity)}
    file = f"Landmarks/{inner}/{row.name}_landmarks.txt"
    if not tree.has(file):
        return details
    try:
        points = np.array(text(tree.path(file)).split(), np.float32)
    except ValueError as error:
        raise DatasetError(f"{row.name}: {file} is damaged ({error})") from None
    if points.size != 2 * N_LANDMARKS or not np.isfinite(points).all():
        raise DatasetError(f"{row.name}: {file} does not hold {N_LANDMARKS} pairs of numbers")
    return details | {"landmarks": points.reshape(N_LANDMARKS, 2)}


def read_extended(tree: Tree) -> Listing:
    """The copy of 920 faces of 48 px as a table of pixels: neutral first pictures and the apex, split as FER2013 is.

    Its numbers are FER2013's and 7 for contempt, not those of CK+'s own emotion files.
    """
    return read_pixels(tree, EXTENDED, "ckextended", EXPRESSIONS)


LAYOUTS = (
    Layout(
        "ck+",
        "original",
        "the last picture of each sequence; labels from Emotion, 0 neutral to 7 surprise; AUs from FACS",
        (f"{IMAGES}/S*",),
        read,
    ),
    Layout(
        "ck+",
        "extended",
        f"pixels and labels from {EXTENDED}, 0 Anger to 6 Neutral and 7 Contempt; PublicTest is the validation split",
        (EXTENDED,),
        read_extended,
        note="It does not say who is in its pictures: the same people may be in train and test, and scores too high.",
    ),
)
