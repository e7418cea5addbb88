"""The openai writer against a real server process that is often busy, broken, slow, cut short or malformed."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from explab.cot.engine.corpus import REPLIES, BuildStopped, build
from explab.cot.engine.layouts import AUTHORS, CONVERSATIONS, RECORDS, REJECTED
from explab.cot.engine.loop import Item
from explab.cot.writers.base import Request, WriterError
from explab.cot.writers.openai import KEY, Limits, OpenAIWriter
from explab.facs import AUs

HERE = Path(__file__).parent
QUICK = Limits(concurrency=4, timeout=1.0, retries=4, wait=0.02)

FACES = [
    Item("a smile", AUs({"AU6": 0.6, "AU12": 0.8, "AU25": 0.5, "AU4": 0}), "Happiness"),
    Item("a frown", AUs({"AU4": 0.8, "AU5": 0.5, "AU7": 0.6, "AU23": 0.6, "AU12": 0}), "Anger"),
    Item(
        "brows up", AUs({"AU1": 0.8, "AU2": 0.8, "AU5": 0.5, "AU25": 0.7, "AU26": 0.8, "AU4": 0}), "Surprise"
    ),
    Item("corners down", AUs({"AU1": 0.7, "AU4": 0.5, "AU15": 0.7, "AU12": 0}), "Sadness"),
    Item("a smile called fear", AUs({"AU6": 0.6, "AU12": 0.8, "AU1": 0, "AU5": 0}), "Fear"),
    Item("one corner", AUs({"AU12R": 0.4, "AU12L": 0, "AU14R": 0.6, "AU14L": 0}), "Contempt"),
]

MANY = [
    replace(
        face,
        name=f"{face.name} {k}",
        aus=face.aus.replace(
            {code: (0.95 - k / 40) * face.aus[code] for code in face.aus if face.aus[code] > 0.3}
        ),
    )
    for k in range(20)
    for face in FACES
]
"""So many that no run gets through before it is killed."""

BUILD = """
import sys
sys.path.insert(0, sys.argv[3])
from test_cot_server import MANY, QUICK
from explab.cot.engine.corpus import build
from explab.cot.writers.openai import OpenAIWriter
build(MANY, OpenAIWriter("tiny", sys.argv[1], limits=QUICK), sys.argv[2])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = tmp_path_factory.mktemp("server") / "port"
    process = subprocess.Popen([sys.executable, str(HERE / "chat_server.py"), str(port)])
    try:
        for _ in range(600):
            if port.exists():
                break
            assert process.poll() is None, "the server died"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port.read_text()}/v1"
    finally:
        process.kill()


def _asked(address: str) -> int:
    with urlopen(address) as reply:
        return sum(json.loads(reply.read()))


def test_killed_twenty_times_it_ends_with_the_same_corpus(address: str, tmp_path: Path) -> None:
    rng = random.Random(4)
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD, address, str(tmp_path / "killed"), str(HERE)]
        )
        before = _asked(address)
        while process.poll() is None and _asked(address) == before:  # kills during imports teach nothing
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.1))
        assert process.poll() is None, "the build ended before it was killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
    kept = _kept(tmp_path / "killed")
    killed = build(MANY, OpenAIWriter("tiny", address, limits=QUICK), tmp_path / "killed")
    assert 20 <= kept < _kept(tmp_path / "killed")
    calm = build(MANY, OpenAIWriter("tiny", address, limits=QUICK), tmp_path / "calm")
    for name in (RECORDS, AUTHORS, CONVERSATIONS, REJECTED):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()
    assert [one.name for one in killed.records] == [face.name for face in MANY]
    assert {one.status for one in calm.records} >= {"verified", "unsupported"}


def _kept(out: Path) -> int:
    with sqlite3.connect(out / REPLIES) as base:
        (count,) = base.execute("select count(*) from answers").fetchone()
    return int(count)


def test_nothing_is_asked_twice(address: str, tmp_path: Path) -> None:
    build(FACES[:2], OpenAIWriter("tiny", address, limits=QUICK), tmp_path)
    before = _asked(address)
    corpus = build(FACES[:2], OpenAIWriter("tiny", address, limits=QUICK), tmp_path)
    assert _asked(address) == before
    assert corpus.tokens[0] > corpus.tokens[1] > 0
    with sqlite3.connect(tmp_path / REPLIES) as base:
        assert base.execute("select count(*) from answers where said = '{}'").fetchone() == (0,)


def test_a_server_that_is_down_says_what_was_tried_and_what_is_safe(address: str, tmp_path: Path) -> None:
    build(FACES[:1], OpenAIWriter("tiny", address, limits=QUICK), tmp_path)
    gone = OpenAIWriter("tiny", "http://127.0.0.1:9/v1", limits=Limits(1, 0.2, 2, 0.01))
    with pytest.raises(
        BuildStopped, match=r"asked 3 times in \d+ s, last ConnectError.*0 of 2 faces are done, and \d+"
    ):
        build(FACES[:2], gone, tmp_path)


def test_cost_and_key(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    writer = OpenAIWriter("tiny", address, limits=QUICK, price=(2.0, 10.0))
    request = Request("describe", 1, {"aus": FACES[0].aus.to_dict(), "attempt": 0})
    ((_, answer),) = list(writer.answer([request]))
    assert "mouth" in answer.said["text"] or "lip" in answer.said["text"]
    assert writer.cost == pytest.approx((writer.tokens[0] * 2 + writer.tokens[1] * 10) / 1e6)
    assert "secret" not in writer.settings + writer.name


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="must start with http"):
        OpenAIWriter("tiny", "localhost:8000")


def test_a_refusal_is_not_tried_again(address: str) -> None:
    before = _asked(address)
    writer = OpenAIWriter("no such model", address, limits=QUICK)
    with pytest.raises(WriterError, match=r"refused: HTTP 404.*check the model's name"):
        list(writer.answer([Request("describe", 1, {"aus": FACES[0].aus.to_dict(), "attempt": 0})]))
    assert _asked(address) == before
