"""What people call their splits: train_set, valid, PublicTest, testing, dev."""

from __future__ import annotations

import re

_WORDS = {
    "train": ("train", "training", "trn"),
    "validation": ("validation", "val", "valid", "validate", "dev", "devel", "development", "publictest"),
    "test": ("test", "testing", "tests", "tst", "heldout", "holdout", "privatetest"),
}
_SPLITS = {word: split for split, words in _WORDS.items() for word in words}
_BESIDES = (
    *("set", "data", "dataset", "split", "part", "subset", "folder", "images", "image", "img", "imgs"),
    *("faces", "pictures", "labels", "label", "list", "annotations"),
)
"""Words that go with the name of a split and say nothing."""
ACCEPTED = (
    "train (training), validation (val, valid, dev, PublicTest) and test (testing, PrivateTest), each also with _set, "
    "_data or _images"
)
"""For messages."""


def split_of(name: str, *, numbered: bool = True) -> str | None:
    """The split that a folder, a table or a cell is named after: "Test_Set" -> "test"; None where it is no such name.

    Args:
        name: of the folder, the table without its ending, or the cell.
        numbered: whether a number may stand with it ("train2017").
    """
    if not numbered and re.search(r"\d", name):
        return None
    word = re.sub(r"[^a-z]", "", name.lower())
    while word and word not in _SPLITS:
        word = next((cut for besides in _BESIDES for cut in _without(word, besides)), "")
    return _SPLITS.get(word)


def _without(word: str, besides: str) -> list[str]:
    """The word without another at its end or beginning; nothing where it has none there."""
    return [cut for cut in (word.removesuffix(besides), word.removeprefix(besides)) if cut != word]
