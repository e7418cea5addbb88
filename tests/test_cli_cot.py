"""`explab cot` as a user meets it: corpora, scores, exit codes, one line per problem."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

Run = subprocess.CompletedProcess[str]
SMALL = ("--option", "size=64")
"""Synthetic pictures are what takes time, and nobody looks at them."""


def explab(*arguments: str | Path, cwd: Path) -> Run:
    """Run `explab cot` in a folder of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("EXPLAB_", "OPENAI_"))}
    command = [str(Path(sys.executable).with_name("explab")), "cot", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd,
        env=clean | {"EXPLAB_CACHE": str(cwd / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def one_line(run: Run) -> str:
    """The only line of what went wrong."""
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("explab: ")]
    assert "Traceback" not in run.stderr
    return line


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    folder = tmp_path_factory.mktemp("cot")
    return explab("build", "-n", "6", *SMALL, "-o", "made", cwd=folder), folder


def test_build_writes_a_corpus(built: tuple[Run, Path]) -> None:
    run, folder = built
    assert run.returncode == 0, run.stderr
    assert re.search(r"^6 faces: \d verified", run.stdout)
    assert "corpus: made/" in run.stdout
    rows = [json.loads(line) for line in (folder / "made" / "records.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 6
    assert {row["writer"] for row in rows} == {"grammar"}
    assert {path.name for path in (folder / "made").iterdir()} == {
        "records.jsonl",
        "corpus.parquet",
        "authors.json",
        "conversations.jsonl",
        "rejected.csv",
    }


@pytest.mark.parametrize("name", ["records.jsonl", "authors.json"])
def test_score_prints_figures_and_writes_a_page(built: tuple[Run, Path], name: str) -> None:
    folder = built[1] / "made"
    run = explab("score", name, "-o", f"{name}.html", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert f"6 texts of {name}" in run.stdout
    assert re.search(r"^claim_f1 +\d\.\d{3}.* higher +\d\.\d{3} .*better +6$", run.stdout, re.MULTILINE)
    assert re.search(r"^hallucination +\d\.\d{3}.* lower +\d\.\d{3} .*better +6$", run.stdout, re.MULTILINE)
    assert f"page: {name}.html" in run.stdout
    assert "Worst first" in (folder / f"{name}.html").read_text("utf-8")


def test_score_groups_texts_by_a_field(built: tuple[Run, Path]) -> None:
    folder = built[1] / "made"
    run = explab("score", "records.jsonl", "--group", "label", "-o", "grouped.html", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^6 texts in \d groups? of records\.jsonl", run.stdout)
    run = explab("score", "records.jsonl", "--group", "nobody", cwd=folder)
    assert run.returncode == 2
    assert "field 'nobody' is missing" in one_line(run)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("build", "--writer", "gramar"), "gramar"),
        (("build", "--writer", "openai", "--base-url", "http://127.0.0.1:9/v1"), "needs --model"),
        (("build", "--writer", "openai", "--model", "m"), "needs --base-url"),
        (("build", "--writer", "openai", "--model", "m", "--base-url", "ftp://x"), "ftp://x"),
        (("build", "--model", "m"), "the grammar has no model"),
        (("build", "--data", "snyth"), "snyth"),
        (("build", "--option", "nonsense"), "nonsense"),
        (("build", "-n", "1", *SMALL, "-o", "file"), "file"),
        (("score", "nowhere.json"), "nowhere.json"),
        (("score", "file"), "no valid JSON"),
        (("score", "item.json"), "item 0 (a): field 'au'"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "file").write_text("no JSON")
    bad = [{"file_name": "a", "emo": "Fear", "au": [0] * 23, "description": ""}]
    (tmp_path / "item.json").write_text(json.dumps(bad))
    run = explab(*arguments, cwd=tmp_path)
    assert run.returncode == 2, run.stderr
    assert says in one_line(run)


def test_a_server_that_is_down_stops_the_build(tmp_path: Path) -> None:
    server = ("--writer", "openai", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--retries", "1")
    start = time.monotonic()
    run = explab("build", "-n", "1", *SMALL, *server, "-o", "made", cwd=tmp_path)
    assert run.returncode == 3, run.stderr
    line = one_line(run)
    assert "http://127.0.0.1:9/v1" in line
    assert "asked 2 times" in line
    assert "0 of 1 faces are done" in line
    assert time.monotonic() - start < 120  # two tries and a wait, on a busy machine too
    assert not (tmp_path / "made" / "records.jsonl").exists()
