"""A local language or vision-language model by name or folder, with its own chat template, many faces at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from explab.cot.writers.base import Answer, Request, Writer, WriterError
from explab.cot.writers.questions import PROMPTS, MalformedAnswer, prompt, question, said, wording


class TransformersWriter(Writer):
    """Writes with a model on this machine.

    Args:
        model: folder, or a hub id; only a hub id asks the network, and only where it is not in the cache yet.
        images: show the face to AU2Des; for vision-language models.
        batch: questions answered together.
        max_new_tokens: longest answer.
        temperature: of sampling, 0 takes the likeliest word. Each batch is drawn from the seeds of its questions.
        prompts: folder as of `OpenAIWriter`.
        device: "cpu" keeps away from an accelerator.

    Raises:
        WriterError: no such model, or one without a chat template.
        FileNotFoundError: a prompt is missing.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        images: bool = False,
        batch: int = 8,
        max_new_tokens: int = 220,
        temperature: float = 0.0,
        prompts: Path = PROMPTS,
        device: str | None = None,
    ) -> None:
        import torch
        from transformers import (
            AutoModelForCausalLM,
            AutoModelForImageTextToText,
            AutoProcessor,
            AutoTokenizer,
        )

        kind, reader = (
            (AutoModelForImageTextToText, AutoProcessor) if images else (AutoModelForCausalLM, AutoTokenizer)
        )
        try:
            self.reader: Any = reader.from_pretrained(model)
            self.model: Any = kind.from_pretrained(model).eval()
        except (OSError, ValueError) as error:
            raise WriterError(f"{model}: cannot be loaded as a writer: {error}") from None
        self.words: Any = getattr(self.reader, "tokenizer", self.reader)
        if not (getattr(self.reader, "chat_template", None) or self.words.chat_template):
            raise WriterError(f"{model}: has no chat template; name an instruction-tuned model")
        chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(chosen)
        self.words.padding_side = "left"
        if self.words.pad_token is None:
            self.words.pad_token = self.words.eos_token
        self.images, self.batch, self.prompts = images, batch, prompts
        self._system = self._takes_system()
        self.max_new_tokens, self.temperature = max_new_tokens, temperature
        self.name = f"transformers: {Path(model).name}"
        self.settings = json.dumps([str(model), images, max_new_tokens, temperature, wording(prompts)])

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """See `Writer`. Questions with and without a picture go in different batches."""
        pictured = [i for i, request in enumerate(requests) if self.images and request.image is not None]
        plain = [i for i in range(len(requests)) if i not in set(pictured)]
        for places in (pictured, plain):
            for start in range(0, len(places), self.batch):
                batch = places[start : start + self.batch]
                yield from zip(batch, self._batch([requests[i] for i in batch]), strict=True)

    def _batch(self, requests: Sequence[Request]) -> list[Answer]:
        chats = [self._chat(request, question(request, self.prompts)) for request in requests]
        first = self._generated(requests, chats)
        answers: list[Answer | None] = []
        again: list[tuple[int, str]] = []
        for i, (request, (text, tokens)) in enumerate(zip(requests, first, strict=True)):
            try:
                answers.append(Answer(said(request.step, text), tokens=tokens))
            except MalformedAnswer as error:
                again.append((i, str(error)))
                answers.append(None)
        for i, problem in again:  # rare, so one at a time
            second_chat = [
                *chats[i],
                self._turn("assistant", first[i][0]),
                self._turn("user", f"That cannot be used: {problem}. Answer again, as JSON only."),
            ]
            ((text, tokens),) = self._generated([requests[i]], [second_chat])
            total_tokens = (tokens[0] + first[i][1][0], tokens[1] + first[i][1][1])
            try:
                answers[i] = Answer(said(requests[i].step, text), tokens=total_tokens)
            except MalformedAnswer as error:
                answers[i] = Answer({}, f"{requests[i].step}: {error}, twice", total_tokens)
        return [answer for answer in answers if answer is not None]

    def _turn(self, role: str, text: str) -> dict[str, Any]:
        return {"role": role, "content": [{"type": "text", "text": text}] if self.images else text}

    def _chat(self, request: Request, text: str) -> list[dict[str, Any]]:
        system = prompt("system", self.prompts).template
        user_turn = self._turn("user", text if self._system else f"{system}\n\n{text}")
        if self.images and request.image is not None:
            from PIL import Image

            user_turn["content"].insert(0, {"type": "image", "image": Image.fromarray(request.image)})
        return [self._turn("system", system), user_turn] if self._system else [user_turn]

    def _takes_system(self) -> bool:
        """Whether the chat template knows the system's turn; those of Gemma 2 and early Mistral refuse it."""
        from jinja2 import TemplateError

        chat = [self._turn("system", "Be brief."), self._turn("user", "Hello.")]
        try:
            self.reader.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        except TemplateError:
            return False
        return True

    def _generated(
        self, requests: Sequence[Request], chats: Sequence[Sequence[dict[str, Any]]]
    ) -> list[tuple[str, tuple[int, int]]]:
        """Texts and the tokens read and written."""
        import torch

        inputs = self.reader.apply_chat_template(
            list(chats),
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            **({"processor_kwargs": {"padding": True}} if self.images else {"padding": True}),
        ).to(self.model.device)
        sampled = (
            {"do_sample": True, "temperature": self.temperature} if self.temperature else {"do_sample": False}
        )
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(sum(request.seed for request in requests) % 2**63)
            out = self.model.generate(
                **inputs,
                max_new_tokens=self.max_new_tokens,
                pad_token_id=self.words.pad_token_id,
                **sampled,
            )
        new = out[:, inputs["input_ids"].shape[1] :]
        read = inputs["attention_mask"].sum(1).tolist()
        written = (new != self.words.pad_token_id).sum(1).tolist()
        texts = self.words.batch_decode(new, skip_special_tokens=True)
        return [(text, (int(r), int(w))) for text, r, w in zip(texts, read, written, strict=True)]
