"""`evaluate`: means, intervals, floors and verdicts against their definitions."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import bootstrap
from torch import nn

from explab.attribution import metrics
from explab.attribution.metrics.score import Scores
from explab.statistics import DRAWS


def fixed(values, better="higher"):
    """A metric that gives these values to the maps on trial, and 0.2 to any floor."""
    values = np.asarray(values, float)

    def function(maps, au_maps):
        mine = np.array_equal(np.asarray(maps), np.asarray(au_maps))
        return values if mine else np.where(np.isnan(values), np.nan, 0.2)

    return metrics.Metric("fixed", "?", function, takes=(), better=better)


def test_the_value_is_the_mean_of_the_class_means(blurry):
    values = [0.1, 0.2, 0.6, np.nan, 0.9, 1.0]
    maps = blurry(6)
    plain = metrics.evaluate(fixed(values), maps, maps)
    assert plain.value == pytest.approx(np.nanmean(values))
    assert (plain.n, plain.by_class) == (5, {})
    macro = metrics.evaluate(fixed(values), maps, maps, labels=["a", "a", "a", "b", "b", "c"])
    assert macro.by_class == pytest.approx({"a": 0.3, "b": 0.9, "c": 1.0})
    assert macro.value == pytest.approx((0.3 + 0.9 + 1.0) / 3)
    assert macro.faces == pytest.approx(values, nan_ok=True)
    assert macro.floors["uniform"] == pytest.approx(0.2)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_interval_is_a_bootstrap_over_faces_or_groups(blurry, grouped):
    chance = np.random.default_rng(3)
    n = 60
    groups = np.repeat(np.arange(12), 5) if grouped else np.arange(n)
    labels = np.where(chance.random(n) < 0.3, "a", "b")
    values = (
        chance.normal(0.5, 0.1, n) + (labels == "a") * 0.3 + chance.normal(0, 0.1, groups.max() + 1)[groups]
    )
    values[7] = np.nan
    maps = blurry(n, (8, 8))
    score = metrics.evaluate(
        fixed(values), maps, maps, labels=labels, groups=[f"person {g}" for g in groups] if grouped else None
    )
    means = []
    for _ in range(DRAWS):
        rows = np.concatenate(
            [np.flatnonzero(groups == g) for g in chance.choice(np.unique(groups), groups.max() + 1)]
        )
        drawn = [values[rows][labels[rows] == name] for name in ("a", "b")]
        means.append(np.mean([np.nanmean(some) for some in drawn if np.isfinite(some).any()]))
    assert score.interval == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.015)
    wide, narrow = (np.diff(np.percentile(means, [2.5, 97.5]))[0], np.diff(score.interval)[0])
    assert narrow == pytest.approx(wide, rel=0.12)


def test_few_faces_have_no_interval(blurry):
    maps = blurry(8, (8, 8))
    assert metrics.evaluate(fixed([0.3] * 4 + [np.nan] * 4), maps, maps).interval is None
    assert metrics.evaluate(fixed([0.3] * 5 + [np.nan] * 3), maps, maps).interval == pytest.approx((0.3, 0.3))
    assert metrics.evaluate(fixed([0.3] * 8), maps, maps, groups=[1, 1, 2, 2, 3, 3, 4, 4]).interval is None


@pytest.mark.parametrize(
    ("values", "better", "verdict"),
    [
        ([0.5, 0.6, 0.7, 0.5, 0.6, 0.7], "higher", "good"),
        ([0.5, 0.6, 0.7, 0.5, 0.6, 0.7], "lower", "floor"),
        ([0.1, 0.0, 0.1, 0.0, 0.1, 0.1], "higher", "floor"),
        ([0.1, 0.0, 0.1, 0.0, 0.1, 0.1], "lower", "good"),
        ([0.1, 0.3, 0.1, 0.3, 0.3, 0.2], "higher", "unsure"),
        ([0.9, 0.9, 0.9, np.nan, np.nan, np.nan], "higher", "unsure"),
    ],
)
def test_the_verdict_wants_the_whole_interval_past_the_floor(blurry, values, better, verdict):
    maps = blurry(6, (8, 8))
    score = metrics.evaluate(fixed(values, better), maps, maps)
    assert score.verdict == verdict
    assert score.floor == pytest.approx(0.2)


def paired(values, bottoms, better="higher"):
    """A metric that gives these values to the maps on trial, and these to any floor."""

    def function(maps, au_maps):
        mine = np.array_equal(np.asarray(maps), np.asarray(au_maps))
        return np.asarray(values if mine else bottoms, float)

    return metrics.Metric("paired", "?", function, takes=(), better=better)


def test_a_small_gain_on_every_face_is_good_though_faces_differ_much(blurry):
    """The interval of the value alone holds the floor, and says nothing about it."""
    chance = np.random.default_rng(2)
    bottoms = chance.normal(0.5, 0.2, 40)
    gains = chance.normal(0.02, 0.02, 40)
    maps = blurry(40, (8, 8))
    score = metrics.evaluate(paired(bottoms + gains, bottoms), maps, maps)
    assert score.interval[0] < score.floor < score.interval[1]
    assert score.verdict == "good"
    assert score.difference.mean == pytest.approx(gains.mean())
    theirs = bootstrap((gains,), np.mean, method="percentile").confidence_interval
    assert score.difference.interval == pytest.approx((theirs.low, theirs.high), abs=1e-3)
    lower = metrics.evaluate(paired(bottoms - gains, bottoms, "lower"), maps, maps)
    assert lower.verdict == "good"
    assert lower.difference.mean == pytest.approx(-gains.mean())
    assert lower.difference.interval[1] < 0
    assert "higher is better" in score.text
    assert "lower is better" in lower.text
    assert "paired ↑" in score._repr_html_()
    assert "paired ↓" in lower._repr_html_()


def test_a_high_mean_that_hangs_on_few_faces_is_not_good(blurry):
    """The value's own interval is past the floor's mean; face by face the floor is as often ahead."""
    chance = np.random.default_rng(5)
    values, bottoms = chance.normal(0.5, 0.05, 30), chance.normal(0.46, 0.3, 30)
    maps = blurry(30, (8, 8))
    score = metrics.evaluate(paired(values, bottoms), maps, maps)
    assert score.interval[0] > score.floor
    assert score.difference.mean > 0
    assert score.verdict == "unsure"


def test_people_are_drawn_whole_in_the_difference(blurry):
    people = np.repeat(np.arange(8), 5)
    gains = np.random.default_rng(1).normal(0.1, 0.2, 8)[people]
    maps = blurry(40, (8, 8))
    apart = metrics.evaluate(paired(0.5 + gains, np.full(40, 0.5)), maps, maps)
    together = metrics.evaluate(paired(0.5 + gains, np.full(40, 0.5)), maps, maps, groups=people)
    wide, narrow = (np.diff(score.difference.interval)[0] for score in (together, apart))
    assert wide > 1.6 * narrow


@pytest.mark.parametrize("ahead", [0.6, 0.0])
def test_one_face_is_never_good(blurry, ahead):
    maps = blurry(1, (8, 8))
    score = metrics.evaluate(paired([0.2 + ahead], [0.2]), maps, maps)
    assert score.interval is score.difference.interval is None
    assert score.verdict == ("unsure" if ahead else "floor")


def test_the_hardest_floor_counts(blurry):
    regions = blurry(6)
    score = metrics.evaluate("pearson", regions, regions)
    assert score.highest_floor == max(score.floors, key=score.floors.get)
    assert score.no_floor == {"uniform": "the metric says nothing about such a map"}
    assert score.verdict == "good"
    template = regions.mean(0)[None].repeat(6, 0)
    assert score.floors["template"] == pytest.approx(metrics.pearson(template, regions).mean())
    # The class-agnostic map itself is no better than itself.
    idle = metrics.evaluate("pearson", template, regions)
    assert (idle.verdict, idle.highest_floor) == ("floor", "template")


def test_only_the_floors_that_are_asked_for_are_computed(blurry):
    maps = blurry(6)
    every = metrics.evaluate("cosine", maps, maps)
    one = metrics.evaluate("cosine", maps, maps, against=("random",))
    assert set(one.floors) == {"random"}
    assert one.floors["random"] == every.floors["random"]
    assert one.value == every.value
    with pytest.raises(metrics.MetricError, match=r"no floor 'rondom'.*did you mean 'random'"):
        metrics.evaluate("cosine", maps, maps, against=("rondom",))


def test_what_cannot_be_computed_is_missing_with_a_reason(blurry):
    maps = blurry(6)
    for score, reason in (
        (metrics.evaluate("cosine", maps), "needs au_maps"),
        (metrics.evaluate("road", maps), "needs module and x"),
        (metrics.evaluate("class_margin", maps, maps), "needs class_maps and labels"),
        (metrics.evaluate("cosine", maps, maps, valid=[False] * 6), "no face has both"),
        (metrics.evaluate("auc", maps * np.nan, maps), "no face has both"),
    ):
        assert score.value is score.interval is score.verdict is score.floor is None
        assert reason in score.reason
        assert "missing" in score.text
        assert "missing" in score._repr_html_()


def test_class_maps_stand_in_for_au_maps(blurry):
    every = blurry(18).reshape(6, 3, 32, 32)
    labels = np.array([0, 1, 2, 0, 1, -1])
    maps = blurry(6, seed=3)
    both = metrics.evaluate(["cosine", "class_margin"], maps, class_maps=every, labels=labels)
    assert both["cosine"].n == both["class_margin"].n == 5
    own = every[np.arange(6), labels]
    assert both["cosine"].faces[:5] == pytest.approx(metrics.cosine(maps, own)[:5])
    assert both["cosine"].floors["template"] == pytest.approx(
        np.mean([metrics.cosine(every.mean(1), own)[:5][labels[:5] == i].mean() for i in range(3)])
    )


def test_faithfulness_has_floors_and_a_control_of_the_same_blur(spot, pictures):
    true = np.zeros((5, 32, 32))
    true[:, 4:12, 8:16] = 1
    scores = metrics.evaluate(
        ["insertion", "deletion", "road", "infidelity"], true, module=spot, x=pictures, target=1, steps=10
    )
    assert [score.verdict for score in scores] == ["good"] * 4
    for score in scores:
        assert set(score.floors) == {"uniform", "centre", "random"}
        assert score.no_floor == {"template": "needs au_maps or class_maps"}
    assert scores["deletion"].floor == min(scores["deletion"].floors.values())
    exact = metrics.deletion(true, spot, pictures, 1, steps=10).mean()
    assert scores["deletion"].value == pytest.approx(exact)


def test_randomisation_has_no_floor_and_no_verdict(blurry):
    maps = blurry(5, (8, 8))
    score = metrics.evaluate("randomisation", maps, module=nn.Linear(2, 2), explain=lambda _: maps)
    assert score.value == pytest.approx(1)
    assert (score.floor, score.verdict, score.better) == (None, None, "lower")
    assert "no floor" in score.text


def test_faces_go_through_in_chunks(spot, pictures, blurry, monkeypatch):
    maps, regions = blurry(5), blurry(5, seed=2)
    given = {"module": spot, "x": pictures, "labels": ["a", "b", "a", "b", "a"], "target": [0, 1, 1, 0, 1]}
    asked = ["cosine", "deletion", "insertion"]
    whole = metrics.evaluate(asked, maps, regions, **given)
    monkeypatch.setattr("explab.attribution.metrics.evaluation.CHUNK", 2)
    parts = metrics.evaluate(asked, maps, regions, **given)
    for one, other in zip(whole, parts, strict=True):
        assert other.faces == pytest.approx(one.faces, abs=1e-6)
        assert other.floors == pytest.approx(one.floors, abs=1e-6)
        assert other.interval == pytest.approx(one.interval, abs=1e-6)
    one_target = metrics.evaluate("deletion", maps, module=spot, x=pictures, target=1)
    assert one_target.faces == pytest.approx(metrics.deletion(maps, spot, pictures, 1), abs=1e-6)
    with pytest.raises(metrics.MetricError, match=r"au_maps have shape \(6, 32, 32\) for 5 maps"):
        metrics.evaluate("cosine", maps, blurry(6))


def test_lists_of_maps_and_metrics_that_need_nothing(blurry):
    maps, regions = blurry(5), blurry(5, seed=2)
    listed = metrics.evaluate("cosine", list(maps), list(regions))
    assert listed.floors == metrics.evaluate("cosine", maps, regions).floors
    mean = metrics.Metric("mean", "?", lambda maps: maps.mean((1, 2)), needs=(), takes=())
    assert metrics.evaluate(mean, maps).floors["uniform"] == 1


def test_a_classifier_and_answers_with_logits(spot, pictures, blurry):
    class Wrapped(nn.Module):
        def forward(self, x):
            return SimpleNamespace(logits=spot(x))

    asked = ["insertion", "road", "infidelity"]
    expected = metrics.evaluate(asked, blurry(5), module=spot, x=pictures)
    for module in (Wrapped(), SimpleNamespace(module=spot)):
        for one, other in zip(
            metrics.evaluate(asked, blurry(5), module=module, x=pictures), expected, strict=True
        ):
            assert np.array_equal(one.faces, other.faces)
    classifier = SimpleNamespace(module=spot)
    assert np.array_equal(
        metrics.deletion(blurry(5), classifier, pictures), metrics.deletion(blurry(5), spot, pictures)
    )
    with pytest.raises(metrics.MetricError, match="module is a str; expected a network or a classifier"):
        metrics.evaluate("road", blurry(5), module="guided-mini", x=pictures)


def test_a_module_may_write_over_its_pictures(spot, pictures, blurry):
    class InPlace(nn.Module):
        def forward(self, x):
            x -= 0.3
            return spot(x)

    class OutOfPlace(nn.Module):
        def forward(self, x):
            return spot(x - 0.3)

    x = pictures.clone()
    for name in ("deletion", "road", "infidelity"):
        found, expected = (getattr(metrics, name)(blurry(5), net(), x, 1) for net in (InPlace, OutOfPlace))
        assert np.array_equal(found, expected), name
    assert torch.equal(x, pictures)


def test_unknown_names_list_near_ones(spot, pictures, blurry):
    with pytest.raises(metrics.MetricError, match=r"no metric 'cosin'.*did you mean 'cosine'"):
        metrics.evaluate("cosin", blurry(2), blurry(2))
    with pytest.raises(metrics.MetricError, match="insertion: no option 'percentile'"):
        metrics.evaluate("insertion", blurry(5), module=spot, x=pictures, percentile=3)
    with pytest.raises(metrics.MetricError, match="road: no option 'percentile'; did you mean 'percentiles'"):
        metrics.evaluate("road", blurry(5), module=spot, x=pictures, percentile=3)
    with pytest.raises(metrics.MetricError, match=r"labels have shape \(2,\) for 3 maps"):
        metrics.evaluate("cosine", blurry(3), blurry(3), labels=["a", "b"])
    with pytest.raises(metrics.MetricError, match="'higher' or 'lower', not 'up'"):
        metrics.Metric("mine", "?", metrics.cosine, better="up")


def test_the_table_is_text_records_and_escaped_html(blurry):
    maps = blurry(6)
    odd = metrics.Metric("<b>mine</b>", "?", metrics.cosine, better="lower")
    scores = metrics.evaluate(["auc", "road", odd], maps, maps)
    assert isinstance(scores, Scores)
    assert len(scores.lines()) == len(scores) == 3
    assert scores.lines()[0].startswith(
        "auc 1.00 [1.00, 1.00] over 6 faces, higher is better; floors uniform 0.50"
    )
    assert scores["road"].value is None
    page = scores._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;mine&lt;/b&gt; ↓" in page
    assert page.count("<tr>") == 4
    records = json.loads(json.dumps(scores.rows()))
    assert [record["metric"] for record in records] == ["auc", "road", "<b>mine</b>"]
    assert records[1]["value"] is None
    with pytest.raises(KeyError, match="there are auc, road"):
        scores["iou"]


def test_the_table_goes_to_pandas(blurry):
    pandas = pytest.importorskip("pandas")
    table = metrics.evaluate(["auc", "road"], blurry(6), blurry(6)).to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert table["metric"].tolist() == ["auc", "road"]
    assert table["value"].isna().tolist() == [False, True]


def test_every_metric_is_a_function_of_the_package_and_asks_something():
    for name, asked in metrics.METRICS.items():
        assert asked.name == name
        assert asked.asks.endswith("?")
        published = name.removesuffix("_margin")
        if published != name and published in metrics.METRICS:
            assert asked.function.func is getattr(metrics, published)
            assert asked.function.keywords == {"answer": "margin"}
        elif not name.startswith("truth_"):
            assert getattr(metrics, name) is asked.function
