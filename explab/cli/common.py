"""What several commands share: options, and how problems are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

BAD_INPUT = 2

TaskFile = Annotated[Path | None, typer.Option(help="MediaPipe's face_landmarker.task.", show_default=False)]
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


@contextmanager
def training_errors(out: Path) -> Iterator[None]:
    """Whatever stops training becomes one line and an exit code; 130 is Ctrl-C."""
    from explab.training.errors import TrainingError

    try:
        yield
    except KeyboardInterrupt as stopped:
        complain(str(stopped) or "stopped; the same command goes on with what is done")
        raise typer.Exit(130) from None
    except OSError as error:
        raise stop(
            f"{error.filename or out}: cannot be written ({error.strerror}); name another folder with -o or --cache"
        ) from None
    except (ValueError, TrainingError) as error:
        raise stop(str(error)) from None


SHARES = ("validation", "limit")
WHOLE = ("seed", "size")
SWITCHES = {"true": True, "yes": True, "false": False, "no": False}


def reader_options(given: list[str] | None) -> dict[str, str | bool | float | int]:
    """["aligned=no", "limit=0.05"] -> {"aligned": False, "limit": 0.05}. Raises ValueError."""
    options: dict[str, str | bool | float | int] = {}
    for option in given or []:
        key, equals, value = option.partition("=")
        if not (key and equals):
            raise ValueError(f"--option {option}: give a key and a value, such as order=raf-db")
        try:
            typed = float(value) if key in SHARES else int(value) if key in WHOLE else value
        except ValueError:
            raise ValueError(f"--option {option}: {key} is a number") from None
        options[key] = SWITCHES.get(value.lower(), typed)
    return options


def complain(line: str) -> None:
    typer.echo(f"explab: {' '.join(line.split())}", err=True)


def stop(line: str) -> typer.Exit:
    complain(line)
    return typer.Exit(BAD_INPUT)
