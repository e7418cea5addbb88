"""AUs there and back: what a scheme loses, and the tokens in which RAF-AU and CK+ are labelled."""

from __future__ import annotations

from explab.facs.aus import AUs
from explab.facs.schemes import present_units, scheme, token
from explab.facs.units import sided


def lost(aus: AUs, name: str) -> tuple[str, ...]:
    """The measured codes of `aus` that do not come back from scheme `name` (to 1e-9), in FACS order.

    They have no entry there, share one with a side or unit of another intensity, or are rounded to 0 and 1.
    """
    back = AUs.from_scheme(name, scheme(name).write(aus))
    return tuple(c for c in aus.codes if c not in back or abs(back[c] - aus[c]) > 1e-9)


def read_tokens(text: str, *, source: str = "rafau") -> AUs:
    """AUs from a RAF-AU label: "4+9+L10" has AU4 and AU9 on both sides and AU10 on the left; "null" has none.

    Units of the face that are not listed are absent (0). Blanks around the label do not matter; a side on a
    midline unit is accepted and means the unit. Raises UnknownUnit for a token that is no FACS number.
    """
    return AUs(present_units(text), source=source)


def write_tokens(aus: AUs) -> str:
    """A RAF-AU label of all units at letter A (0.1) and above, in FACS order: "4+9+L10", or "null"."""
    tokens = []
    for code in aus:
        present = [side for side in sided(code) if side in aus and aus.letter(side)]
        tokens += [token(code)] if len(present) == len(sided(code)) else [token(side) for side in present]
    return "+".join(tokens) or "null"
