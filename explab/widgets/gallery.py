"""`gallery(n)`: synthetic faces read like photographs, everything held against what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explab.face import Face, NoFaceError
from explab.facs import EXPRESSIONS
from explab.lab import Check, Explanation, explain
from explab.lab.against_truth import Scores, overall, scores, suggest
from explab.lab.over_models import RIGHT
from explab.progress import progress
from explab.widgets import check_words, classifier
from explab.widgets.card import card
from explab.widgets.classifier_words import unseen
from explab.widgets.pictures import jpeg
from explab.widgets.view import View
from explab.words import count

if TYPE_CHECKING:
    from explab.models import Classifier

SEED = 2026
MOST = 200
"""Faces that one page takes."""
CARDS = 24
"""Faces that get a card; wrong ones first, the rest are seen in the overview alone."""
THUMB = 192
"""Side of a thumbnail in px: shown at half that size, sharp on dense displays."""


@dataclass(frozen=True)
class Gallery:
    """An overview and the cards it leads to; in a notebook it shows them one below the other.

    Attributes:
        head: the overview: checks over all faces, and a thumbnail of each.
        cards: one view per face, in the order of the thumbnails.
        faces: the faces as they were read; None where none was found.
        checks: the figures at the head.
    """

    head: View
    cards: tuple[View, ...]
    faces: tuple[Face | None, ...]
    checks: tuple[Check, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for view in (self.head, *self.cards):
            display(view)

    def __repr__(self) -> str:
        return repr(self.head)


def gallery(n: int = 12, *, seed: int = SEED, size: int = 256, model: Classifier | None = None) -> Gallery:
    """Make n synthetic faces, read them as `read_face` reads photographs, and hold the readings against the truth.

    Args:
        n: how many, 1-200; the eight expressions in turn.
        seed: of the series.
        size: side of the pictures in px, 32-2048.
        model: a classifier that is asked about them, too.

    Raises:
        ValueError: a number of faces that a page does not take.
    """
    check_count(n)
    from explab.synth.make import faces
    from explab.synth.reread import measured

    made = [
        faces(1, seed=seed, first=i, size=size, expressions=EXPRESSIONS[i % len(EXPRESSIONS)])[0]
        for i in progress(range(n), "making faces", unit="face")
    ]
    read: list[Face | None] = []
    for face in progress(made, "reading faces", unit="face"):
        try:
            read.append(measured(face))
        except NoFaceError:
            read.append(None)
    return shown(made, read, model, seed)


def check_count(n: int) -> None:
    """Raise ValueError unless a page takes a gallery of n faces."""
    if not (isinstance(n, int) and 1 <= n <= MOST):
        raise ValueError(f"a gallery shows 1-{MOST} faces, not {n!r}")


def shown(
    made: Sequence[Face], read: Sequence[Face | None], model: Classifier | None = None, seed: int = SEED
) -> Gallery:
    """The gallery of faces as they were made and as they were read, None where no face was found; `seed` made them."""
    readable = {i: face for i, face in enumerate(read) if face is not None}
    explained = dict(
        zip(readable, explain(list(readable.values()), [] if model is None else [model]), strict=True)
    )
    order = sorted(range(len(made)), key=lambda i: (EXPRESSIONS.index(_expression(made[i])), i))
    judged = [Scores() if face is None else scores(face) for face in read]
    wrong_first = sorted((i for i in order if i in readable), key=lambda i: judged[i].best == judged[i].true)
    with_card = set(wrong_first[:CARDS])
    checks = [*overall([judged[i] for i in readable]), *classifier.overall(list(explained.values()))]
    items = [_item(made[i], explained.get(i), judged[i], i, i in with_card) for i in order]
    views = [
        card(explained[i], title=f"Synthetic face {i + 1}", name=_name(i)) for i in order if i in with_card
    ]
    head = View(
        {
            "title": f"{count(len(made), 'synthetic face')}",
            "verdict": _verdict(len(made), read, checks),
            "checks": [check_words.data(check) for check in checks],
            "items": items,
            "without": len(wrong_first) - len(with_card),
            "training": "" if model is None else unseen(model.name, model.card, seed),
        },
        "gallery",
    )
    return Gallery(head, tuple(views), tuple(read[i] for i in order), tuple(checks))


def _expression(face: Face) -> str:
    return (face.truth and face.truth.expression) or "Neutral"


def _name(i: int) -> str:
    return f"synthetic-face-{i + 1}"


def _item(
    face: Face, explanation: Explanation | None, judged: Scores, i: int, linked: bool
) -> dict[str, Any]:
    true = _expression(face)
    state = "lost" if explanation is None else "unread" if judged.best is None else "right"
    if judged.best is not None and judged.best != true:
        state = "wrong"
    says = {
        "lost": "no face found",
        "unread": "no AUs measured",
        "right": "right",
        "wrong": f"called {judged.best}",
    }[state]
    model = classifier.short(explanation) if explanation else ""
    return {
        "src": jpeg(_small(face), 78),
        "alt": f"Synthetic face {i + 1}, made to show {true}",
        "label": true,
        "state": state,
        "says": f"AUs: {says}" if model else says,
        "classifier": model,
        "number": i + 1,
        "link": _name(i) if linked else None,
    }


def _small(face: Face) -> Any:
    import cv2

    return cv2.resize(face.image, (THUMB, THUMB), interpolation=cv2.INTER_AREA)


def _verdict(n: int, read: Sequence[Face | None], checks: Sequence[Check]) -> str:
    n_found = sum(face is not None for face in read)
    sentences = [
        f"{count(n, 'synthetic face')}, read like photographs: a face was found in {n_found} of {n}."
    ]
    right = next((check for check in checks if check.name == "Expression right"), None)
    if right is not None:
        judged = sum(1 for face in read if face is not None and suggest(face))
        hits = round(right.value * judged)
        sentences.append(
            f"For {hits} of {judged} the AUs suggest the expression that the face was made to show."
        )
    classifier_check = next((check for check in checks if check.name == RIGHT), None)
    if classifier_check is not None:
        sentences.append(
            f"The classifier is right for {check_words.shown(classifier_check)} of those that it can name."
        )
    worse = [check.name for check in checks if check.verdict == "floor"]
    if worse:
        sentences.append(f"No better than a trivial predictor: {', '.join(worse)}.")
    return " ".join(sentences)
