"""What the studio teaches: the units with a slider, which of them work against each other, mixtures worth a look."""

from __future__ import annotations

from collections.abc import Mapping

UNITS_SHOWN = tuple(
    f"AU{number}"
    for number in (
        *(1, 2, 4, 5, 6, 7, 43),
        *range(9, 19),
        *(20, 22, 23, 24, 25, 26, 27, 28),
        *(61, 62, 63, 64),
    )
)
"""The units with a slider: what expressions are made of, and the gaze."""

OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "AU1": ("AU4",),
    "AU2": ("AU4",),
    "AU4": ("AU1", "AU2"),
    "AU5": ("AU7", "AU43"),
    "AU7": ("AU5",),
    "AU43": ("AU5",),
    "AU12": ("AU15",),
    "AU13": ("AU15",),
    "AU15": ("AU12", "AU13"),
    "AU18": ("AU20",),
    "AU20": ("AU18",),
    "AU24": ("AU25",),
    "AU25": ("AU24",),
    "AU61": ("AU62",),
    "AU62": ("AU61",),
    "AU63": ("AU64",),
    "AU64": ("AU63",),
}
"""Units that pull the same skin, lid or eye the other way."""

LESSONS: tuple[tuple[str, dict[str, float], str], ...] = (
    (
        "Posed smile",
        {"AU12": 0.8},
        "The lip corners rise and the eyes take no part. Anybody can do this on demand.",
    ),
    (
        "Felt smile",
        {"AU6": 0.7, "AU12": 0.8},
        "Duchenne’s smile: AU6 lifts the cheeks and wrinkles the skin beside the eyes. Look at the eyes to tell the "
        "two apart.",
    ),
    (
        "Brows up and down",
        {"AU1": 0.8, "AU4": 0.7},
        "AU1 and AU4 are antagonists: one lifts the inner brow, the other lowers it. Together they make the slanted "
        "brow of worry and sadness.",
    ),
    (
        "Corners up and down",
        {"AU12": 0.6, "AU15": 0.6},
        "AU12 and AU15 are antagonists at the lip corners: a smile that is held down.",
    ),
)
"""Mixtures worth looking at, besides the expressions."""
