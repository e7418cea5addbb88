"""SFEW 2.0: frames of feature films (Dhall et al., ICCV Workshops 2011), aligned faces of 143 x 181 px."""

from __future__ import annotations

from explab.data.errors import DatasetError
from explab.data.labels import no_class, word_label
from explab.data.layout import Layout
from explab.data.listing import SEVEN, Listing
from explab.data.tree import Tree
from explab.words import join

FOLDERS = {"Train/Train_Aligned_Faces": "train", "Test/Test_Aligned_Faces": "test"}
VALIDATION = ("Val_Aligned_Faces", "Val_Aligned_Faces_new")


def read(tree: Tree, *, validation_faces: str | None = None) -> Listing:
    """Folders by word for training and validation; the test faces have no labels.

    Args:
        tree: the dataset.
        validation_faces: which alignment to validate on, Val_Aligned_Faces or Val_Aligned_Faces_new; default: the
            first of them that is there.
    """
    alignments = [folder for folder in VALIDATION if tree.names(f"Val/{folder}")]
    if validation_faces is not None and validation_faces not in alignments:
        raise DatasetError(
            f"validation_faces={validation_faces!r}: {tree.path('Val')} has {join(alignments) or 'neither'}"
        )
    listing = Listing(tree, SEVEN)
    chosen = validation_faces or (alignments[0] if alignments else "")
    if len(alignments) == 2:
        listing.remarks.append(f"validation faces from {chosen}; {join(alignments)} are there")
    for folder, split in (FOLDERS | ({f"Val/{chosen}": "validation"} if chosen else {})).items():
        for file in tree.pictures(folder):
            listing.add(_name(folder, "", file), split, f"{folder}/{file}")
        for word in tree.folders(folder):
            label = word_label(word)
            for file in tree.pictures(f"{folder}/{word}"):
                path = f"{folder}/{word}/{file}"
                name = _name(folder, word, file)
                if label in SEVEN:
                    listing.add(name, split, path, label)
                else:
                    listing.problem(name, split, f"folder {no_class(word)}")
    return listing


def _name(folder: str, word: str, file: str) -> str:
    """ "Train/Angry/Airheads_000519240_00000005"."""
    return "/".join(part for part in (folder.partition("/")[0], word, file.rpartition(".")[0]) if part)


LAYOUTS = (
    Layout(
        "sfew",
        "aligned faces",
        "labels from the folders Angry to Surprise in Train_Aligned_Faces and Val_Aligned_Faces",
        ("Train/Train_Aligned_Faces/Angry",),
        read,
        note="Its test split has no labels.",
    ),
)
