"""The AU ladder of a card: what was measured of each unit, how surely, and what is known of it."""

from __future__ import annotations

from typing import Any

from explab.face import Face
from explab.face.face import MADE
from explab.face.measure import COVERAGE, RELATIVE_SOURCE, SOURCE, network
from explab.facs import ActionUnit, AUs, letter, parse, sided
from explab.lab.against_truth import shown_aus
from explab.widgets.words import SIDES, two
from explab.words import join

APART = 0.1
"""Sides that differ by more are shown each for itself."""
SHAPES = "MediaPipe’s blendshapes"


def data(face: Face, units: list[ActionUnit], missing: list[str]) -> dict[str, Any]:
    """The ladder of a face with rounded AUs, for the front end."""
    return {
        "source": face.aus.source or None,
        "made": face.aus.source == MADE,
        "note": _note(face, missing),
        "whiskers": _whisker_note(face),
        "rows": [_row(face, u) for u in units],
        "unreliable": _flagged(face, units),
    }


def _row(face: Face, u: ActionUnit) -> dict[str, Any]:
    measured = u.code in face.aus
    value = two(face.aus[u.code]) if measured else None
    true = true_aus(face)
    return {
        "code": u.code,
        "name": u.name,
        "part": u.part,
        "value": value,
        "letter": "" if value is None else letter(value),
        **_whisker(face, u.code),
        "truth": round(true[u.code], 3) if u.code in true else None,
        "sides": _sides(face, u),
        "why": "" if measured else _why(face),
        "unreliable": _doubt(face, u.code) if measured else "",
    }


def true_aus(face: Face) -> AUs:
    """What the measured AUs are held against, empty where nothing is known."""
    return shown_aus(face) or AUs()


def _sides(face: Face, u: ActionUnit) -> dict[str, dict[str, float | None]] | None:
    """Left and right, where either the measurement or the truth has them apart."""
    if not u.paired or u.code not in face.aus:
        return None
    read = face.aus.sides(u.code)
    known = true_aus(face).sides(u.code) if u.code in true_aus(face) else {}
    if not any(len(s) == 2 and abs(s["L"] - s["R"]) > APART for s in (read, known)) or len(read) < 2:
        return None
    return {
        side: {"value": read[side], "truth": known.get(side), **_whisker(face, u.code + side)}
        for side in "LR"
    }


def _whisker(face: Face, code: str) -> dict[str, float | None]:
    """Interval of a unit or of one side. The sides err together, so that their mean errs as they do."""
    ends = [face.au_interval[side] for side in sided(code) if side in face.au_interval]
    if code not in face.aus or not ends:
        return {"low": None, "high": None}
    low, high = (sum(some) / len(ends) for some in zip(*ends, strict=True))
    # The value is rounded for show, and must not lie beside its own whisker.
    return {
        "low": round(min(low, face.aus[code]), 3),
        "high": round(max(high, face.aus[code]), 3),
    }


def _whisker_note(face: Face) -> str:
    """What a whisker promises and on whom it was tried, "" where there are none."""
    if not face.au_interval:
        return ""
    people = network(relative=face.aus.source == RELATIVE_SOURCE).people
    return (
        f"whisker: {100 * COVERAGE:.0f}\u00a0% interval, which holds the true intensity of nine in ten faces with "
        f"such an estimate, also of those in which the unit is there; calibrated on {people} synthetic people as "
        "MediaPipe sees them, on no photograph"
    )


def _doubt(face: Face, code: str) -> str:
    """Why a unit is not reliable here, in words; "" where it is."""
    reasons = {side: face.unreliable[side] for side in (code, *sided(code)) if side in face.unreliable}
    if len(set(reasons.values())) == 1 and (len(reasons) == len(sided(code)) or code in reasons):
        return next(iter(reasons.values()))
    return "; ".join(f"{SIDES[parse(side)[1]]}: {why}" for side, why in reasons.items())


def _flagged(face: Face, units: list[ActionUnit]) -> list[dict[str, Any]]:
    """The units that are not reliable here, by reason, those of most units first."""
    by_reason: dict[str, list[str]] = {}
    for u in units:
        if u.code in face.aus and (why := _doubt(face, u.code)):
            by_reason.setdefault(why, []).append(u.code)
    ordered = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    return [{"reason": reason, "units": codes} for reason, codes in ordered]


def _why(face: Face) -> str:
    if face.blendshapes is not None and face.aus:
        return f"{SHAPES} do not show it"
    return "landmarks alone do not give it"


def _note(face: Face, missing: list[str]) -> str:
    absent = f" They do not show {join(missing)}." if missing else ""
    if face.aus.source == MADE:
        return "Nothing was measured: these are the intensities that the face was made with."
    if face.aus and face.aus.source.startswith(SOURCE):
        rest = (
            "Measured against a neutral picture of the same person."
            if face.aus.source == RELATIVE_SOURCE
            else "The resting shape of a face counts as movement, too: compare with the same person at rest."
        )
        return f"Estimated from the landmarks, which see shapes and no wrinkles.{absent} {rest}"
    if face.blendshapes is not None:
        return (
            f"{SHAPES} mix expression with the resting shape of a face.{absent} Broad smiles may raise "
            "AU4, narrow eyes AU7; babies’ open mouths come out low. Compare with a neutral picture of the same person."
        )
    if face.aus:
        return ""
    return (
        "Intensities were not measured: FaceMesh gives landmarks only. MediaPipe’s task file adds them: "
        "run “explab fetch face-landmarker” once, or set EXPLAB_FACE_LANDMARKER to the file. "
        "Choose a unit to see where it would show on this face."
    )
