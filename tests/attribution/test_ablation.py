"""Hiding action units: a network that reads one place of the face must lose its answer when that place is hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explab.attribution import AttributionError, attribute, au_effects
from explab.attribution.au_removal.effects import scores, unit_effects
from explab.attribution.au_removal.fill import inpainted
from explab.attribution.au_removal.regions import hidden
from explab.attribution.method import AUAblation
from explab.facs.units import UnknownUnit
from explab.heatmaps import render

UNITS = ("AU1", "AU4", "AU12", "AU25")


class Reader(nn.Module):
    """Says "Happiness" by how red the lip corners of the first face are; nothing else matters to it."""

    def __init__(self, landmarks, size):
        super().__init__()
        mask = render(landmarks[None], ["AU12"], size)[0][0, 0]
        self.register_buffer("mask", torch.from_numpy(mask > 0.5))
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x):
        red = x[:, 0, self.mask].mean(1) * self.weight
        return torch.stack([torch.zeros_like(red), 3 * red, torch.zeros_like(red)], 1)


@pytest.fixture
def reader(model, faces):
    return replace(model, module=Reader(faces[0].landmarks, model.size))


def painted(face):
    """The face in blue, its lip corners in red."""
    mask = render(face.landmarks[None], ["AU12"], (64, 64))[0][0, 0] > 0.4
    image = np.full_like(face.image, (20, 20, 200))
    image[mask] = (250, 20, 20)
    return replace(face, image=image)


@pytest.mark.parametrize("fill", ["inpaint", "mean"])
def test_finds_the_unit_that_the_network_reads(reader, faces, fill):
    found = au_effects(reader, painted(faces[0]), UNITS, "Happiness", fill)
    assert found.units == UNITS
    assert found.ranked()[0][0] == "AU12"
    assert found.ranked()[0][1] > 2
    assert found.probability[0, 2] > 0.4
    assert np.allclose(found.log_odds[0, :2], 0, atol=1e-5)  # brows
    opposite = au_effects(reader, painted(faces[0]), UNITS, "Neutral", fill)
    assert opposite.log_odds[0, 2] < -0.5


def test_effects_written_out(model, faces):
    """Against the same intervention done face by face and unit by unit, with the mean colour."""
    found = au_effects(model, faces, UNITS, "true", "mean")
    x, points = model.prepare(faces), model.landmarks(faces)
    model.module.eval()
    for i, face in enumerate(faces):
        number = model.classes.index(face.truth.expression)
        assert found.targets[i] == number
        before = model.module(x[i : i + 1]).softmax(1)[0, number].item()
        for j, code in enumerate(UNITS):
            region = torch.from_numpy(render(points[i : i + 1], [code], (64, 64))[0][0, 0])
            mask = torch.minimum(2 * region, torch.ones(()))
            changed = x[i] * (1 - mask) + x[i].mean((1, 2))[:, None, None] * mask
            after = model.module(changed[None]).softmax(1)[0, number].item()
            odds = np.log(before / (1 - before)) - np.log(after / (1 - after))
            assert found.probability[i, j] == pytest.approx(before - after, abs=1e-6)
            assert found.log_odds[i, j] == pytest.approx(odds, abs=1e-5)


def test_batch_equals_single_runs(model, faces):
    group = (faces * 4)[:16]
    together = au_effects(model, group, UNITS)
    for i, face in enumerate(group):
        alone = au_effects(model, face, UNITS)
        assert np.allclose(together.log_odds[i], alone.log_odds[0], atol=1e-5)
        assert np.allclose(together.maps[i], alone.maps[0], atol=1e-5)


def test_map_is_the_mean_effect_of_the_regions_there(model, faces):
    found = au_effects(model, faces, UNITS)
    regions = render(model.landmarks(faces), UNITS, (64, 64))[0]
    for effects, region, map_ in zip(found.log_odds, regions, found.maps, strict=True):
        for y, x in ((40, 32), (20, 20), (45, 24), (0, 0)):
            at = region[:, y, x]
            expected = sum(e * r for e, r in zip(effects, at, strict=True)) / max(1, at.sum())
            assert map_[y, x] == pytest.approx(expected, abs=1e-6)
    lone = au_effects(model, faces, ["AU1"])
    peak = np.abs(lone.maps).max((1, 2))
    assert np.allclose(peak, np.abs(lone.log_odds[:, 0]) * regions[:, 0].max((1, 2)), atol=1e-6)


def test_the_method_gives_the_same_maps(model, faces):
    maps = attribute(model, faces, [AUAblation(units=UNITS, fill="blur")], target="Surprise")
    assert np.allclose(
        maps["au_ablation"], au_effects(model, faces, UNITS, "Surprise", "blur").maps, atol=1e-6
    )
    assert maps.signed == (True,)
    assert maps.provenance["options"]["au_ablation"] == {"units": UNITS, "fill": "blur"}


def test_unit_outside_the_picture_is_missing_not_zero(model, faces):
    away = replace(faces[0], landmarks=faces[0].landmarks + np.float32([500, 0, 0]))
    found = au_effects(model, [faces[0], away], UNITS)
    assert np.isnan(found.log_odds[1]).all()
    assert np.isnan(found.probability[1]).all()
    assert np.isnan(found.maps[1]).all()
    assert np.isfinite(found.maps[0]).all()
    assert found.ranked(1) == []
    assert np.isfinite(found.log_odds[0]).all()


def test_a_network_that_answers_nan_is_not_hidden(model, faces):
    with torch.no_grad():
        model.module[7].bias.fill_(torch.nan)
    assert np.isnan(au_effects(model, faces[:1], UNITS, 0).maps).any()


def test_inpainting_does_not_see_what_it_hides():
    x = torch.rand(2, 3, 37, 50)
    known = torch.ones(2, 1, 37, 50)
    known[:, :, 10:25, 20:33] = 0
    other = torch.where(known > 0, x, 100.0)
    found = inpainted(x, known)
    assert torch.allclose(found, inpainted(other, known))
    assert torch.equal(found[known.expand_as(x) > 0], x[known.expand_as(x) > 0])


def test_inpainting_goes_on_with_the_surroundings():
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    known = torch.ones(1, 1, 64, 64)
    known[:, :, 24:40, 24:40] = 0
    assert float((inpainted(ramp, known) - ramp).abs().max()) < 0.1
    flat = torch.full((1, 3, 33, 47), 0.7)
    known = (torch.rand(1, 1, 33, 47) > 0.9).float()
    assert torch.allclose(inpainted(flat, known), flat, atol=1e-5)


def test_hidden_from_half_the_peak_on():
    assert hidden(torch.tensor([0.0, 0.25, 0.5, 1.0])).tolist() == [0, 0.5, 1, 1]


def test_log_odds_do_not_overflow():
    odds, probability = scores(torch.tensor([[60.0, -60.0, -90.0], [0.0, 0.0, 0.0]]), torch.tensor([0, 2]))
    assert odds.tolist() == pytest.approx([120, -np.log(2)], rel=1e-5)
    assert probability.tolist() == pytest.approx([1, 1 / 3])


def test_errors(model, faces):
    with pytest.raises(AttributionError, match="did you mean 'blur'"):
        au_effects(model, faces[:1], UNITS, fill="blurr")
    with pytest.raises(UnknownUnit):
        au_effects(model, faces[:1], ["AU99"])
    with pytest.raises(AttributionError, match="at least two classes"):
        unit_effects(
            nn.Sequential(nn.Flatten(), nn.Linear(12, 1)),
            torch.rand(1, 3, 2, 2),
            torch.rand(1, 1),
            model.landmarks(faces[:1]),
            torch.zeros(1, dtype=torch.long),
        )
