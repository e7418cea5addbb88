"""The steps of the Exp-CoT engine, each a function of what it may see and nothing else.

    Img2AU  ->  AU2Des  ->  Des2Exp  ->  Verification  ->  Format Refinement
                  ^                          | they disagree
                  +---- Memory <---- Feedback Reflection

(Lan et al., IEEE TMM 2025, figure of the data engine; their prompts and code are not public.) AU2Des sees AUs and what
was wrong before; Des2Exp sees the description alone; the label enters in Verification, and what it finds goes back
without naming any expression. So the description cannot know the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from explab.cot.parser.parse import emotions_in, parse
from explab.cot.parser.sections import sections
from explab.cot.reasoning import HEADINGS, Claim, Reasoning
from explab.cot.truth import PRESENT, holds, level, missed
from explab.face import Face
from explab.facs import AUs, unit
from explab.words import join

Status = Literal["verified", "unsupported", "rejected"]
ENOUGH = 5
"""Strong units that a description must name where a face shows more of them than its words can hold."""

UNSUPPORTED = "label not supported by the visible AUs"
GAP = "[...]"


@dataclass(frozen=True)
class Reading:
    """What a description means, by somebody who saw nothing else.

    Attributes:
        label: the expression.
        text: the Overall Emotional Interpretation.
    """

    label: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What Verification found.

    Attributes:
        false: statements of the description that are not true of the face.
        missed: strong units that it does not mention.
        leaks: words of emotion in it.
        agrees: whether the expression read from it is the label; None without a label.
    """

    false: tuple[str, ...]
    missed: tuple[str, ...]
    leaks: tuple[str, ...]
    agrees: bool | None

    @property
    def true(self) -> bool:
        """The description may stand: nothing in it is false, nothing strong is left out, no emotion is named."""
        return not (self.false or self.missed or self.leaks)

    @property
    def passed(self) -> bool:
        """True, and not against the label."""
        return self.true and self.agrees is not False


@dataclass(frozen=True)
class Attempt:
    """One round: a description, how it was read, and what Verification said."""

    description: str
    reading: Reading
    verdict: Verdict


Memory = tuple[Attempt, ...]
"""What was tried before, oldest first."""


@dataclass(frozen=True)
class Record:
    """A chain of thought and how it came about.

    Attributes:
        name: of the face.
        aus: what AU2Des saw.
        label: the expression that Verification knew; None where there is none.
        writer: name of the writer.
        seed: of its choices.
        attempts: every round.
        reasoning: the result; None for a rejected one.
        status: "verified", "unsupported" (the label does not follow from the visible AUs, and the text says so), or
            "rejected".
        reason: why it is not verified, or what a verified text leaves out.
    """

    name: str
    aus: AUs
    label: str | None
    writer: str
    seed: int
    attempts: Memory
    reasoning: Reasoning | None
    status: Status
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "name": self.name,
            "label": self.label,
            "status": self.status,
            "reason": self.reason,
            "writer": self.writer,
            "seed": self.seed,
            "aus": self.aus.to_dict(),
            "text": self.reasoning.text if self.reasoning else None,
            "attempts": [
                {
                    "description": attempt.description,
                    "label": attempt.reading.label,
                    "interpretation": attempt.reading.text,
                    "false": list(attempt.verdict.false),
                    "missed": list(attempt.verdict.missed),
                    "leaks": list(attempt.verdict.leaks),
                    "agrees": attempt.verdict.agrees,
                }
                for attempt in self.attempts
            ],
        }


def img2au(face: Face) -> AUs:
    """The first step: AUs of a face. Raises ValueError where none were measured."""
    if not face.aus:
        raise ValueError(f"{face.source.name}: no AUs were measured, so there is nothing to describe")
    return face.aus


def observed(description: str) -> Reasoning:
    """A description as the only section of a chain of thought, so that its claims can be read."""
    return parse(f"**{HEADINGS['observations']}:** {description}")


def false_claims(reasoning: Reasoning, aus: AUs) -> tuple[str, ...]:
    """Sentences about what is said and not true, for people and for writers: 'AU12 was said to be there, ...'."""
    sentences = (_told(reasoning, claim, aus) for claim in reasoning.claims if holds(claim, aus) is False)
    return tuple(dict.fromkeys(sentences))


def _told(reasoning: Reasoning, claim: Claim, aus: AUs) -> str:
    side = {"L": "left ", "R": "right "}.get(claim.side or "", "")
    measured = level(aus, claim.au, claim.side)
    state = "there" if claim.present else "absent"
    where = f"{side}{claim.au} ({unit(claim.au).name})"
    return f'"{reasoning.phrase(claim)}" says {where} is {state}; it measures {measured:.2f}'


def verify(description: str, reading: Reading, aus: AUs, label: str | None) -> Verdict:
    """Verification: the description against the AUs, and what was read from it against the label."""
    reasoning = observed(description)
    return Verdict(
        false=false_claims(reasoning, aus),
        missed=missed(reasoning.claims, aus, ENOUGH),
        leaks=tuple(dict.fromkeys(description[slice(*span)] for _, span, _ in emotions_in(description))),
        agrees=None if label is None else reading.label == label,
    )


def reflect(memory: Memory, aus: AUs) -> str:
    """Feedback Reflection: what to do better, for AU2Des. It names no expression, neither the right nor a wrong one."""
    if not memory:
        return ""
    last = memory[-1].verdict
    advice = [f"Not true: {sentence}." for sentence in last.false]
    if last.missed:
        advice.append(f"Not mentioned: {join([f'{code} ({aus[code]:.2f})' for code in last.missed])}.")
    if last.leaks:
        advice.append(f"Describe only what the face does: {GAP} stands where an emotion was named.")
    if last.true and last.agrees is False:
        strong = [f"{code} ({aus[code]:.2f})" for code in aus.strongest(6, PRESENT)]
        advice.append(
            "The description is true, but it was not read as intended. Be exact about strengths and sides"
            + (f", the strongest units first: {join(strong)}." if strong else ".")
        )
    return nameless(" ".join(advice))


def nameless(text: str) -> str:
    """The text with a gap where it names an emotion, so that none comes back to AU2Des."""
    for mention in reversed(emotions_in(text)):
        start, end = mention.span
        text = text[:start] + GAP + text[end:]
    return text


def refine(description: str, interpretation: str, conclusion: str) -> Reasoning:
    """Format Refinement: the three sections under the paper's headings."""
    bodies = (description, interpretation, conclusion)
    parts = (f"**{head}:** {_plain(body)}" for head, body in zip(HEADINGS.values(), bodies, strict=True))
    return parse("\n\n".join(parts))


def _plain(text: str) -> str:
    """One paragraph without headings of its own, which models like to repeat."""
    spans, _ = sections(text)
    bodies = [text[slice(*span)] for span in sorted(spans.values())] or [text]
    return " ".join(" ".join(bodies).replace("**", "").split())
