"""Building a corpus: faces in, verified chains of thought out, in every form that somebody trains or tests with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explab.cot.engine import layouts
from explab.cot.engine.loop import TRIES, Item, reason
from explab.cot.engine.steps import Record
from explab.cot.engine.store import Store
from explab.cot.writers.base import Writer, WriterError
from explab.data import Dataset, Sample
from explab.facs import EXPRESSIONS, AUs
from explab.progress import progress_bar

REPLIES = "replies.sqlite"
"""Where answers are kept, so that a stopped build goes on."""


class BuildStopped(Exception):
    """A build that could not go on: what was tried, and what is safe on disk."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """What a build made.

    Attributes:
        records: one per face, in the order they were given.
        out: folder of the files.
        tokens: read and written by all answers that are kept.
    """

    records: Sequence[Record]
    out: Path
    tokens: tuple[int, int]

    @property
    def rejected(self) -> list[Record]:
        """What no writer could describe truly, with the reasons."""
        return [record for record in self.records if record.status == "rejected"]

    def lines(self) -> list[str]:
        """Counts, and the first ten rejects, as text."""
        counts = Counter(record.status for record in self.records)
        text = [f"{len(self.records)} faces: " + ", ".join(f"{n} {status}" for status, n in counts.items())]
        if any(self.tokens):
            text.append(f"tokens: {self.tokens[0]} read, {self.tokens[1]} written")
        text += [f"  {record.name}: {record.reason}" for record in self.rejected[:10]]
        if len(self.rejected) > 10:
            text.append(f"  and {len(self.rejected) - 10} more, in {self.out / layouts.REJECTED}")
        return text


def synthetic_items(n: int, seed: int = 0) -> list[Item]:
    """The people of `explab.synth.faces(n, seed=seed)` with their exact AUs and what they act; no picture is drawn."""
    from explab.synth.anatomy.units import as_aus
    from explab.synth.expressions import sample
    from explab.synth.randomness import Draws, face_seeds

    acted = sample(Draws(face_seeds(seed, n, 0)))
    labels = acted.expression.tolist()
    return [Item(f"<synthetic {seed}:{i}>", as_aus(acted.acts[i]), labels[i]) for i in range(n)]


def dataset_items(samples: Dataset | Iterable[Sample], *, images: bool = False) -> Iterator[Item]:
    """Records of a dataset as items, synthetic ones too; AUs that the dataset lacks are measured on the picture.

    Args:
        samples: a dataset, or some of its samples.
        images: hand the aligned crops on, for writers who look at faces.

    Raises:
        PictureError, FaceError: a picture cannot be read, or shows no face; the message names it.
    """
    from explab.face import read_face

    for sample in samples:
        face = read_face(sample.image) if images or sample.aus is None else None
        aus = sample.aus if sample.aus is not None or face is None else face.aus
        label = sample.label if sample.label in EXPRESSIONS else None
        yield Item(sample.name, aus or AUs(), label, face.image if face is not None and images else None)


def build(
    items: Sequence[Item],
    writer: Writer,
    out: str | Path,
    *,
    seed: int = 0,
    tries: int = TRIES,
    mix: float = 0.75,
) -> Corpus:
    """Reason about every item and write the corpus; see `explab.cot.engine.layouts` for its files.

    A build that was stopped, by whatever, is gone on with: nothing that was answered is asked again. Files are written
    when all items are through, so a corpus is whole or not there.

    Args:
        items: faces with different names.
        writer: who writes.
        out: folder.
        seed: of all choices.
        tries: rounds per face.
        mix: share of label questions among the conversations for training; the paper's is 0.75.

    Raises:
        ValueError: two items with one name, or mix outside 0 to 1.
        BuildStopped: the writer cannot go on.
    """
    twice = [name for name, n in Counter(item.name for item in items).items() if n > 1]
    if twice:
        raise ValueError(
            f"{len(twice)} names stand for several faces, the first: {twice[0]!r}; names must differ"
        )
    layouts.check_mix(mix)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    store = Store(out / REPLIES if writer.remembers else ":memory:")
    records: list[Record] = []
    try:
        with progress_bar(len(items), "reasoning", "face") as bar:
            for record in reason(items, writer, seed=seed, tries=tries, store=store):
                records.append(record)
                bar.update()
        layouts.write(records, out, seed=seed, mix=mix)
        return Corpus(records, out, store.tokens())
    except WriterError as error:
        raise BuildStopped(
            f"{error}. {len(records)} of {len(items)} faces are done, and {len(store)} answers are safe in "
            f"{out / REPLIES}: the same command goes on from there"
        ) from None
    finally:
        store.close()


def read_records(path: str | Path) -> list[dict[str, object]]:
    """The records of a corpus as they stand in its `records.jsonl`."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")  # texts may hold other ends of lines
    return [json.loads(line) for line in lines if line]
