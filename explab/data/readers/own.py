"""Own data: a folder for each class. (A table with a path and a label for each picture is in `own_table`.)"""

from __future__ import annotations

from explab.data.labels import labeller, no_class, used, word_label
from explab.data.layout import Layout
from explab.data.listing import Listing, Row
from explab.data.readers.own_table import read_csv
from explab.data.splits.names import split_of
from explab.data.tree import Tree
from explab.words import count

SHOWN = 3
"""Folders named where pictures are not read."""


def folders(tree: Tree, classes: tuple[str, ...] | None = None, order: str | None = None) -> Listing:
    """A folder for each class, directly in the tree or in folders train, val and test.

    Where the tree has no such folders but is called after a split itself, its pictures are of that split: those of
    ".../test_set" do not become training data because somebody gave that folder.

    Args:
        tree: the dataset.
        classes: possible labels; None takes those found.
        order: name of a label order, if the folders are numbers.
    """
    splits = {name: split for name in tree.folders() if (split := split_of(name))}
    places = [(f"{name}/{inner}", split) for name, split in splits.items() for inner in tree.folders(name)]
    own = split_of(tree.root.resolve().name, numbered=False)
    if not splits:
        places = [(name, own or "train") for name in tree.folders()]
    filled = [(folder, split, tree.pictures(folder)) for folder, split in places]
    filled = [place for place in filled if place[2]]
    named = labeller((f.rpartition("/")[2] for f, _, _ in filled), order, str(tree.root))
    listing = Listing(tree, classes or ())
    if own and not splits:
        listing.remarks.append(
            f"all of it {own} data, because the folder is called {tree.root.resolve().name!r}; give the folder above "
            "for the other splits, or rename it"
        )
    for folder, split, files in filled:
        word = folder.rpartition("/")[2]
        label = named(word)
        if label is None or (classes and label not in classes):
            for file in files:
                listing.problem(f"{folder}/{file}", split, f"folder {no_class(word, order)}")
            continue
        # The files were just listed.
        listing.rows += [Row(f"{folder}/{file}", split, f"{folder}/{file}", label) for file in files]
    listing.classes = classes or used(row.label for row in listing.rows)
    _mention_others(listing, {folder for folder, _, _ in filled})
    return listing


def _mention_others(listing: Listing, read: set[str]) -> None:
    """Pictures of the tree that lie in no class folder are not read; that is said."""
    outside = {folder: n for folder in listing.tree.walk() if (n := len(listing.tree.pictures(folder)))}
    outside = {folder or ".": n for folder, n in outside.items() if folder not in read}
    if outside:
        where = ", ".join([*outside][:SHOWN]) + (", ..." if len(outside) > SHOWN else "")
        listing.remarks.append(
            f"{count(sum(outside.values()), 'picture')} outside the class folders, not read: {where}"
        )


def read_folder(tree: Tree, *, order: str | None = None) -> Listing:
    """A folder for each class; `order` says whose numbers they are, where they are numbers."""
    return folders(tree, order=order)


def _has_class_folder(tree: Tree) -> bool:
    names = tree.folders()
    inner = [name for split in names if split_of(split) for name in tree.folders(split)]
    return any(word_label(name) or name.isdecimal() for name in (*names, *inner))


FOLDER = Layout(
    "folder",
    "folders named after expressions, directly or in train, val and test",
    "labels from the names of the folders",
    ("*",),
    read_folder,
    fits=_has_class_folder,
)
CSV = Layout("csv", "table", "paths and labels from a table", ("*.csv",), read_csv)
LAYOUTS = (FOLDER, CSV)
