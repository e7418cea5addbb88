"""What to do about a folder that is not the dataset asked for. Advice is tried before it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from explab.data.errors import DatasetError
from explab.data.labels import word_label
from explab.data.layout import Layout, recognise
from explab.data.splits.names import ACCEPTED, split_of
from explab.data.tree import Tree
from explab.words import join

Try = Callable[[Layout, Tree], str]
"""Reads a folder by a layout and returns the split that it has, "train" if it is there; raises DatasetError where that
fails."""

_CHILDREN = 50
"""Folders looked into for a dataset that lies one level further down."""


def not_found(
    name: str,
    own: Sequence[Layout],
    known: Sequence[Layout],
    last: Sequence[Layout],
    root: Path,
    attempt: Try,
) -> DatasetError:
    """Why `root` is not the dataset asked for: what was looked for, and what lies there or next to it instead.

    Args:
        name: what was asked for. own: its layouts.
        known: layouts that tell what lies in a folder. last: those of own data, named where no other fits.
        root: the folder.
        attempt: how advice is tried.
    """
    if not root.is_dir():
        fault = "is a file" if root.exists() else "no such folder"
        return DatasetError(f"{root}: {fault}; give the folder in which {name} lies")
    looked = "; or ".join(f"{join(layout.needs)} ({layout.key})" for layout in own)
    text = f"{root}: no {name} here; looked for {looked}"
    here = (*recognise(known, root),) or (*recognise(last, root),)
    works, fails = _tried(here, attempt)
    if works:
        named = join([str(layout) for layout in works])
        calls = join(sorted({_call(layout, split) for layout, split in works.items()}))
        return DatasetError(f"{text}. This looks like {named}: {calls}")
    near = _near(own, known, last, root, attempt)
    if near:
        return DatasetError(f"{text}. {near}")
    if fails:
        layout, reason = next(iter(fails.items()))
        return DatasetError(f"{text}. This looks like {layout}, but {reason}")
    return DatasetError(text)


def _near(
    own: Sequence[Layout], known: Sequence[Layout], last: Sequence[Layout], root: Path, attempt: Try
) -> str:
    """What lies one folder down or up; "" where nothing does that can be read."""
    children = [root / child for child in Tree(root).folders()[:_CHILDREN]]
    below = [(place, matches) for place in children if (matches := (*recognise(own, place),))]
    unnamed = [place for place, matches in below if all(layout.dataset == "folder" for layout, _ in matches)]
    if len(unnamed) > 1:
        # Which of them is which split? To advise one of them would make training data of any.
        places = join([place.name for place in unnamed])
        return (
            f"The folders {places} each hold such data, and their names do not say which is for training; rename them. "
            f"Accepted are {ACCEPTED}"
        )
    above = root.absolute().parent
    candidates = [(place, "down", matches) for place, matches in below]
    # Nearly every folder looks like own data; the one above is meant where this one is a class or a split of it.
    part = bool(split_of(root.absolute().name) or word_label(root.absolute().name))
    upwards = [layout for layout in own if part or layout not in last]
    candidates.append((above, "up", (*recognise(upwards, above),)))
    reason = ""
    for place, where, matches in candidates:
        works, fails = _tried(matches, attempt)
        if works:
            split = next(iter(works.values()))
            return (
                f"It lies one folder {where}: give {place}{'' if split == 'train' else f', split={split!r}'}"
            )
        reason = reason or next((f"{place} looks like it, but {why}" for why in fails.values()), "")
    for child in children:
        works, _ = _tried((*recognise(known, child),), attempt)
        if works:
            layout, split = next(iter(works.items()))
            return f"{child} looks like {layout}: {_call(layout, split)}"
    return reason


def _call(layout: Layout, split: str) -> str:
    which = "" if split == "train" else f", split={split!r}"
    return f"load_dataset({layout.dataset!r}, ...{which})"


def _tried(
    matches: Sequence[tuple[Layout, Tree]], attempt: Try
) -> tuple[dict[Layout, str], dict[Layout, str]]:
    """Layout -> the split that it reads, and layout -> why it cannot be read, in one line."""
    works, fails = {}, {}
    for layout, tree in matches:
        try:
            works[layout] = attempt(layout, tree)
        except DatasetError as error:
            fails[layout] = " ".join(str(error).splitlines()[0].split())
    return works, fails
