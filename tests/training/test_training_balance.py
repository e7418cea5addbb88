"""Rare classes: weights in the loss, a sampler, and the advice to use one of them."""

from __future__ import annotations

import signal

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from tiny_task import TinyTask, in_a_child, killed_in

from explab.training import GuidedTask, Recipe
from explab.training import pictures as pictures_of
from explab.training.balance import advice, chances, class_weights
from explab.training.errors import TrainingError
from explab.training.loop import _order, train
from explab.training.pictures import pictures


def test_weights_against_scikit_learn() -> None:
    labels = np.repeat([0, 1, 3], [50, 9, 1])
    known = compute_class_weight("balanced", classes=np.array([0, 1, 3]), y=labels)
    assert class_weights(labels, 4)[[0, 1, 3]] == pytest.approx(known)
    assert class_weights(labels, 4)[2] == 0
    assert chances(labels).sum() == pytest.approx(1)
    assert [chances(labels)[labels == c].sum() for c in (0, 1, 3)] == pytest.approx([1 / 3] * 3)


def test_the_sampler_draws_every_class_alike_and_again_the_same() -> None:
    labels = np.repeat([0, 1], [1900, 100])
    drawn = _order(5, 2, 2000, chances(labels))
    assert 0.46 < (labels[drawn] == 1).mean() < 0.54
    assert np.array_equal(drawn, _order(5, 2, 2000, chances(labels)))
    assert not np.array_equal(drawn, _order(5, 3, 2000, chances(labels)))
    assert sorted(_order(5, 2, 50).tolist()) == list(range(50)), "without chances each comes once"


def test_advice() -> None:
    assert advice({"Neutral": 50, "Fear": 10, "Anger": 0}) == ""
    said = advice({"Neutral": 51, "Fear": 10})
    assert "Neutral has 51 training pictures, Fear 10; --balance weights or --balance sampler" in said
    assert advice({"Neutral": 9}) == ""


@pytest.fixture
def uneven(faces):
    """Twelve faces of which three are each of four expressions -> nine, of which one shows Surprise and two Anger."""
    return pictures(
        [f for i, f in enumerate(faces) if i not in (3, 4, 6)], pictures_of.View(32, (0.0, 0.0, 1.0, 1.0))
    )


def test_the_weighted_loss_by_hand(classifier, uneven) -> None:
    model = classifier()
    rows = torch.arange(len(uneven))
    losses = {}
    for balance in ("none", "weights"):
        task = GuidedTask(model, uneven, uneven, guidance=0.0, balance=balance)
        losses[balance] = float(task.loss(model.module.eval(), rows)[0].detach())
    pixels = torch.from_numpy(uneven.pixels).permute(0, 3, 1, 2).float() / 255
    logits = model.module(model.view.normalised(pixels)).detach().double().log_softmax(1)
    true = np.array([model.classes.index(name) for name in uneven.labels])
    each = -logits[range(len(true)), true].numpy()
    own = (1 / np.bincount(true))[true]
    assert losses["none"] == pytest.approx(each.mean(), rel=1e-5)
    assert losses["weights"] == pytest.approx((own * each).sum() / own.sum(), rel=1e-5)


def test_a_balanced_run_is_judged_by_recall_and_has_its_own_key(classifier, uneven) -> None:
    plain, weighted = (GuidedTask(classifier(), uneven, uneven, balance=b) for b in ("none", "weights"))
    module = weighted.module.eval()
    found = weighted.validate(module)
    assert found["score"] == found["recall"]
    assert found["accuracy"] == weighted.figures(module, uneven)["score"]
    assert "accuracy" not in plain.validate(module)
    assert (plain.key()["balance"], weighted.key()["balance"]) == ("none", "weights")
    with pytest.raises(
        ValueError, match="balance='weight': there are none, weights, sampler; did you mean 'weights'"
    ):
        GuidedTask(classifier(), uneven, uneven, balance="weight")


class Sampled(TinyTask):
    """The tiny task with its first class drawn as often as the other two together."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        labels = (self.y[: self.n] > 0).long().numpy()
        self.sampling = chances(labels)


RECIPE = Recipe(epochs=3, batch=8, lr=0.02, seed=5)


def test_a_sampled_run_goes_on_where_it_was_killed(tmp_path) -> None:
    torch.set_num_threads(1)
    straight = train(Sampled(), RECIPE, tmp_path / "straight", device="cpu", save_every=0)
    ended = in_a_child(
        lambda: (
            train(Sampled(moment=killed_in(8)), RECIPE, tmp_path / "broken", device="cpu", save_every=0)
            and None
        )
    )
    assert ended == signal.SIGKILL
    assert train(Sampled(), RECIPE, tmp_path / "broken", device="cpu", save_every=0).rows == straight.rows
    assert straight.rows != train(TinyTask(), RECIPE, tmp_path / "plain", device="cpu").rows


def test_runs_of_before_go_on_and_another_balance_is_refused(tmp_path) -> None:
    class Keyed(TinyTask):
        def __init__(self, **key) -> None:
            super().__init__()
            self.own = key

        def key(self):
            return {**super().key(), **self.own}

    train(Keyed(), RECIPE, tmp_path, device="cpu")
    assert len(train(Keyed(balance="none"), RECIPE, tmp_path, device="cpu").rows) == 3
    with pytest.raises(TrainingError, match=r"another task\.balance"):
        train(Keyed(balance="weights"), RECIPE, tmp_path, device="cpu")
