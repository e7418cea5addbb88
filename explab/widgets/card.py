"""`card(face)`: one face with everything measured on it and what a classifier says of it, as a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explab import __version__
from explab.face import Face, Suggestion
from explab.face.face import MADE
from explab.facs import UNITS, ActionUnit, AUs, codebook, letter
from explab.facs.mesh import CONTOURS, EDGES
from explab.facs.regions import REGIONS
from explab.heatmaps import AUMaps, au_maps
from explab.lab import Explanation, explain
from explab.lab.against_truth import checks, cosines, scores, suggest, synthetic
from explab.lab.explanation import CODEBOOK
from explab.widgets import check_words, classifier, classifier_words, ladder
from explab.widgets.pictures import jpeg, sprite
from explab.widgets.view import View
from explab.widgets.words import lower, verdict
from explab.words import join

if TYPE_CHECKING:
    from explab.models import Classifier

MAP_SIZE = 96
"""Maps travel at this many px a side and are enlarged by the page: blobs are soft, pages stay small."""
TRUE_MAP_SIZE = 48
"""Maps from true landmarks: only their outline is drawn."""
SOURCES = {"survey": "the survey of Martinez et al.", "prototypes": "the FACS prototypes."}
PARTS = ("upper", "lower", "gaze")


def card(
    face: Face | Explanation, model: Classifier | None = None, title: str | None = None, name: str = ""
) -> View:
    """The card of one face: picture with mesh, AU regions and expression maps; AU ladder; the expression that the AUs
    suggest; pose, quality, provenance; and, where the truth is known, everything held against it.

    With a classifier also: what it says, whether the AUs support it, where it looked, and how far that agrees with the
    AU regions. Many faces are explained faster together: give each card an Explanation from `explain(faces, [model])`.

    The view is live in Jupyter and static in a report; see `View`. Its title is the name of the picture's file, unless
    another is given. `name` becomes the id of the card in its page, for links.

    Raises:
        ValueError: an explanation by several models, or with one more beside it; a card shows one.
        AttributionError: a classifier that gives no maps.
    """
    explanation = _explained(face, model)
    judged = classifier.judged_by(explanation)
    suggestion = suggest(explanation.face)
    face = replace(explanation.face, aus=_rounded(explanation.face.aus))
    title = title or PurePath(face.source.name).name
    units = _units(face)
    missing = [u.code for u in units if u.code not in face.aus]
    opening = classifier_words.opening(explanation, judged, suggestion) if judged else []
    maps, merged = _maps(face, units, MAP_SIZE)
    return View(
        {
            "title": title,
            "id": name,
            "name": f"{title}, face {face.source.index + 1} of {face.source.count}",
            "subtitle": _subtitle(face),
            "verdict": verdict(face, suggestion, missing, opening),
            "photo": {"src": jpeg(face.image), "alt": _alt(face)},
            "source": _source(face),
            "mesh": {
                "points": _points(face.landmarks, face),
                "edges": EDGES.tolist(),
                "contours": [list(loop) for loop in CONTOURS.values()],
            },
            "maps": _sprite(units, maps, merged),
            "aus": ladder.data(face, units, missing),
            "suggestion": _suggestion_data(face, suggestion),
            "expressions": _expressions(suggestion),
            "classifier": classifier.data(explanation, judged) if judged else None,
            "truth": _truth(face, units, maps, merged),
            "checks": [check_words.data(check) for check in checks(scores(face))],
            "pose": face.pose._asdict() | {"text": face.pose.words()},
            "quality": [{"level": remark.level, "text": remark.text} for remark in face.remarks],
            "provenance": [
                ["Picture", f"{title} ({face.source.name.strip('<>')})" if synthetic(face) else title],
                ["Landmarks", f"{face.source.backend}, {face.source.view}"],
                ["Action units", face.aus.source or "not measured"],
                ["Regions", f"face profile; expressions by codebook {join(sorted(set(CODEBOOK.values())))}"],
                *([["Classifier", classifier_words.origin(judged)]] if judged else []),
                ["explab", __version__],
            ],
        },
        "face_card",
    )


def _explained(face: Face | Explanation, model: Classifier | None) -> Explanation:
    if isinstance(face, Face):
        return explain(face, [] if model is None else [model])
    if model is not None:
        raise ValueError(f"{face!r} says already what models say; explain the face with {model.name} instead")
    return face


def _rounded(aus: AUs) -> AUs:
    """To the two decimals that are shown, so that bars, letters and words agree."""
    return AUs({code: round(aus[code], 2) for code in aus.codes}, source=aus.source)


def _units(face: Face) -> list[ActionUnit]:
    """Units with a place on the face that a codebook uses, that were measured or that are known to act, in FACS order.

    A synthetic face that nobody measured has a value for every unit there is: of those, the ones that act.
    """
    listed = (code for name, book in CODEBOOK.items() for code in codebook(book).units(name))
    used = {code.rstrip("LR") for code in listed}
    true = ladder.true_aus(face)
    used |= {code for code in true if letter(true[code])}
    if face.aus.source != MADE:
        used |= set(face.aus)
    return [u for code, u in UNITS.items() if u.part in PARTS and code in REGIONS and code in used]


def _suggestion_data(face: Face, suggestion: Suggestion | None) -> dict[str, Any] | None:
    if suggestion is None:
        return None
    measured, of = suggestion.measured
    truth = face.truth.expression if face.truth else None
    return {
        "best": suggestion.best,
        "truth": truth,
        "made": synthetic(face),
        "second": face.truth.second if face.truth else "",
        "note": (
            f"From {measured} of {of} signs in the AUs alone, for faces that show the eight expressions equally often; "
            "scores fitted to synthetic faces"
        ),
        "support": _scores(suggestion.support),
        "against": _scores(suggestion.against),
    }


def _scores(table: Mapping[str, float]) -> list[list[Any]]:
    return [[code, round(score, 1)] for code, score in list(table.items())[:5]]


def _maps(
    face: Face, units: list[ActionUnit], size: int
) -> tuple[AUMaps, dict[str, NDArray[np.float32] | None]]:
    maps = au_maps(face, units=[u.code for u in units], size=(size, size))
    return maps, {name: maps.merge(name, codebook=book) for name, book in CODEBOOK.items()}


def _subtitle(face: Face) -> str:
    width, height = face.source.size
    kind = "synthetic face" if synthetic(face) else f"face {face.source.index + 1} of {face.source.count}"
    return f"{kind} · picture of {width} × {height} px"


def _alt(face: Face) -> str:
    strong = [f"{lower(UNITS[c].name)} ({c}) {face.aus[c]:.2f}" for c in face.aus.strongest()]
    units = f"; strongest: {', '.join(strong)}" if strong else ""
    kind = "synthetic picture" if synthetic(face) else "photograph"
    return f"Aligned {kind} of the face, {face.pose.words()}{units}"


def _source(face: Face) -> dict[str, Any] | None:
    thumbnail = face.source.thumbnail
    if thumbnail is None or synthetic(face):
        return None
    height, width = thumbnail.shape[:2]
    box = face.box / np.array(face.source.size * 2)
    return {
        "src": jpeg(thumbnail, 80),
        "width": width,
        "height": height,
        "box": [round(float(v), 4) for v in np.clip(box, 0, 1)],
        "alt": "The whole picture, with a frame around this face",
    }


def _points(landmarks: NDArray[np.float32], face: Face) -> list[list[float]]:
    points = landmarks[:, :2] / face.image.shape[0]
    return [[round(float(x), 4), round(float(y), 4)] for x, y in points]


def _sprite(
    units: list[ActionUnit], maps: AUMaps, merged: dict[str, NDArray[np.float32] | None]
) -> dict[str, Any]:
    items = [
        {
            "id": u.code,
            "kind": "unit",
            "label": f"{u.code} {u.name}",
            "part": u.part,
            "what": f"{u.appearance}.",
            "text": u.teaching,
            "muscle": u.muscle,
            "valid": bool(valid),
        }
        for u, valid in zip(units, maps.valid, strict=True)
    ]
    items += [
        {"id": name, "kind": "expression", "label": name, "valid": map is not None}
        for name, map in merged.items()
    ]
    tiles = _tiles(maps, merged)
    return {"width": MAP_SIZE, "height": MAP_SIZE, "sprite": sprite(tiles), "items": items}


def _tiles(maps: AUMaps, merged: dict[str, NDArray[np.float32] | None]) -> list[NDArray[np.float32]]:
    blank = np.zeros(maps.size, np.float32)
    return [*maps.maps, *(blank if map is None else map for map in merged.values())]


def _truth(
    face: Face, units: list[ActionUnit], maps: AUMaps, merged: dict[str, NDArray[np.float32] | None]
) -> dict[str, Any] | None:
    """True landmarks, and the maps that they give, of a face whose landmarks were read."""
    true = face.truth.landmarks if face.truth else None
    if true is None or np.array_equal(true, face.landmarks):
        return None
    true_face = replace(face, landmarks=true)
    true_tiles = _tiles(*_maps(true_face, units, MAP_SIZE))
    drawn = _maps(true_face, units, TRUE_MAP_SIZE)
    off = np.linalg.norm(face.landmarks[:, :2] - true[:, :2], axis=1) / true_face.iod
    read = _tiles(maps, merged)
    agree = [cosines(a[None], b[None]) for a, b in zip(read, true_tiles, strict=True)]
    return {
        "points": _points(true, face),
        "error": f"{100 * off.mean():.1f}\u00a0%",
        "worst": f"{100 * off.max():.1f}\u00a0%",
        "maps": {"width": TRUE_MAP_SIZE, "height": TRUE_MAP_SIZE, "sprite": sprite(_tiles(*drawn))},
        "cosines": [round(float(cosine[0]), 3) if len(cosine) else None for cosine in agree],
    }


def _expressions(suggestion: Suggestion | None) -> list[dict[str, Any]]:
    rows = [_expression(name) for name in CODEBOOK]
    if suggestion is None:
        return rows
    neutral: dict[str, Any] = {
        "label": "Neutral",
        "map": None,
        "units": [],
        "text": "Nothing moves: Neutral is the absence of units, so it has no region.",
        "note": "",
    }
    rows = [row | {"probability": round(suggestion[row["label"]], 3)} for row in (neutral, *rows)]
    return sorted(rows, key=lambda row: -row["probability"])


def _expression(name: str) -> dict[str, Any]:
    return {
        "label": name,
        "map": name,
        "units": list(codebook(CODEBOOK[name]).units(name)),
        "text": (
            f"Where {name.lower()} may show. At each point the map takes the strongest unit listed by "
            f"{SOURCES[CODEBOOK[name]]}"
        ),
        "note": (
            "One side of the mouth; drawn on the right, the left is as good." if name == "Contempt" else ""
        ),
    }
