"""Expression names and the orders in which datasets number them.

EXPRESSIONS is the one label order of explab. Everything that enters by number is turned into a name
first, with the order of its dataset: 5 means Sadness in one release of RAF-DB and Disgust in another.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from explab.words import near

EXPRESSIONS = ("Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger", "Contempt")
"""The label order of explab: 7 basic expressions and contempt. It equals AffectNet's codes 0 to 7."""

COMPOUNDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Happily Surprised": ("Happiness", "Surprise"),
        "Happily Disgusted": ("Happiness", "Disgust"),
        "Sadly Fearful": ("Sadness", "Fear"),
        "Sadly Angry": ("Sadness", "Anger"),
        "Sadly Surprised": ("Sadness", "Surprise"),
        "Sadly Disgusted": ("Sadness", "Disgust"),
        "Fearfully Angry": ("Fear", "Anger"),
        "Fearfully Surprised": ("Fear", "Surprise"),
        "Angrily Surprised": ("Anger", "Surprise"),
        "Angrily Disgusted": ("Anger", "Disgust"),
        "Disgustedly Surprised": ("Disgust", "Surprise"),
    }
)
"""The 11 compound expressions of RAF-DB, in its order, each with the two expressions it blends."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        word: name
        for name, words in {
            "Neutral": "calm expressionless",
            "Happiness": "happy joy joyful happily",
            "Sadness": "sad sorrow sadly unhappy",
            "Surprise": "surprised suprise astonishment astonished",
            "Fear": "fearful afraid scared fearfully",
            "Disgust": "disgusted disgustedly",
            "Anger": "angry angrily mad",
            "Contempt": "contemptuous scorn disdain",
        }.items()
        for word in (name.lower(), *words.split())
    }
)
"""Lower-case words of datasets and speech -> expression."""


def _order(names: str, first: int = 0) -> Mapping[int, str]:
    return MappingProxyType({first + i: ALIASES[word] for i, word in enumerate(names.split())})


LABEL_ORDERS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "explab": MappingProxyType(dict(enumerate(EXPRESSIONS))),
        # list_patition_label.txt, and the Kaggle copy with folders 1 to 7
        "raf-db": _order("surprise fear disgust happiness sadness anger neutral", first=1),
        # the folders 0 to 6 that EfficientFace distributes
        "raf-db-efficientface": _order("neutral happiness sadness surprise fear disgust anger"),
        "raf-db-compound": MappingProxyType(dict(enumerate(COMPOUNDS, start=1))),
        # the columns of RAF-ML's distribution.txt; RAF-AU takes its expressions from there
        "raf-ml": _order("surprise fear disgust happiness sadness anger"),
        # csv and npy releases; 8 None, 9 Uncertain and 10 No-Face are no expressions
        "affectnet": _order("neutral happiness sadness surprise fear disgust anger contempt"),
        # train-sample-affectnet.csv on Kaggle: AffectNet's code + 1
        "affectnet-sample": _order("neutral happiness sadness surprise fear disgust anger contempt", first=1),
        # folders by word, numbered alphabetically as torchvision's ImageFolder does
        "affectnet-folders": _order("anger contempt disgust fear happy neutral sad surprise"),
        "fer2013": _order("angry disgust fear happy sad surprise neutral"),
        "fer2013-folders": _order("angry disgust fear happy neutral sad surprise"),
        # the vote columns of FERPlus, before "unknown" and "NF"
        "ferplus": _order("neutral happiness surprise sadness anger disgust fear contempt"),
        "sfew-folders": _order("angry disgust fear happy neutral sad surprise"),
        "ck+": _order("neutral anger contempt disgust fear happy sadness surprise"),
        # ckextended.csv: FER2013's numbers, and contempt
        "ckextended": _order("angry disgust fear happy sad surprise neutral contempt"),
        # the folds of Belharbi et al. (arXiv 2402.00281), for RAF-DB and AffectNet
        "au-cues": _order("neutral happiness surprise fear anger disgust sadness"),
    }
)
"""Label order by dataset: number -> expression."""


def expression(word: str) -> str:
    """The expression of a word in any case: "happy" -> "Happiness". Raises ValueError with near matches."""
    name = ALIASES.get(word.strip().lower())
    if name is None:
        raise ValueError(
            f"unknown expression {word!r}; explab has {', '.join(EXPRESSIONS)}{near(word, ALIASES)}"
        )
    return name


def compound(word: str) -> str:
    """The compound expression of a phrase: "happily_surprised" -> "Happily Surprised". Raises ValueError."""
    name = " ".join(word.replace("_", " ").replace("-", " ").split()).title()
    if name not in COMPOUNDS:
        raise ValueError(f"unknown compound expression {word!r}{near(name, COMPOUNDS)}")
    return name


def from_label(order: str, label: int) -> str:
    """The expression behind a dataset's number: ("raf-db", 5) -> "Sadness".

    Raises ValueError for an unknown order and for a number that stands for no expression there.
    """
    names = _label_order(order)
    if label not in names:
        listed = ", ".join(f"{number} {name}" for number, name in names.items())
        raise ValueError(f"label {label!r} is no expression of {order}, which has {listed}")
    return names[label]


def to_label(order: str, name: str) -> int:
    """The number that a dataset gives to an expression: ("raf-db", "Sadness") -> 5. Raises ValueError."""
    names = _label_order(order)
    canonical = compound(name) if order == "raf-db-compound" else expression(name)
    for number, label in names.items():
        if label == canonical:
            return number
    raise ValueError(f"{order} has no {canonical}; it has {', '.join(names.values())}")


def _label_order(order: str) -> Mapping[int, str]:
    if order not in LABEL_ORDERS:
        raise ValueError(
            f"no label order {order!r}; there are {', '.join(LABEL_ORDERS)}{near(order, LABEL_ORDERS)}"
        )
    return LABEL_ORDERS[order]
