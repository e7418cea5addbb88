"""The command line: parses arguments, calls the library, prints one line per problem."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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

bench = typer.Typer(help="Measure explab against what is known, and print the figures.", no_args_is_help=True)
app.add_typer(bench, name="bench")

training = typer.Typer(help="Train explab's models; a run that was stopped goes on.", no_args_is_help=True)
app.add_typer(training, name="train")

datasets = typer.Typer(help="Look at datasets on disk.", no_args_is_help=True)
app.add_typer(datasets, name="data")

BAD_INPUT = 2

Photos = Annotated[
    list[str] | None,
    typer.Argument(help="Pictures or folders; none takes the sample photo.", show_default=False),
]
Out = Annotated[Path, typer.Option("-o", "--out", help="The page to write.")]
BackendName = Annotated[
    str, typer.Option(help="facemesh (offline), tasks (with MediaPipe's blendshapes) or auto.")
]
TaskFile = Annotated[Path | None, typer.Option(help="MediaPipe's face_landmarker.task.", show_default=False)]
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
Cache = Annotated[
    Path | None, typer.Option(help="Folder for pictures, which runs may share.", show_default=False)
]
Device = Annotated[
    str | None,
    typer.Option(help="cpu, cuda or mps; left out, the best there is.", show_default=False),
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        help="Of the dataset's reader, such as order=raf-db or limit=0.05; may be given several times.",
        metavar="KEY=VALUE",
        show_default=False,
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
        raise _stop(f"{out}: -o names the page to write and must end in .html; nothing was changed")
    try:
        get_backend(backend, task_file)  # a wrong backend fails here, not in a notebook cell
        result = face_report(
            photos or [], out, backend=backend, task_file=task_file, gallery=gallery, model=model
        )
    except (ReportError, ValueError) as error:
        raise _stop(str(error)) from None
    except OSError as error:
        where = error.filename or out
        raise _stop(f"{where}: cannot be written ({error.strerror}); name another file with -o") from None
    for failure in result.failures:
        _complain(failure)
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
            raise _stop(str(error)) from None
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
        raise _stop(f"{folder}: no such folder; check the path")
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
        raise _stop(f"{what}: nothing of that name to fetch; there is: face-landmarker")
    try:
        typer.echo(f"face-landmarker: {fetch_task_file()}")
    except BackendError as error:
        raise _stop(str(error)) from None


@bench.command()
def synth() -> None:
    """Synthetic faces as MediaPipe sees them: found, landmarks, movements of the units, faces per second."""
    from explab.synth.proof import main as prove

    prove()


@bench.command()
def aus(
    photos: Annotated[
        Path | None, typer.Option(help="Folder of photographs to compare blendshapes on.", show_default=False)
    ] = None,
    task_file: TaskFile = None,
) -> None:
    """AU intensities from landmarks: against the truth on synthetic faces, against blendshapes on photographs."""
    from explab.face import FaceError
    from explab.synth.proof_aus import main as prove

    if photos is not None and not photos.is_dir():
        raise _stop(f"{photos}: no such folder; check the path")
    if task_file is not None and not task_file.is_file():
        raise _stop(f"{task_file}: no such file; `explab fetch face-landmarker` gets it")
    if (photos is None) != (task_file is None):
        raise _stop(
            "photographs are compared by their blendshapes: give both --photos and --task-file, or neither"
        )
    try:
        prove(photos=photos, task_file=task_file)
    except (FaceError, FileNotFoundError) as error:
        raise _stop(str(error)) from None


@bench.command()
def guidance(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for runs and tables.")] = Path(
        "runs/guidance"
    ),
    seeds: Annotated[int, typer.Option(help="Runs of each kind.", min=1)] = 3,
    faces: Annotated[
        int | None,
        typer.Option(
            help="Synthetic faces to train on; the preset says how many.", min=1, show_default=False
        ),
    ] = None,
    cache: Cache = None,
    device: Device = None,
) -> None:
    """Does guidance make attention more faithful, or only prettier? Trains with and without, judges, prints a table."""
    from explab.training.experiment import does_guidance_help

    with _training(out):
        found = does_guidance_help(out, seeds=range(seeds), cache=cache, faces=faces, device=device)
    for line in found.lines():
        typer.echo(line)
    typer.echo(f"tables: {out / 'table.csv'}, {out / 'differences.csv'}")


@training.command("guided")
def train_guided(
    data: Annotated[str, typer.Option(help="synth, or a dataset that `explab data check` knows.")] = "synth",
    root: Annotated[Path | None, typer.Option(help="Folder of the dataset.", show_default=False)] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the run.")] = Path("runs/guided"),
    preset: Annotated[str, typer.Option(help="mini, paper-rafdb or paper-affectnet.")] = "mini",
    strength: Annotated[
        float | None,
        typer.Option(
            "--guidance",
            help="Lambda; 0 is without guidance. Left out: the preset's.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of first weights and of everything random.")] = 0,
    faces: Annotated[
        int | None, typer.Option(help="Synthetic faces to train on.", min=1, show_default=False)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Left out: the preset's.", min=1, show_default=False)
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="no, bf16 or fp16. Left out: the preset's.", show_default=False)
    ] = None,
    options: Options = None,
    faceless: Annotated[
        float, typer.Option(help="Largest share of pictures in which no face is found.", min=0, max=1)
    ] = 0.2,
    cache: Cache = None,
    device: Device = None,
) -> None:
    """A classifier whose attention follows the action units."""
    from dataclasses import replace

    from explab.training.presets import preset as find_preset
    from explab.training.run import train_guided as run

    with _training(out):
        settings = find_preset(preset)
        recipe = settings.recipe
        recipe = replace(recipe, epochs=epochs or recipe.epochs, precision=precision or recipe.precision)
        settings = replace(settings, recipe=recipe)
        for line in settings.unknown:
            typer.echo(f"not in the paper: {line}")
        found = run(
            data,
            out,
            root=root,
            options=_options(options),
            faceless=faceless,
            settings=settings,
            guidance=strength,
            seed=seed,
            faces=faces,
            cache=cache,
            device=device,
            tell=typer.echo,
        )
    said = ", ".join(f"{name} {value:.3f}" for name, value in found.test.items())
    typer.echo(f"test data, {count(found.model.card['faces']['test'], 'face')}: {said}")
    typer.echo(f"model: {out}, best epoch {found.history.best} of {len(found.history.rows)}")


@training.command("aus")
def train_aus(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the run.")] = Path("runs/au-trunk"),
    faces: Annotated[int, typer.Option(help="Synthetic faces to train on.", min=64)] = 16_000,
    epochs: Annotated[int, typer.Option(help="Passes over the faces.", min=1)] = 20,
    cache: Cache = None,
    device: Device = None,
) -> None:
    """The small network that guided ones start from: it learns the AUs of synthetic faces."""
    from explab.training.units import train_units

    with _training(out):
        history = train_units(out, faces=faces, epochs=epochs, cache=cache or out / "cache", device=device)
    best = history.rows[history.best - 1]["val/score"]
    typer.echo(f"validation: mean correlation with the true AUs {best:.3f}")
    typer.echo(f"model: {out}")


@datasets.command("check")
def data_check(
    root: Annotated[Path, typer.Argument(help="Folder of a dataset.")],
    name: Annotated[str | None, typer.Option(help="Which dataset it is.", show_default=False)] = None,
    decode: Annotated[
        bool, typer.Option("--decode", help="Read every picture, to find damaged ones.")
    ] = False,
    options: Options = None,
) -> None:
    """Say what a folder was recognised as, its counts against the published ones, and the first ten problems."""
    from explab.data import check

    try:
        found = check(root, name, decode=decode, **_options(options))
    except ValueError as error:
        raise _stop(str(error)) from None
    for line in found.lines():
        typer.echo(line)
    if not found.good:
        raise typer.Exit(1)


def main() -> None:
    """Entry point of the `explab` command."""
    try:
        app()
    except KeyboardInterrupt:
        _complain("stopped")
        sys.exit(130)


def _print_faces(faces: list[FaceSummary], left_out: int, model: str) -> None:
    pictures = len({face["picture"] for face in faces})
    of = f"{pictures} of {count(pictures + left_out, 'picture')}" if left_out else count(pictures, "picture")
    typer.echo(f"found: {count(len(faces), 'face')} in {of}")
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
        said = [face["said"]] if face["said"] else []
        parts = [
            face["seen"],
            *suggested,
            *said,
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


@contextmanager
def _training(out: Path) -> Iterator[None]:
    """Whatever stops training becomes one line and an exit code; 130 is Ctrl-C."""
    from explab.training.errors import TrainingError

    try:
        yield
    except KeyboardInterrupt as stopped:
        _complain(str(stopped) or "stopped; the same command goes on with what is done")
        raise typer.Exit(130) from None
    except OSError as error:
        raise _stop(
            f"{error.filename or out}: cannot be written ({error.strerror}); name another folder with -o or --cache"
        ) from None
    except (ValueError, TrainingError) as error:
        raise _stop(str(error)) from None


SHARES = ("validation", "limit")
SWITCHES = {"true": True, "yes": True, "false": False, "no": False}


def _options(given: list[str] | None) -> dict[str, str | bool | float | int]:
    """["aligned=no", "limit=0.05"] -> {"aligned": False, "limit": 0.05}. Raises ValueError."""
    found: dict[str, str | bool | float | int] = {}
    for each in given or []:
        key, equals, value = each.partition("=")
        if not (key and equals):
            raise ValueError(f"--option {each}: give a key and a value, such as order=raf-db")
        try:
            known = float(value) if key in SHARES else int(value) if key == "seed" else value
        except ValueError:
            raise ValueError(f"--option {each}: {key} is a number") from None
        found[key] = SWITCHES.get(value.lower(), known)
    return found


def _complain(line: str) -> None:
    typer.echo(f"explab: {' '.join(line.split())}", err=True)


def _stop(line: str) -> typer.Exit:
    _complain(line)
    return typer.Exit(BAD_INPUT)
