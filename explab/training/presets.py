"""Ready settings for `explab train guided`: what is known of the paper's recipes, and explab's own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType

from explab.models.load import TRUNK
from explab.training.augment import Augment
from explab.training.recipe import Recipe
from explab.words import near

PAPER_AUGMENT = Augment(
    flip=0.5,
    rotate=6.0,
    zoom=(1.0, 1.12),
    brightness=0.4,
    contrast=0.4,
    saturation=0.4,
    hue=0.1,
    jitter=0.8,
    grey=0.2,
    erase=0.5,
)
"""Their crop of 80 to 100 % of the area enlarges by up to 1 / sqrt(0.8) = 1.12; rotation is on every face here."""

PAPER_RECIPE = Recipe(
    epochs=20,
    batch=224,
    optimiser="sgd",
    lr=0.002,
    weight_decay=5e-4,
    momentum=0.9,
    schedule="steps",
    warmup=0.0,
    decay_every=4,
    decay=0.9,
    precision="fp16",
)
"""Theirs on AffectNet."""


@dataclass(frozen=True)
class Preset:
    """Everything of a training run but its data and seed.

    Attributes:
        recipe: how it is trained.
        guidance: lambda of the alignment term.
        augment: random changes.
        backbone: what to start from; see `explab.models.load`.
        codebook: units of an expression.
        profile: whose AU maps, "face" or "paper"; see `explab.training.guided`.
        faces: synthetic faces to train on, where the data are synthetic.
        unknown: what the paper does not say, and what stands here in its place.
        departures: what the paper or its code says, and is otherwise here.
    """

    recipe: Recipe
    guidance: float
    augment: Augment
    backbone: str | None = None
    codebook: str = "survey"
    profile: str = "face"
    faces: int = 16_000
    unknown: tuple[str, ...] = field(default=())
    departures: tuple[str, ...] = field(default=())


PAPER_DEPARTURES = (
    "attention of 7 x 7: the paper keeps a stride of 1 in the last two stages of its ResNet-50, which gives 28 x 28",
    "ImageNet weights of microsoft/resnet-50, where the paper takes torchvision's",
    "landmarks of MediaPipe's mesh at the 68 places of iBUG, where the paper fits SynergyNet's 3D face model",
    "explab's aligned crop, eyes 0.26 of its side apart, where RAF-DB's are cut by the template of ArcFace (0.31) and "
    "AffectNet's are as shipped: the paper's ellipses, fixed in pixels, cover more of the face here",
    "every face is turned by up to 6 degrees, where the paper turns every second one",
    "faces are enlarged by 1 to 1.12 about the middle, where the paper cuts 80 to 100 % of the area anywhere",
    "what a turn uncovers repeats the picture's edge, where the paper leaves it black",
    "erased rectangles are grey, where the paper fills them with noise; map and rectangle are independent in both",
    "norms and biases are not decayed; the paper decays all weights",
    "what does not fill a last batch is left out of an epoch",
    "epochs are chosen on validation data after each epoch; the paper chooses on its test data",
)
"""What both paper presets do otherwise. AU maps, loss, and the maps' way through augmentation and to the layer are the
paper's."""


PRESETS = MappingProxyType(
    {
        "mini": Preset(
            recipe=Recipe(epochs=5, batch=64, lr=1e-3, weight_decay=0.02),
            guidance=4.0,
            augment=Augment(flip=0.5, rotate=6.0, zoom=(1.0, 1.1), shift=0.03),
            backbone=TRUNK,
        ),
        "paper-affectnet": Preset(
            recipe=PAPER_RECIPE,
            guidance=9.0,
            augment=PAPER_AUGMENT,
            backbone="microsoft/resnet-50",
            codebook="paper",
            profile="paper",
            unknown=("how AffectNet's unequal classes were sampled; here every face comes once in an epoch",),
            departures=PAPER_DEPARTURES,
        ),
        "paper-rafdb": Preset(
            recipe=replace(PAPER_RECIPE, epochs=60, batch=32, decay_every=8),
            guidance=4.0,
            augment=PAPER_AUGMENT,
            backbone="microsoft/resnet-50",
            codebook="paper",
            profile="paper",
            unknown=(
                "epochs, learning rate, batch and decay on RAF-DB are not published; these are guesses from the "
                "AffectNet recipe",
                "lambda 4 is the best of their ablation, which used the test data",
            ),
            departures=PAPER_DEPARTURES,
        ),
    }
)


def preset(name: str) -> Preset:
    """A preset by name. Raises ValueError for an unknown one, with near names."""
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}; there are {', '.join(PRESETS)}{near(name, PRESETS)}")
    return PRESETS[name]
