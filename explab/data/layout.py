"""Layouts: which files tell how a dataset lies on disk, and finding the one that fits a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explab.data.errors import DatasetError
from explab.data.listing import Listing
from explab.data.tree import Tree
from explab.words import join

_CHILDREN = 50
"""Folders looked into for a dataset that lies one level further down."""


@dataclass(frozen=True)
class Layout:
    """One way in which a dataset lies on disk.

    Attributes:
        dataset: its name for `load_dataset`.
        key: short name of the layout.
        rule: what is read from where, for people.
        needs: files or folders that must all be there; "*" stands for any name, case does not matter.
        read: tree -> Listing; its keywords are the options of `load_dataset`.
        at: folders, relative to the one given, in which it may lie.
        fits: looks into the files where their names do not tell.
        note: what every user of this layout should know.
    """

    dataset: str
    key: str
    rule: str
    needs: tuple[str, ...]
    read: Callable[..., Listing]
    at: tuple[str, ...] = ("",)
    fits: Callable[[Tree], bool] = lambda tree: True  # noqa: ARG005
    note: str = ""

    def place(self, root: Path) -> Tree | None:
        """The folder at or below `root` in which everything needed lies."""
        for inner in self.at:
            tree = Tree(root / inner) if inner else Tree(root)
            if all(tree.find(pattern) for pattern in self.needs) and self.fits(tree):
                return tree
        return None

    def __str__(self) -> str:
        return f"{self.dataset} ({self.key})"


def recognise(layouts: Sequence[Layout], root: Path) -> Iterator[tuple[Layout, Tree]]:
    """The layouts that fit a folder, in their order."""
    for layout in layouts:
        tree = layout.place(root)
        if tree:
            yield layout, tree


def not_found(
    name: str, own: Sequence[Layout], known: Sequence[Layout], last: Sequence[Layout], root: Path
) -> DatasetError:
    """Why `root` is not the dataset asked for: what was looked for, and what lies there or next to it instead.

    Args:
        name: what was asked for. own: its layouts.
        known: layouts that tell what lies in a folder. last: those of own data, named where no other fits.
        root: the folder.
    """
    if not root.is_dir():
        fault = "is a file" if root.exists() else "no such folder"
        return DatasetError(f"{root}: {fault}; give the folder in which {name} lies")
    looked = "; or ".join(f"{join(layout.needs)} ({layout.key})" for layout in own)
    text = f"{root}: no {name} here; looked for {looked}"
    recognised = [layout for layout, _ in (*recognise(known, root),) or recognise(last, root)]
    if recognised:
        calls = join(sorted({f"load_dataset({layout.dataset!r}, ...)" for layout in recognised}))
        return DatasetError(
            f"{text}. This looks like {join([str(layout) for layout in recognised])}: {calls}"
        )
    children = [root / child for child in Tree(root).folders()[:_CHILDREN]]
    for place, where in [*((child, "down") for child in children), (root.absolute().parent, "up")]:
        match = next(recognise(own, place), None)
        if match:
            return DatasetError(f"{text}. It lies one folder {where}: give {place}")
    for child in children:
        match = next(recognise(known, child), None)
        if match:
            return DatasetError(
                f"{text}. {child} looks like {match[0]}: load_dataset({match[0].dataset!r}, ...)"
            )
    return DatasetError(text)
