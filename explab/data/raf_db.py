"""RAF-DB: basic and compound expressions (Li, Deng and Du, CVPR 2017), original, from Kaggle, or re-ordered.

The original and Kaggle number the expressions 1 to 7 in one order, EfficientFace's folders 0 to 6 in another.
"""

from __future__ import annotations

from explab.data.errors import DatasetError
from explab.data.layout import Layout
from explab.data.lines import rows, text
from explab.data.listing import SEVEN, Listing, not_among, numbers
from explab.data.tree import Tree
from explab.facs import COMPOUNDS
from explab.words import count

LIST = "EmoLabel/list_patition_label.txt"  # the dataset's own spelling
FEW, MANY = 0.02, 0.1
"""Share of labels above 7: up to the first they are mistakes in the basic list, from the second on it is compound."""
NUMBERED = "Whose numbers the folders have cannot be told from the files; own data: load_dataset('folder', ..., order=)"


def _read_list(tree: Tree, order: str, classes: tuple[str, ...], aligned: bool) -> Listing:
    listing, labels = Listing(tree, classes), numbers(order)
    for line in text(tree.path(LIST)).splitlines():
        file, _, number = line.strip().partition(" ")
        if not file:
            continue
        name = file.rpartition(".")[0]
        split = name.partition("_")[0]
        if split not in ("train", "test"):
            listing.problem(file, "train", f"{LIST}: the name begins with neither train_ nor test_")
        elif number.strip() not in labels:
            listing.problem(name, split, f"{LIST}: {not_among(number.strip(), labels)}")
        else:
            path = f"Image/aligned/{name}_aligned.jpg" if aligned else f"Image/original/{file}"
            listing.add(name, split, path, labels[number.strip()])
    return listing


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
    codes = [line.split()[1:2] for line in text(tree.path(LIST)).splitlines() if line.strip()]
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
        table = rows(tree.path(f"{split}_labels.csv"))
        if [cell.lower() for cell in table[0][:2]] != ["image", "label"]:
            raise DatasetError(
                f"{tree.path(f'{split}_labels.csv')}: begins with {','.join(table[0])}; expected image,label"
            )
        for file, *cells in table[1:]:
            name, number = file.rpartition(".")[0].removesuffix("_aligned"), cells[0] if cells else ""
            if number not in labels:
                listing.problem(name, split, f"{split}_labels.csv: {not_among(number, labels)}")
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
        "raf-db-compound",
        "original",
        f"labels from {LIST}, 1 Happily Surprised to 11 Disgustedly Surprised",
        (LIST, "Image"),
        read_compound,
        at=("compound", ""),
        fits=_is_compound,
    ),
)
