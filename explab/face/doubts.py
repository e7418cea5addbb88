"""Which units a picture cannot show well, and why: what `Face.unreliable` holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explab.face.align import Pose
from explab.face.face import Remark
from explab.face.quality import OBLIQUE_DEGREES, SMALL_PX
from explab.facs.units import UNITS, parse

TINY_PX = 20
"""Inter-ocular distance in the source under which no movement but a wide open mouth is more than a pixel."""
TURNED_AWAY = 45
"""Degrees from which the near side is foreshortened too."""

LIDS = ("AU5", "AU6", "AU7", "AU41", "AU42", "AU43", "AU44", "AU45", "AU46", "AU61", "AU62", "AU63", "AU64")
FINE_LIPS = ("AU14", "AU16", "AU17", "AU18", "AU22", "AU23", "AU24", "AU28")


def doubts(
    codes: Iterable[str], pose: Pose, source_iod: float, remarks: Sequence[Remark] = ()
) -> dict[str, str]:
    """Why not to trust each of some units: a dictionary of those that are in doubt, by code with side.

    Args:
        codes: what was measured, with sides ("AU12L", "AU25").
        pose: of the head, in degrees.
        source_iod: inter-ocular distance in px of the source picture.
        remarks: of `explab.face.quality.judge`; a face that is blurred, dark, flat or unsteady is in doubt as a whole.
    """
    reasons: dict[str, list[str]] = {}
    codes = list(codes)

    def doubt(doubtful: Iterable[str], why: str) -> None:
        for code in doubtful:
            reasons.setdefault(code, []).append(why)

    yaw, pitch = abs(pose.yaw), abs(pose.pitch)
    if yaw > OBLIQUE_DEGREES:
        far, side = ("L", "left") if pose.yaw > 0 else ("R", "right")
        hidden = [c for c in codes if yaw > TURNED_AWAY or parse(c)[1] == far]
        visibility = (
            "the whole face is seen from the side"
            if yaw > TURNED_AWAY
            else f"its {side} half is partly hidden"
        )
        doubt(hidden, f"the head is turned by {yaw:.0f} degrees: {visibility}")
    if pitch > OBLIQUE_DEGREES:
        way = "raised" if pose.pitch > 0 else "lowered"
        doubt(
            codes,
            f"the head is {way} by {pitch:.0f} degrees, which looks like raised or lowered brows, lids and lips",
        )
    if source_iod < SMALL_PX:
        fine = [c for c in codes if source_iod < TINY_PX or parse(c)[0] in (*LIDS, *FINE_LIPS)]
        doubt(
            fine, f"the eyes are {source_iod:.0f} px apart in the picture: it moves by about a pixel or less"
        )
    for remark in remarks:
        if remark.level == "warn" and remark.text.startswith(
            ("Blurred", "Very dark", "Overexposed", "Hardly any")
        ):
            doubt(codes, _first_clause(remark.text))
        if remark.level == "warn" and remark.text.startswith(("Unsteady", "Hard to find")):
            doubt(codes, "the landmarks are unsure: check that the mesh sits on the face")
    return {code: "; ".join(why) for code, why in sorted(reasons.items(), key=lambda item: _rank(item[0]))}


def _first_clause(text: str) -> str:
    head, _, tail = text.partition(":")
    return f"the picture is {head[0].lower()}{head[1:]}, {tail.strip()}" if tail else text


def _rank(code: str) -> int:
    return list(UNITS).index(parse(code)[0])
