"""AffectNet as copied to Kaggle: with a table of words, with a table of code + 1, or in numbered folders."""

from __future__ import annotations

from pathlib import PurePosixPath

from explab.data.errors import DatasetError
from explab.data.formats.lines import numbered_rows
from explab.data.labels import no_class, word_label
from explab.data.layout import Layout
from explab.data.listing import Listing, not_among, numbers, whole
from explab.data.readers.raf_db import NUMBERED
from explab.data.splits.names import split_of
from explab.data.tree import Tree
from explab.facs import EXPRESSIONS
from explab.words import count

WORDS = ("anger", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise")
LABELS = "labels.csv"
SAMPLES = {"train-sample-affectnet.csv": "train", "valid-sample-affectnet.csv": "validation"}


def read_words(tree: Tree) -> Listing:
    """labels.csv with a path and a word; folders hold the pictures, and where they disagree the table counts."""
    (_, head), *table = numbered_rows(tree.path(LABELS))
    try:
        at_path, at_label = head.index("pth"), head.index("label")
    except ValueError:
        raise DatasetError(
            f"{tree.path(LABELS)}: has the columns {', '.join(head)}; expected pth and label"
        ) from None
    listing = Listing(tree, EXPRESSIONS)
    moved = 0
    for line, row in table:
        where = f"{LABELS}, line {line}"
        if len(row) != len(head):
            listing.problem(",".join(row)[:40], "train", f"{where}: {len(row)} cells in place of {len(head)}")
            continue
        path, word = row[at_path], row[at_label]
        label = word_label(word)
        if label not in EXPRESSIONS:
            listing.problem(path, "train", f"{where}: label {no_class(word)}")
            continue
        moved += word_label(path.partition("/")[0]) != label
        listing.add(path.rpartition(".")[0], "train", path, label)
    if moved:
        listing.remarks.append(f"{count(moved, 'image')} in the folder of another class: {LABELS} counts")
    return listing


def read_samples(tree: Tree) -> Listing:
    """Tables with a path of Kaggle's machine and AffectNet's code + 1; the last three parts of the path lie here."""
    listing, labels = Listing(tree, EXPRESSIONS), numbers("affectnet-sample")
    for table, split in SAMPLES.items():
        if not tree.has(table):
            continue
        (_, head), *body = numbered_rows(tree.path(table))
        try:
            at_path, at_label = head.index("image"), head.index("emotion")
        except ValueError:
            raise DatasetError(
                f"{tree.path(table)}: has the columns {', '.join(head)}; expected image and emotion"
            ) from None
        for line, row in body:
            where = f"{table}, line {line}"
            if len(row) != len(head):
                listing.problem(
                    ",".join(row)[:40], split, f"{where}: {len(row)} cells in place of {len(head)}"
                )
                continue
            path, number = str(PurePosixPath(*PurePosixPath(row[at_path]).parts[-3:])), whole(row[at_label])
            if number in labels:
                listing.add(path.rpartition(".")[0], split, path, labels[number])
            else:
                listing.problem(path, split, f"{where}: {not_among(number, labels)}")
    return listing


def read_folders(tree: Tree) -> Listing:
    """Folders train, val and test, each with AffectNet's codes 0 to 7."""
    listing, labels = Listing(tree, EXPRESSIONS), numbers("affectnet")
    for folder in tree.folders():
        split = split_of(folder)
        if split is None:
            continue
        for number in tree.folders(folder):
            for file in tree.pictures(f"{folder}/{number}"):
                path = f"{folder}/{number}/{file}"
                if number in labels:
                    listing.add(path.rpartition(".")[0], split, path, labels[number])
                else:
                    listing.problem(path, split, f"folder {not_among(number, labels)}")
    return listing


LAYOUTS = (
    Layout(
        "affectnet",
        "kaggle table",
        f"labels from {LABELS} as words; where a folder says otherwise the table counts",
        (LABELS, *WORDS),
        read_words,
    ),
    *(
        Layout(
            "affectnet",
            "kaggle sample",
            "labels from train-sample-affectnet.csv and valid-sample-affectnet.csv, 1 Neutral to 8 Contempt",
            (table,),
            read_samples,
        )
        for table in SAMPLES
    ),
    Layout(
        "affectnet",
        "kaggle folders",
        "labels from the folders train/0 to train/7, 0 Neutral to 7 Contempt",
        tuple(f"train/{number}" for number in range(7)),
        read_folders,
        note=NUMBERED,
    ),
)
