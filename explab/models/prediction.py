"""`Prediction`: what a classifier says of one face."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explab.facs import AUs


@dataclass(frozen=True, eq=False)
class Prediction:
    """Probabilities over a closed list of expressions.

    Attributes:
        classes: their names, in the order of the model.
        probabilities: (n_classes,) float32, summing to 1; of a `multi_label` network each for itself.
        model: name of the model that said so.
        aus: predicted intensities, of models that predict them.
    """

    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    model: str
    aus: AUs | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The most probable expression."""
        return self.classes[int(self.probabilities.argmax())]

    @property
    def probability(self) -> float:
        """Its probability."""
        return float(self.probabilities.max())

    def __getitem__(self, expression: str) -> float:
        """The probability of one expression. Raises `KeyError` for one that the model does not know."""
        if expression not in self.classes:
            raise KeyError(f"{self.model} does not know {expression!r}; it knows {', '.join(self.classes)}")
        return float(self.probabilities[self.classes.index(expression)])

    def ranked(self) -> list[tuple[str, float]]:
        """Expressions with their probabilities, most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return [(self.classes[i], float(self.probabilities[i])) for i in order]

    def __repr__(self) -> str:
        top_three = ", ".join(f"{name} {p:.2f}" for name, p in self.ranked()[:3])
        return f"<Prediction by {self.model}: {top_three}>"
