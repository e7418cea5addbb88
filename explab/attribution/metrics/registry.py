"""The metrics by name: what each needs, which way is better, and what it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from explab.attribution.metrics import (
    curves,
    fidelity,
    randomise,
    regions,
    remove_and_debias,
    similarity,
    unit_removal,
)
from explab.attribution.metrics.maps import MetricError, Values
from explab.words import near

_MODULE = ("module", "x")
_CHANCE = ("target", "seed")


@dataclass(frozen=True)
class Metric:
    """One metric.

    name      as in `METRICS`
    asks      the question that it answers
    function  maps and what it needs, by name -> (B,) values, NaN where there is none
    needs     the inputs of `evaluate` that it cannot do without
    takes     those that it uses if they are given
    better    "higher" or "lower"
    floors    whether maps that know nothing can be scored with it
    ceiling   the input that is a perfect map, brought through the maps' grid, if there is one
    """

    name: str
    asks: str
    function: Callable[..., Values]
    needs: tuple[str, ...] = ("au_maps",)
    takes: tuple[str, ...] = ("valid",)
    better: str = "higher"
    floors: bool = True
    ceiling: str | None = None

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise MetricError(f"{self.name}: better is 'higher' or 'lower', not {self.better!r}")


def _truth(name: str, function: Callable[..., Values], asks: str) -> Metric:
    def against(maps: object, evidence: object) -> Values:
        return function(maps, evidence)

    return Metric(f"truth_{name}", asks, against, needs=("evidence",), takes=(), ceiling="evidence")


def _in_margin(published: Metric) -> Metric:
    """The same metric, its answer read as a margin in standard deviations of the network's logits: see `trial`."""
    function = partial(published.function, answer="margin")
    takes = (*published.takes, "scale")
    return replace(published, name=f"{published.name}_margin", function=function, takes=takes)


_INSERTION = Metric(
    "insertion", "Does the answer come back with the map's pixels?", curves.insertion, _MODULE, _CHANCE
)
_DELETION = Metric(
    "deletion", "Does the answer go with the map's pixels?", curves.deletion, _MODULE, _CHANCE, "lower"
)
_COMPREHENSIVENESS = Metric(
    "comprehensiveness",
    "Is the answer lost without the AU regions that the map names?",
    unit_removal.comprehensiveness,
    (*_MODULE, "landmarks"),
    ("target",),
)
_SUFFICIENCY = Metric(
    "sufficiency",
    "Are the AU regions that the map names enough for the answer?",
    unit_removal.sufficiency,
    (*_MODULE, "landmarks"),
    ("target",),
    "lower",
)


_ALL = (
    Metric("cosine", "Does the map look like the expression's AU map?", similarity.cosine),
    Metric(
        "attention_cosine",
        "Does the attention look like the expression's AU map?",
        similarity.attention_cosine,
    ),
    Metric(
        "attention_cosine_layer",
        "Does the attention look like the expression's AU map at its own resolution?",
        similarity.attention_cosine_layer,
    ),
    Metric("pearson", "Is the map higher where the AU map is higher?", similarity.pearson),
    Metric(
        "class_margin",
        "Does the map look more like its own expression than like any other?",
        similarity.class_margin,
        needs=("class_maps", "labels"),
    ),
    Metric("pointing_game", "Is the map's highest point in an AU region?", regions.pointing_game),
    Metric("relevance_mass", "How much of the map lies in the AU regions?", regions.relevance_mass),
    Metric("relevance_rank", "Are the map's highest pixels in the AU regions?", regions.relevance_rank),
    Metric("iou", "Do the map's highest pixels cover the AU regions?", regions.iou),
    Metric("auc", "Can the map tell pixels of the AU regions from others?", regions.auc),
    Metric(
        "road",
        "Do the map's pixels carry more of the answer than the others?",
        remove_and_debias.road,
        _MODULE,
        (*_CHANCE, "scale"),
    ),
    Metric(
        "road_logits",
        "Do the map's pixels carry more of the target's logit than the others?",
        remove_and_debias.road_logits,
        _MODULE,
        _CHANCE,
    ),
    *(_INSERTION, _DELETION, _COMPREHENSIVENESS, _SUFFICIENCY),
    *(_in_margin(published) for published in (_INSERTION, _DELETION, _COMPREHENSIVENESS, _SUFFICIENCY)),
    Metric(
        "infidelity",
        "Does the answer fall by as much as the map says?",
        fidelity.infidelity,
        _MODULE,
        _CHANCE,
        "lower",
    ),
    Metric(
        "randomisation",
        "Does the map stay the same when the model forgets what it learnt?",
        randomise.randomisation,
        ("module", "explain"),
        ("seed",),
        "lower",
        floors=False,
    ),
    _truth("auc", regions.auc, "Can the map tell pixels that made the expression from others?"),
    _truth("pearson", similarity.pearson, "Is the map higher where the expression changed the picture more?"),
    _truth("mass", regions.relevance_mass, "How much of the map lies on pixels that made the expression?"),
    _truth("rank", regions.relevance_rank, "Are the map's highest pixels those that made the expression?"),
)

METRICS: Mapping[str, Metric] = MappingProxyType({asked.name: asked for asked in _ALL})
"""All metrics by name: first against AU maps, then against the module, last against the truth of synthetic faces.

Of those against the module, `road` and the ones that end in `_margin` do not depend on the scale of its logits, and so
compare networks; the others are as published, and compare maps of one network."""


def metric(name: str | Metric) -> Metric:
    """A metric by its name. Raises `MetricError`, with near matches, for one that does not exist."""
    if isinstance(name, Metric):
        return name
    if name not in METRICS:
        raise MetricError(f"no metric {name!r}; there are {', '.join(METRICS)}{near(str(name), METRICS)}")
    return METRICS[name]
