"""What is left of training: a table and a picture."""

from __future__ import annotations

import csv

from explab.training.history import History, Live

ROWS = [
    {"epoch": 1.0, "lr": 0.1, "train/loss": 2.0, "train/ce": 1.5, "val/score": 0.2},
    {"epoch": 2.0, "lr": 0.05, "train/loss": 1.0, "train/ce": 0.9, "val/score": 0.6, "val/attention": 0.7},
]


def test_the_table_is_written_anew(tmp_path):
    history = History(ROWS[:1])
    history.write_csv(tmp_path / "log.csv")
    history.rows.append(ROWS[1])
    history.write_csv(tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["train/loss"]) for row in rows] == [2.0, 1.0]
    assert [row["val/attention"] for row in rows] == ["", "0.7"], "a figure that was missing at first"
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
    assert history.frame()["val/score"].tolist() == [0.2, 0.6]


def test_the_picture_shows_every_curve():
    left, right = History(ROWS[:1] * 2, best=1).plot().axes
    assert [line.get_ydata().tolist() for line in left.lines] == [[2.0, 2.0], [1.5, 1.5]]
    assert [text.get_text() for text in left.texts] == ["loss", "ce"]
    assert [text.get_text() for text in right.texts] == ["score"]
    assert right.lines[-1].get_xdata() == [1, 1], "the best epoch"
    assert not History().plot().axes[0].lines


def test_nothing_is_shown_where_nobody_watches(capsys):
    Live().update(History(ROWS))
    assert capsys.readouterr().out == ""
