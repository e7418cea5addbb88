"""`explab data`: what lies in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explab.cli.common import Options, reader_options, stop

datasets = typer.Typer(help="Look at datasets on disk.", no_args_is_help=True)


@datasets.command("check")
def data_check(
    root: Annotated[Path, typer.Argument(help="Folder of a dataset.")],
    name: Annotated[str | None, typer.Option(help="Which dataset it is.", show_default=False)] = None,
    decode: Annotated[
        bool, typer.Option("--decode", help="Read every picture, to find damaged ones.")
    ] = False,
    duplicates: Annotated[
        str,
        typer.Option(help="Pictures that are in two splits: report, drop (not counted in train) or ignore."),
    ] = "report",
    options: Options = None,
) -> None:
    """Say what a folder was recognised as, its counts against the published ones, and the first ten problems."""
    from explab.data import check

    try:
        checkup = check(root, name, decode=decode, duplicates=duplicates, **reader_options(options))
    except ValueError as error:
        raise stop(str(error)) from None
    for line in checkup.lines():
        typer.echo(line)
    if not checkup.good:
        raise typer.Exit(1)
