"""Any server that speaks OpenAI's chat protocol: vLLM, Ollama, llama.cpp, LM Studio, or a hosted one."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from explab.cot.writers.base import Answer, Request, Writer, WriterError
from explab.cot.writers.questions import PROMPTS, MalformedAnswer, prompt, question, said, schema, wording

KEY = "OPENAI_API_KEY"
"""Environment variable with the server's key. It is sent to the server and written nowhere."""

_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Limits:
    """How a server is treated.

    Attributes:
        concurrency: questions under way at the same time.
        timeout: seconds until an answer counts as lost.
        retries: how often a question is asked again after 429, 5xx, a timeout or a lost connection.
        wait: seconds before the first retry; doubles each time, up to a minute, unless the server says how long.
    """

    concurrency: int = 4
    timeout: float = 120.0
    retries: int = 6
    wait: float = 1.0


class OpenAIWriter(Writer):
    """Writes by asking a server.

    Args:
        model: name of the model, as the server knows it.
        base_url: of the server, up to and with "/v1". No other address is ever asked.
        images: show the face to AU2Des; for models that see.
        temperature: of sampling. The seed of each question is sent along; not every server heeds it.
        prompts: folder with `system.md`, `describe.md`, `read.md`, `conclude.md` and `judge.md`.
        limits: how the server is treated.
        price: of a million tokens read and of a million written, for `cost`.

    Raises:
        ValueError: a base_url that is no http address.
        FileNotFoundError: a prompt is missing.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        images: bool = False,
        temperature: float = 0.7,
        prompts: Path = PROMPTS,
        limits: Limits = Limits(),
        price: tuple[float, float] | None = None,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"base_url={base_url!r} must start with http:// or https://")
        self.model, self.base_url = model, base_url.rstrip("/")
        self.images, self.temperature, self.prompts = images, temperature, prompts
        self.limits, self.price = limits, price
        self.tokens = [0, 0]
        self._schema = True
        self.name = f"openai: {model}"
        self.settings = json.dumps([self.base_url, images, temperature, wording(prompts)])

    @property
    def cost(self) -> float | None:
        """Of all questions so far, in the currency of `price`; None without one."""
        if self.price is None:
            return None
        return sum(n * rate for n, rate in zip(self.tokens, self.price, strict=True)) / 1e6

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """See `Writer`. After a question that no retry could save, nobody asks on."""
        import httpx

        key = os.environ.get(KEY)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        down = Event()
        with (
            httpx.Client(timeout=self.limits.timeout, headers=headers, trust_env=False) as client,
            ThreadPoolExecutor(self.limits.concurrency) as pool,
        ):
            jobs = {
                pool.submit(self._answered, client, request, down): i for i, request in enumerate(requests)
            }
            failed: WriterError | None = None
            for job in as_completed(jobs):
                try:
                    answer = job.result()
                except WriterError as error:
                    failed = failed or error
                    continue
                if answer is not None:
                    yield jobs[job], answer
        if failed is not None:
            raise failed

    def _answered(self, client: Any, request: Request, down: Event) -> Answer | None:
        """One question; a malformed answer is shown to the model once. None when the server went down meanwhile."""
        messages = self._messages(request)
        read = written = 0
        problem = ""
        for _ in range(2):
            if down.is_set():
                return None
            reply = self._post(client, request, messages, down)
            usage = reply.get("usage") or {}
            read += int(usage.get("prompt_tokens") or 0)
            written += int(usage.get("completion_tokens") or 0)
            text = _content(reply)
            try:
                fields = said(request.step, text)
            except MalformedAnswer as error:
                problem = str(error)
                messages = [
                    *messages,
                    {"role": "assistant", "content": text},
                    {
                        "role": "user",
                        "content": f"That cannot be used: {problem}. Answer again, as JSON only.",
                    },
                ]
            else:
                self._count(read, written)
                return Answer(fields, tokens=(read, written))
        self._count(read, written)
        return Answer({}, f"{request.step}: {problem}, twice", (read, written))

    def _count(self, read: int, written: int) -> None:
        self.tokens[0] += read
        self.tokens[1] += written

    def _messages(self, request: Request) -> list[dict[str, Any]]:
        text = question(request, self.prompts)
        content: Any = text
        if self.images and request.image is not None:
            content = [
                {"type": "text", "text": text},
                {"type": "image_url", "image_url": {"url": _data_url(request.image)}},
            ]
        system = prompt("system", self.prompts).template
        return [{"role": "system", "content": system}, {"role": "user", "content": content}]

    def _post(
        self, client: Any, request: Request, messages: Sequence[Mapping[str, Any]], down: Event
    ) -> Mapping[str, Any]:
        """The server's reply, asked for as often as the limits allow."""
        import httpx

        url, start, last = f"{self.base_url}/chat/completions", time.monotonic(), ""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(messages),
            "temperature": self.temperature,
            "seed": request.seed,
        }
        for attempt in range(self.limits.retries + 1):
            if down.is_set():
                break
            form = {"name": request.step, "schema": schema(request.step), "strict": True}
            extra = {"response_format": {"type": "json_schema", "json_schema": form}} if self._schema else {}
            wait = min(self.limits.wait * 2**attempt, _LONGEST_WAIT) * random.uniform(0.5, 1)
            try:
                response = client.post(url, json={**body, **extra})
                if response.status_code == 200:
                    reply = response.json()
                    if isinstance(reply, dict):
                        return reply
                    last = "a reply that is no JSON object"
                elif response.status_code in (400, 422) and extra and "response_format" in response.text:
                    self._schema = False  # an older server; the prompt asks for JSON as well
                    continue
                elif response.status_code == 429 or response.status_code >= 500:
                    last = f"HTTP {response.status_code}"
                    wait = _asked_to_wait(response.headers.get("retry-after"), wait)
                else:
                    down.set()
                    raise WriterError(
                        f"{url} refused: HTTP {response.status_code} {response.text[:300]}; check the model's name "
                        f"({self.model}), the address, and the key in {KEY}"
                    )
            except (httpx.TransportError, json.JSONDecodeError, UnicodeDecodeError) as error:
                last = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            if attempt < self.limits.retries:
                down.wait(wait)
        down.set()
        raise WriterError(
            f"{url} gave no usable reply: asked {self.limits.retries + 1} times in "
            f"{time.monotonic() - start:.0f} s, last {last or 'stopped, as another question failed'}; see that the "
            "server runs, and start again"
        )


def _content(reply: Mapping[str, Any]) -> str:
    try:
        return str(reply["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError):
        return ""


def _asked_to_wait(header: str | None, otherwise: float) -> float:
    try:
        return min(float(header or otherwise), _LONGEST_WAIT)
    except ValueError:  # a date; no server of this kind sends one
        return otherwise


def _data_url(image: Any) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
