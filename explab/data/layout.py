"""Layouts: which files tell how a dataset lies on disk, and finding the one that fits a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explab.data.listing import Listing
from explab.data.tree import Tree


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
