"""One classifier over many explained faces: its share of right answers, and how far its maps agree with AU maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explab.lab.check import Check, of_answers, over_faces
from explab.lab.explanation import Agreement, Explanation, Judged

RIGHT = "Classifier right"
"""Name of the check of its share of right answers."""


def over_models(explanations: Sequence[tuple[Explanation, Judged]], seed: int = 0) -> list[Check]:
    """The checks of one classifier over faces, each with what it said of it.

    Faces without truth, and those that show what the classifier does not know, count for no share.
    """
    return [*_right(explanations), *_agreements([judged for _, judged in explanations], seed)]


def _right(pairs: Sequence[tuple[Explanation, Judged]]) -> list[Check]:
    labelled = [(explanation.truth, judged) for explanation, judged in pairs if explanation.truth is not None]
    nameable = [(true, judged.prediction) for true, judged in labelled if true in judged.prediction.classes]
    if not nameable:
        return []
    answers, true = [prediction.label for _, prediction in nameable], [true for true, _ in nameable]
    about = {"model": nameable[0][1].model, "left_out": len(labelled) - len(nameable)}
    return [of_answers("classifier_right", RIGHT, answers, true, len(nameable[0][1].classes), about)]


def _agreements(judged_faces: Sequence[Judged], seed: int) -> list[Check]:
    by_method: dict[str, list[Agreement]] = {}
    for judged in judged_faces:
        for attribution in judged.attributions:
            if agreement := attribution.agreement(judged.prediction.label):
                by_method.setdefault(attribution.label, []).append(agreement)
    checks = []
    for label, agreements in by_method.items():
        values = np.array([agreement.value for agreement in agreements])
        floors = {
            name: np.array([agreement.floors[name] for agreement in agreements])
            for name in agreements[0].floors
        }
        about = {"method": label, "expression": ""}
        checks.append(over_faces("agreement", label, values, floors, about=about, seed=seed))
    return checks
