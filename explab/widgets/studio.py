"""`studio()`: move action units and watch the face; live in Jupyter, a flip-book of drawn frames in a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import anywidget

from explab.face.read import check_size
from explab.facs import EXPRESSIONS, UNITS, codebook
from explab.facs.units import parse
from explab.widgets.flip_book import EVIDENCE_SIZE, drawn, evidence, recipes, says, tracks, two_sided
from explab.widgets.lessons import LESSONS, OPPOSITES, UNITS_SHOWN
from explab.widgets.pictures import webp
from explab.widgets.view import View


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
            sentence = says(aus)
        except (KeyError, TypeError, ValueError) as error:
            return {"n": question.get("n", 0), "error": str(error)}
        return {
            "n": question["n"],
            "src": webp(with_it, 80),
            "evidence": evidence(without, with_it),
            "says": sentence,
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
            "tracks": tracks(seed, size, levels, recipes(units, presets, sides)),
        },
        size,
    )


def _unit(code: str) -> dict[str, Any]:
    u = UNITS[code]
    return {
        "code": code,
        "name": u.name,
        "part": u.part,
        "paired": two_sided(code),
        "muscle": u.muscle,
        "what": f"{u.appearance}.",
        "text": u.teaching,
        "opposes": [
            f"{antagonist} {UNITS[antagonist].name.lower()}" for antagonist in OPPOSITES.get(code, ())
        ],
    }


def _presets() -> list[dict[str, Any]]:
    book = codebook("prototypes")
    prototypes = [
        {"label": name, "aus": book.weights(name), "text": f"The FACS prototype of {name.lower()}."}
        for name in EXPRESSIONS[1:]
    ]
    return [*prototypes, *({"label": label, "aus": aus, "text": text} for label, aus, text in LESSONS)]
