"""`evaluate`: a metric over many faces, with the floors, face by face, without which its figure says little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from explab.attribution.metrics import floors
from explab.attribution.metrics.maps import MetricError, Values, as_array, as_maps
from explab.attribution.metrics.registry import Metric, metric
from explab.attribution.metrics.score import Score, Scores
from explab.attribution.metrics.similarity import as_labels
from explab.attribution.metrics.trial import logit_scale, network
from explab.words import join, near

if TYPE_CHECKING:
    from torch import Tensor, nn

    from explab.attribution.run import Explainable

CHUNK = 128
"""Faces that a metric gets at a time, so that memory does not grow with the data set."""
PER_FACE = ("au_maps", "valid", "class_maps", "labels", "x", "target", "landmarks", "evidence")
"""The inputs that are cut into chunks with the maps; a target may also be one for all."""
DRAWN_AFTER = ("evidence", "class_maps", "au_maps", "x")
"""Floors have the size of the first of these that a metric needs."""


@overload
def evaluate(metrics: str | Metric, maps: Any, au_maps: Any = ..., **given: Any) -> Score: ...


@overload
def evaluate(metrics: Sequence[str | Metric], maps: Any, au_maps: Any = ..., **given: Any) -> Scores: ...


def evaluate(
    metrics: str | Metric | Sequence[str | Metric],
    maps: Any,
    au_maps: Any = None,
    *,
    valid: Any = None,
    class_maps: Any = None,
    labels: Any = None,
    module: nn.Module | Explainable | None = None,
    x: Tensor | None = None,
    target: Any = None,
    landmarks: Any = None,
    explain: Callable[[nn.Module], Any] | None = None,
    evidence: Any = None,
    groups: Any = None,
    grid: tuple[int, int] | None = None,
    seed: int = 0,
    against: Sequence[str] = floors.FLOORS,
    **options: Any,
) -> Score | Scores:
    """Score maps with one metric or several, each beside its floors on the same faces.

    Whether maps are better than a floor is asked of the differences face by face, with a bootstrap of their mean. The
    unit in which margins are told (`road`, `deletion_margin`, ...) is `logit_scale` over all of `x`.

    Args:
        metrics: a name from `METRICS`, a Metric, or a list of them.
        maps: (B, h, w) the maps on trial.
        au_maps: (B, H, W) AU maps of the class that is asked for, the true or the predicted one.
        valid: (B,) whether there is such a map.
        class_maps: (B, C, H, W) AU maps of every expression, from `class_maps`. Without `au_maps`, those of the integer
            `labels` are taken from here; and they make the template floor know each face.
        labels: (B,) expressions, true or predicted, as names or as places in `class_maps`. With labels the value is the
            unweighted mean over classes, as in the paper.
        module, x, target: the classifier or its network, its (B, 3, H, W) input and the class that is asked for, by
            default the predicted one.
        landmarks: (B, 478, 2 or 3) px of `x`.
        explain: module -> maps, for the randomisation test.
        evidence: (B, H, W) of synthetic faces.
        groups: (B,) faces that belong together, such as pictures of one person or of one video: the bootstrap resamples
            these.
        grid: (h, w) at which the maps were made, if they have been enlarged since, as `attribute` does; left out, it is
            their size. Floors and ceiling are brought to it, so that nothing is held against finer outlines than it can
            draw.
        seed: of bootstrap, random maps and the metrics' own chance.
        against: which floors to compute, of `explab.attribution.metrics.floors`; "others" is there for evidence alone.
            Each costs as much as the maps themselves, and all but "random" are the same for every method.
        options: handed on to the metrics that take them (`steps`, `percentiles`, `k`, ...).

    Returns:
        A Score, or Scores for a list. What cannot be computed, for want of an input or of a face with a valid map, has
        the value None and a reason.

    Raises:
        MetricError: an unknown metric or option, with near matches, or inputs that do not fit together.
    """
    unknown = [name for name in against if name not in floors.FLOORS]
    if unknown:
        raise MetricError(
            f"no floor {unknown[0]!r}; there are {', '.join(floors.FLOORS)}{near(unknown[0], floors.FLOORS)}"
        )
    judged = as_maps(maps)
    if au_maps is None and class_maps is not None and labels is not None:
        au_maps = _own(class_maps, labels)
    single = isinstance(metrics, (str, Metric))
    asked = [metric(wanted) for wanted in ([metrics] if isinstance(metrics, (str, Metric)) else metrics)]
    net = None if module is None else network(module)
    inputs = {
        "au_maps": au_maps,
        "valid": valid,
        "class_maps": class_maps,
        "labels": labels,
        "module": net,
        "x": x,
        "target": target,
        "landmarks": landmarks,
        "explain": explain,
        "evidence": evidence,
        "groups": groups,
        "grid": (judged.shape[1], judged.shape[2]) if grid is None else tuple(grid),
        "seed": seed,
        "against": against,
        "scale": None,
    }
    _check_lengths(inputs, len(judged))
    if net is not None and x is not None and any("scale" in wanted.takes for wanted in asked):
        inputs["scale"] = logit_scale(net, x)
    taken = {wanted.name: _options(wanted, options) for wanted in asked}
    _check_options(options, taken, asked)
    scores = [_score(wanted, judged, inputs, taken[wanted.name]) for wanted in asked]
    return scores[0] if single else Scores(scores)


def _check_lengths(inputs: Mapping[str, Any], faces: int) -> None:
    for name in (*PER_FACE, "groups"):
        if _single(name, inputs[name]):
            continue
        shape = np.shape(inputs[name])
        if shape[:1] != (faces,) or (name in ("labels", "groups") and len(shape) > 1):
            raise MetricError(f"{name} have shape {tuple(shape)} for {faces} maps: give one for each")


def _single(name: str, value: Any) -> bool:
    """Nothing, or one target for all faces."""
    return value is None or (name == "target" and np.ndim(value) == 0)


def _options(asked: Metric, options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in options if name in signature(asked.function).parameters}


def _check_options(
    options: Mapping[str, Any], taken: Mapping[str, Mapping[str, Any]], asked: Sequence[Metric]
) -> None:
    for name in options:
        if not any(name in own for own in taken.values()):
            functions: list[Callable[..., Any]] = [evaluate, *(wanted.function for wanted in asked)]
            known = [option for function in functions for option in signature(function).parameters]
            raise MetricError(f"{join(list(taken))}: no option {name!r}{near(name, known)}")


def _own(class_maps: Any, labels: Any) -> Values:
    """(B, H, W) the AU map of each face's own label, 0 where there is none."""
    every = as_array(class_maps)
    own = as_labels(labels, every)
    maps: Values = every[np.arange(len(own)), own].astype(np.float64)
    maps[own < 0] = 0
    return maps


def _score(asked: Metric, maps: Values, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> Score:
    absent = [name for name in asked.needs if inputs[name] is None]
    if absent:
        return Score(asked.name, better=asked.better, reason=f"it needs {join(absent)}")
    given = {name: inputs[name] for name in (*asked.needs, *asked.takes) if inputs[name] is not None}
    cut = {name for name in given if name in PER_FACE and not _single(name, given[name])}
    # What explains a whole batch cannot be asked for a part of it.
    chunk = len(maps) if "explain" in given else CHUNK

    def measured(these: Values) -> Values:
        parts = []
        for start in range(0, len(these), chunk):
            rows = slice(start, start + chunk)
            own = {name: value[rows] if name in cut else value for name, value in given.items()}
            parts.append(asked.function(these[rows], **(own | dict(options))))
        return np.concatenate(parts) if parts else np.zeros(0)

    values = measured(maps)
    known = np.isfinite(values)
    if not known.any():
        reason = "no face has both a map that shows something and something to hold it against"
        return Score(asked.name, values, better=asked.better, reason=reason)
    bottoms: dict[str, Values] = {}
    missing: dict[str, str] = {}
    for name, (drawn, why) in (_floors(asked, maps, inputs) if asked.floors else {}).items():
        bottom = np.full(len(maps), np.nan) if drawn is None else np.where(known, measured(drawn), np.nan)
        if np.isfinite(bottom).any():
            bottoms[name] = bottom
        else:
            missing[name] = why if drawn is None else "the metric says nothing about such a map"
    perfect = (
        None if asked.ceiling is None else floors.at_grid(as_maps(inputs[asked.ceiling]), inputs["grid"])
    )
    return Score(
        asked.name,
        values,
        better=asked.better,
        floor_faces=bottoms,
        no_floor=missing,
        ceiling_faces=None if perfect is None else np.where(known, measured(perfect), np.nan),
        labels=None if inputs["labels"] is None else as_array(inputs["labels"]),
        groups=None if inputs["groups"] is None else as_array(inputs["groups"]),
        seed=inputs["seed"],
    )


def _floors(asked: Metric, maps: Values, inputs: Mapping[str, Any]) -> dict[str, tuple[Values | None, str]]:
    """The maps of each floor that is asked for, or why there are none."""
    reference = next((inputs[name] for name in DRAWN_AFTER if name in asked.needs), maps)
    height, width = np.shape(reference)[-2:]
    size, faces, grid = (int(height), int(width)), len(maps), inputs["grid"]
    about = {name: inputs[name] for name in ("labels", "groups")}
    drawings: dict[str, Callable[[], tuple[Values | None, str]]] = {
        "uniform": lambda: (floors.uniform(faces, floors.coarser(size, grid)), ""),
        "centre": lambda: (floors.at_grid(floors.centre(faces, size), grid), ""),
        "template": lambda: _at_grid(
            floors.template(**{k: inputs[k] for k in ("au_maps", "class_maps", "valid", "labels")}), grid
        ),
        "others": lambda: _at_grid(floors.others(inputs["evidence"], **about), grid),
        "random": lambda: (floors.random(maps, inputs["seed"]), ""),
    }
    named = [name for name in inputs["against"] if name != "others" or "evidence" in asked.needs]
    return {name: drawings[name]() for name in named}


def _at_grid(drawn: tuple[Values | None, str], grid: tuple[int, int]) -> tuple[Values | None, str]:
    maps, why = drawn
    return (None if maps is None else floors.at_grid(maps, grid)), why
