"""The command line: parses arguments, calls the library, prints one line per problem."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explab.cli.bench import bench
from explab.cli.common import BAD_INPUT, TaskFile, complain, stop
from explab.cli.cot import reasoning
from explab.cli.data import datasets
from explab.cli.train import training
from explab.facs import AUs
from explab.words import count, short_names

if TYPE_CHECKING:
    from explab.widgets.face_report import FaceSummary

app = typer.Typer(
    name="explab",
    help="Why does a model see this expression in this face, and is its explanation true?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(bench, name="bench")
app.add_typer(training, name="train")
app.add_typer(datasets, name="data")
app.add_typer(reasoning, name="cot")

Photos = Annotated[
    list[str] | None,
    typer.Argument(help="Pictures or folders; none takes the sample photo.", show_default=False),
]
Out = Annotated[Path, typer.Option("-o", "--out", help="The page to write.")]
BackendName = Annotated[
    str, typer.Option(help="facemesh (offline), tasks (with MediaPipe's blendshapes) or auto.")
]
Gallery = Annotated[
    int, typer.Option(help="Add this many synthetic faces, held against the truth (0-200).", metavar="N")
]
Model = Annotated[
    str,
    typer.Option(
        help="Classifier to ask: guided-mini, a folder of `explab train`, or none; auto takes the embedded one.",
        metavar="NAME|FOLDER",
    ),
]
Pdf = Annotated[bool, typer.Option("--pdf", help="Print the page to PDF as well (needs Chromium).")]


@app.command()
def report(
    photos: Photos = None,
    out: Out = Path("face_report.html"),
    backend: BackendName = "auto",
    task_file: TaskFile = None,
    gallery: Gallery = 0,
    model: Model = "auto",
    pdf: Pdf = False,
) -> None:
    """Write a page about the faces in pictures."""
    from explab.face.backends import get_backend
    from explab.widgets.face_report import face_report
    from explab.widgets.pdf import PDFError, to_pdf
    from explab.widgets.report import ReportError

    if out.suffix.lower() not in (".html", ".htm"):
        raise stop(f"{out}: -o names the page to write and must end in .html; nothing was changed")
    try:
        get_backend(backend, task_file)  # a wrong backend fails here, not in a notebook cell
        result = face_report(
            photos or [], out, backend=backend, task_file=task_file, gallery=gallery, model=model
        )
    except (ReportError, ValueError) as error:
        raise stop(str(error)) from None
    except OSError as error:
        where = error.filename or out
        raise stop(f"{where}: cannot be written ({error.strerror}); name another file with -o") from None
    for failure in result.failures:
        complain(failure)
    if result.page is None:
        raise typer.Exit(BAD_INPUT)
    _print_faces(result.faces, len(result.failures), model)
    if result.checks:
        typer.echo(f"gallery: {count(gallery, 'synthetic face')} held against the truth")
    for line in result.checks:
        typer.echo(f"  {line}")
    typer.echo(f"report: {result.page}")
    if pdf:
        try:
            typer.echo(f"pdf: {to_pdf(result.page, result.page.with_suffix('.pdf'))}")
        except PDFError as error:
            raise stop(str(error)) from None
    if result.failures:
        raise typer.Exit(BAD_INPUT)


@app.command()
def doctor() -> None:
    """Say what is installed, what works offline, and what to do about the rest."""
    from explab.doctor import examine

    checks = examine()
    width = max(len(check.what) for check in checks)
    for check in checks:
        typer.echo(f"{'ok  ' if check.good else '--  '}{check.what:<{width}}  {check.found}")
        if check.advice:
            typer.echo(f"{'':<{width + 6}}{check.advice}")
    if any(check.needed and not check.good for check in checks):
        raise typer.Exit(1)


@app.command()
def lab(
    notebooks: Annotated[
        Path | None, typer.Argument(help="Folder to open; default: explab's own.", show_default=False)
    ] = None,
) -> None:
    """Open JupyterLab on the notebooks."""
    import subprocess

    from explab.widgets.face_report import notebook_path

    folder = notebooks or notebook_path("face_report").parent
    if not folder.exists():
        raise stop(f"{folder}: no such folder; check the path")
    command = [sys.executable, "-m", "jupyter", "lab", str(folder)]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # root is the usual user inside a container
    raise typer.Exit(subprocess.call(command))


@app.command()
def fetch(
    what: Annotated[str, typer.Argument(help="face-landmarker: MediaPipe's task file, 3.8 MB.")],
) -> None:
    """Download an optional part once; it is checked against its SHA-256."""
    from explab.face import BackendError
    from explab.face.task_file import fetch_task_file

    if what != "face-landmarker":
        raise stop(f"{what}: nothing of that name to fetch; there is: face-landmarker")
    try:
        typer.echo(f"face-landmarker: {fetch_task_file()}")
    except BackendError as error:
        raise stop(str(error)) from None


def main() -> None:
    """Entry point of the `explab` command."""
    try:
        app()
    except KeyboardInterrupt:
        complain("stopped")
        sys.exit(130)


def _print_faces(faces: list[FaceSummary], left_out: int, model: str) -> None:
    pictures = len({face["picture"] for face in faces})
    scope = (
        f"{pictures} of {count(pictures + left_out, 'picture')}" if left_out else count(pictures, "picture")
    )
    typer.echo(f"found: {count(len(faces), 'face')} in {scope}")
    names = short_names(face["picture"] for face in faces)
    for face in faces:
        strong = AUs(face["aus"]).strongest()
        doubtful = face["unreliable"]
        aus = (
            ", ".join(f"{code}{'?' if code in doubtful else ''} {face['aus'][code]:.2f}" for code in strong)
            or "no AU above a trace"
        )
        whose = "AUs: " if face["said"] else ""
        suggested = [whose + face["suggested"]] if face["suggested"] else []
        flagged = [f"{count(len(doubtful), 'AU')} not reliable here"] if doubtful else []
        classified = [face["said"]] if face["said"] else []
        parts = [
            face["seen"],
            *suggested,
            *classified,
            *([aus] if face["aus"] else []),
            *flagged,
            *face["warnings"],
        ]
        typer.echo(f"  {names[face['picture']]}, face {face['index'] + 1}: {'; '.join(parts)}")
    if model == "auto" and not any(face["said"] for face in faces):
        typer.echo(
            "  no classifier was asked: guided-mini’s weights are not installed; --model names a folder"
        )
    if not any(face["aus"] for face in faces):
        typer.echo("  AUs were not measured: MediaPipe's task file adds them, see `explab doctor`")
