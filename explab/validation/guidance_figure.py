"""The picture of the guidance experiment: for every metric, what each method scores without and with guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ASKS = {
    "cosine": "plausible: cosine with the AU map",
    "pearson": "plausible: correlation with the AU map",
    "class_margin": "plausible: own AU map over others",
    "road": "faithful: ROAD (logits)",
    "deletion": "faithful: deletion (lower is better)",
    "comprehensiveness": "faithful: without the named AUs",
    "truth_auc": "true: finds the changed pixels (AUC)",
    "truth_pearson": "true: correlation with the change",
}
BLUE, GREY = "#0072B2", "#888888"


def figure(differences: pd.DataFrame) -> Figure:
    """Hollow dots without guidance, filled ones with, grey ticks the highest floor; the bar is the 95 % interval of
    the difference, around the filled dot."""
    from matplotlib.figure import Figure

    names = [name for name in ASKS if (differences.metric == name).any()]
    methods = list(dict.fromkeys(differences.method))[::-1]
    drawn = Figure(figsize=(7.2, 0.5 + 1.35 * -(-len(names) // 2)), layout="constrained")
    panels = drawn.subplots(-(-len(names) // 2), 2, squeeze=False, sharey=True).ravel()
    for axes, name in zip(panels, names, strict=False):
        rows = differences[differences.metric == name].set_index("method").loc[methods]
        y = range(len(methods))
        for at, row in zip(y, rows.itertuples(), strict=True):
            axes.plot([row.unguided, row.guided], [at, at], color=BLUE, linewidth=1, alpha=0.5)
            axes.plot(
                [row.unguided + row.low, row.unguided + row.high],
                [at, at],
                color=BLUE,
                linewidth=3,
                alpha=0.3,
            )
        axes.plot(rows.floor, y, "|", color=GREY, markersize=12)
        axes.plot(rows.unguided, y, "o", markerfacecolor="white", color=BLUE, markersize=5)
        axes.plot(rows.guided, y, "o", color=BLUE, markersize=5)
        axes.set_yticks(list(y), methods)
        axes.set_xlabel(ASKS[name], fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    return drawn
