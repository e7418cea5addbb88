"""The engine's questions for language models: prompts from files, and answers out of what models send back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from explab.cot.truth import PRESENT
from explab.cot.writers.base import FIELDS, Request, Step
from explab.facs import EXPRESSIONS, AUs, expression, letter, unit

PROMPTS = Path(__file__).parent.parent / "prompts"
"""Folder of the prompts that come with explab: one file per step, and `system.md` for all."""

_SIDES = {"L": "left ", "R": "right ", "M": ""}


class MalformedAnswer(ValueError):
    """A model's answer lacks what was asked for; the message says what, in words the model can use."""


@cache
def prompt(step: str, folder: Path = PROMPTS) -> Template:
    """The prompt of a step. `$`-names in it are filled in; raises FileNotFoundError naming the file."""
    file = folder / f"{step}.md"
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no prompt for the step {step!r}; copy the one from {PROMPTS}")
    return Template(file.read_text(encoding="utf-8").strip())


def wording(folder: Path = PROMPTS) -> str:
    """All prompts of a folder, one after the other: answers depend on every word. Raises FileNotFoundError."""
    return "".join(prompt(step, folder).template for step in ("system", *FIELDS))


def question(request: Request, folder: Path = PROMPTS) -> str:
    """What a model is asked: the step's prompt with what it may see."""
    given = dict(request.given)
    if "aus" in given:
        given["aus"] = measured(AUs.from_dict(given["aus"]))
    feedback = given.get("feedback", "")
    before = given.get("before", "")
    given["feedback"] = (
        f"\n\nAn earlier answer was refused.\n{before}\n{feedback}".rstrip() if feedback else ""
    )
    given["expressions"] = ", ".join(EXPRESSIONS)
    given["fields"] = " and ".join(f'"{name}"' for name in FIELDS[request.step])
    return prompt(request.step, folder).substitute(given)


def measured(aus: AUs) -> str:
    """AUs as lines for a model: code, name, side, intensity and FACS letter of what is there, and what is not."""
    lines, absent = [], []
    for code in aus:
        sides = aus.sides(code)
        if max(sides.values()) < PRESENT:
            absent.append(code)
            continue
        if len({round(value, 2) for value in sides.values()}) == 1:
            sides = {"M": next(iter(sides.values()))}
        for side, value in sides.items():
            lines.append(f"- {_SIDES[side]}{code} {unit(code).name.lower()}: {value:.2f} ({letter(value)})")
    present = "\n".join(lines) or "- none"
    return f"{present}\nMeasured and absent: {', '.join(absent) or 'none'}"


def schema(step: Step) -> dict[str, Any]:
    """JSON schema of an answer."""
    fields: dict[str, Any] = {name: {"type": "string"} for name in FIELDS[step]}
    if step == "read":
        fields["label"]["enum"] = list(EXPRESSIONS)
    return {
        "type": "object",
        "properties": fields,
        "required": list(FIELDS[step]),
        "additionalProperties": False,
    }


_BLOCK = re.compile(r"\{.*\}", re.DOTALL)


def said(step: Step, text: str) -> Mapping[str, str]:
    """The fields out of an answer, also where a model wrapped its JSON in a code fence or talked around it.

    Raises MalformedAnswer.
    """
    block = _BLOCK.search(text)
    if block is None:
        raise MalformedAnswer("the answer holds no JSON object")
    try:
        data = json.loads(block.group(), strict=False)
    except json.JSONDecodeError as error:
        raise MalformedAnswer(f"the answer is no valid JSON: {error}") from None
    fields: dict[str, str] = {}
    for name in FIELDS[step]:
        value = data.get(name)
        if step == "judge" and isinstance(value, int):
            value = str(value)  # a number where a number is meant
        if not isinstance(value, str) or not value.strip():
            raise MalformedAnswer(f'the answer has no text in "{name}"')
        fields[name] = value.strip()
    if step == "read":
        try:
            fields["label"] = expression(fields["label"])
        except ValueError as error:
            raise MalformedAnswer(str(error)) from None
    return fields
