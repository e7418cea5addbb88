"""What a still picture shows of the units that a face acts, as a coder scores it.

    observable(as_aus(acts))["AU43"]     # 1.0 for a face in the middle of a blink, whose AU43 itself is at rest

Several units bring the same skin to the same place. A blink (AU45) is told from closed eyes (AU43) by its duration and
a wink (AU46) by its intent, which no still has; lid droop and slit (AU41, AU42) are weak and strong AU43 since the
manual of 2002 (Ekman, Friesen and Hager), and the squint (AU44) is an AU7; a jaw that is pulled open (AU27) has also
dropped as far as AU26 drops it. So AU43, AU7 and AU26 of a face that was made are held against these, and not against
what it was told to act.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

import numpy as np
from numpy.typing import NDArray

from explab.face import Face
from explab.face.face import MADE
from explab.facs import AUs
from explab.facs.units import parse
from explab.synth.anatomy.lids import CLOSING
from explab.synth.anatomy.motion import DROP
from explab.synth.anatomy.units import ACTS, COLUMN

Array = NDArray[np.float64]

SHOWN_AS: Mapping[str, Mapping[str, float]] = {
    "AU43": {unit: CLOSING[unit][0] for unit in ("AU41", "AU42", "AU45", "AU46")},
    "AU7": {"AU44": 1.0},
}
"""Unit -> the units that a still shows as this one, and how strong each is then at intensity 1: how far the upper lid
comes down, for AU43."""

COVERED: frozenset[str] = frozenset(unit for others in SHOWN_AS.values() for unit in others)
"""Units that a still shows as others only."""

_SHOWS_ALSO = {other: (unit,) for unit, others in SHOWN_AS.items() for other in others} | {"AU27": ("AU26",)}


@overload
def observable(acts: Array) -> Array: ...
@overload
def observable(acts: AUs) -> AUs: ...
def observable(acts: Array | AUs) -> Array | AUs:
    """What faces act -> what is to be seen of it.

    Args:
        acts: (n, len(ACTS)) intensities in [0, 1], or AUs.

    Returns:
        Of an array an array of the same shape, in which the units that show as others keep their values. Of AUs the AUs
        without those units, with the source kept.
    """
    if isinstance(acts, AUs):
        return _of_aus(acts)
    seen = acts.copy()
    for unit, others in SHOWN_AS.items():
        for side in "LR":
            column = COLUMN[unit + side]
            for other, strength in others.items():
                seen[:, column] = np.maximum(seen[:, column], strength * acts[:, COLUMN[other + side]])
    seen[:, COLUMN["AU26"]] = np.minimum(np.hypot(acts[:, COLUMN["AU26"]], acts[:, COLUMN["AU27"]] / DROP), 1)
    return seen


def _of_aus(acts: AUs) -> AUs:
    row = np.zeros((1, len(ACTS)))
    shown = dict.fromkeys(acts.codes)
    for code in acts.codes:
        if code in COLUMN:
            row[0, COLUMN[code]] = acts[code]
        shown |= dict.fromkeys(unit + parse(code)[1] for unit in _SHOWS_ALSO.get(parse(code)[0], ()))
    seen = observable(row)[0]
    return AUs(
        {
            code: float(seen[COLUMN[code]]) if code in COLUMN else acts[code]
            for code in shown
            if parse(code)[0] not in COVERED
        },
        source=acts.source,
    )


def known_aus(face: Face) -> AUs | None:
    """What the AUs of a face are to be held against, or None where nothing is known of them.

    Of a synthetic face that was read, what its picture shows. What a coder gave is taken as it is, and so is the truth
    of a face that nobody measured, whose AUs are those that it was told to act.
    """
    truth = None if face.truth is None else face.truth.aus
    if truth is None or truth.source != MADE or face.aus.source == MADE:
        return truth
    return observable(truth)
