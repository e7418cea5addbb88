"""`explab train`: runs that go on where they were stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explab.cli.common import Cache, Device, Options, reader_options, training_errors
from explab.words import count

training = typer.Typer(help="Train explab's models; a run that was stopped goes on.", no_args_is_help=True)

ATTENTION = {
    "attention_cosine": "with the AU map at the size of the picture, mean over classes: the paper's ATT-COS",
    "attention_cosine_layer": "on the layer's own grid, mean over faces: 1 - what guidance lowers",
}
"""What the two cosines of attention and AU map are, by their names in `GuidedTask.figures`."""


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
    batch: Annotated[
        int | None, typer.Option(help="Faces in a batch. Left out: the preset's.", min=1, show_default=False)
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="no, bf16 or fp16. Left out: the preset's.", show_default=False)
    ] = None,
    balance: Annotated[
        str, typer.Option(help="Of rare classes: none, weights (in the loss) or sampler (drawn more often).")
    ] = "none",
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
    from explab.training.scores import sentences

    with training_errors(out):
        settings = find_preset(preset)
        recipe = settings.recipe
        recipe = replace(
            recipe,
            epochs=epochs or recipe.epochs,
            batch=batch or recipe.batch,
            precision=precision or recipe.precision,
        )
        settings = replace(settings, recipe=recipe)
        for line in settings.unknown:
            typer.echo(f"not in the paper: {line}")
        for line in settings.departures:
            typer.echo(f"other than the paper: {line}")
        trained = run(
            data,
            out,
            root=root,
            options=reader_options(options),
            faceless=faceless,
            settings=settings,
            guidance=strength,
            seed=seed,
            balance=balance,
            faces=faces,
            cache=cache,
            device=device,
            tell=typer.echo,
        )
    cosines = [
        f"{name} {trained.test[name]:.3f} ({meaning})"
        for name, meaning in ATTENTION.items()
        if name in trained.test
    ]
    typer.echo(f"model: {out}, best epoch {trained.history.best} of {len(trained.history.rows)}")
    tested = count(trained.model.card["faces"]["test"], "face")
    typer.echo(f"test data, {tested}: {', '.join(cosines) or 'none shows an expression with an AU map'}")
    for line in sentences(trained.confusion):
        typer.echo(line)


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

    with training_errors(out):
        history = train_units(out, faces=faces, epochs=epochs, cache=cache or out / "cache", device=device)
    best = history.rows[history.best - 1]["val/score"]
    typer.echo(f"validation: mean correlation with the true AUs {best:.3f}, floor 0 (always the same)")
    typer.echo(f"model: {out}")
