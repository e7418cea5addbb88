"""All methods of attribution, one a file, found by name.

To add one, write a file with a subclass of `Method` and list it in METHODS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from explab.attribution.errors import AttributionError
from explab.attribution.method.ablationcam import AblationCAM
from explab.attribution.method.attention import Attention
from explab.attribution.method.au_ablation import AUAblation
from explab.attribution.method.base import ChannelCAM, Method, Seen
from explab.attribution.method.cam import CAM
from explab.attribution.method.eigencam import EigenCAM
from explab.attribution.method.gradcam import GradCAM
from explab.attribution.method.gradcam_plus_plus import GradCAMPlusPlus
from explab.attribution.method.gradient_shap import GradientSHAP
from explab.attribution.method.hirescam import HiResCAM
from explab.attribution.method.integrated_gradients import IntegratedGradients
from explab.attribution.method.layercam import LayerCAM
from explab.attribution.method.occlusion import Occlusion
from explab.attribution.method.rollout import GradientRollout, Rollout
from explab.attribution.method.saliency import InputXGradient, Saliency
from explab.attribution.method.scorecam import ScoreCAM
from explab.attribution.method.xgradcam import XGradCAM
from explab.words import near

__all__ = [
    "CAM",
    "METHODS",
    "AUAblation",
    "AblationCAM",
    "Attention",
    "ChannelCAM",
    "EigenCAM",
    "GradCAM",
    "GradCAMPlusPlus",
    "GradientRollout",
    "GradientSHAP",
    "HiResCAM",
    "InputXGradient",
    "IntegratedGradients",
    "LayerCAM",
    "Method",
    "Occlusion",
    "Rollout",
    "Saliency",
    "ScoreCAM",
    "Seen",
    "XGradCAM",
    "methods",
    "named",
]

METHODS: Mapping[str, type[Method]] = MappingProxyType(
    {
        method.name: method
        for method in (
            CAM,
            GradCAM,
            GradCAMPlusPlus,
            XGradCAM,
            HiResCAM,
            LayerCAM,
            ScoreCAM,
            AblationCAM,
            EigenCAM,
            Attention,
            Rollout,
            GradientRollout,
            Saliency,
            InputXGradient,
            IntegratedGradients,
            Occlusion,
            GradientSHAP,
            AUAblation,
        )
    }
)
"""Name -> class, in the order in which they are listed."""


def methods() -> dict[str, str]:
    """Every method there is: name -> what it does, in one line, with its source."""
    return {
        name: f"{(kind.__doc__ or '').partition(chr(10))[0]} ({kind.source})"
        for name, kind in METHODS.items()
    }


def named(wanted: Any) -> list[Method]:
    """Methods from a name, a class or a `Method` with options of its own, or from several of them.

    Raises:
        AttributionError: an unknown name, with near matches, a name that is asked for twice, or none at all.
    """
    chosen: list[Method] = []
    for item in wanted if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]:
        if isinstance(item, Method):
            chosen.append(item)
        elif isinstance(item, type) and issubclass(item, Method):
            chosen.append(item())
        elif isinstance(item, str) and item in METHODS:
            chosen.append(METHODS[item]())
        else:
            raise AttributionError(
                f"no method {item!r}; there are {', '.join(METHODS)}{near(str(item), METHODS)}"
            )
    names = [method.name for method in chosen]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not chosen:
        raise AttributionError(
            f"{', '.join(twice)} is asked for twice"
            if twice
            else "no method is asked for; methods() lists them"
        )
    return chosen
