"""The face report: pictures in, one self-contained page (and what it found) out."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from explab.face import Face, Reading
from explab.facs import parse
from explab.lab import Check, Explanation
from explab.lab.against_truth import suggest
from explab.widgets.check_words import sentence
from explab.widgets.gallery import check_count
from explab.widgets.report import ReportError, execute, render
from explab.widgets.words import chance
from explab.words import short_names

if TYPE_CHECKING:
    from IPython.display import HTML

    from explab.models import Classifier

SUMMARY = "application/vnd.explab.summary+json"
"""Output type by which a notebook tells the program that ran it what it found; no page shows it."""


class FaceSummary(TypedDict):
    """One face in few words."""

    picture: str
    index: int  # 0 is the largest of its picture
    seen: str  # "from the front"
    aus: dict[str, float]
    suggested: str  # "Happiness (0.91)", or "" where the AUs say nothing
    said: str  # "guided-mini: Happiness (0.91)", or "" without a classifier
    unreliable: list[str]  # units that this picture does not show well
    warnings: list[str]


@dataclass(frozen=True)
class FaceReport:
    """A written report.

    Attributes:
        page: the HTML file, or None when no picture had a face.
        faces: one summary per face.
        failures: one line per picture left out, naming the file, what was wrong and what to do.
        checks: one sentence per figure of the gallery of synthetic faces; empty without one.
    """

    page: Path | None
    faces: list[FaceSummary]
    failures: list[str]
    checks: list[str]


def find_classifier(name: str | None) -> Classifier | None:
    """The classifier that a report asks: "auto" is the embedded one where its weights are there; "none" is None.

    Raises:
        ModelError: no model of that name, with near ones.
    """
    if name in (None, "none"):
        return None
    from explab.models import EMBEDDED, ModelError, load

    if name != "auto":
        return load(name)
    try:
        return load(EMBEDDED[0])
    except ModelError:
        return None


def summary(
    readings: list[Reading], checks: Sequence[Check] = (), explanations: Sequence[Explanation] = ()
) -> None:
    """Called in the report's notebook: hand what was found to `face_report`.

    `explanations` are of all faces, in the order of the readings; left out, no classifier was asked.
    """
    from IPython.display import display

    classified = {id(explanation.face): _said(explanation) for explanation in explanations}

    faces = [
        FaceSummary(
            picture=face.source.name,
            index=face.source.index,
            seen=face.pose.words(),
            aus=dict(face.aus),
            suggested=_suggested(face),
            said=classified.get(id(face), ""),
            unreliable=sorted({parse(code)[0] for code in face.unreliable if code in face.aus}),
            warnings=[remark.text for remark in face.remarks if remark.level == "warn"],
        )
        for reading in readings
        for face in reading.faces
    ]
    failures = [str(reading.error) for reading in readings if reading.error]
    texts = [sentence(check) for check in checks]
    display({SUMMARY: {"faces": faces, "failures": failures, "checks": texts}}, raw=True)


def _suggested(face: Face) -> str:
    suggestion = suggest(face)
    return f"{suggestion.best} ({chance(suggestion[suggestion.best])})" if suggestion else ""


def _said(explanation: Explanation) -> str:
    return "; ".join(
        f"{judged.prediction.model}: {judged.prediction.label} ({chance(judged.prediction.probability)})"
        for judged in explanation.judged
    )


def left_out(readings: list[Reading]) -> HTML:
    """Called in the report's notebook: the pictures that gave no face, each with its reason."""
    from IPython.display import HTML

    names = short_names(reading.name for reading in readings)
    lines = [
        str(reading.error).replace(reading.name, names[reading.name]) for reading in readings if reading.error
    ]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return HTML(f"<h2>Left out</h2><ul>{items}</ul>" if lines else "")


def face_report(
    photos: Sequence[str | PathLike[str]],
    out: str | PathLike[str],
    *,
    backend: str = "auto",
    task_file: str | PathLike[str] | None = None,
    gallery: int = 0,
    model: str | None = "auto",
) -> FaceReport:
    """Run `notebooks/face_report.ipynb` on pictures and folders and write its page.

    Args:
        photos: paths; none takes the sample photo.
        out: the HTML file to write; its folder is made.
        backend, task_file: as `explab.read_faces`.
        gallery: how many synthetic faces to add, everything about them held against the truth; 0-200.
        model: the classifier that is asked, see `find_classifier`.

    Raises:
        ModelError: no such classifier.
        ValueError: a number of synthetic faces that a page does not take.
        ReportError: the notebook failed, or is not installed.
        OSError: the page cannot be written.
    """
    if gallery:
        check_count(gallery)
    if model not in (None, "none", "auto"):
        from explab.models.load import find

        find(model)  # a wrong name fails here, not in a notebook cell
    parameters = {
        "photos": [str(photo) for photo in photos],
        "backend": backend,
        "task_file": None if task_file is None else str(task_file),
        "gallery": gallery,
        "model": model,
    }
    page = Path(out)
    page.parent.mkdir(parents=True, exist_ok=True)
    if page.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(page))
    if not os.access(page if page.exists() else page.parent, os.W_OK):  # said now, not after the work
        raise PermissionError(errno.EACCES, "no permission", str(page))
    notebook = execute(notebook_path("face_report"), parameters)
    findings = _summary(notebook)
    if not (findings["faces"] or gallery):
        return FaceReport(None, [], findings["failures"], [])
    return FaceReport(render(notebook, page), findings["faces"], findings["failures"], findings["checks"])


def notebook_path(name: str) -> Path:
    """A notebook of the project: beside the package in a checkout, inside it when installed from a wheel.

    Raises:
        ReportError: neither place has it.
    """
    package = Path(__file__).resolve().parents[1]
    places = [package.parent / "notebooks", package / "notebooks"]
    for place in places:
        if (path := place / f"{name}.ipynb").is_file():
            return path
    raise ReportError(f"{name}.ipynb: in neither {places[0]} nor {places[1]}; install explab again")


def _summary(notebook: Any) -> dict[str, Any]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if SUMMARY in output.get("data", {}):
                return dict(output["data"][SUMMARY])
    raise ReportError("face_report.ipynb: its last cell gave no summary")
