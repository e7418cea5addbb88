"""What a classifier got right, beside what it would have got without looking: floors, recalls, and the confusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.statistics import bootstrap, class_mean, verdict
from explab.words import count, join

Indices = NDArray[np.int64]

SAID = {
    "good": "better than its floor",
    "unsure": "above its floor, but by too little for so few faces to be sure",
    "floor": "no better than its floor",
}
CONFUSIONS = 3
"""Confusions that are told in words."""
RECALL_OF = "recall of "
"""What a class's own recall is called, before its name."""


def figures(truth: Indices, said: Indices, classes: Sequence[str]) -> dict[str, float]:
    """Accuracy and recalls, each beside its floor.

    Args:
        truth, said: (n,) number of the true class and of the one that was named.
        classes: their names.

    Returns:
        "score", the accuracy; "floor", the accuracy of always naming the class that is most frequent in `truth`;
        "recall", the mean of the recalls of the classes that are there (unweighted average recall, UAR); "recall
        floor", that of always naming the same; and "recall of Fear" for each of them. All in [0, 1]; a class that is
        not in `truth` has no recall.
    """
    right = (truth == said).astype(np.float64)
    n = np.bincount(truth, minlength=len(classes))
    recalls = np.bincount(truth, right, minlength=len(classes)) / np.maximum(n, 1)
    return {
        "score": float(right.mean()),
        "floor": float(n.max() / n.sum()),
        "recall": float(recalls[n > 0].mean()),
        "recall floor": 1 / int((n > 0).sum()),
        **{f"{RECALL_OF}{name}": float(recalls[i]) for i, name in enumerate(classes) if n[i]},
    }


def confusion(truth: Indices, said: Indices, classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """True class -> named class -> faces, of the true classes that are there; arguments as of `figures`."""
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (truth, said), 1)
    return {
        name: dict(zip(classes, row, strict=True))
        for name, row in zip(classes, table.tolist(), strict=True)
        if sum(row)
    }


def sentences(table: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What a `confusion` says, in three lines: figures with floors, each class's recall, and the largest confusions."""
    classes = list(dict.fromkeys(name for row in table.values() for name in row))
    truth, said = _faces(table, classes)
    reached = figures(truth, said, classes)
    faces = {name: sum(row.values()) for name, row in table.items()}
    common = max(faces, key=faces.__getitem__)
    right = (truth == said).astype(np.float64)
    gains = right - (truth == classes.index(common))
    missing = [name for name in classes if name not in table]
    how_many = f"{len(table)} {'class' if len(table) == 1 else 'classes'}"
    recalls = ", ".join(f"{name} {row[name]} of {faces[name]}" for name, row in table.items())
    unmeasured = f"; not measured, because no face shows it: {join(missing)}" if missing else ""
    return [
        f"accuracy {reached['score']:.3f}, floor {reached['floor']:.3f} (always {common}): {_verdict(gains)}; mean "
        f"recall over {how_many} (UAR) {reached['recall']:.3f}, floor {reached['recall floor']:.3f}: "
        f"{_verdict(gains, truth)}",
        f"recall: {recalls}{unmeasured}",
        "; ".join(confusions(table)) or "no face was called by another expression",
    ]


def confusions(table: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The largest confusions in words: "3 of 7 faces labelled Fear were called Surprise"."""
    mistakes = [
        (n, n / sum(row.values()), true, named)
        for true, row in table.items()
        for named, n in row.items()
        if n and named != true
    ]
    largest = sorted(mistakes, key=lambda mistake: (-mistake[0], -mistake[1]))[:CONFUSIONS]
    told = []
    for n, _, true, named in largest:
        faces = count(sum(table[true].values()), "face")
        told.append(f"{n:,} of {faces} labelled {true} {'was' if n == 1 else 'were'} called {named}")
    return told


def _faces(table: Mapping[str, Mapping[str, int]], classes: Sequence[str]) -> tuple[Indices, Indices]:
    cells = [
        (classes.index(true), classes.index(named), n)
        for true, row in table.items()
        for named, n in row.items()
    ]
    truth, said, n = np.array(cells, np.int64).T
    return np.repeat(truth, n), np.repeat(said, n)


def _verdict(gains: NDArray[np.float64], classes: Any = None) -> str:
    gain = class_mean(gains, classes)
    assert gain is not None  # there is a face
    return SAID[verdict(gain, bootstrap(gains, classes=classes))]
