"""Where a prediction came from.

    attribute(model, faces, ["gradcam", "occlusion"])    Attributions: maps of several methods for several faces
    au_effects(model, faces)                             what hiding each action unit's region changes
    cams(module, layer, x)                               class activation maps of any network, at a layer's resolution
    methods()                                            every method there is, with its source
    capture(module, layers)                              what layers put out; as_maps brings it to (B, C, h, w)

Twelve of the eighteen methods read all they need off one forward and one backward pass, which those of a call share;
the other six (ScoreCAM, AblationCAM, integrated gradients, GradientSHAP, occlusion, au_ablation) ask the network again
about changed pictures. Whether a map is true is for `metrics` to say.
"""

from explab.attribution.au_removal.faces import AUEffects, au_effects
from explab.attribution.capture import capture, layer_sizes
from explab.attribution.errors import AttributionError
from explab.attribution.method import Method, methods
from explab.attribution.outputs import as_maps
from explab.attribution.result import Attributions
from explab.attribution.run import Explainable, attribute, cams
from explab.attribution.scaling import normalised

__all__ = [
    "AUEffects",
    "AttributionError",
    "Attributions",
    "Explainable",
    "Method",
    "as_maps",
    "attribute",
    "au_effects",
    "cams",
    "capture",
    "layer_sizes",
    "methods",
    "normalised",
]
