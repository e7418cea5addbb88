"""The command line as a user meets it: exit codes, one line per problem, no tracebacks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from explab import synth
from explab.models import load


def explab(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own, without task file and with an empty cache."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("EXPLAB_")}
    clean |= {"EXPLAB_CACHE": str(cwd / "cache"), **environment}
    command = [str(Path(sys.executable).with_name("explab")), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)


def complaints(run: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines on stderr, without those that a slow machine writes of its progress."""
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    return [line for line in lines if not line.startswith("face_report: ")]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One report on a folder with two good pictures and three bad ones."""
    folder = tmp_path_factory.mktemp("mixed")
    photos = folder / "photos"
    photos.mkdir()
    portrait = Image.fromarray(np.asarray(data.astronaut()))
    portrait.save(photos / "one.jpg")
    portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(photos / "<b>two.png")
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "text.png").write_text("not a picture")
    Image.new("RGB", (64, 64), "green").save(photos / "nobody.png")
    return explab("report", "photos", "-o", "out/page.html", cwd=folder), folder


def test_good_pictures_are_reported_and_bad_ones_named(
    mixed: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    run, folder = mixed
    assert run.returncode == 2
    assert "found: 2 faces in 2 of 5 pictures" in run.stdout
    assert "report: out/page.html" in run.stdout
    lines = complaints(run)
    assert len(lines) == 3
    for name in ("empty.jpg", "text.png", "nobody.png"):
        assert sum(name in line for line in lines) == 1
    assert all(line.startswith("explab: photos/") and ";" in line for line in lines)
    page = (folder / "out" / "page.html").read_text("utf-8")
    assert "Left out" in page
    assert "empty.jpg" in page


def test_page_is_small_self_contained_and_escaped(
    mixed: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = mixed
    page = (folder / "out" / "page.html").read_text("utf-8")
    assert len(page) < 2_000_000
    for request in ('src="http', 'href="http', "url(http", "import(", "@import"):
        assert request not in page
    assert "<b>two" not in page


HOSTILE = 'a`<img src=x onerror="window.pwned=1">`.jpg'


@pytest.mark.browser
def test_hostile_names_same_names_and_where_it_was_made(
    tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    portrait = Image.fromarray(np.asarray(data.astronaut()))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        portrait.save(tmp_path / folder / "same.jpg")
    (tmp_path / "one" / HOSTILE).write_text("x")
    (tmp_path / "none").mkdir()
    (tmp_path / "numpy.py").write_text("raise SystemExit('not this one')")
    run = explab(
        "report", tmp_path / "one", tmp_path / "two", tmp_path / "none", "-o", "page.html", cwd=tmp_path
    )
    assert run.returncode == 2, run.stderr
    assert "found: 2 faces in 2 of 4 pictures" in run.stdout
    page_file = tmp_path / "page.html"
    text = page_file.read_text("utf-8")
    assert str(tmp_path) not in text, "a page that is sent on does not tell where it was made"
    assert "'unsafe-inline'; script-src 'sha256-" in text
    page = open_page(page_file)
    assert page.evaluate("window.pwned") is None
    assert HOSTILE in page.locator("main").inner_text()
    assert "one/same.jpg" in page.locator(".xl-card").first.inner_text()
    assert "two/same.jpg" in page.locator(".xl-card").last.inner_text()


def test_the_page_never_replaces_a_picture(tmp_path: Path) -> None:
    photo = tmp_path / "me.png"
    Image.fromarray(np.asarray(data.astronaut())).save(photo)
    before = photo.read_bytes()
    run = explab("report", photo, "-o", photo, cwd=tmp_path)
    assert run.returncode == 2
    assert "must end in .html" in run.stderr
    assert photo.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["report", "nowhere.jpg"], "no such file"),
        (["report", "."], "no pictures in this folder"),
        (["report", "--backend", "facemash"], "facemash"),
        (["report", "--backend", "tasks"], "explab fetch"),
        (["report", "--task-file", "nowhere.task"], "nowhere.task"),
        (["fetch", "everything"], "face-landmarker"),
        (["report", "-o", "folder.html"], "cannot be written"),
        (["report", "-o", "page.pdf", "--pdf"], "must end in .html"),
        (["report", "--backend", "facemesh", "--task-file", "x.task"], "uses no task file"),
        (["report", "https://example.org/a.jpg"], "download"),
        (["lab", "nowhere"], "no such folder"),
        (["report", "--gallery", "201"], "1-200"),
        (["report", "--gallery", "-1"], "1-200"),
        (["report", "--model", "guided-mino"], "did you mean"),
        (["report", "--model", "."], "config.json"),
        (["bench", "aus", "--photos", "nowhere", "--task-file", "x.task"], "no such folder"),
        (["bench", "aus", "--photos", "."], "give both"),
        (["bench", "aus", "--task-file", "nowhere.task"], "nowhere.task"),
        (["bench", "guidance", "-o", "file/run"], "cannot be written"),
        (["train", "guided", "-o", "file/run"], "cannot be written"),
        (["train", "guided", "--cache", "file/cache"], "cannot be written"),
        (["train", "guided", "--data", "folder", "--root", "."], "no folder here"),
        (["train", "guided", "--data", "folder", "--root", ".", "--faces", "9"], "has the pictures it has"),
        (["train", "guided", "--root", "."], "lies in no folder"),
        (["train", "guided", "--guidance", "nan"], "guidance=nan"),
        (["train", "guided", "--device", "tpuu"], "no device 'tpuu'"),
        (["train", "guided", "--precision", "fp16", "--device", "cpu"], "does not train in fp16"),
        (["train", "guided", "--data", "csv", "--option", "order"], "give a key and a value"),
        (["train", "aus", "-o", "file/run"], "cannot be written"),
        (["data", "check", "nowhere"], "no such folder"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], word: str) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("in the way of a folder")
    run = explab(*arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert word in run.stderr
    (line,) = complaints(run)
    assert line.startswith("explab: ")
    assert not (tmp_path / "face_report.html").exists()


def test_gallery_prints_its_figures_with_floors(tmp_path: Path) -> None:
    run = explab("report", "--gallery", "2", "-o", "page.html", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "gallery: 2 synthetic faces held against the truth" in run.stdout
    assert "a canonical face laid over" in run.stdout
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "How far to trust it: synthetic faces" in page
    assert "explab-gallery-" in page
    assert len(page) < 2_000_000


def test_a_classifier_is_asked_where_one_is_named(tmp_path: Path) -> None:
    load("guided", seed=1).save(tmp_path / "model")
    run = explab("report", "--model", "model", "-o", "page.html", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "; guided: " in run.stdout
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "Grad-CAM for " in page
    assert str(tmp_path) not in page


def test_pdf_without_a_browser_keeps_the_page(tmp_path: Path) -> None:
    run = explab("report", "--pdf", "-o", "page.html", cwd=tmp_path, EXPLAB_CHROMIUM="no-such-browser")
    assert run.returncode == 2
    assert "no-such-browser" in run.stderr
    assert "Traceback" not in run.stderr
    assert (tmp_path / "page.html").is_file()


def test_doctor_names_backends_and_what_to_do(tmp_path: Path) -> None:
    run = explab("doctor", cwd=tmp_path)
    assert run.returncode == 0, run.stdout
    assert "backend facemesh" in run.stdout
    assert "found the face of the sample photo" in run.stdout
    assert "explab fetch face-landmarker" in run.stdout


def test_task_file_gives_aus(shared: Path, tmp_path: Path) -> None:
    photo = shared / "photos" / "google" / "portrait.jpg"
    task = shared / "models" / "face_landmarker.task"
    run = explab("report", photo, "-o", "page.html", cwd=tmp_path, EXPLAB_FACE_LANDMARKER=str(task))
    assert run.returncode == 0, run.stderr
    assert "AU12 0." in run.stdout
    assert "lip corner puller" in (tmp_path / "page.html").read_text("utf-8")


def own_data(root: Path) -> None:
    """160 synthetic faces of two expressions, in a folder for each."""
    for i, face in enumerate(synth.faces(160, seed=9, size=140, expressions=["Happiness", "Surprise"])):
        path = root / str(face.truth and face.truth.expression).lower() / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(face.image).save(path)


def test_own_data_are_checked_and_trained_on(tmp_path: Path) -> None:
    own_data(tmp_path / "own")
    checked = explab("data", "check", "own", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "train: 160 samples" in checked.stdout
    options = ["--data", "folder", "--root", "own", "-o", "run", "--epochs", "1", "--device", "cpu"]
    run = explab("train", "guided", *options, "--option", "validation=0.1", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "10% of the official train data, carved out by seed 0" in run.stdout
    cosines = r"attention_cosine 0\.\d{3} \(.*ATT-COS\), attention_cosine_layer 0\.\d{3} \("
    assert re.search(rf"test data, 16 faces: {cosines}", run.stdout)
    figures, recalls, confusions = run.stdout.splitlines()[-3:]
    assert re.match(
        r"accuracy 0\.\d{3}, floor 0\.\d{3} \(always .*mean recall over 2 classes \(UAR\).*floor 0\.500",
        figures,
    )
    assert re.match(
        r"recall: Happiness \d of \d, Surprise \d of \d; not measured, because no face shows it: Neutral",
        recalls,
    )
    assert re.search(r"\d of \d faces labelled .* called|no face was called", confusions)
    assert load(tmp_path / "run").card["faces"]["test"] == 16
    other = explab("train", "guided", *options, "--guidance", "1", cwd=tmp_path)
    assert other.returncode == 2
    assert "holds a run with another task.guidance" in other.stderr


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    own_data(tmp_path / "own")
    command = [str(Path(sys.executable).with_name("explab")), "train", "guided", "--data", "folder"]
    command += ["--root", "own", "-o", "run", "--epochs", "5000", "--device", "cpu"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        for _ in range(600):
            if (tmp_path / "run" / "log.csv").is_file():
                break
            time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert re.search(r"stopped; the same command goes on: state of step \d+ of \d+ in run$", said.strip())
    assert "Traceback" not in said


def test_help_of_the_benchmark(tmp_path: Path) -> None:
    run = explab("bench", "guidance", "--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "--device" in run.stdout
