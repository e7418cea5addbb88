"""BP4D: spontaneous expressions of 41 adults in eight tasks (Zhang et al. 2014), occurrence or intensity of AUs."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np

from explab.data.errors import DatasetError
from explab.data.formats.lines import rows
from explab.data.layout import Layout
from explab.data.listing import Listing, Row
from explab.data.tree import Tree
from explab.facs import AUs, scheme

OCCURRENCE = ("AUCoding/AU_OCC", "AUCoding")
INTENSITY = "AUCoding/AU_INT"
_SEQUENCE = re.compile(r"([FM]\d{3})_(T\d)\.csv")
_Values = tuple[float, ...]


def read(tree: Tree, *, intensity: bool = False) -> Listing:
    """All coded frames.

    Args:
        tree: the dataset.
        intensity: False gives the occurrence of 12 AUs, True the intensity of 5. Unknown (9) is not measured.
    """
    name = "bp4d-intensity" if intensity else "bp4d"
    listing = Listing(tree, (), details=partial(_details, name))
    coded = _intensities(listing) if intensity else _occurrences(listing)
    folders: dict[str, dict[int, str]] = {}
    for (subject, task, frame), values in coded.items():
        sequence = f"{subject}/{task}"
        if sequence not in folders:
            folders[sequence] = _pictures(tree, sequence)
        file = folders[sequence].get(frame)
        if file is None:
            listing.problem(f"{sequence}/{frame}", "train", f"{sequence} has no picture of frame {frame}")
        else:
            # The folder was just listed.
            listing.rows.append(Row(f"{sequence}/{frame}", "train", file, None, subject, values))
    return listing


def _pictures(tree: Tree, sequence: str) -> dict[int, str]:
    """Frame -> picture, whatever zeros stand before its number."""
    return {
        int(file.rpartition(".")[0]): f"{at}/{file}"
        for at in (f"img/{sequence}", sequence)
        for file in tree.pictures(at)
        if file.rpartition(".")[0].isdecimal()
    }


_Coded = dict[tuple[str, str, int], _Values]


def _occurrences(listing: Listing) -> _Coded:
    tree, units = listing.tree, scheme("bp4d").entries
    folder = next((f for f in OCCURRENCE if any(map(_SEQUENCE.fullmatch, tree.names(f)))), None)
    if folder is None:
        raise DatasetError(f"{tree.root}: no {OCCURRENCE[0]}/F001_T1.csv; for AU_INT give intensity=True")
    occurrences: _Coded = {}
    for file in sorted(tree.names(folder)):
        match = _SEQUENCE.fullmatch(file)
        if not match:
            continue
        head, *table = rows(tree.path(f"{folder}/{file}"))
        missing = [unit for unit in units if unit[2:] not in head]
        if missing:
            raise DatasetError(f"{tree.path(folder)}/{file}: no column for {', '.join(missing)}")
        columns = [head.index(unit[2:]) for unit in units]
        for row in table:
            name = f"{match[1]}/{match[2]}/{row[0]}"
            values = [row[column] for column in columns] if len(row) == len(head) else []
            if not row[0].isdecimal() or not values or not set(values) <= {"0", "1", "9"}:
                listing.problem(name, "train", f"{folder}/{file}: {','.join(row)[:60]}; values are 0, 1 or 9")
            else:
                occurrences[match[1], match[2], int(row[0])] = tuple(map(float, values))
    return occurrences


def _intensities(listing: Listing) -> _Coded:
    tree, units = listing.tree, scheme("bp4d-intensity").entries
    intensities: dict[tuple[str, str, int], list[float]] = defaultdict(lambda: [9.0] * len(units))
    damaged: set[tuple[str, str, int]] = set()
    for k, unit in enumerate(units):
        folder = f"{INTENSITY}/AU{int(unit[2:]):02}"
        for file in sorted(tree.names(folder)):
            match = _SEQUENCE.fullmatch(file.replace(f"_AU{int(unit[2:]):02}", ""))
            if not match:
                continue
            for row in rows(tree.path(f"{folder}/{file}")):
                if (
                    len(row) != 2
                    or not row[0].isdecimal()
                    or row[1] not in {"0", "1", "2", "3", "4", "5", "9"}
                ):
                    listing.problem(
                        f"{match[1]}/{match[2]}/{row[0]}", "train", f"{folder}/{file}: {','.join(row)}"
                    )
                    if row[0].isdecimal():
                        damaged.add((match[1], match[2], int(row[0])))
                else:
                    intensities[match[1], match[2], int(row[0])][k] = float(row[1])
    if not intensities:
        raise DatasetError(f"{tree.root}: no {INTENSITY}/AU06/F001_T1_AU06.csv")
    return {key: tuple(values) for key, values in intensities.items() if key not in damaged}


def _details(name: str, row: Row) -> dict[str, Any]:
    return {"aus": AUs.from_scheme(name, np.array(row.more))}


LAYOUTS = tuple(
    Layout(
        "bp4d",
        key,
        f"occurrence of AUs from {OCCURRENCE[0]} or AUCoding, intensity from {INTENSITY}; 9 is not measured",
        (needs,),
        reader,
    )
    for key, needs, reader in (
        ("occurrence", f"{OCCURRENCE[0]}/*_T?.csv", read),
        ("occurrence", f"{OCCURRENCE[1]}/*_T?.csv", read),
        ("intensity", f"{INTENSITY}/AU??/*_T?_AU??.csv", partial(read, intensity=True)),
    )
)
