"""The picture of the guidance experiment: how far every method is over its own floor, without and with guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ASKS = {
    "cosine": "plausible: cosine with the AU map",
    "pearson": "plausible: correlation with the AU map",
    "class_margin": "plausible: own AU map over others",
    "road": "faithful: ROAD",
    "deletion_margin": "faithful: deletion",
    "comprehensiveness_margin": "faithful: without the named AUs",
    "truth_auc": "true: finds the changed pixels (AUC)",
    "truth_pearson": "true: correlation with the change",
}
COLOURS = {"better": "#0072B2", "worse": "#D55E00", "unsure": "#777777"}
SAYS = {"better": "guidance lifts it", "worse": "guidance lowers it", "unsure": "not decided"}
MARKERS = {"better": "o", "worse": "s", "unsure": "D"}


def figure(differences: pd.DataFrame) -> Figure:
    """A panel for each metric: the distance from the floor, to the right is better, 0 is the floor.

    Hollow marks are networks without guidance, filled ones with it; the bar around the filled one is the 95 % interval
    of what guidance changed. Colour and form of the mark say whether that is decided.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from explab.validation.guidance_tables import change

    names = [name for name in ASKS if (differences.metric == name).any()]
    methods = list(dict.fromkeys(differences.method))[::-1]
    rows = -(-len(names) // 2)
    drawn = Figure(figsize=(7.2, 0.8 + 1.35 * rows), layout="constrained")
    panels = drawn.subplots(rows, 2, squeeze=False, sharey=True).ravel()
    for axes, name in zip(panels, names, strict=False):
        of_metric = differences[differences.metric == name].set_index("method").loc[methods]
        sign = -1 if of_metric.better.iloc[0] == "lower" else 1
        axes.axvline(0, color="black", linewidth=0.8)
        for y, row in enumerate(of_metric.itertuples()):
            said = change(row)
            before = sign * (row.unguided - row.unguided_floor)
            after = before + sign * row.difference
            look = {"color": COLOURS[said], "marker": MARKERS[said], "markersize": 5}
            axes.plot([before, after], [y, y], color=COLOURS[said], linewidth=1, alpha=0.5)
            edges = [before + sign * edge for edge in (row.low, row.high)]
            axes.plot(edges, [y, y], color=COLOURS[said], linewidth=4, alpha=0.3, solid_capstyle="butt")
            axes.plot([before], [y], markerfacecolor="white", **look)
            axes.plot([after], [y], **look)
        axes.set_yticks(range(len(methods)), methods)
        axes.set_ylim(-0.6, len(methods) - 0.4)
        axes.set_title(ASKS[name], fontsize=8, loc="left")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    marks = [
        Line2D([], [], color=COLOURS[said], marker=MARKERS[said], linestyle="", label=SAYS[said])
        for said in COLOURS
    ]
    hollow = Line2D(
        [], [], color="black", marker="o", linestyle="", markerfacecolor="white", label="without guidance"
    )
    drawn.legend(handles=[hollow, *marks], loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    drawn.suptitle("How far over its own floor (the line) is each map? To the right is better.", fontsize=9)
    return drawn
