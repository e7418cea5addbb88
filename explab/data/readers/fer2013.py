"""FER2013: 48 px grey faces (Goodfellow et al. 2013), from either table of its challenge, or in folders."""

from __future__ import annotations

from explab.data.errors import DatasetError
from explab.data.formats.pixel_table import SIDE, add_pixel_table, pixels, read_pixel_table
from explab.data.layout import Layout
from explab.data.listing import SEVEN, Listing, not_among, numbers, whole
from explab.data.readers.own import folders
from explab.data.tree import Tree

TABLES = ("fer2013.csv", "icml_face_data.csv")
CONTEST, UNLABELLED = "train.csv", "test.csv"


def image_name(number: int) -> str:
    """What FERPlus calls the image in a line of the table, from 0."""
    return f"fer{number:07}"


def table_in(tree: Tree) -> str | None:
    """The table's name in a folder, if it is there."""
    return next((table for table in TABLES if tree.has(table)), None)


def read_table(tree: Tree) -> Listing:
    """Pixels and labels from fer2013.csv or icml_face_data.csv."""
    table = table_in(tree)
    assert table  # the layout asked for it
    return read_pixels(tree, table, "fer2013", SEVEN)


def read_contest(tree: Tree) -> Listing:
    """The tables of the contest: train.csv with emotion and pixels; test.csv has pixels alone."""
    listing = read_pixels(tree, CONTEST, "fer2013", SEVEN)
    if tree.has(UNLABELLED):
        listing.remarks.append(f"{UNLABELLED} of the contest has no labels; not read")
    return listing


def read_pixels(tree: Tree, table: str, order: str, classes: tuple[str, ...]) -> Listing:
    """A table of emotion, pixels and, if it is there, Usage, whose numbers are those of a label order."""
    listing, known = Listing(tree, classes, pixels=pixels), numbers(order)
    add_pixel_table(
        listing,
        table,
        lambda cell: known.get(whole(cell)),
        lambda cell: not_among(cell, known),
        name=image_name if order == "fer2013" else lambda number: f"{table.partition('.')[0]}{number:07}",
    )
    return listing


def is_contest(tree: Tree) -> bool:
    """Whether train.csv begins with the columns emotion and pixels, and with no other splits."""
    try:
        return not read_pixel_table(tree.path(CONTEST), searched_only=True).usage
    except DatasetError:
        return False


def read_folders(tree: Tree) -> Listing:
    """A folder for each class, by word: where they are numbered it is in another order, 4 being Neutral."""
    return folders(tree, SEVEN)


def _looks_like_it(tree: Tree) -> bool:
    """No contempt and pictures of 48 px: own data may have folders of the same names."""
    from PIL import Image

    files = tree.pictures("train/angry")
    if tree.find("train/contempt") or not files:
        return False
    try:
        with Image.open(tree.path(f"train/angry/{files[0]}")) as first:
            return first.size == (SIDE, SIDE)
    except OSError:
        return False


LAYOUTS = (
    *(
        Layout(
            "fer2013",
            "table",
            f"pixels and labels from {table}, 0 Angry to 6 Neutral; PublicTest is the validation split",
            (table,),
            read_table,
        )
        for table in TABLES
    ),
    Layout(
        "fer2013",
        "contest",
        f"pixels and labels from {CONTEST}, 0 Angry to 6 Neutral; all of it training data",
        (CONTEST,),
        read_contest,
        fits=is_contest,
    ),
    Layout(
        "fer2013",
        "folders",
        "labels from the folders train/angry to train/surprise, by word; pictures of 48 px",
        ("train/angry", "train/disgust", "train/fear", "train/neutral"),
        read_folders,
        fits=_looks_like_it,
        note="Its test folder usually holds PublicTest and PrivateTest together.",
    ),
)
