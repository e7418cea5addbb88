"""Where on the face each action unit changes the appearance: vertices of the 478-point mesh.

The places follow the appearance changes of the FACS manual (Ekman, Friesen & Hager 2002): where skin bulges,
wrinkles or slides, which is not always where the muscle is fixed. `explab bench regions` measures whether they find the
pixels that each unit changes. Lists are written for the subject's right
side; the left side is their mirror image, so the two are exactly symmetric. Head positions (51-58) and the
neck (AU21) have no place on the mesh and are absent.
"""

from __future__ import annotations

from explab.facs.mesh import MIRROR

Region = dict[str, tuple[int, ...]]
"""Mesh vertices keyed by side: "L" and "R" (the subject's), or "M" for a unit without sides."""


def _mirrored(vertices: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(MIRROR[vertex]) for vertex in vertices)


# Parts of the right half that several units share. Vertices on the midline are listed with them.
_LID_EDGE_ABOVE = (246, 161, 160, 159, 158, 157, 173)
_LID_EDGE_BELOW = (7, 163, 144, 145, 153, 154, 155)
_LID_FOLD = (247, 30, 29, 27, 28, 56, 190)  # the crease of the upper lid
_LID_POUCH = (25, 110, 24, 23, 22, 26, 112)  # the lower lid, down to its furrow
_EYE_CORNERS = (33, 133)
_EYEBALL = (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_EYE_CORNERS, 468, 469, 470, 471, 472)
_NOSTRIL_WING = (48, 49, 64, 102, 115, 129, 131, 98, 218, 219, 235, 240, 59, 166, 75, 79, 60, 99)
_LIP_ABOVE = (0, 37, 39, 40, 185, 11, 72, 73, 74, 184, 12, 38, 41, 42, 183)
_LIP_BELOW = (17, 84, 181, 91, 146, 16, 85, 180, 90, 77, 15, 86, 179, 89, 96)
_LIP_ABOVE_CENTRE = (0, 37, 39, 11, 72, 73, 12, 38, 41, 13, 82, 81)
_LIP_BELOW_CENTRE = (17, 84, 181, 16, 85, 180, 15, 86, 179, 14, 87, 178)
_LIP_CORNER = (61, 76, 62, 78)
_LIPS = (*_LIP_ABOVE, *_LIP_BELOW, *_LIP_CORNER)
_AROUND_LIPS = (
    164,
    167,
    165,
    57,
    43,
    106,
    18,
    83,
    182,
)  # the skin that a tightened mouth wrinkles and bulges
_CHIN = (18, 83, 182, 200, 201, 194, 199, 208, 32, 175, 171)
_HALF_JAW = (182, 194, 201, 208, 32, 171, 148, 176, 140, 170, 211, 204)
_JAW = (152, *_HALF_JAW)
_CHEEK_HOLLOW = (205, 187, 207, 216, 206, 147, 213, 192, 214, 212)

_RIGHT: dict[str, tuple[int, ...]] = {
    "AU1": (55, 65, 66, 107, 108, 69),  # inner brow and the forehead above it
    # outer brow, the forehead above it and the eye cover fold that it stretches
    "AU2": (46, 53, 70, 63, 105, 52, 68, 104, 113, 225, 224, 223),
    "AU4": (8, 9, 55, 107, 65, 66, 52, 221, 222),  # glabella and the brow, down to the eye cover fold
    "AU5": (*_LID_EDGE_ABOVE, *_LID_FOLD),
    # crow's feet, the skin under the eye and the cheek; eye cover fold and lids, which it pushes into the socket
    "AU6": (
        *(130, 226, 35, 31, 228, 229, 230, 231, 117, 118, 119, 120, 101, 100, 111),
        *(113, 225, 224, 223, 247, 30, 29, 27, 25, 110, 24, 23, 22),
    ),
    "AU7": (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_LID_POUCH, *_EYE_CORNERS),
    # root and side of the nose, its wing, the infraorbital triangle, the middle of the upper lip, the inner brow
    "AU9": (
        *(8, 55, 107, 65),
        *(193, 122, 245, 188, 174, 217, 198, 126, 131, 134),
        *(129, 102, 49, 48, 64, 98, 142, 36, 203, 167, 165, 37, 39, 40),
    ),
    "AU10": (129, 98, 36, 203, 165, 92, 167, 37, 39, 40),  # upper lip to the top of the nasolabial furrow
    # middle of the nasolabial furrow, the infraorbital triangle and the upper lip that it lifts aslant
    "AU11": (36, 203, 205, 206, 216, 92, 101, 165, 167, 185, 40, 39, 37),
    # corner of the lips and the lips beside it, the furrow, and up the zygomatic line to the cheek
    "AU12": (
        61,
        185,
        40,
        39,
        37,
        146,
        91,
        181,
        84,
        57,
        186,
        106,
        202,
        212,
        216,
        92,
        206,
        207,
        205,
        36,
        203,
        101,
    ),
    "AU13": (
        61,
        185,
        40,
        39,
        146,
        91,
        186,
        92,
        216,
        206,
        203,
        205,
        36,
    ),  # corner of the lips, straight up to the cheek
    # corner of the lips, the lips that it stretches, and beside it
    "AU14": (61, 185, 40, 146, 91, 57, 186, 43, 106, 212, 216, 202, 204),
    # corner of the lips and below it, the lips that it bends down, and the chin boss that it flattens
    "AU15": (61, 146, 91, 181, 185, 40, 39, 57, 43, 106, 202, 204, 182, 194),
    "AU16": (*_LIP_BELOW[:10], 83, 182, 106, 18),
    # the lips that it stretches, beside and below the corner, towards the ear
    "AU20": (61, 146, 91, 181, 185, 40, 39, 57, 43, 106, 212, 202, 204, 194, 216, 214, 210, 192),
    # the whole jaw goes along, with the lower lip; the half that leads and its cheek show it most
    "AD30": (
        *(18, 200, 199, *_HALF_JAW, *_LIP_BELOW, 57, 43, 202, 212, 214, 210, 192, 135, 138, 172, 136),
        *_mirrored((*_HALF_JAW, *_LIP_BELOW, 57, 43, 202)),
    ),
    "AU31": (58, 172, 138, 215, 177, 132, 213, 192, 135, 136),  # masseter, at the angle of the jaw
    "AD33": (*_CHEEK_HOLLOW, 57, 186, 61),
    "AD34": (*_CHEEK_HOLLOW, 57, 43, 202, 204, 210, 211, 135),  # the whole cheek, down to the jaw
    "AD35": _CHEEK_HOLLOW,
    "AD36": (57, 43, 186, 212, 202, 216, 214, 207, 61),  # tongue in cheek, beside the corner of the lips
    "AU38": _NOSTRIL_WING,
    "AU39": _NOSTRIL_WING,
    "AU41": (*_LID_EDGE_ABOVE, *_LID_FOLD),
    "AU42": (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_LID_FOLD, *_EYE_CORNERS),
    "AU43": (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_LID_FOLD, *_EYE_CORNERS),
    "AU44": (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_LID_POUCH, *_EYE_CORNERS),
    "AU45": (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_LID_FOLD, *_EYE_CORNERS),
    "AU46": (*_LID_EDGE_ABOVE, *_LID_EDGE_BELOW, *_LID_FOLD, *_LID_POUCH, *_EYE_CORNERS),
    "AU61": _EYEBALL,
    "AU62": _EYEBALL,
    "AU63": _EYEBALL,
    "AU64": _EYEBALL,
    "AU65": _EYEBALL,
    "AU66": _EYEBALL,
}

_MIDLINE: dict[str, tuple[int, ...]] = {  # the right half and the midline
    "AU17": (*_CHIN, 17, 84),  # chin boss, pushing the lower lip up
    "AU18": (*_LIPS, *_AROUND_LIPS),  # lips drawn together, with the skin around them
    "AU8": (*_LIPS, 13, 14),
    "AD19": (*_LIPS, 13, 14, *_CHIN),  # the parted lips, and the chin that sinks to let the tongue out
    "AU22": (*_LIPS, 164, 167, 165, 18, 83, 182),  # lips and the skin they turn out over
    "AU23": (*_LIPS, *_AROUND_LIPS),
    "AU24": (*_LIPS, *_AROUND_LIPS),
    "AU25": (*_LIP_ABOVE_CENTRE, *_LIP_BELOW_CENTRE),
    "AU26": (*_LIP_ABOVE_CENTRE, *_LIPS, *_CHIN, 106, 43),  # mouth and chin
    "AU27": (*_LIPS, *_CHIN, *_JAW, 106, 43, 202),  # mouth, chin and jaw
    "AU28": (*_LIPS, *_AROUND_LIPS),
    "AD29": (
        *_CHIN,
        *_JAW,
        *_LIP_BELOW,
        57,
        43,
        202,
        212,
        214,
    ),  # chin, jaw and the lower lip that goes with it
    "AD32": _LIP_BELOW,
    "AD37": _LIPS,
}


def _facs_number(code: str) -> int:
    return int(code[2:])


def _region(code: str) -> Region:
    if code in _RIGHT:
        right = tuple(dict.fromkeys(_RIGHT[code]))
        return {"L": _mirrored(right), "R": right}
    half = _MIDLINE[code]
    return {"M": tuple(dict.fromkeys((*half, *_mirrored(half))))}


REGIONS: dict[str, Region] = {code: _region(code) for code in sorted((*_RIGHT, *_MIDLINE), key=_facs_number)}
"""Region of every unit that has a place on the face, in FACS order."""

_NOT_ACTED = (
    "synthetic faces do not act it, so nobody knows which pixels it changes; placed by the FACS manual alone"
)

UNPROVEN: dict[str, str] = dict.fromkeys(("AD32", "AD36", "AD37"), _NOT_ACTED)
"""Units whose region is not shown to find the pixels they change (`explab bench regions`), each with the reason."""
