"""`explab cot`: chains of thought, written, checked and scored."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explab.cli.common import Options, reader_options, stop
from explab.words import count

if TYPE_CHECKING:
    from explab.cot.writers.openai import Limits

reasoning = typer.Typer(help="Write chains of thought about faces, and score them.", no_args_is_help=True)

STOPPED = 3
"""Exit code of a build whose writer cannot go on."""


@reasoning.command("build")
def build(
    data: Annotated[str, typer.Option(help="synth, or a dataset that `explab data check` knows.")] = "synth",
    root: Annotated[Path | None, typer.Option(help="Folder of the dataset.", show_default=False)] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "train",
    faces: Annotated[int, typer.Option("-n", "--faces", help="How many, from the first.", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="Of synthetic faces and of the wording.", min=0)] = 0,
    writer: Annotated[str, typer.Option(help="grammar, transformers or openai.")] = "grammar",
    model: Annotated[
        str | None,
        typer.Option(help="Of the writer: a folder, a hub id, or its server's name.", show_default=False),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Of the server, such as http://localhost:8000/v1.", show_default=False)
    ] = None,
    images: Annotated[bool, typer.Option("--images", help="Show the faces to the writer.")] = False,
    concurrency: Annotated[int, typer.Option(help="Questions to a server at a time.", min=1)] = 4,
    retries: Annotated[
        int, typer.Option(help="How often a server that is busy or away is asked again.", min=0)
    ] = 6,
    tries: Annotated[int, typer.Option(help="Rounds per face.", min=1)] = 3,
    mix: Annotated[
        float, typer.Option(help="Share of label questions in the conversations.", min=0, max=0.99)
    ] = 0.75,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the corpus.")] = Path("corpus"),
    options: Options = None,
) -> None:
    """Write a corpus of verified chains of thought; a build that was stopped goes on."""
    from explab.cot import WRITERS, WriterError
    from explab.cot import writer as find_writer
    from explab.cot.engine.corpus import BuildStopped, dataset_items, synthetic_items
    from explab.cot.engine.corpus import build as build_corpus
    from explab.cot.writers.openai import Limits
    from explab.data import load_dataset

    try:
        limits = Limits(concurrency, retries=retries)
        if writer not in WRITERS:
            find_writer(writer)  # says which there are
        who = find_writer(writer, **_settings(writer, model, base_url, images, limits))
        if data == "synth" and not images and root is None and not options:
            items = synthetic_items(faces, seed)
        else:
            numbers = {"n": faces, "seed": seed} if data == "synth" else {}
            given: dict[str, Any] = {**reader_options(options), **numbers}
            samples = load_dataset(data, root, split, **given)
            items = list(dataset_items(islice(samples, faces), images=images))
        corpus = build_corpus(items, who, out, seed=seed, tries=tries, mix=mix)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BuildStopped as error:
        stop(str(error))
        raise typer.Exit(STOPPED) from None
    except OSError as error:
        raise stop(
            f"{error.filename or out}: {error.strerror or error}; name another folder with -o"
        ) from None
    except (ValueError, WriterError) as error:
        raise stop(str(error)) from None
    for line in corpus.lines():
        typer.echo(line)
    typer.echo(f"corpus: {out}{os.sep}")


@reasoning.command("score")
def score(
    corpus: Annotated[
        Path, typer.Argument(help="records.jsonl of a corpus, or JSON in the authors' layout.")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Page with the worst cases.", show_default=False)
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            help="Field of a record by which faces belong together; person, where records have it.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of intervals and floors.", min=0)] = 0,
) -> None:
    """Score every text of a corpus against the AUs and the label, and write a page with the worst cases."""
    from explab.cot import read_corpus, score_corpus
    from explab.widgets.cot_page import write_page

    page = out or corpus.with_suffix(".html")
    try:
        entries = read_corpus(corpus, group=group)
        scores = score_corpus(entries, seed=seed)
        write_page(scores, page, title=corpus.name)
    except ValueError as error:
        raise stop(str(error)) from None
    except OSError as error:
        raise stop(f"{page}: cannot be written ({error.strerror}); name another file with -o") from None
    together = "" if scores.groups is None else f" in {count(scores.groups, 'group')}"
    typer.echo(f"{count(len(entries), 'text')}{together} of {corpus}")
    for line in scores.lines():
        typer.echo(line)
    typer.echo(f"page: {page}")


def _settings(
    writer: str, model: str | None, base_url: str | None, images: bool, limits: Limits
) -> dict[str, Any]:
    """What a writer is made with. Raises ValueError for what it lacks or does not take."""
    if writer == "grammar":
        if model or base_url or images:
            raise ValueError(
                "the grammar has no model and sees no picture; leave --model, --base-url and --images out"
            )
        return {}
    if model is None:
        raise ValueError(f"--writer {writer} needs --model")
    if writer == "openai":
        if base_url is None:
            raise ValueError("--writer openai needs --base-url, such as http://localhost:8000/v1")
        return {"model": model, "base_url": base_url, "images": images, "limits": limits}
    return {"model": model, "images": images}
