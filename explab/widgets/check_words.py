"""What a check says: its sentence, the value as it is written, and its places on the track of a chip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explab.lab import Check
from explab.words import count, join

FLOORS = {
    "uniform": "the same value everywhere",
    "centre": "a blob in the middle",
    "template": "a plain face template",
}
"""Maps that know nothing of the expression, in words."""


def percent(share: float) -> str:
    """0.31 -> "31 %"."""
    return f"{100 * share:.0f}\u00a0%"


def tenths(share: float) -> str:
    """0.314 -> "31.4 %"."""
    return f"{100 * share:.1f}\u00a0%"


def _two(value: float) -> str:
    return f"{value:.2f}"


_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "landmark_error": tenths,
    "expression_right": percent,
    "classifier_right": percent,
}
_TRACKS = {"au_error": (0.0, 0.4), "landmark_error": (0.0, 0.12), "map_agreement": (0.8, 1.0)}
"""The values at the left and the right end of the track; 0 and 1 of the others."""


def write(check: Check, value: float) -> str:
    """A value of this check as it is written: "0.91", "2.1 %"."""
    return _WRITTEN.get(check.kind, _two)(value)


def shown(check: Check) -> str:
    """The check's own value as it is written."""
    return write(check, check.value)


def data(check: Check) -> dict[str, Any]:
    """A check for the front end."""
    low, high = check.interval or (None, None)
    places = {"value": check.value, "floor": check.floor, "low": low, "high": high}
    return {
        "name": check.name,
        "verdict": check.verdict,
        "text": sentence(check),
        "shown": shown(check),
        "better": check.better,
        **{key: _place(value, _TRACKS.get(check.kind, (0.0, 1.0))) for key, value in places.items()},
    }


def _place(value: float | None, track: tuple[float, float]) -> float | None:
    if value is None:
        return None
    return round(float(np.clip((value - track[0]) / (track[1] - track[0]), 0, 1)), 4)


def sentence(check: Check) -> str:
    """What a check says, in a sentence or three: the figure and its floor, how sure that is, and what is better."""
    figure, floor = shown(check), "" if check.floor is None else write(check, check.floor)
    better = f"{check.better.capitalize()} is better."
    return " ".join(filter(None, (_SAID[check.kind](check, figure, floor), _sure(check), better)))


def _au_error(check: Check, figure: str, floor: str) -> str:
    if "units" not in check.about:  # of many faces, which may be few
        start = f"Estimated AU intensities are off by {figure} (0-1)"
        return f"{start}; saying the mean of faces would be off by {floor}."
    floor_sentence = f" Saying the mean of faces would err by {floor}." if floor else ""
    return (
        f"Over {count(check.about['units'], 'unit')}, the estimate is off by {figure} (0-1).{floor_sentence}"
    )


def _landmark_error(check: Check, figure: str, floor: str) -> str:
    mean = "" if check.n > 1 else " on average"
    return (
        f"Landmarks are off by {figure} of the distance between the eyes{mean}; a canonical face laid over the true "
        f"one is off by {floor}."
    )


def _map_agreement(_: Check, figure: str, floor: str) -> str:
    return (
        f"The AU maps agree with those from the true landmarks by a cosine of {figure}; maps from a canonical face "
        f"laid over would by {floor}."
    )


def _expression(check: Check, figure: str, floor: str) -> str:
    best, true = check.about["best"], check.about["true"]
    outcome = f"Wrong: {best} instead of {true}" if check.right is False else f"Right: {best}"
    return f"{outcome}. {true} got a probability of {figure}; guessing would give {floor}."


def _expression_right(check: Check, _: str, floor: str) -> str:
    return (
        f"The AUs suggest the true expression for {check.about['right']} of {count(check.n, 'face')}; "
        f"{_barest(check)} would be right for {floor}."
    )


def _classifier_right(check: Check, _: str, floor: str) -> str:
    text = (
        f"{check.about['model']} says the true expression for {check.about['right']} of {count(check.n, 'face')}; "
        f"{_barest(check)} would be right for {floor}."
    )
    if left_out := check.about["left_out"]:
        text += f" {count(left_out, 'face')} left out: made to show what it does not know."
    return text


def _barest(check: Check) -> str:
    if check.hardest == "guessing":
        return "guessing"
    return f"always saying {check.about['common']}, the most frequent,"


def _agreement(check: Check, figure: str, floor: str) -> str:
    method, expression = check.about["method"], check.about["expression"]
    if check.n > 1 or not expression:
        return (
            f"{method} agrees with the AU map of the predicted expression by a cosine of {figure}; "
            f"{FLOORS[str(check.hardest)]} would by {floor}."
        )
    floors = join([f"{FLOORS[name]} would get {value:.2f}" for name, value in check.floors.items()])
    return f"The cosine of {method} with the AU map of {expression} is {figure} (0-1): {floors}."


_SAID: Mapping[str, Callable[[Check, str, str], str]] = {
    "au_error": _au_error,
    "landmark_error": _landmark_error,
    "map_agreement": _map_agreement,
    "expression": _expression,
    "expression_right": _expression_right,
    "classifier_right": _classifier_right,
    "agreement": _agreement,
}


def _sure(check: Check) -> str:
    if check.n == 1:
        return "One face has no interval." if check.right is None else ""
    if check.interval is None:
        return f"Too few faces for an interval, n = {check.n}."
    low, high = (write(check, end) for end in check.interval)
    sure = f"95 % interval {low} to {high}, n = {check.n}."
    if check.gain is None or check.gain_interval is None:
        return sure
    gain, worst, best = (write(check, value) for value in (check.gain, *check.gain_interval))
    return f"{sure} Its lead on the same faces: {gain} ({worst} to {best})."
