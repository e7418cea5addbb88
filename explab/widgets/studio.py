"""`studio()`: move action units and watch the face; live in Jupyter, a flip-book of drawn frames in a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import numpy as np
from numpy.typing import NDArray

from explab.face import codebook_expression
from explab.face.read import check_size
from explab.facs import CODES, EXPRESSIONS, UNITS, AUs, codebook, sided
from explab.facs.units import parse
from explab.progress import progress
from explab.widgets.pictures import sprite, webp
from explab.widgets.view import View
from explab.widgets.words import suggested

Images = NDArray[np.uint8]

UNITS_SHOWN = tuple(
    f"AU{n}"
    for n in (
        1,
        2,
        4,
        5,
        6,
        7,
        43,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        20,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        61,
        62,
        63,
        64,
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

EVIDENCE_SIZE = 64
BATCH = 16


class Studio(View):
    """A view whose live form asks this kernel for faces; its static form holds frames of one unit at a time."""

    def __init__(self, data: dict[str, Any], size: int) -> None:
        super().__init__(data, "studio")
        self.size = size

    def widget(self) -> anywidget.AnyWidget:
        """The live widget; it needs no frames, for it draws every face anew."""
        if self._widget is None:
            first = {key: self.data["tracks"][key] for key in ("Neutral",)}
            widget = self._live(self.data | {"tracks": first})
            widget.observe(self._asked, "question")
            self._widget = widget
        return self._widget

    def _asked(self, change: Any) -> None:
        change.owner.answer = self.answer(change.new)

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Draw what the page asks for.

        Args:
            question: {"n": number of the question, "aus": {code: intensity}, "seed", "yaw", "pitch", "unit": whose
                evidence is wanted}.

        Returns:
            {"n", "src", "evidence", "says"}, or {"n", "error"} for a face that cannot be drawn.
        """
        try:
            aus = {code: float(value) for code, value in question["aus"].items() if value > 0}
            still = {code: value for code, value in aus.items() if parse(code)[0] != question["unit"]}
            pose = {"yaw": float(question["yaw"]), "pitch": float(question["pitch"])}
            with_it, without = drawn(int(question["seed"]), [aus, still], self.size, **pose)
            says = _says(aus)
        except (KeyError, TypeError, ValueError) as error:
            return {"n": question.get("n", 0), "error": str(error)}
        return {
            "n": question["n"],
            "src": webp(with_it, 80),
            "evidence": _evidence(without, with_it),
            "says": says,
        }


def studio(
    seed: int = 2,
    *,
    size: int = 256,
    levels: int = 4,
    units: Sequence[str] = UNITS_SHOWN,
    sides: bool = True,
) -> Studio:
    """A face whose action units the reader moves.

    In Jupyter every mixture of units, person and pose is drawn at once. A report has no kernel; it carries frames drawn
    beforehand, in which one unit moves at a time, or one of the recipes.

    Args:
        seed: who it is; the same seed as in `explab.synth.face`.
        size: side of the picture in px.
        levels: frames of each unit besides rest, evenly spaced up to 1; 4 gives 0.25, 0.5, 0.75 and 1.
        units: codes that get a slider.
        sides: also draw frames of paired units on the left and on the right alone.

    Raises:
        UnknownUnit, ValueError: a unit that synthetic faces cannot act; a size or a number of levels not allowed.
    """
    check_size(size)
    if not (isinstance(levels, int) and 1 <= levels <= 20):
        raise ValueError(f"levels={levels!r}: a flip-book has 1-20 frames of each unit")
    from explab.synth.anatomy.units import columns

    for code in units:
        columns(code)
    presets = _presets()
    return Studio(
        {
            "title": "Move the face",
            "verdict": "A synthetic face at rest: move a unit, or choose a recipe.",
            "alt": "A synthetic face",
            "seed": seed,
            "levels": levels,
            "units": [_unit(code) for code in units],
            "presets": presets,
            "evidence": {"width": EVIDENCE_SIZE, "height": EVIDENCE_SIZE},
            "tracks": _tracks(seed, size, levels, _recipes(units, presets, sides)),
        },
        size,
    )


def drawn(
    seed: int, faces: Sequence[Mapping[str, float]], size: int, yaw: float = 0.0, pitch: float = 0.0
) -> Images:
    """One person in one light doing different things, without blur and noise: (n, size, size, 3) uint8 RGB.

    Raises as `explab.synth.face`.
    """
    from explab.synth.anatomy.units import acts_matrix, given
    from explab.synth.assembly import people, photograph
    from explab.synth.make import checked_pose
    from explab.synth.randomness import Draws, face_seeds
    from explab.synth.render import shot

    acts = acts_matrix([given(aus) for aus in faces])
    seeds = np.repeat(face_seeds(seed, 1), len(faces))
    taken = shot.sample(Draws(seeds), **checked_pose(yaw=yaw, pitch=pitch, roll=0.0))
    return photograph(people(seeds, acts, taken), size, clean=True).images


def _unit(code: str) -> dict[str, Any]:
    u = UNITS[code]
    return {
        "code": code,
        "name": u.name,
        "part": u.part,
        "paired": u.sides == "both" and u.part != "gaze",
        "muscle": u.muscle,
        "what": f"{u.appearance}.",
        "text": u.teaching,
        "opposes": [f"{other} {UNITS[other].name.lower()}" for other in OPPOSITES.get(code, ())],
    }


def _presets() -> list[dict[str, Any]]:
    book = codebook("prototypes")
    recipes = [
        {"label": name, "aus": book.weights(name), "text": f"The FACS prototype of {name.lower()}."}
        for name in EXPRESSIONS[1:]
    ]
    return [*recipes, *({"label": label, "aus": aus, "text": text} for label, aus, text in LESSONS)]


def _recipes(units: Sequence[str], presets: list[dict[str, Any]], sides: bool) -> dict[str, dict[str, float]]:
    """What each track of the flip-book shows at its end."""
    recipes: dict[str, dict[str, float]] = {}
    for code in units:
        recipes[code] = dict.fromkeys(sided(code), 1.0)
        if sides and _unit(code)["paired"]:
            recipes |= {one: {one: 1.0} for one in sided(code)}
    return recipes | {preset["label"]: preset["aus"] for preset in presets}


def _tracks(
    seed: int, size: int, levels: int, recipes: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, Any]]:
    """Frames by track, from the faintest to the strongest, what they say, and the evidence of the strongest."""
    steps = np.arange(1, levels + 1) / levels
    wanted = [
        (name, {code: float(step * value) for code, value in recipe.items()})
        for name, recipe in recipes.items()
        for step in steps
    ]
    rest = drawn(seed, [{}], size)[0]
    tracks: dict[str, dict[str, Any]] = {
        "Neutral": {"frames": [{"src": webp(rest), "says": _says({})}], "evidence": None}
    }
    for start in progress(range(0, len(wanted), BATCH), "drawing frames", unit="batch"):
        batch = wanted[start : start + BATCH]
        for (name, aus), image in zip(batch, drawn(seed, [a for _, a in batch], size), strict=True):
            track = tracks.setdefault(name, {"frames": [], "evidence": None})
            track["frames"].append({"src": webp(image), "says": _says(aus)})
            track["evidence"] = _evidence(rest, image)
    return tracks


def _says(aus: Mapping[str, float]) -> str:
    quiet = {code: 0.0 for code in CODES if parse(code)[0] in UNITS_SHOWN}
    if not any(aus.values()):
        return "The face is at rest."
    return " ".join(suggested(codebook_expression(AUs(quiet).replace(aus)))[:2])


def _evidence(without: Images, with_it: Images) -> dict[str, Any] | None:
    """The pixels that changed, as `explab.synth.counterfactual` gives them, small; None where none did."""
    import cv2

    change = np.abs(with_it.astype(np.int16) - without.astype(np.int16)).max(-1).astype(np.float32)
    if not change.any():
        return None
    small = cv2.resize(change / change.max(), (EVIDENCE_SIZE, EVIDENCE_SIZE), interpolation=cv2.INTER_AREA)
    return {"sprite": sprite([np.asarray(small / small.max(), np.float32)])}
