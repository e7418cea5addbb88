"""RAF-DB: basic and compound expressions (Li, Deng and Du, CVPR 2017), original, from Kaggle, or re-ordered.

The original and Kaggle number the expressions 1 to 7 in one order, EfficientFace's folders 0 to 6 in another.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from explab.data.errors import DatasetError
from explab.data.formats import readme
from explab.data.formats.lines import numbered_rows, text
from explab.data.layout import Layout
from explab.data.listing import SEVEN, Listing, not_among, numbers, whole
from explab.data.splits.names import split_of
from explab.data.tree import Tree
from explab.face.picture import SUFFIXES
from explab.facs import COMPOUNDS
from explab.words import count

LIST = "EmoLabel/list_patition_label.txt"  # the dataset's own spelling
FEW, MANY = 0.02, 0.1
"""Share of labels above 7: up to the first they are mistakes in the basic list, from the second on it is compound."""
_ORIGINAL_NAME = re.compile(r"(train|test)_\d+(_aligned)?\.")
NUMBERED = "Whose numbers the folders have cannot be told from the files; own data: load_dataset('folder', ..., order=)"


def _read_list(tree: Tree, order: str, classes: tuple[str, ...], aligned: bool) -> Listing:
    listing, labels = Listing(tree, classes), numbers(order)
    lines = _list_lines(tree)
    kept = readme.body(lines, lambda line: PurePosixPath(line[1][0]).suffix.lower() in SUFFIXES)
    listing.remarks += readme.remarks(
        LIST, [number for number, _ in lines[: kept.start]], [number for number, _ in lines[kept.stop :]]
    )
    for line, (file, *cells) in lines[kept]:
        name, where = file.rpartition(".")[0], f"{LIST}, line {line}"
        split, label = name.partition("_")[0], whole(cells[0]) if len(cells) == 1 else " ".join(cells)
        if split not in ("train", "test"):
            listing.problem(file, "train", f"{where}: the name begins with neither train_ nor test_")
        elif label not in labels:
            listing.problem(name, split, f"{where}: {not_among(label, labels)}")
        else:
            path = f"Image/aligned/{name}_aligned.jpg" if aligned else f"Image/original/{file}"
            listing.add(name, split, path, labels[label])
    return listing


def _list_lines(tree: Tree) -> list[tuple[int, list[str]]]:
    """Number and words of every line of the list that is not empty; blanks, tabs, commas or semicolons lie between."""
    lines = enumerate(text(tree.path(LIST)).splitlines(), start=1)
    return [
        (number, words)
        for number, line in lines
        if (words := re.split(r"[\s,;]+", line.strip(" \t,;"))) != [""]
    ]


def read_basic(tree: Tree, *, aligned: bool = True) -> Listing:
    """The original release; `aligned=False` reads the photographs as found in place of 100 px crops."""
    return _read_list(tree, "raf-db", SEVEN, aligned)


def read_compound(tree: Tree, *, aligned: bool = True) -> Listing:
    """The 11 compound expressions; options as `read_basic`."""
    return _read_list(tree, "raf-db-compound", tuple(COMPOUNDS), aligned)


def _is_compound(tree: Tree) -> bool:
    """Whether the list numbers compound expressions, 1 to 11: the files have the same names in both.

    A few such numbers are wrong labels of the basic list.

    Raises:
        DatasetError: too many of them for the one and too few for the other.
    """
    codes = [[whole(word) for word in words[1:2]] for _, words in _list_lines(tree)]
    share = sum(number in (["8"], ["9"], ["10"], ["11"]) for number in codes) / max(len(codes), 1)
    if FEW < share < MANY:
        raise DatasetError(
            f"{tree.path(LIST)}: {share:.0%} of the labels are 8 to 11, too many for basic expressions (1 to 7) and "
            "too few for compound ones (1 to 11); mend the labels"
        )
    return share >= MANY


def _is_basic(tree: Tree) -> bool:
    return not _is_compound(tree)


def read_kaggle(tree: Tree) -> Listing:
    """Tables of image and label, pictures in DATASET/{train,test}/{1..7}; the table counts, not the folder."""
    listing, labels = Listing(tree, SEVEN), numbers("raf-db")
    moved = 0
    for split in ("train", "test"):
        folders = tree.folders(f"DATASET/{split}")
        places = {name: folder for folder in folders for name in tree.pictures(f"DATASET/{split}/{folder}")}
        (_, head), *table = numbered_rows(tree.path(f"{split}_labels.csv"))
        if [cell.lower() for cell in head[:2]] != ["image", "label"]:
            raise DatasetError(
                f"{tree.path(f'{split}_labels.csv')}: begins with {','.join(head)}; expected image,label"
            )
        for line, (file, *cells) in table:
            name, number = file.rpartition(".")[0].removesuffix("_aligned"), whole(cells[0]) if cells else ""
            if number not in labels:
                listing.problem(name, split, f"{split}_labels.csv, line {line}: {not_among(number, labels)}")
                continue
            folder = places.get(file, number)
            moved += folder != number
            listing.add(name, split, f"DATASET/{split}/{folder}/{file}", labels[number])
    if moved:
        listing.remarks.append(f"{count(moved, 'image')} in the folder of another class: the table counts")
    return listing


def read_folders(tree: Tree) -> Listing:
    """EfficientFace's folders {train,test}/{0..6}."""
    listing, labels = Listing(tree, SEVEN), numbers("raf-db-efficientface")
    for split, folder in (("train", "train"), ("test", "test"), ("test", "valid"), ("test", "val")):
        for number in tree.folders(folder):
            if number in labels:
                for file in tree.pictures(f"{folder}/{number}"):
                    name = file.rpartition(".")[0].removesuffix("_aligned")
                    listing.add(name, split, f"{folder}/{number}/{file}", labels[number])
            else:
                listing.problem(f"{folder}/{number}", split, f"folder {not_among(number, labels)}")
    return listing


def read_numbered(tree: Tree) -> Listing:
    """The original numbers as folders {train,test}/{1..7} of the original's files, as POSTER's repository wants them.

    The name of a file says of which split it is; valid/ usually holds the test split.
    """
    listing, labels = Listing(tree, SEVEN), numbers("raf-db")
    for folder, split in ((name, split) for name in tree.folders() if (split := split_of(name))):
        for number in tree.folders(folder):
            for file in tree.pictures(f"{folder}/{number}"):
                name, path = file.rpartition(".")[0].removesuffix("_aligned"), f"{folder}/{number}/{file}"
                match = _ORIGINAL_NAME.match(file)
                own = match[1] if match else split
                if number in labels:
                    listing.add(name, own, path, labels[number])
                else:
                    listing.problem(path, own, f"folder {not_among(number, labels)}")
    return listing


def _one_to_seven(tree: Tree) -> bool:
    """Folders 1 to 7 alone, of files called as RAF-DB calls them: own data may have such folders too."""
    inner = tree.folders("train")
    return inner == [str(number) for number in range(1, 8)] and all(
        _ORIGINAL_NAME.match(file) for number in inner for file in tree.pictures(f"train/{number}")
    )


def _seven_folders(tree: Tree) -> bool:
    return "7" not in tree.names("train")


LAYOUTS = (
    Layout(
        "raf-db",
        "original",
        f"labels from {LIST}, 1 Surprise to 7 Neutral",
        (LIST, "Image"),
        read_basic,
        at=("basic", ""),
        fits=_is_basic,
    ),
    Layout(
        "raf-db",
        "kaggle",
        "labels from train_labels.csv and test_labels.csv, 1 Surprise to 7 Neutral",
        ("train_labels.csv", "test_labels.csv", "DATASET/train", "DATASET/test"),
        read_kaggle,
    ),
    Layout(
        "raf-db",
        "efficientface",
        "labels from the folders train/0 to train/6, re-ordered: 0 Neutral, 1 Happiness, 2 Sadness, 3 Surprise, 4 Fear,"
        " 5 Disgust, 6 Anger",
        tuple(f"train/{number}" for number in range(7)),
        read_folders,
        fits=_seven_folders,
        note=NUMBERED,
    ),
    Layout(
        "raf-db",
        "numbered",
        "labels from the folders train/1 to train/7 by the original's numbers, 1 Surprise to 7 Neutral; splits from "
        "the files' names",
        tuple(f"train/{number}" for number in range(1, 8)),
        read_numbered,
        fits=_one_to_seven,
        note=NUMBERED,
    ),
    Layout(
        "raf-db-compound",
        "original",
        f"labels from {LIST}, 1 Happily Surprised to 11 Disgustedly Surprised",
        (LIST, "Image"),
        read_compound,
        at=("compound", ""),
        fits=_is_compound,
    ),
)
