"""What a model is trained, chosen and tested on: synthetic people, or the splits of a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explab.models import Classifier
from explab.training.balance import advice
from explab.training.pictures import Pictures, from_dataset, labelled, synthetic

if TYPE_CHECKING:
    from explab.data import Splits

TRAIN, VALIDATION, TEST = 1, 2, 3
"""Seeds of synthetic people, so that nobody is in two splits."""
VALIDATED, TESTED = 2000, 2000
"""Synthetic faces to validate and to test on."""
PARTS = ("train", "validation", "test")

Tell = Callable[[str], object]
"""Says a line to whoever trains."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Training, validation and test pictures; nobody's face is in two of them as far as the data tell people apart."""

    train: Pictures
    validation: Pictures
    test: Pictures


def made(model: Classifier, cache: Path, faces: int, validated: int, tested: int) -> Parts:
    """Synthetic faces as a model sees them."""
    train, validation, test = (
        synthetic(n, seed=seed, view=model.view, expressions=model.classes, cache=cache)
        for n, seed in ((faces, TRAIN), (validated, VALIDATION), (tested, TEST))
    )
    return Parts(train, validation, test)


def taught(splits: Splits, model: Classifier, tell: Tell, balance: str = "none") -> int:
    """Samples that a model of these classes can be trained on, if a face is found in all of them.

    Says what the splits are, what must be known before a score on them is believed, and whether to balance classes.

    Raises:
        ValueError: none in one of the splits.
    """
    n = {part: int(labelled(getattr(splits, part), model.classes).sum()) for part in PARTS}
    tell(f"{splits.train.name}, {splits.train.rule}")
    for part in PARTS:
        tell(f"{part}: {n[part]:,} of the model's classes, {getattr(splits, part).origin}")
    if splits.unlabelled:
        tell(f"without a label, in no split: {splits.unlabelled:,}")
    for remark in splits.remarks:
        tell(f"note: {remark}")
    counts = {name: n for name, n in splits.train.counts().items() if name in model.classes}
    if balance == "none" and (said := advice(counts)):
        tell(said)
    return n["train"]


def read(splits: Splits, model: Classifier, cache: Path, faceless: float, tell: Tell) -> Parts:
    """Pictures of a dataset as a model sees them; says what was left out. Errors as `from_dataset`."""
    pictures = {}
    for part in PARTS:
        pictures[part] = from_dataset(
            getattr(splits, part), view=model.view, cache=cache, expressions=model.classes, faceless=faceless
        )
        tell(f"{part}: {pictures[part].account}")
    return Parts(**pictures)
