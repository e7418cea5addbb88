"""RAF-AU: which action units act in faces of RAF-ML (Yan et al., ACCV 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

from explab.data.errors import DatasetError
from explab.data.formats.lines import text
from explab.data.layout import Layout
from explab.data.listing import SEVEN, Listing, Row
from explab.data.tree import Tree
from explab.facs import LABEL_ORDERS, AUs, UnknownUnit

LIST = "RAFAU_label.txt"
SHARES = "EmoLabel/distribution.txt"


def read(tree: Tree, *, raf_ml: str | PathLike[str] | None = None) -> Listing:
    """AUs from the token list; expressions and votes from RAF-ML's distribution where it is at hand.

    The label is the expression that more people chose than any other; without a single one there is no label.

    Args:
        tree: the dataset.
        raf_ml: RAF-ML's folder, or its distribution.txt; default: EmoLabel/distribution.txt next to the list.
    """
    votes = _votes(tree, raf_ml)
    listing = Listing(tree, SEVEN if votes else (), details=_details)
    for number, line in enumerate(text(tree.path(LIST)).splitlines(), start=1):
        if not line.strip():
            continue
        file, *rest = line.split(maxsplit=1)
        tokens = rest[0] if rest else ""
        name = file.rpartition(".")[0]
        try:
            _aus(tokens.strip())
        except UnknownUnit as error:
            listing.problem(name, "train", f"{LIST}, line {number}: {error}")
            continue
        shares = votes.get(file)
        listing.add(
            name, "train", f"aligned/{name}_aligned.jpg", _first(shares), more=(tokens.strip(), shares)
        )
    return listing


def _votes(tree: Tree, raf_ml: str | PathLike[str] | None) -> dict[str, dict[str, float]]:
    file = tree.path(SHARES) if raf_ml is None else Path(raf_ml)
    if raf_ml is not None and file.is_dir():
        file = file / SHARES
    if not file.is_file():
        if raf_ml is None:
            return {}
        raise DatasetError(f"{file}: no such file; raf_ml is RAF-ML's folder, or its distribution.txt")
    names = LABEL_ORDERS["raf-ml"].values()
    votes = {}
    for number, line in enumerate(text(file).splitlines(), start=1):
        image, *shares = line.split()
        try:
            votes[image] = dict(zip(names, map(float, shares), strict=True))
        except ValueError:
            raise DatasetError(
                f"{file}, line {number}: {line!r}; expected a file name and {len(names)} shares"
            ) from None
    return votes


def _first(shares: Mapping[str, float] | None) -> str | None:
    if not shares:
        return None
    leaders = [name for name, share in shares.items() if share == max(shares.values())]
    return leaders[0] if len(leaders) == 1 else None


@lru_cache(maxsize=4096)
def _aus(tokens: str) -> AUs:
    return AUs.from_scheme("rafau", tokens)


def _details(row: Row) -> dict[str, Any]:
    tokens, shares = row.more
    return {"aus": _aus(tokens), "votes": shares}


LAYOUTS = (
    Layout(
        "raf-au",
        "original",
        f"AUs from {LIST}; expressions from RAF-ML's distribution.txt where given",
        (LIST, "aligned"),
        read,
        note="Some of its pictures are in RAF-DB's test split too: a model trained on them must not be tested there.",
    ),
)
