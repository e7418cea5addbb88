"""Checks: a face held against what is known of it, each figure beside the floor that a trivial predictor reaches.

for check in checks(face):      # a face with a truth
    check.name, check.value, check.floor, check.verdict, check.text
overall(per_face)               # the same checks over many faces, with bootstrap intervals
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.face.align import CANONICAL, interocular, similarity
from explab.facs import EXPRESSIONS, AUs
from explab.heatmaps import au_maps
from explab.heatmaps.face import FACE_UNITS
from explab.lab.check import Check, interval, judge, over_faces, percent, wilson
from explab.widgets.words import MADE, suggest
from explab.words import count

MAP_SIZE = 64
"""Side in px of the maps that are compared: a cosine of soft blobs needs no more."""
AU_TRACK, POINT_TRACK, MAP_TRACK = (0.0, 0.4), (0.0, 0.12), (0.8, 1.0)
CHANCE = 1 / len(EXPRESSIONS)


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
    found: dict[str, Any] = {}
    if truth.aus is not None:
        codes = [code for code in face.aus.codes if code in truth.aus.codes]
        if codes:
            known = np.array([truth.aus[code] for code in codes])
            read = np.array([face.aus[code] for code in codes])
            found |= {"au_error": _rms(read - known), "units": len(codes)}
            if truth.aus.source == MADE:
                mean = np.array([mean_aus().get(code, 0.0) for code in codes])
                found["au_floor"] = _rms(mean - known)
    if truth.landmarks is not None:
        template = laid_over(truth.landmarks)
        unit = interocular(truth.landmarks)
        found |= {
            "points_error": distance(face.landmarks, truth.landmarks).mean() / unit,
            "points_floor": distance(template, truth.landmarks).mean() / unit,
        }
        true, read_maps, floor = (_maps(face, p) for p in (truth.landmarks, face.landmarks, template))
        found |= {
            "maps": float(cosines(read_maps, true).mean()),
            "maps_floor": float(cosines(floor, true).mean()),
        }
    if truth.expression is not None and (suggestion := suggest(face)):
        found |= {
            "true": truth.expression,
            "best": suggestion.best,
            "given": suggestion.get(truth.expression, 0.0),
        }
    return Scores(**found)


def checks(found: Scores) -> list[Check]:
    """The checks of one face; those that nothing can be said about are left out."""
    result = []
    if found.au_error is not None:
        floor = (
            "" if found.au_floor is None else f" Saying the mean of faces would err by {found.au_floor:.2f}."
        )
        text = f"Over {count(found.units, 'unit')}, the estimate is off by {found.au_error:.2f} (0-1).{floor}"
        verdict = judge(found.au_error, found.au_floor)
        result.append(
            Check(
                "AU error", found.au_error, found.au_floor, verdict, text, f"{found.au_error:.2f}", AU_TRACK
            )
        )
    if found.points_error is not None and found.points_floor is not None:
        error, floor_error = found.points_error, found.points_floor
        text = (
            f"The landmarks are off by {_percent(error)} of the distance between the eyes on average; a canonical face "
            f"laid over the true one is off by {_percent(floor_error)}."
        )
        verdict = judge(error, floor_error)
        result.append(
            Check("Landmark error", error, floor_error, verdict, text, _percent(error), POINT_TRACK)
        )
    if found.maps is not None and found.maps_floor is not None:
        text = (
            f"The AU maps agree with those from the true landmarks by a cosine of {found.maps:.2f}; maps from a "
            f"canonical face laid over would by {found.maps_floor:.2f}."
        )
        verdict = judge(-found.maps, -found.maps_floor)
        result.append(
            Check(
                "Map agreement", found.maps, found.maps_floor, verdict, text, f"{found.maps:.2f}", MAP_TRACK
            )
        )
    if found.given is not None:
        right = found.best == found.true
        said = f"Right: {found.best}" if right else f"Wrong: {found.best} instead of {found.true}"
        text = (
            f"{said}. {found.true} got a probability of {found.given:.2f}; guessing would give {CHANCE:.2f}."
        )
        verdict = "good" if right else "wrong"
        result.append(Check("Expression", found.given, CHANCE, verdict, text, f"{found.given:.2f}"))
    return result


_MEANS = (
    (
        "AU error",
        *("au_error", "au_floor", 1, AU_TRACK),
        "Estimated AU intensities are off by {value} (0-1); saying the mean of faces would be off by {floor}.",
    ),
    (
        "Landmark error",
        *("points_error", "points_floor", 1, POINT_TRACK),
        "Landmarks are off by {value} of the distance between the eyes; a canonical face laid over the true one is off "
        "by {floor}.",
    ),
    (
        "Map agreement",
        *("maps", "maps_floor", -1, MAP_TRACK),
        "AU maps agree with those from the true landmarks by a cosine of {value}; maps from a canonical face laid over "
        "would by {floor}.",
    ),
)
"""Name, score, its floor, 1 where less is better, ends of the track, and the sentence."""


def overall(many: Sequence[Scores], seed: int = 0) -> list[Check]:
    """The checks over many faces, each a mean with a 95 % interval over faces: by bootstrap, of a share by Wilson."""
    result = []
    for name, key, floor_key, sign, track, what in _MEANS:
        pairs = [
            (getattr(one, key), getattr(one, floor_key))
            for one in many
            if getattr(one, floor_key) is not None
        ]
        if not pairs:
            continue
        values, floors = np.array(pairs, float).T
        mean, floor = float(values.mean()), float(floors.mean())
        write = _percent if key == "points_error" else "{:.2f}".format
        text = what.format(value=write(mean), floor=write(floor))
        ends = interval(values, seed)
        result.append(over_faces(name, mean, floor, text, write, track, ends, len(values), sign))
    judged = [one for one in many if one.given is not None]
    if judged:
        right = sum(one.best == one.true for one in judged)
        common, times = Counter(one.true for one in judged).most_common(1)[0]
        share, floor = right / len(judged), max(CHANCE, times / len(judged))
        text = (
            f"The AUs suggest the true expression for {right} of {count(len(judged), 'face')}; always saying {common}, "
            f"the most frequent, would be right for {percent(floor)}."
        )
        ends = wilson(share, len(judged))
        name = "Expression right"
        result.append(over_faces(name, share, floor, text, percent, (0.0, 1.0), ends, len(judged), -1))
    return result


def _rms(off: NDArray[np.float64]) -> float:
    return float(np.sqrt((off**2).mean()))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\u00a0%"


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
    """What synthetic faces do on average: the floor of an AU estimate."""
    from explab.synth.anatomy.units import as_aus
    from explab.synth.expressions import sample
    from explab.synth.randomness import Draws, face_seeds

    return as_aus(sample(Draws(face_seeds(20240, 4000))).acts.mean(0))
