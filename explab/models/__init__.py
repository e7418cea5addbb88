"""Models that name expressions, and all it takes to ask them about faces.

model = load("guided-mini")
model.predict(faces)[0].label                 "Happiness"
mine = wrap(net, layer="layer4", classes=["angry", "happy", ...])
"""

from explab.models.classifier import Classifier, View
from explab.models.errors import ModelError, ModelWarning
from explab.models.load import EMBEDDED, load
from explab.models.prediction import Prediction
from explab.models.wrap import wrap

__all__ = ["EMBEDDED", "Classifier", "ModelError", "ModelWarning", "Prediction", "View", "load", "wrap"]
