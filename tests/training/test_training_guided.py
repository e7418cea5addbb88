"""The guided task: its loss and its figures, computed a second time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial import distance
from sklearn.metrics import accuracy_score, recall_score
from torch.nn import functional

from explab.facs.codebooks import NotInCodebook, codebook
from explab.heatmaps import au_maps
from explab.models import Classifier
from explab.training.alignment import Alignment
from explab.training.augment import Augment
from explab.training.guided import MAP_SIDE, GuidedTask
from explab.training.pictures import Pictures, pictures


@pytest.fixture
def part(faces, classifier):
    return pictures(faces, classifier().view)


@pytest.fixture
def task(classifier, part):
    """task(guidance=0, ...) -> a task on all faces, with the same first weights each time."""

    def made(train: Pictures = part, **options) -> GuidedTask:
        return GuidedTask(classifier(), train, part, **options)

    return made


def grid(face, name, side=8):
    """The map of an expression on a face, resized to 8 x 8 by torch."""
    drawn = au_maps(face, size=(MAP_SIDE, MAP_SIDE)).merge(name, "survey")
    small = functional.interpolate(
        torch.from_numpy(drawn)[None, None], (side, side), mode="bilinear", align_corners=True, antialias=True
    )
    return small[0, 0].numpy().ravel()


def attention(model, pixels):
    """(B, 64) mean over the channels of the features, by running the network's parts."""
    x = model.view.normalised(torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255)
    with torch.no_grad():
        return model.module.features(model.module.stem(x)).mean(1).flatten(1).numpy()


def test_figures_by_hand(task, faces, part, monkeypatch):
    monkeypatch.setattr("explab.training.guided.LOOKED_AT", 5)
    one = task()
    model: Classifier = one.classifier
    found = one.figures(model.module.eval(), part)
    said = [prediction.label for prediction in model.predict(faces)]
    truth = [face.truth.expression for face in faces]
    assert found["score"] == pytest.approx(accuracy_score(truth, said))
    assert found["recall"] == pytest.approx(recall_score(truth, said, average="macro", zero_division=0))
    seen = attention(model, part.pixels)
    near = [
        1 - distance.cosine(seen[i], grid(face, name))
        for i, (face, name) in enumerate(zip(faces, truth, strict=True))
        if name != "Neutral"
    ]
    assert len(near) == 9
    assert found["attention_cosine_layer"] == pytest.approx(np.mean(near), abs=1e-4)
    assert 0.05 < np.mean(near) < 0.98


def test_att_cos_is_the_papers(task, faces, part):
    """Attention at the size of the picture, against the map at that size; mean over the means of the classes."""
    one = task()
    seen = attention(one.classifier, part.pixels).reshape(-1, 8, 8)
    side = one.classifier.view.size
    by_class: dict[str, list[float]] = {}
    for i, face in enumerate(faces[:7] + faces[8:]):  # classes of unlike size
        drawn = au_maps(face, size=(side, side)).merge(face.truth.expression, "survey")
        if drawn is None:
            continue
        row = seen[i if i < 7 else i + 1]
        large = functional.interpolate(
            torch.from_numpy(row)[None, None],
            (side, side),
            mode="bilinear",
            align_corners=True,
            antialias=True,
        )[0, 0].numpy()
        large = np.clip(large, row.min(), row.max())
        near = 1 - distance.cosine((large - min(large.min(), 0)).ravel(), drawn.ravel())
        by_class.setdefault(face.truth.expression, []).append(near)
    found = one.figures(one.module.eval(), part.subset(np.array([i for i in range(len(faces)) if i != 7])))
    assert {len(values) for values in by_class.values()} == {2, 3}
    assert found["attention_cosine"] == pytest.approx(
        np.mean([np.mean(v) for v in by_class.values()]), abs=1e-4
    )
    assert found["attention_cosine"] < found["attention_cosine_layer"]


def test_recall_is_over_the_classes_that_are_there(task, part):
    """Nine of one class and one of another: always naming the first is 0.9 right, with a recall of 0.5."""
    rows = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 3])
    one = task()
    with torch.no_grad():
        one.module.head.weight.zero_()
        one.module.head.bias.copy_(torch.tensor([1.0, 0, 0, 0]))
    found = one.figures(one.module, part.subset(rows))
    assert (found["score"], found["recall"]) == (pytest.approx(0.9), pytest.approx(0.5))


def test_faces_without_a_map_have_no_attention_figure(task, part):
    neutral = part.subset(np.arange(9, 12))
    figures = task().figures(task().module, neutral)
    assert set(figures) == {"score", "floor", "recall", "recall floor", "recall of Neutral"}


def test_the_loss_by_hand(task, faces, part):
    one = task(guidance=2.5)
    rows = torch.tensor([0, 4, 8, 10, 5])
    loss, parts = one.loss(one.module, rows)
    labels = torch.tensor([one.classifier.classes.index(part.labels[i]) for i in rows.tolist()])
    logits = one.module(one.classifier.prepare([faces[i] for i in rows.tolist()]))
    ce = functional.cross_entropy(logits, labels).item()
    seen = attention(one.classifier, part.pixels)
    far = [distance.cosine(seen[i], grid(faces[i], part.labels[i])) for i in (0, 4, 8, 5)]
    assert parts["ce"].item() == pytest.approx(ce, abs=1e-5)
    assert parts["alignment"].item() == pytest.approx(np.mean(far), abs=1e-4)
    assert loss.item() == pytest.approx(ce + 2.5 * np.mean(far), abs=1e-3)


def test_the_loss_unit_by_unit(task, faces, part):
    one = task(per_unit=True)
    _, parts = one.loss(one.module, torch.tensor([1, 4, 11]))
    seen = attention(one.classifier, part.pixels)
    means = []
    for i in (1, 4):
        maps = au_maps(faces[i], codebook("survey").units(part.labels[i]), size=(MAP_SIDE, MAP_SIDE))
        small = functional.interpolate(
            torch.from_numpy(maps.maps)[None], (8, 8), mode="bilinear", align_corners=True, antialias=True
        )[0].flatten(1)
        assert maps.valid.all()
        means.append(np.mean([distance.cosine(seen[i], unit) for unit in small.numpy()]))
    assert parts["alignment"].item() == pytest.approx(np.mean(means), abs=1e-4)


def gradients(one, rows):
    one.module.zero_grad()
    loss, parts = one.loss(one.module, torch.tensor(rows))
    loss.backward()
    return {name: weight.grad.clone() for name, weight in one.module.named_parameters()}, parts


def test_neutral_faces_teach_the_class_alone(task):
    """The gradient of the alignment is 0, not merely small, and theirs is that of training without guidance."""
    guided, parts = gradients(task(guidance=4.0), [9, 10, 11])
    plain, _ = gradients(task(guidance=0), [9, 10, 11])
    assert parts["alignment"].item() == 0
    assert all(torch.equal(guided[name], plain[name]) for name in plain)
    guided, _ = gradients(task(guidance=4.0), [0, 10, 11])
    plain, _ = gradients(task(guidance=0), [0, 10, 11])
    assert not torch.allclose(guided["stem.0.weight"], plain["stem.0.weight"], atol=1e-4)


def test_faces_whose_landmarks_nobody_found_teach_the_class_alone(task, part):
    points = part.points.copy()
    points[:3] = np.nan
    lost = replace(part, points=points)
    guided, parts = gradients(task(lost), [0, 1, 2])
    assert parts["alignment"].item() == 0
    assert all(torch.isfinite(slope).all() for slope in guided.values())
    mixed, _ = gradients(task(lost, augment=Augment(flip=0.5, rotate=5)), [0, 1, 5])
    assert all(torch.isfinite(slope).all() for slope in mixed.values())


def test_without_guidance_there_is_no_hook(task):
    for guidance, hooks in ((0, 0), (4.0, 1)):
        one = task(guidance=guidance)
        loss, parts = one.loss(one.module, torch.tensor([0, 4]))
        assert one.module.hooks == [hooks]
        assert ("alignment" in parts) == bool(guidance)
        assert not one.module.features._forward_hooks
        assert loss.requires_grad


def test_maps_move_with_the_picture(task, monkeypatch):
    """A mirrored face is compared with a mirrored map."""
    drawn = []

    def spy(_self, attention, maps, valid):
        drawn.append((maps, valid))
        return attention.sum() * 0

    monkeypatch.setattr(Alignment, "forward", spy)
    rows = torch.tensor([0, 3, 6, 9])
    for one in (task(), task(augment=Augment(flip=1.0))):
        one.loss(one.module, rows)
    (plain, valid), (mirrored, valid_too) = drawn
    assert plain.shape == (4, MAP_SIDE, MAP_SIDE)
    assert valid.tolist() == valid_too.tolist() == [True, True, True, False]
    assert torch.allclose(mirrored, plain.flip(2), atol=1e-3)
    assert float((mirrored - plain).abs().max()) > 0.2


def test_a_step_of_guidance_brings_attention_to_the_units(task, part):
    one = task(guidance=4.0)
    before = one.figures(one.module, part)["attention_cosine_layer"]
    optimizer = torch.optim.Adam(one.module.parameters(), 0.01)
    for _ in range(15):
        optimizer.zero_grad()
        one.loss(one.module, torch.arange(9))[0].backward()
        optimizer.step()
    assert one.figures(one.module, part)["attention_cosine_layer"] > before + 0.03


def test_unknown_labels(task, part, classifier):
    labels = part.labels.astype("<U20")
    labels[4] = "Contempt"
    odd = replace(part, labels=labels, source="somewhere")
    with pytest.raises(
        ValueError, match=r"somewhere: labelled Contempt, .* its classes are Happiness, Surprise"
    ):
        task(odd)
    with pytest.raises(ValueError, match="somewhere: labelled Contempt"):
        GuidedTask(classifier(), part, odd)
    with pytest.raises(ValueError, match="labelled Contempt"):
        task().figures(task().module, odd)


def test_a_class_without_a_row_in_the_codebook_is_named_at_once(classifier, part):
    model = replace(classifier(), classes=("Happiness", "Surprise", "Anger", "Neutral", "Contempt"))
    with pytest.raises(NotInCodebook, match="'survey' has no row for Contempt"):
        GuidedTask(model, part, part)
    assert GuidedTask(model, part, part, codebook="prototypes").n == 12


def test_settings_that_are_not_allowed(task):
    with pytest.raises(ValueError, match="guidance=-1 must be a number from 0 up"):
        task(guidance=-1)
    with pytest.raises(ValueError, match="no distance 'cos'"):
        task(distance="cos")


def test_the_key_tells_tasks_apart(task):
    keys = [
        task(**options).key()
        for options in (
            {}, {"guidance": 1.0}, {"distance": "kl"}, {"per_unit": True}, {"codebook": "paper"},
            {"augment": Augment(flip=0.5)}, {"layers": ["stem"]},
        )
    ]  # fmt: skip
    assert keys[0] == task().key()
    assert all(keys[i] != keys[j] for i in range(len(keys)) for j in range(i))
