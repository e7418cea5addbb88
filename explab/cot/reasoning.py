"""A chain of thought about a face: its text, three sections, and every statement about action units in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Section = Literal["observations", "interpretation", "conclusion"]

HEADINGS: Mapping[Section, str] = MappingProxyType(
    {
        "observations": "Key Observations",
        "interpretation": "Overall Emotional Interpretation",
        "conclusion": "Conclusion",
    }
)
"""The three sections and the paper's headings for them (Lan et al., IEEE TMM 2025)."""


@dataclass(frozen=True)
class Claim:
    """One statement about one action unit.

    Attributes:
        au: FACS code without a side: "AU12".
        side: "L" or "R" of the subject where the words name one side only; None for both or unsaid.
        present: False for "no sign of", "without", "absent".
        intensity: what the words say of the strength, 0-1; None where they say nothing.
        span: (start, end) of the words in `Reasoning.text`.
        section: where it stands.
        also: units that the same words may mean as well: "raised eyebrows" is AU1 or AU2. The claim is true of a face
            with any of them, or, where it denies, with none.
        word: the intensity word as it was written, "" where there is none.
        hedged: "possibly", "seems to", "hint of" stand beside it, or the words leave open whether it is said of this
            face at all: "anger is often marked by lowered brows".
    """

    au: str
    side: str | None
    present: bool
    intensity: float | None
    span: tuple[int, int]
    section: Section
    also: tuple[str, ...] = ()
    word: str = ""
    hedged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**self.__dict__, "span": list(self.span), "also": list(self.also)}


@dataclass(frozen=True)
class Reasoning:
    """Text about one face.

    Attributes:
        text: as it was written.
        spans: (start, end) in `text` of each section's body, without its heading; what the text lacks is not there.
        claims: every statement about an action unit, in the order of the text.
        remarks: what is unusual about the format: a missing section, another order.
    """

    text: str
    spans: Mapping[Section, tuple[int, int]]
    claims: tuple[Claim, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    def _section(self, name: Section) -> str:
        start, end = self.spans.get(name, (0, 0))
        return self.text[start:end]

    @property
    def observations(self) -> str:
        """What is seen in the face; "" where the section is missing."""
        return self._section("observations")

    @property
    def interpretation(self) -> str:
        """What it adds up to; "" where the section is missing."""
        return self._section("interpretation")

    @property
    def conclusion(self) -> str:
        """Which expression it is; "" where the section is missing."""
        return self._section("conclusion")

    def phrase(self, claim: Claim) -> str:
        """The words of a claim."""
        return self.text[slice(*claim.span)]
