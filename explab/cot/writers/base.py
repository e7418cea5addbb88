"""What every writer is: somebody who answers the engine's three questions, many at a time."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Step = Literal["describe", "read", "conclude", "judge"]

FIELDS: Mapping[Step, tuple[str, ...]] = {
    "describe": ("text",),
    "read": ("label", "text"),
    "conclude": ("interpretation", "text"),
    "judge": ("consistency", "label", "completeness"),
}
"""What an answer to each question consists of, all of it text. The interpretation is written again at the end, because
a label that the face does not support must show in it."""


@dataclass(frozen=True, eq=False)
class Request:
    """One question.

    Attributes:
        step: "describe" (AU2Des), "read" (Des2Exp), "conclude" (the last section), or "judge" (marks for a text).
        seed: of the writer's choices.
        given: everything that this step may see, ready for JSON.
        image: (H, W, 3) uint8 RGB for writers who look at faces; only AU2Des ever gets one.
    """

    step: Step
    seed: int
    given: Mapping[str, Any]
    image: NDArray[np.uint8] | None = field(default=None, repr=False)

    def key(self, writer: Writer) -> str:
        """64 hex digits that change with anything that may change the answer."""
        identity = json.dumps(
            [writer.name, writer.settings, self.step, self.seed, self.given],
            sort_keys=True,
            ensure_ascii=False,
        )
        digest = hashlib.sha256(identity.encode())
        if self.image is not None:
            digest.update(repr(self.image.shape).encode() + self.image.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a writer said.

    Attributes:
        said: the fields of the step (see FIELDS); empty when nothing usable came.
        problem: why nothing usable came, "" otherwise.
        tokens: read and written, where the writer counts them.
    """

    said: Mapping[str, str]
    problem: str = ""
    tokens: tuple[int, int] = (0, 0)


class WriterError(Exception):
    """A writer cannot go on: the message says what was tried and what to do. Nothing that was answered is lost."""


class Writer(ABC):
    """Base of all writers.

    Attributes:
        name: for people: "grammar", "openai: qwen3".
        settings: whatever else changes the answers: address, sampling, prompts.
        remembers: whether answers are worth keeping on disk.
        together: how many faces to bring at a time.
    """

    name: str
    settings: str = ""
    remembers: bool = True
    together: int = 64

    @abstractmethod
    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answers as they come, each with the place of its question. Raises WriterError."""
