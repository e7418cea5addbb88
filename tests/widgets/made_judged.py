"""What a made-up classifier says of a face: any prediction, maps with a spot, agreements as given."""

from __future__ import annotations

from typing import Any

import numpy as np

from explab.face import Face
from explab.lab import Agreement, Attribution, Explanation, Judged
from explab.models import Prediction
from explab.models.load import BASIC

SIDE = 14
CARD = {
    "made": "2025-01-02",
    "synthetic": True,
    "data": {
        "train": "900 synthetic faces, seed 1",
        "validation": "90 synthetic faces, seed 2",
        "test": "80 synthetic faces, seed 3",
    },
    "test": {"score": 0.75},
}


def agreement(expression: str, value: float = 0.71, template: float = 0.62) -> Agreement:
    return Agreement(expression, value, {"uniform": 0.4, "centre": 0.5, "template": template}, 0.6, 0.2)


def seen(method: str, target: str, *agreements: Agreement, flat: bool = False) -> Attribution:
    """A map with a spot in its lower half, or one that is 0 everywhere."""
    drawn = np.zeros((SIDE, SIDE), np.float32)
    if not flat:
        drawn[9:12, 5:9] = 3
    parts = {} if flat else {"mouth corners": 0.8, "eyes": 0.7, "nose": 0.2, "elsewhere": 0.1}
    return Attribution(method, drawn, target, "features", parts, agreements)


def judged(label: str, p: float = 0.91, *agreements: Agreement, flat: bool = False, **card: Any) -> Judged:
    """A classifier called "mini" that says `label` with probability p, and Neutral (or Anger) next."""
    second = BASIC.index("Anger" if label == "Neutral" else "Neutral")
    chances = np.zeros(len(BASIC), np.float32)
    chances[BASIC.index(label)], chances[second] = p, 1 - p
    maps = (
        seen("attention", "", *agreements),
        seen("gradcam", label, *(() if flat else agreements), flat=flat),
        seen("layercam", label, *agreements),
    )
    return Judged(Prediction(BASIC, chances, "mini"), (0.1, 0.15, 0.9, 0.95), maps, card or CARD)


def explained(face: Face, label: str = "Happiness", p: float = 0.91, **changes: Any) -> Explanation:
    """A face as "mini" judged it, agreeing with the AU map of what it says unless that is Neutral."""
    agreements = () if label == "Neutral" else (agreement(label),)
    return Explanation(face, (judged(label, p, *changes.pop("agreements", agreements), **changes),))
