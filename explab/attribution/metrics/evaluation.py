"""`evaluate`: a metric over many faces, with the floors and the interval without which its figure says little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from explab.attribution.metrics import floors
from explab.attribution.metrics.maps import MetricError, Values, as_array, as_maps
from explab.attribution.metrics.registry import Metric, metric
from explab.attribution.metrics.score import Score, Scores
from explab.attribution.metrics.similarity import as_labels
from explab.attribution.metrics.trial import network
from explab.words import join, near

if TYPE_CHECKING:
    from torch import Tensor, nn

    from explab.attribution.run import Explainable

DRAWS = 2000
"""Bootstrap resamples."""
FEWEST = 5
"""Faces, or groups of them, from which an interval over them says anything."""
CHUNK = 128
"""Faces that a metric gets at a time, so that memory does not grow with the data set."""
PER_FACE = ("au_maps", "valid", "class_maps", "labels", "x", "target", "landmarks", "evidence")
"""The inputs that are cut into chunks with the maps; a target may also be one for all."""
AT_ONCE = 1 << 22
"""Numbers of a bootstrap that are held in memory at a time."""


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
    seed: int = 0,
    against: Sequence[str] = floors.FLOORS,
    **options: Any,
) -> Score | Scores:
    """Score maps with one metric or several.

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
        seed: of bootstrap, random maps and the metrics' own chance.
        against: which floors to compute. Each costs as much as the maps themselves, and all but "random" are the same
            for every method.
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
    found = as_maps(maps)
    if au_maps is None and class_maps is not None and labels is not None:
        au_maps = _own(class_maps, labels)
    inputs = {
        "au_maps": au_maps,
        "valid": valid,
        "class_maps": class_maps,
        "labels": labels,
        "module": None if module is None else network(module),
        "x": x,
        "target": target,
        "landmarks": landmarks,
        "explain": explain,
        "evidence": evidence,
        "seed": seed,
        "against": against,
    }
    _check_lengths({**inputs, "groups": groups}, len(found))
    single = isinstance(metrics, (str, Metric))
    asked = [metric(one) for one in ([metrics] if isinstance(metrics, (str, Metric)) else metrics)]
    taken = {one.name: _options(one, options) for one in asked}
    _check_options(options, taken, asked)
    scores = [_score(one, found, inputs, groups, taken[one.name]) for one in asked]
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


def _options(one: Metric, options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in options if name in signature(one.function).parameters}


def _check_options(
    options: Mapping[str, Any], taken: Mapping[str, Mapping[str, Any]], asked: Sequence[Metric]
) -> None:
    for name in options:
        if not any(name in own for own in taken.values()):
            functions: list[Callable[..., Any]] = [evaluate, *(one.function for one in asked)]
            known = [option for function in functions for option in signature(function).parameters]
            raise MetricError(f"{join(list(taken))}: no option {name!r}{near(name, known)}")


def _own(class_maps: Any, labels: Any) -> Values:
    """(B, H, W) the AU map of each face's own label, 0 where there is none."""
    every = as_array(class_maps)
    own = as_labels(labels, every)
    found: Values = every[np.arange(len(own)), own].astype(np.float64)
    found[own < 0] = 0
    return found


def _score(
    one: Metric, maps: Values, inputs: Mapping[str, Any], groups: Any, options: Mapping[str, Any]
) -> Score:
    absent = [name for name in one.needs if inputs[name] is None]
    if absent:
        return Score(one.name, None, better=one.better, reason=f"it needs {join(absent)}")
    given = {name: inputs[name] for name in (*one.needs, *one.takes) if inputs[name] is not None}
    cut = {name for name in given if name in PER_FACE and not _single(name, given[name])}
    # What explains a whole batch cannot be asked for a part of it.
    chunk = len(maps) if "explain" in given else CHUNK

    def score(these: Values) -> Values:
        parts = []
        for start in range(0, len(these), chunk):
            rows = slice(start, start + chunk)
            own = {name: value[rows] if name in cut else value for name, value in given.items()}
            parts.append(one.function(these[rows], **own, **options))
        return np.concatenate(parts) if parts else np.zeros(0)

    values = score(maps)
    known = np.isfinite(values)
    if not known.any():
        reason = "no face has both a map that shows something and something to hold it against"
        return Score(one.name, None, better=one.better, reason=reason, faces=values)
    named, which = _classes(inputs["labels"], len(values))
    bottoms, missing = _floors(score, one, maps, inputs, known, which) if one.floors else ({}, {})
    return Score(
        name=one.name,
        value=_mean(values, which),
        interval=_interval(values, which, groups, inputs["seed"]),
        floors=bottoms,
        no_floor=missing,
        n=int(known.sum()),
        better=one.better,
        by_class={
            name: float(values[known & (which == i)].mean())
            for i, name in enumerate(named)
            if (known & (which == i)).any()
        },
        faces=values,
    )


def _classes(labels: Any, faces: int) -> tuple[list[Any], NDArray[np.int64]]:
    """The labels that occur, none where none are given, and the place of each face's among them."""
    if labels is None:
        return [], np.zeros(faces, np.int64)
    names, which = np.unique(as_array(labels), return_inverse=True)
    return names.tolist(), which


def _floors(
    score: Callable[[Values], Values],
    one: Metric,
    maps: Values,
    inputs: Mapping[str, Any],
    known: NDArray[np.bool_],
    which: NDArray[np.int64],
) -> tuple[dict[str, float], dict[str, str]]:
    """What each floor scores on the same faces, and why some do not."""
    held_against = ("evidence", "class_maps", "au_maps", "x")
    reference = next((inputs[name] for name in held_against if name in one.needs), maps)
    height, width = np.shape(reference)[-2:]
    size = (int(height), int(width))
    if "evidence" in one.needs:
        mean, why = floors.template(reference, labels=inputs["labels"])
    else:
        mean, why = floors.template(**{k: inputs[k] for k in ("au_maps", "class_maps", "valid", "labels")})
    made = {
        "uniform": floors.uniform(len(maps), size),
        "centre": floors.centre(len(maps), size),
        "template": mean,
        "random": floors.random(maps, inputs["seed"]),
    }
    found, missing = {}, {}
    for name in inputs["against"]:
        drawn = made[name]
        values = np.full(len(maps), np.nan) if drawn is None else np.where(known, score(drawn), np.nan)
        if np.isfinite(values).any():
            found[name] = _mean(values, which)
        else:
            missing[name] = why if drawn is None else "the metric says nothing about such a map"
    return found, missing


def _mean(values: Values, which: NDArray[np.int64]) -> float:
    """Unweighted mean over the classes' means, of the faces that have a value."""
    known = np.isfinite(values)
    sums = np.bincount(which[known], values[known])
    counts = np.bincount(which[known])
    return float((sums[counts > 0] / counts[counts > 0]).mean())


def _interval(values: Values, which: NDArray[np.int64], groups: Any, seed: int) -> tuple[float, float] | None:
    """95 % percentile bootstrap of `_mean`, resampling groups of faces; None for fewer than `FEWEST` groups."""
    known = np.isfinite(values)
    each = np.arange(len(values)) if groups is None else as_array(groups)
    members = np.unique(each[known], return_inverse=True)[1]
    n, classes = int(members.max()) + 1, int(which.max()) + 1
    if n < FEWEST:
        return None
    cell = members * classes + which[known]
    sums = np.bincount(cell, values[known], minlength=n * classes).reshape(n, classes)
    faces = np.bincount(cell, minlength=n * classes).reshape(n, classes)
    chance = np.random.default_rng(seed)
    means = []
    for start in range(0, DRAWS, step := max(1, AT_ONCE // n)):
        times = chance.multinomial(n, np.full(n, 1 / n), size=min(step, DRAWS - start)).astype(np.float64)
        drawn, total = times @ faces, times @ sums
        present = drawn > 0
        per_class = np.where(present, total / np.where(present, drawn, 1), 0)
        means.append(per_class.sum(1) / present.sum(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
