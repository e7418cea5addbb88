"""`explab bench`: figures against what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explab.cli.common import Cache, Device, TaskFile, stop, training_errors

bench = typer.Typer(help="Measure explab against what is known, and print the figures.", no_args_is_help=True)


@bench.command()
def synth() -> None:
    """Synthetic faces as MediaPipe sees them: found, landmarks, movements of the units, faces per second."""
    from explab.validation.synthetic_faces import main as prove

    prove()


@bench.command()
def regions(
    people: Annotated[int, typer.Option(help="Synthetic people who act every unit.", min=2)] = 24,
) -> None:
    """The region of every unit as a detector of the pixels that the unit changes on synthetic faces."""
    from explab.validation.regions import main as prove

    prove(people)


@bench.command()
def aus(
    photos: Annotated[
        Path | None, typer.Option(help="Folder of photographs to compare blendshapes on.", show_default=False)
    ] = None,
    task_file: TaskFile = None,
) -> None:
    """AU intensities from landmarks: against the truth on synthetic faces, against blendshapes on photographs."""
    from explab.face import FaceError
    from explab.validation.aus import main as prove

    if photos is not None and not photos.is_dir():
        raise stop(f"{photos}: no such folder; check the path")
    if task_file is not None and not task_file.is_file():
        raise stop(f"{task_file}: no such file; `explab fetch face-landmarker` gets it")
    if (photos is None) != (task_file is None):
        raise stop(
            "photographs are compared by their blendshapes: give both --photos and --task-file, or neither"
        )
    try:
        prove(photos=photos, task_file=task_file)
    except (FaceError, FileNotFoundError) as error:
        raise stop(str(error)) from None


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
    from explab.validation.guidance import does_guidance_help

    with training_errors(out):
        found = does_guidance_help(out, seeds=range(seeds), cache=cache, faces=faces, device=device)
    for line in found.lines():
        typer.echo(line)
    typer.echo(f"tables: {out / 'table.csv'}, {out / 'differences.csv'}")
