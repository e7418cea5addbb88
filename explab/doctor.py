"""What is installed, what works offline, and what to do about the rest."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "numpy",
    "torch",
    "transformers",
    "peft",
    "captum",
    "mediapipe",
    "scikit-image",
    "matplotlib",
    "plotly",
    "jupyterlab",
    "ipywidgets",
    "anywidget",
    "nbconvert",
)


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was looked at, what was found, and what to do about it if it is not good."""

    what: str
    found: str
    good: bool = True
    needed: bool = True
    advice: str = ""


def examine() -> list[Check]:
    """All checks, without any network request."""
    return [
        _python(),
        *(_package(name) for name in PACKAGES),
        _device(),
        _facemesh(),
        _tasks(),
        _browser(),
    ]


def _python() -> Check:
    supported = (3, 10) <= sys.version_info[:2] <= (3, 12)
    advice = "" if supported else "explab needs Python 3.10-3.12 (MediaPipe 0.10.21 has no wheel for others)"
    return Check("Python", platform.python_version(), supported, advice=advice)


def _package(name: str) -> Check:
    try:
        return Check(name, version(name))
    except PackageNotFoundError:
        return Check(
            name, "missing", good=False, advice="run `pip install -c constraints.txt -e .` in the project"
        )


def _device() -> Check:
    try:
        import torch
    except ImportError:
        return Check("device", "no torch", good=False, advice="install torch")
    if torch.cuda.is_available():
        return Check("device", f"GPU: {torch.cuda.get_device_name(0)}")
    return Check("device", f"CPU, {torch.get_num_threads()} threads: everything works, training is slower")


def _facemesh() -> Check:
    from explab.face import FaceError, read_face, sample_photo

    name = "backend facemesh"
    try:
        face = read_face(sample_photo(), backend="facemesh")
    except (FaceError, ImportError) as error:
        return Check(name, str(error), good=False, advice="install mediapipe==0.10.21")
    return Check(name, f"{face.source.backend}, offline; found the face of the sample photo")


def _tasks() -> Check:
    from explab.face import FaceError, read_face, sample_photo
    from explab.face.task_file import VARIABLE, find_task_file

    name = "backend tasks"
    advice = (
        f"for AUs from blendshapes run `explab fetch face-landmarker` once, or set {VARIABLE} to the file"
    )
    try:
        path = find_task_file()
        if path is None:
            return Check(name, "no task file (optional)", good=False, needed=False, advice=advice)
        face = read_face(sample_photo(), backend="tasks")
    except FaceError as error:
        return Check(name, str(error), good=False, needed=False, advice=advice)
    return Check(name, f"{path}; measures {len(face.aus)} AUs")


def _browser() -> Check:
    from explab.widgets.pdf import PDFError, find_browser

    try:
        return Check("PDF", find_browser())
    except PDFError:
        advice = (
            "only `--pdf` needs it: install Chromium (Debian: apt install chromium) or set EXPLAB_CHROMIUM"
        )
        return Check("PDF", "no Chromium (optional)", good=False, needed=False, advice=advice)
