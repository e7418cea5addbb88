"""`History`: one row per epoch, as a CSV file, as TensorBoard events and as a picture that grows in a notebook."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explab.training.scores import RECALL_OF

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BLUE, ORANGE = "#0072B2", "#E69F00"


@dataclass
class History:
    """What training measured.

    Attributes:
        rows: one dict per epoch: "epoch" (from 1), "lr", "train/..." means over the epoch, "val/..." figures.
        best: epoch with the best validation score, 0 before there is one.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    best: int = 0

    def frame(self) -> pd.DataFrame:
        """The rows as a table."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    def write_csv(self, path: Path) -> None:
        """All rows, written anew, so that a resumed run leaves no row twice."""
        making = path.with_suffix(f".{os.getpid()}.part")
        with making.open("w", encoding="utf-8", newline="") as out:
            names = dict.fromkeys(name for row in self.rows for name in row)
            writer = csv.DictWriter(out, list(names), lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        making.replace(path)

    def plot(self) -> Figure:
        """Losses and validation figures over the epochs."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.2, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        epochs = [row["epoch"] for row in self.rows]
        for axes, start, title in (
            (left, "train/", "loss (training)"),
            (right, "val/", "score (validation)"),
        ):
            every = [name for name in (self.rows[0] if self.rows else {}) if name.startswith(start)]
            names = [
                name for name in every if RECALL_OF not in name
            ]  # ten curves are none: they stand in the table
            for i, name in enumerate(names):
                values = [row[name] for row in self.rows]
                colour, line = (BLUE, ORANGE)[i % 2], ("-", "--", ":")[i // 2 % 3]
                axes.plot(epochs, values, line, color=colour, marker="o", markersize=3)
                axes.annotate(
                    name.removeprefix(start), (epochs[-1], values[-1]), (4, 0), textcoords="offset points",
                    va="center", color=colour, fontsize=8,
                )  # fmt: skip
            axes.set_xlabel("epoch")
            axes.set_ylabel(title)
            axes.spines[["top", "right"]].set_visible(False)
            axes.margins(x=0.15)
        if self.best:
            right.axvline(self.best, color="#999999", linewidth=0.8)
        return figure


class Live:
    """A picture below the cell that trains, drawn anew after each epoch; nothing where nobody watches."""

    def __init__(self) -> None:
        self._shown: Any = None

    def update(self, history: History) -> None:
        """Show the history as it is now."""
        from IPython import get_ipython

        shell = get_ipython()
        if shell is None or not hasattr(shell, "kernel"):
            return
        from IPython.display import display

        if self._shown is None:
            self._shown = display(history.plot(), display_id=True)
        else:
            self._shown.update(history.plot())
