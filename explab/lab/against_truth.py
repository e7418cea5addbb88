"""A face held against what is known of it: AUs, landmarks, AU maps, the suggested expression, each beside its floor.

scores(face)            the figures of one face with a truth
checks(scores(face))    each as a `Check`
overall(many)           the same over many faces, with intervals
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face import Face, Suggestion, codebook_expression
from explab.face.align import CANONICAL, interocular, similarity
from explab.face.face import MADE
from explab.facs import EXPRESSIONS, AUs
from explab.heatmaps import au_maps
from explab.heatmaps.face import FACE_UNITS
from explab.lab.check import Better, Check, of_answers, of_face, over_faces

MAP_SIZE = 64
"""Side in px of the maps that are compared: a cosine of soft blobs needs no more."""
CHANCE = 1 / len(EXPRESSIONS)


def synthetic(face: Face) -> bool:
    """True for a face that explab made, also once it was read like a photograph."""
    truth = face.truth
    return truth is not None and truth.aus is not None and truth.aus.source == MADE


def shown_aus(face: Face) -> AUs | None:
    """What the AUs of a face are held against, see `explab.synth.anatomy.observable.known_aus`; None if unknown."""
    if face.truth is None or face.truth.aus is None:
        return None
    from explab.synth.anatomy.observable import known_aus

    return known_aus(face)


def suggest(face: Face) -> Suggestion | None:
    """What `codebook_expression` says of a face, or None where no unit that tells an expression was measured.

    Standard deviations stay out of it: the scores for a reader's units were fitted to what it reads, errors and all.
    """
    try:
        return codebook_expression(face)
    except ValueError:
        return None


@dataclass(frozen=True)
class Scores:
    """One face in figures, each beside its floor; None where the face has not got what it takes.

    Attributes:
        au_error, au_floor: root mean square over the units both measured and known, and that of the mean of faces.
        units: how many units that are, sides apart.
        points_error, points_floor: mean distance of the landmarks from the true ones in inter-ocular distances, and
            that of the canonical face, turned and scaled over the truth as well as it can be.
        maps, maps_floor: mean cosine between the AU maps from the landmarks and from the true ones, and that of maps
            from the canonical face.
        true, best: the true expression, and the one that the units suggest.
        given: probability given to the true expression.
    """

    au_error: float | None = None
    au_floor: float | None = None
    units: int = 0
    points_error: float | None = None
    points_floor: float | None = None
    maps: float | None = None
    maps_floor: float | None = None
    true: str | None = None
    best: str | None = None
    given: float | None = None


def scores(face: Face) -> Scores:
    """Hold a face against its truth. Faces without one get Scores of None."""
    truth = face.truth
    if truth is None:
        return Scores()
    figures: dict[str, Any] = {}
    known = shown_aus(face)
    if known is not None:
        codes = [code for code in face.aus.codes if code in known.codes]
        if codes:
            true_aus = np.array([known[code] for code in codes])
            read = np.array([face.aus[code] for code in codes])
            figures |= {"au_error": _rms(read - true_aus), "units": len(codes)}
            if known.source == MADE:
                mean = np.array([mean_aus().get(code, 0.0) for code in codes])
                figures["au_floor"] = _rms(mean - true_aus)
    if truth.landmarks is not None:
        template = laid_over(truth.landmarks)
        unit = interocular(truth.landmarks)
        figures |= {
            "points_error": distance(face.landmarks, truth.landmarks).mean() / unit,
            "points_floor": distance(template, truth.landmarks).mean() / unit,
        }
        true, read_maps, floor = (_maps(face, p) for p in (truth.landmarks, face.landmarks, template))
        figures |= {
            "maps": float(cosines(read_maps, true).mean()),
            "maps_floor": float(cosines(floor, true).mean()),
        }
    if truth.expression is not None and (suggestion := suggest(face)):
        figures |= {
            "true": truth.expression,
            "best": suggestion.best,
            "given": suggestion.get(truth.expression, 0.0),
        }
    return Scores(**figures)


_MEASURES: tuple[tuple[str, str, str, str, str, Better], ...] = (
    ("au_error", "AU error", "au_error", "au_floor", "mean face", "lower"),
    ("landmark_error", "Landmark error", "points_error", "points_floor", "canonical face", "lower"),
    ("map_agreement", "Map agreement", "maps", "maps_floor", "canonical face", "higher"),
)
"""Kind, name, score and its floor in `Scores`, whose floor it is, and what is better."""


def checks(figures: Scores) -> list[Check]:
    """The checks of one face; those that nothing can be said about are left out."""
    results = []
    for kind, name, value_key, floor_key, whose, better in _MEASURES:
        value, floor = getattr(figures, value_key), getattr(figures, floor_key)
        if value is not None:
            floors = {} if floor is None else {whose: floor}
            results.append(of_face(kind, name, value, floors, better, about={"units": figures.units}))
    if figures.given is not None:
        right = figures.best == figures.true
        about = {"best": figures.best, "true": figures.true}
        results.append(
            of_face("expression", "Expression", figures.given, {"guessing": CHANCE}, right=right, about=about)
        )
    return results


def overall(many: Sequence[Scores], seed: int = 0) -> list[Check]:
    """The checks over many faces, each a mean with a 95 % interval over faces: by bootstrap, of a share by Wilson."""
    results = []
    for kind, name, value_key, floor_key, whose, better in _MEASURES:
        pairs = [
            (getattr(figures, value_key), getattr(figures, floor_key))
            for figures in many
            if getattr(figures, floor_key) is not None
        ]
        if pairs:
            values, floors = np.array(pairs, float).T
            results.append(over_faces(kind, name, values, {whose: floors}, better, seed=seed))
    answers = [(str(figures.best), str(figures.true)) for figures in many if figures.given is not None]
    if answers:
        suggested, true = zip(*answers, strict=True)
        results.append(
            of_answers("expression_right", "Expression right", list(suggested), list(true), len(EXPRESSIONS))
        )
    return results


def _rms(off: NDArray[np.float64]) -> float:
    return float(np.sqrt((off**2).mean()))


def distance(points: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float64]:
    """(478, 2 or 3) twice -> (478,) distances in the picture plane."""
    return np.asarray(np.linalg.norm(points[:, :2] - others[:, :2], axis=1), np.float64)


def laid_over(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The canonical face, turned, scaled and moved by least squares over a mesh: (478, 3) px -> (478, 3) px."""
    matrix, _ = similarity(CANONICAL, points.astype(np.float64))
    return np.asarray(CANONICAL @ matrix[:, :3].T + matrix[:, 3], np.float32)


def _maps(face: Face, points: NDArray[np.float32]) -> NDArray[np.float32]:
    maps = au_maps(replace(face, landmarks=points), size=(MAP_SIZE, MAP_SIZE), units=FACE_UNITS)
    return np.asarray(np.where(maps.valid[:, None, None], maps.maps, 0), np.float32)


def cosines(maps: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, h, w) twice -> cosines of the maps that both show; NaN is never given."""
    a, b = (m.reshape(len(m), -1).astype(np.float64) for m in (maps, others))
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    shown = norms > 0
    return np.asarray((a[shown] * b[shown]).sum(1) / norms[shown])


@cache
def mean_aus() -> AUs:
    """What synthetic faces show on average: the floor of an AU estimate."""
    from explab.synth.anatomy.observable import observable
    from explab.synth.anatomy.units import as_aus
    from explab.synth.expressions import sample
    from explab.synth.randomness import Draws, face_seeds

    return as_aus(observable(sample(Draws(face_seeds(20240, 4000))).acts).mean(0))
