"""A server that speaks OpenAI's chat protocol, answers with explab's grammar, and misbehaves: run as a process.

    python chat_server.py PORT_FILE

Whether and how it misbehaves is decided by what is asked, the first time that it is asked: too many requests, an
internal error, an answer after too long, a body that ends early, an answer that is no JSON. The second time it answers.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from explab.cot.grammar.compose import conclude, describe, interpret, unsupported
from explab.facs import AUs

FAULTS = ("busy", "broken", "slow", "short", "malformed", "none", "none")
SLOW = 1.5
UNIT = re.compile(r"^- (left |right |)(A[UD]\d+) .*: (\d\.\d\d)", re.MULTILINE)
ABSENT = re.compile(r"Measured and absent: (.*)")

asked: Counter[str] = Counter()
lock = threading.Lock()


def answered(step: str, text: str, seed: int) -> dict[str, str]:
    """What a model would say: the grammar's answer to the same question, read out of the prompt."""
    if step == "describe":
        values = {
            code + {"left ": "L", "right ": "R", "": ""}[side]: float(value)
            for side, code, value in UNIT.findall(text)
        }
        absent = ABSENT.search(text)[1]
        values |= dict.fromkeys(() if absent == "none" else absent.split(", "), 0.0)
        return {"text": describe(AUs(values), seed=seed)}
    description = text.split("\n\n")[1]
    read = interpret(description, seed=seed)
    if step == "read":
        return {"label": read.label, "text": read.text}
    label = re.search(r"label of the picture is (\w+)", text)[1]
    if "supported by what is visible: True" in text:
        return {"interpretation": read.text, "text": conclude(label, read.ranking, read.aus, seed=seed)}
    interpretation, last = unsupported(label, read, read.aus, seed)
    return {"interpretation": interpretation, "text": last}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["model"] != "tiny":
            self.reply(b'{"error": "no such model"}', 404, {})
            return
        question = body["messages"][1]["content"]
        step = body["response_format"]["json_schema"]["name"]
        key = hashlib.sha256(f"{body['seed']} {question}".encode()).hexdigest()
        with lock:
            asked[key] += 1
            fault = FAULTS[int(key, 16) % len(FAULTS)] if asked[key] == 1 else "none"
        if fault in ("busy", "broken"):
            self.reply(b"{}", 429 if fault == "busy" else 500, {"Retry-After": "0.02"})
            return
        if fault == "slow":
            time.sleep(SLOW)
        content = json.dumps(answered(step, question, body["seed"]))
        if fault == "malformed":
            content = content[: len(content) // 2]
        told = {
            "choices": [{"message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": len(question.split()), "completion_tokens": len(content.split())},
        }
        data = json.dumps(told).encode()
        self.reply(
            data[: len(data) // 2] if fault == "short" else data, 200, {"Content-Length": str(len(data))}
        )
        if fault == "short":
            self.close_connection = True

    def do_GET(self) -> None:
        """How often anything was asked, for tests."""
        self.reply(json.dumps(list(asked.values())).encode(), 200, {})

    def reply(self, data: bytes, status: int, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(data))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # whoever asked was killed
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked was killed."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    making = Path(sys.argv[1] + ".part")
    making.write_text(str(server.server_port))
    making.replace(sys.argv[1])
    server.serve_forever()
