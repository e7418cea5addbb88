"""The classifier's part of a card as data for the front end, and its figures over many faces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from explab.lab import Agreement, Attribution, Check, Explanation, Judged
from explab.lab.check import interval, over_faces, percent, wilson
from explab.lab.explanation import CODEBOOK, FLOORS
from explab.widgets.classifier_words import OUTSIDE, means, nowhere, rests, training
from explab.widgets.pictures import sprite
from explab.widgets.words import synthetic
from explab.words import count, join

MAP_SIZE = 40
"""Side in px at which maps travel: a layer gives 7 to 28 px, and the page enlarges smoothly."""

RIGHT = "Classifier right"
"""Name of the check of its share of right answers."""


def one_of(explanation: Explanation) -> Judged | None:
    """The classifier that a card shows, or None. Raises ValueError for several."""
    if len(explanation.judged) > 1:
        names = join([one.prediction.model for one in explanation.judged])
        raise ValueError(f"a card shows one classifier, and {names} judged this face; explain it with one")
    return explanation.judged[0] if explanation.judged else None


def short(explanation: Explanation) -> str:
    """What the classifier says, in two words for a thumbnail; "" where none was asked."""
    judged = one_of(explanation)
    if judged is None:
        return ""
    label, true = judged.prediction.label, explanation.truth
    return f"classifier: {'right' if label == true else label}"


def data(explanation: Explanation, judged: Judged) -> dict[str, Any]:
    """The classifier's part of a card, for the front end."""
    outside = bool(judged.card.get("synthetic")) and not synthetic(explanation.face)
    return {
        "name": judged.prediction.model,
        "classes": [[name, round(p, 4)] for name, p in judged.prediction.ranked()],
        "truth": explanation.truth,
        "training": training(judged),
        "outside": OUTSIDE if outside else "",
        "undefined": _undefined(judged),
        "checks": [check.data() for check in judged.checks],
        "key": _key(judged),
        "maps": _maps(judged),
    }


def _undefined(judged: Judged) -> str:
    label = judged.prediction.label
    if any(one.agreement(label) for one in judged.attributions):
        return ""
    why = (
        "the maps show nothing, or the regions lie outside of what the network is shown"
        if label in CODEBOOK
        else f"{label} has no AU map"
    )
    return f"Agreement of the classifier’s maps with AU regions is not defined: {why}."


def _key(judged: Judged) -> str:
    label = judged.prediction.label
    agreed = {agreement.expression: None for one in judged.attributions for agreement in one.agreements}
    against = join([f"the {'predicted' if name == label else 'true'} {name}" for name in agreed])
    return (
        f"Maps of {judged.prediction.model} against the AU map of {against}: cosine, 0–1. Dot: this face; tick: the "
        "best map that knows nothing of the expression. One face has no interval. It says where the network looks, not "
        "that it decides by it."
    )


def _maps(judged: Judged) -> dict[str, Any]:
    from explab.attribution.scaling import normalised, resized

    finite = [np.nan_to_num(one.map) for one in judged.attributions]
    tiles = [resized(normalised(one), (MAP_SIZE, MAP_SIZE)).clip(0, 1) for one in finite]
    return {
        "width": MAP_SIZE,
        "height": MAP_SIZE,
        "box": [round(edge, 4) for edge in judged.box],
        "sprite": sprite(tiles),
        "items": [_item(one, judged) for one in judged.attributions],
    }


def _item(one: Attribution, judged: Judged) -> dict[str, Any]:
    label = judged.prediction.label
    agreement = one.agreement(label)
    if not one.parts:
        return {
            "id": one.method,
            "label": one.label,
            "title": _title(one, judged),
            "valid": False,
            "says": [means(one), nowhere(one)],
            "quiet": [],
            "outline": None,
        }
    frame = "" if judged.box == (0, 0, 1, 1) else " The square frame is what the network is shown."
    return {
        "id": one.method,
        "label": one.label,
        "title": _title(one, judged),
        "valid": True,
        "says": [means(one), f"Here it {rests(one)}."],
        "quiet": [
            _statistics(one, agreement),
            f"Dashed: the AU map of {label} at 0.5; cosine {agreement.value:.2f}." if agreement else "",
            "Colour runs from the lowest value of this map (clear) to its highest (yellow); the white line is the "
            f"middle.{frame}",
        ],
        "outline": label if agreement else None,
    }


def _title(one: Attribution, judged: Judged) -> str:
    return f"{one.label} for {one.target}" if one.target else f"{one.label} of {judged.prediction.model}"


def _statistics(one: Attribution, agreement: Agreement | None) -> str:
    low, high = float(one.map.min()), float(one.map.max())
    above = float((one.map >= (low + high) / 2).mean())
    text = f"Values {low:.2g} to {high:.2g}; {percent(above)} of the view lie above the middle."
    if agreement is not None and np.isfinite(agreement.inside):
        text += (
            f" {percent(agreement.inside)} of it falls on the AU regions of {agreement.expression}, which cover "
            f"{percent(agreement.area)}."
        )
    return text


def overall(explanations: Sequence[Explanation]) -> list[Check]:
    """One classifier over many faces: share of right answers, and how far its maps agree with AU maps of what it says.

    Faces without truth, and those that show what the classifier does not know, count for no share.
    """
    pairs = [(one, judged) for one in explanations if (judged := one_of(one))]
    known = [(one.truth, judged) for one, judged in pairs if one.truth in judged.prediction.classes]
    return [*_right(known, sum(one.truth is not None for one, _ in pairs)), *_agreement(pairs)]


def _right(known: Sequence[tuple[str | None, Judged]], n_true: int) -> list[Check]:
    if not known:
        return []
    name, n = known[0][1].prediction.model, len(known)
    right = sum(true == judged.prediction.label for true, judged in known)
    common, times = Counter(true for true, _ in known).most_common(1)[0]
    floor = max(1 / len(known[0][1].prediction.classes), times / n)
    text = (
        f"{name} says the true expression for {right} of {count(n, 'face')}; always saying {common}, the most "
        f"frequent, would be right for {percent(floor)}."
    )
    if n < n_true:
        text += f" {count(n_true - n, 'face')} left out: made to show what it does not know."
    return [over_faces(RIGHT, right / n, floor, text, percent, (0.0, 1.0), wilson(right / n, n), n, -1)]


def _agreement(pairs: Sequence[tuple[Explanation, Judged]]) -> list[Check]:
    by_map: dict[str, list[Agreement]] = {}
    for _, judged in pairs:
        for one in judged.attributions:
            if agreement := one.agreement(judged.prediction.label):
                by_map.setdefault(one.label, []).append(agreement)
    found = []
    for label, many in by_map.items():
        values = np.array([one.value for one in many])
        floors = {name: float(np.mean([one.floors[name] for one in many])) for name in many[0].floors}
        best = max(floors, key=lambda name: floors[name])
        mean, floor = float(values.mean()), floors[best]
        text = (
            f"{label} agrees with the AU map of the predicted expression by a cosine of {mean:.2f}; {FLOORS[best]} "
            f"would by {floor:.2f}."
        )
        found.append(
            over_faces(
                label, mean, floor, text, "{:.2f}".format, (0.0, 1.0), interval(values), len(values), -1
            )
        )
    return found
