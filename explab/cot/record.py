"""A Reasoning on paper: JSON with a schema, Markdown with the paper's headings, plain text.

    record = ReasoningRecord.of(parse(text))
    ReasoningRecord.from_json(record.to_json()).reasoning() == parse(text)

JSON keeps everything: text, spans, claims, remarks. Markdown and plain text keep the three bodies as they are, under
canonical headings; `parse` finds the same bodies and claims in them again, at places in the new text.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from explab.cot.reasoning import HEADINGS, Claim, Reasoning, Section
from explab.facs import UnknownUnit, unit

VERSION: Final = 1
"""The schema's version, which every record carries; it grows when a reader of the old one would go wrong."""

Place = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


class RecordError(ValueError):
    """JSON that is no record; the message names each field and what is wrong with it."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimRecord(_Model):
    """The fields of `explab.cot.Claim`."""

    au: str
    side: Literal["L", "R"] | None = None
    present: bool
    intensity: float | None = Field(default=None, ge=0, le=1)
    span: Place
    section: Section
    also: tuple[str, ...] = ()
    word: str = ""
    hedged: bool = False

    @field_validator("au", "also")
    @classmethod
    def _known(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for code in (value,) if isinstance(value, str) else value:
            if unit(code).code != code:
                raise UnknownUnit(f"{code!r} names a side; sides have a field of their own")
        return value


class ReasoningRecord(_Model):
    """The fields of `explab.cot.Reasoning`, and the version of this schema."""

    version: Literal[1] = VERSION
    text: str
    spans: dict[Section, Place]
    claims: tuple[ClaimRecord, ...] = ()
    remarks: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _inside(self) -> ReasoningRecord:
        places = [(f"spans.{name}", span) for name, span in self.spans.items()]
        places += [(f"claims.{i}.span", claim.span) for i, claim in enumerate(self.claims)]
        for field, (start, end) in places:
            if not start < end <= len(self.text):
                raise ValueError(
                    f"{field}: ({start}, {end}) is no part of a text of {len(self.text)} characters"
                )
        for i, claim in enumerate(self.claims):
            low, high = self.spans.get(claim.section, (0, 0))
            if not low <= claim.span[0] <= claim.span[1] <= high:
                raise ValueError(f"claims.{i}.section: the claim does not stand in {claim.section!r}")
        return self

    @classmethod
    def of(cls, reasoning: Reasoning) -> ReasoningRecord:
        """The record of a Reasoning. Raises RecordError where its spans or units are wrong."""
        fields = {
            "text": reasoning.text,
            "spans": dict(reasoning.spans),
            "claims": [claim.to_dict() for claim in reasoning.claims],
            "remarks": reasoning.remarks,
        }
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise RecordError(_explained(error)) from None

    @classmethod
    def from_json(cls, json: str | bytes) -> ReasoningRecord:
        """Read what `to_json` wrote. Raises RecordError, which names the fields that are wrong."""
        try:
            return cls.model_validate_json(json)
        except ValidationError as error:
            raise RecordError(_explained(error)) from None

    def to_json(self) -> str:
        """JSON in UTF-8, one line."""
        return self.model_dump_json()

    def reasoning(self) -> Reasoning:
        """The Reasoning of this record; it equals the one that the record was made of."""
        spans = {name: self.spans[name] for name in HEADINGS if name in self.spans}
        return Reasoning(
            self.text, spans, tuple(Claim(**claim.model_dump()) for claim in self.claims), self.remarks
        )


def _explained(error: ValidationError) -> str:
    lines = []
    for part in error.errors():
        field = ".".join(map(str, part["loc"]))
        message = part["msg"].removeprefix("Value error, ")
        lines.append(f"{field}: {message}" if field else message)
    return "no record of a reasoning: " + "; ".join(lines)


def to_json(reasoning: Reasoning) -> str:
    """The record of a Reasoning as JSON, one line. Raises RecordError where its spans or units are wrong."""
    return ReasoningRecord.of(reasoning).to_json()


def from_json(json: str | bytes) -> Reasoning:
    """The Reasoning that `to_json` wrote. Raises RecordError, which names the fields that are wrong."""
    return ReasoningRecord.from_json(json).reasoning()


def to_markdown(reasoning: Reasoning) -> str:
    """The sections under the paper's headings: "**Key Observations:** ...", with an empty line between."""
    return _written(reasoning, "**{}:** {}")


def to_text(reasoning: Reasoning) -> str:
    """The sections with plain headings, "Key Observations: ...", with an empty line between."""
    return _written(reasoning, "{}: {}")


def _written(reasoning: Reasoning, line: str) -> str:
    bodies = {
        name: reasoning.text[slice(*reasoning.spans[name])] for name in HEADINGS if name in reasoning.spans
    }
    return "\n\n".join(line.format(HEADINGS[name], body) for name, body in bodies.items())
