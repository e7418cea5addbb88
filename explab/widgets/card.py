"""`card(face)`: one face with everything measured on it, as a view."""

from __future__ import annotations

import base64
from dataclasses import replace
from io import BytesIO
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab import __version__
from explab.face import Face
from explab.facs import EXPRESSIONS, UNITS, ActionUnit, AUs, codebook, letter
from explab.facs.mesh import CONTOURS, EDGES
from explab.facs.regions import REGIONS
from explab.heatmaps import AUMaps, au_maps
from explab.widgets.view import View
from explab.words import join

MAP_SIZE = 96
"""Maps travel at this many px a side and are enlarged by the page: blobs are soft, pages stay small."""
CODEBOOK = dict.fromkeys(EXPRESSIONS[1:], "survey") | {"Contempt": "prototypes"}
"""Whose units make up each expression's map; the survey has no contempt."""
SOURCES = {"survey": "the survey of Martinez et al.", "prototypes": "the FACS prototypes."}
LOPSIDED = 0.2
PARTS = ("upper", "lower", "gaze")


def card(face: Face, title: str | None = None) -> View:
    """The card of one face: picture with mesh, AU regions and expression maps; AU ladder; pose, quality, provenance.

    The view is live in Jupyter and static in a report; see `View`. Its title is the name of the picture's file, unless
    another is given.
    """
    title = title or PurePath(face.source.name).name
    face = replace(face, aus=_rounded(face.aus))
    units = _units(face)
    missing = [u.code for u in units if u.code not in face.aus]
    maps = au_maps(face, units=[u.code for u in units], size=(MAP_SIZE, MAP_SIZE))
    merged = {name: maps.merge(name, codebook=book) for name, book in CODEBOOK.items()}
    return View(
        {
            "title": title,
            "name": f"{title}, face {face.source.index + 1} of {face.source.count}",
            "subtitle": _subtitle(face),
            "verdict": _verdict(face, missing),
            "photo": {"src": _jpeg(face.image), "alt": _alt(face)},
            "source": _source(face),
            "mesh": _mesh(face),
            "maps": _sprite(units, maps, merged),
            "aus": {
                "source": face.aus.source or None,
                "note": _note(face, missing),
                "rows": _rows(face, units),
            },
            "expressions": [_expression(name) for name in CODEBOOK],
            "pose": face.pose._asdict() | {"text": face.pose.words()},
            "quality": [{"level": remark.level, "text": remark.text} for remark in face.remarks],
            "provenance": [
                ["Picture", title],
                ["Landmarks", f"{face.source.backend}, {face.source.view}"],
                ["Action units", face.aus.source or "not measured"],
                ["Regions", f"face profile; expressions by codebook {join(sorted(set(CODEBOOK.values())))}"],
                ["explab", __version__],
            ],
        },
        "face_card",
    )


def _rounded(aus: AUs) -> AUs:
    """To the two decimals that are shown, so that bars, letters and words agree."""
    return AUs({code: round(aus[code], 2) for code in aus.codes}, source=aus.source)


def _units(face: Face) -> list[ActionUnit]:
    """Units with a place on the face that a codebook uses or that were measured here, in FACS order."""
    listed = (code for name, book in CODEBOOK.items() for code in codebook(book).units(name))
    used = {code.rstrip("LR") for code in listed}
    return [
        u
        for code, u in UNITS.items()
        if u.part in PARTS and code in REGIONS and (code in used or code in face.aus)
    ]


def _subtitle(face: Face) -> str:
    width, height = face.source.size
    return f"face {face.source.index + 1} of {face.source.count} · picture of {width} × {height} px"


def _verdict(face: Face, missing: list[str]) -> str:
    sentences = [f"A face seen {face.pose.words()}." if face.pose.frontal else f"Head {face.pose.words()}."]
    sentences += (
        _measured(face, missing) if face.aus else ["Its landmarks are measured, its action units are not."]
    )
    warnings = [_lower(remark.text) for remark in face.remarks if remark.level == "warn"]
    if warnings:
        sentences.append(f"Read with care: {'; '.join(warnings)}.")
    return " ".join(sentences)


def _measured(face: Face, missing: list[str]) -> list[str]:
    strong = list(face.aus.strongest(4))
    looks_down = "AU64" in face.aus and "AU43" in strong and face.aus["AU64"] >= face.aus["AU43"]
    if looks_down:
        strong.remove("AU43")
    words = [f"{c} {_lower(UNITS[c].name)} ({_strength(face, c)})" for c in strong]
    sentences = []
    if len(words) > 1:
        sentences.append(f"Strongest: {join(words)}.")
    elif words:
        sentences.append(f"Only {words[0]} is above a trace.")
    else:
        sentences.append(f"No measured action unit is above a trace; not measured: {join(missing)}.")
    if looks_down:
        sentences.append(f"The eyes look down (AU64 {face.aus['AU64']:.2f}), which lowers the lids.")
    if "AU12" in strong and "AU6" in missing:
        sentences.append("AU6, which goes with a felt smile, was not measured.")
    return sentences


def _strength(face: Face, code: str) -> str:
    sides = face.aus.sides(code)
    if "L" in sides and "R" in sides and abs(sides["L"] - sides["R"]) > LOPSIDED:
        return f"left {sides['L']:.2f}, right {sides['R']:.2f}"
    value = _two(face.aus[code])
    return f"{value:.2f}, {letter(value)}"


def _alt(face: Face) -> str:
    strong = [f"{_lower(UNITS[c].name)} ({c}) {face.aus[c]:.2f}" for c in face.aus.strongest()]
    units = f"; strongest: {', '.join(strong)}" if strong else ""
    return f"Aligned photograph of the face, {face.pose.words()}{units}"


def _source(face: Face) -> dict[str, Any] | None:
    thumbnail = face.source.thumbnail
    if thumbnail is None:
        return None
    height, width = thumbnail.shape[:2]
    box = face.box / np.array(face.source.size * 2)
    return {
        "src": _jpeg(thumbnail, 80),
        "width": width,
        "height": height,
        "box": [round(float(v), 4) for v in np.clip(box, 0, 1)],
        "alt": "The whole picture, with a frame around this face",
    }


def _mesh(face: Face) -> dict[str, Any]:
    points = face.landmarks[:, :2] / face.image.shape[0]
    return {
        "points": [[round(float(x), 4), round(float(y), 4)] for x, y in points],
        "edges": EDGES.tolist(),
        "contours": [list(loop) for loop in CONTOURS.values()],
    }


def _sprite(
    units: list[ActionUnit], maps: AUMaps, merged: dict[str, NDArray[np.float32] | None]
) -> dict[str, Any]:
    tiles, items = [], []
    for u, tile, valid in zip(units, maps.maps, maps.valid, strict=True):
        tiles.append(tile)
        items.append(
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
        )
    for name, one in merged.items():
        tile = np.zeros((MAP_SIZE, MAP_SIZE), np.float32) if one is None else one
        tiles.append(tile)
        items.append(
            {
                "id": name,
                "kind": "expression",
                "label": name,
                "valid": one is not None,
            }
        )
    sheet = (np.concatenate(tiles) * 255 + 0.5).astype(np.uint8)
    return {"width": MAP_SIZE, "height": MAP_SIZE, "sprite": _encode(sheet, "PNG"), "items": items}


def _rows(face: Face, units: list[ActionUnit]) -> list[dict[str, Any]]:
    rows = []
    for u in units:
        measured = u.code in face.aus
        sides = face.aus.sides(u.code) if measured and u.paired else {}
        rows.append(
            {
                "code": u.code,
                "name": u.name,
                "part": u.part,
                "value": _two(face.aus[u.code]) if measured else None,
                "letter": letter(_two(face.aus[u.code])) if measured else "",
                "left": sides.get("L"),
                "right": sides.get("R"),
                "low": None,
                "high": None,
                "truth": _truth(face, u.code),
                "why": "" if measured else _why(face),
            }
        )
    return rows


def _truth(face: Face, code: str) -> float | None:
    if face.truth is None or face.truth.aus is None or code not in face.truth.aus:
        return None
    return round(face.truth.aus[code], 3)


def _why(face: Face) -> str:
    if face.blendshapes is not None:
        return "MediaPipe’s blendshapes do not show it"
    return "landmarks alone do not give it"


def _note(face: Face, missing: list[str]) -> str:
    if face.blendshapes is not None:
        absent = f" and do not show {join(missing)}" if missing else ""
        return (
            f"MediaPipe’s blendshapes mix expression with the resting shape of a face{absent}. Broad smiles may raise "
            "AU4, narrow eyes AU7; babies’ open mouths come out low. Compare with a neutral picture of the same person."
        )
    return (
        "Intensities were not measured: FaceMesh gives landmarks only. MediaPipe’s task file adds them: "
        "run “explab fetch face-landmarker” once, or set EXPLAB_FACE_LANDMARKER to the file. "
        "Choose a unit to see where it would show on this face."
    )


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


def _two(value: float) -> float:
    return round(value + 1e-9, 2)  # the mean of two rounded sides may end in 5


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _jpeg(rgb: NDArray[np.uint8], quality: int = 88) -> str:
    return _encode(rgb, "JPEG", quality=quality, optimize=True)


def _encode(pixels: NDArray[np.uint8], kind: str, **options: Any) -> str:
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
