"""What is known of one face: what models say of it, where they looked, and how far that agrees with action units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.facs import EXPRESSIONS
from explab.lab.check import Check, hardest, of_face

if TYPE_CHECKING:
    from explab.models import Prediction

CODEBOOK = dict.fromkeys(EXPRESSIONS[1:], "survey") | {"Contempt": "prototypes"}
"""Whose units make up each expression's map; the survey has no contempt."""

LABELS = {
    "cam": "CAM",
    "gradcam": "Grad-CAM",
    "gradcam++": "Grad-CAM++",
    "xgradcam": "XGrad-CAM",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
    "scorecam": "Score-CAM",
    "ablationcam": "Ablation-CAM",
    "eigencam": "Eigen-CAM",
    "attention": "Attention",
    "rollout": "Attention rollout",
    "gradient_rollout": "Gradient rollout",
    "saliency": "Saliency",
    "inputxgradient": "Input x gradient",
    "integrated_gradients": "Integrated gradients",
    "occlusion": "Occlusion",
    "gradientshap": "GradientSHAP",
    "au_ablation": "AU ablation",
}
"""Methods as they are written."""

ELSEWHERE = "elsewhere"
NEARLY = 0.8
"""A part with this share of the highest part's value is named beside it."""


@dataclass(frozen=True)
class Agreement:
    """How far a map looks like the AU map of an expression.

    Attributes:
        expression: whose AU map.
        value: their cosine, 0-1: `attention_cosine` of attention, `cosine` of other maps.
        floors: the same of maps that know nothing of the expression: "uniform", "centre", "template".
        inside: share of the map's positive mass that lies in the AU regions, 0-1.
        area: share of the view that these regions cover, 0-1.
    """

    expression: str
    value: float
    floors: Mapping[str, float]
    inside: float
    area: float

    @property
    def hardest(self) -> str:
        """Name of the floor that is hardest to beat."""
        return str(hardest(self.floors))

    @property
    def floor(self) -> float:
        """The floor that is hardest to beat."""
        return self.floors[self.hardest]

    @property
    def better(self) -> bool:
        """Whether the value is above its floor, to the two decimals that people are shown."""
        return round(self.value, 2) > round(self.floor, 2)


@dataclass(frozen=True, eq=False)
class Attribution:
    """One map of one model on one face.

    Attributes:
        method: name as in `explab.attribution.methods()`.
        map: (h, w) float32 as the method defines it, at the resolution of the layer.
        target: the expression that it explains; "" where the method is classless, as attention.
        layer: where it was read.
        parts: part of the face, or ELSEWHERE -> mean of the map there, after min-max to 0-1; highest first. Empty for a
            map that is the same everywhere or not finite.
        agreements: with the AU map of the predicted expression and, where the face shows another, of the true one.
            Expressions without AU map (Neutral) and maps that are 0 everywhere have none.
        signed: whether values below 0 speak against the target.
    """

    method: str
    map: NDArray[np.float32] = field(repr=False)
    target: str
    layer: str
    parts: Mapping[str, float]
    agreements: tuple[Agreement, ...]
    signed: bool = False

    @property
    def two_sided(self) -> bool:
        """Whether the map says where the face speaks against its target, as well: it has values below 0."""
        return self.signed and bool((self.map < 0).any())

    @property
    def label(self) -> str:
        """The method as it is written: "Grad-CAM"."""
        return LABELS.get(self.method, self.method)

    @property
    def top(self) -> list[str]:
        """The part of the face where the map is highest, and a second one where it is nearly as high."""
        return [
            part for part, value in list(self.parts.items())[:2] if value >= NEARLY * max(self.parts.values())
        ]

    def agreement(self, expression: str | None) -> Agreement | None:
        """The agreement with one expression's AU map, None where there is none."""
        return next((agreement for agreement in self.agreements if agreement.expression == expression), None)


@dataclass(frozen=True, eq=False)
class Judged:
    """One face as one classifier judged it.

    Attributes:
        prediction: what it says.
        box: x0, y0, x1, y1 of the part of the face's crop that it is shown, as shares of the side.
        attributions: where it looked, a map for each method.
        card: what is known of its training; see `Classifier.card`.
    """

    prediction: Prediction
    box: tuple[float, float, float, float]
    attributions: tuple[Attribution, ...]
    card: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, method: str) -> Attribution:
        """The map of a method. Raises KeyError."""
        for attribution in self.attributions:
            if attribution.method == method:
                return attribution
        raise KeyError(
            f"no map of {method!r}; there are {', '.join(attribution.method for attribution in self.attributions)}"
        )

    @property
    def checks(self) -> list[Check]:
        """How far each map agrees with AU maps, of the predicted expression first, each beside its floor."""
        pairs = [
            (attribution, agreement)
            for attribution in self.attributions
            for agreement in attribution.agreements
        ]
        pairs.sort(key=lambda pair: pair[1].expression != self.prediction.label)
        return [_check(attribution, agreement) for attribution, agreement in pairs]


@dataclass(frozen=True, eq=False)
class Explanation:
    """One face and everything said of it; its ground truth is `face.truth`.

    Attributes:
        face: the face.
        judged: what each model says, in the order of the models.
    """

    face: Face
    judged: tuple[Judged, ...] = ()

    @property
    def truth(self) -> str | None:
        """The expression that the face is known to show."""
        return self.face.truth.expression if self.face.truth else None

    @property
    def checks(self) -> list[Check]:
        """Checks of all models."""
        return [check for judged in self.judged for check in judged.checks]

    def __repr__(self) -> str:
        answers = "; ".join(
            f"{judged.prediction.model} says {judged.prediction.label} ({judged.prediction.probability:.2f})"
            for judged in self.judged
        )
        return f"<Explanation of {self.face.source.name!r}: {answers or 'no model was asked'}>"


def _check(attribution: Attribution, agreement: Agreement) -> Check:
    # To the two decimals that people are shown: what looks the same is no better.
    value = round(agreement.value, 2)
    floors = {name: round(floor, 2) for name, floor in agreement.floors.items()}
    about = {"method": attribution.label, "expression": agreement.expression}
    return of_face("agreement", f"{attribution.label} on {agreement.expression}", value, floors, about=about)
