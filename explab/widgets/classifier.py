"""The classifier's part of a card as data for the front end, and its figures over many faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.lab import Agreement, Attribution, Check, Explanation, Judged
from explab.lab.against_truth import synthetic
from explab.lab.explanation import CODEBOOK
from explab.lab.over_models import over_models
from explab.widgets import check_words
from explab.widgets.check_words import percent
from explab.widgets.classifier_words import OUTSIDE, means, nowhere, rests, training
from explab.widgets.pictures import sprite
from explab.words import join

MAP_SIZE = 40
"""Side in px at which maps travel: a layer gives 7 to 28 px, and the page enlarges smoothly."""


def judged_by(explanation: Explanation) -> Judged | None:
    """The classifier that a card shows, or None. Raises ValueError for several."""
    if len(explanation.judged) > 1:
        names = join([judged.prediction.model for judged in explanation.judged])
        raise ValueError(f"a card shows one classifier, and {names} judged this face; explain it with one")
    return explanation.judged[0] if explanation.judged else None


def short(explanation: Explanation) -> str:
    """What the classifier says, in two words for a thumbnail; "" where none was asked."""
    judged = judged_by(explanation)
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
        "checks": [check_words.data(check) for check in judged.checks],
        "key": _key(judged),
        "maps": _maps(judged),
    }


def _undefined(judged: Judged) -> str:
    label = judged.prediction.label
    if any(attribution.agreement(label) for attribution in judged.attributions):
        return ""
    why = (
        "the maps show nothing, or the regions lie outside of what the network is shown"
        if label in CODEBOOK
        else f"{label} has no AU map"
    )
    return f"Agreement of the classifier’s maps with AU regions is not defined: {why}."


def _key(judged: Judged) -> str:
    label = judged.prediction.label
    agreed = {
        agreement.expression: None
        for attribution in judged.attributions
        for agreement in attribution.agreements
    }
    against = join([f"the {'predicted' if name == label else 'true'} {name}" for name in agreed])
    return (
        f"Maps of {judged.prediction.model} against the AU map of {against}: cosine, 0–1. Dot: this face; tick: the "
        "best map that knows nothing of the expression. One face has no interval. It says where the network looks, not "
        "that it decides by it."
    )


def _maps(judged: Judged) -> dict[str, Any]:
    return {
        "width": MAP_SIZE,
        "height": MAP_SIZE,
        "box": [round(edge, 4) for edge in judged.box],
        "sprite": sprite([_tile(attribution) for attribution in judged.attributions]),
        "items": [_item(attribution, judged) for attribution in judged.attributions],
    }


def _tile(attribution: Attribution) -> NDArray[np.float32]:
    """A map as grey levels from 0 to 1: its lowest to its highest value; of a two-sided one 0 becomes the middle."""
    from explab.attribution.scaling import normalised, resized

    finite = np.nan_to_num(attribution.map)
    levels = 0.5 + finite / (2 * np.abs(finite).max()) if attribution.two_sided else normalised(finite)
    return np.asarray(resized(levels, (MAP_SIZE, MAP_SIZE)).clip(0, 1), np.float32)


def _item(attribution: Attribution, judged: Judged) -> dict[str, Any]:
    label = judged.prediction.label
    agreement = attribution.agreement(label)
    if not attribution.parts:
        return {
            "id": attribution.method,
            "label": attribution.label,
            "title": _title(attribution, judged),
            "valid": False,
            "says": [means(attribution), nowhere(attribution)],
            "quiet": [],
            "outline": None,
            "signed": False,
        }
    frame = "" if judged.box == (0, 0, 1, 1) else " The square frame is what the network is shown."
    return {
        "id": attribution.method,
        "label": attribution.label,
        "title": _title(attribution, judged),
        "valid": True,
        "says": [means(attribution), f"Here it {rests(attribution)}."],
        "quiet": [
            _statistics(attribution, agreement),
            f"Dashed: the AU map of {label} at 0.5; cosine {agreement.value:.2f}." if agreement else "",
            f"{_colours(attribution)}{frame}",
        ],
        "outline": label if agreement else None,
        "signed": attribution.two_sided,
    }


def _colours(attribution: Attribution) -> str:
    if attribution.two_sided:
        against = f"against {attribution.target}" if attribution.target else "below 0"
        return (
            f"Orange is above 0, blue {against}; 0 is clear, and both ends are the largest value of either sign. The "
            "white line is half of that, dashed where it is below 0."
        )
    return "Colour runs from the lowest value of this map (clear) to its highest (yellow); white line: the middle."


def _title(attribution: Attribution, judged: Judged) -> str:
    return (
        f"{attribution.label} for {attribution.target}"
        if attribution.target
        else f"{attribution.label} of {judged.prediction.model}"
    )


def _statistics(attribution: Attribution, agreement: Agreement | None) -> str:
    low, high = float(attribution.map.min()), float(attribution.map.max())
    above = float((attribution.map >= (low + high) / 2).mean())
    text = f"Values {low:.2g} to {high:.2g}; {percent(above)} of the view lie above the middle."
    if agreement is not None and np.isfinite(agreement.inside):
        text += (
            f" {percent(agreement.inside)} of it falls on the AU regions of {agreement.expression}, which cover "
            f"{percent(agreement.area)}."
        )
    return text


def overall(explanations: Sequence[Explanation]) -> list[Check]:
    """The checks of the classifier that judged these faces; none where none was asked."""
    return over_models(
        [(explanation, judged) for explanation in explanations if (judged := judged_by(explanation))]
    )
