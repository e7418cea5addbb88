"""explab: why does the model see this expression in this face, and is its explanation true?

    import explab as xl
    face = xl.read_face("photo.jpg")
    maps = xl.au_maps(face)

Names are imported when first used, so that `import explab` itself takes a fraction of a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explab.attribution import attribute
    from explab.data import load_dataset
    from explab.face import Face, codebook_expression, measure_aus, read_face, read_faces
    from explab.facs import AUs
    from explab.heatmaps import AUMaps, au_maps
    from explab.lab import explain
    from explab.models import load, wrap
    from explab.widgets import card

__version__ = "0.1.0"

_HOME = {
    "AUMaps": "explab.heatmaps",
    "AUs": "explab.facs",
    "Face": "explab.face",
    "attribute": "explab.attribution",
    "au_maps": "explab.heatmaps",
    "card": "explab.widgets",
    "codebook_expression": "explab.face",
    "explain": "explab.lab",
    "load": "explab.models",
    "load_dataset": "explab.data",
    "measure_aus": "explab.face",
    "read_face": "explab.face",
    "read_faces": "explab.face",
    "wrap": "explab.models",
}
_PACKAGES = (
    "attribution",
    "cot",
    "data",
    "face",
    "facs",
    "heatmaps",
    "lab",
    "models",
    "synth",
    "training",
    "widgets",
)

__all__ = [
    "AUMaps",
    "AUs",
    "Face",
    "__version__",
    "attribute",
    "au_maps",
    "card",
    "codebook_expression",
    "explain",
    "load",
    "load_dataset",
    "measure_aus",
    "read_face",
    "read_faces",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _PACKAGES:
        return import_module(f"explab.{name}")
    raise AttributeError(f"explab has no {name!r}; it has {', '.join(sorted((*_HOME, *_PACKAGES)))}")


def __dir__() -> list[str]:
    return sorted((*__all__, *_PACKAGES))
