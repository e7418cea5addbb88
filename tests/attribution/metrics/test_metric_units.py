"""Sufficiency and comprehensiveness on a classifier that reads one place of the face, and region by region."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from torch import nn

import explab as xl
from explab.attribution import metrics
from explab.attribution.au_removal.regions import UNITS
from explab.attribution.metrics.unit_removal import ranked_units
from explab.heatmaps import HeatmapError, render

SIDE = 64


class Reader(nn.Module):
    """The logit of class 1 is how different the picture is from grey in the middle of one unit's region."""

    def __init__(self, region: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("region", torch.from_numpy(region))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        read = ((x - 0.5).abs().mean(1) * self.region).sum((1, 2)) / self.region.sum()
        return torch.stack([torch.full_like(read, 1.5), 8 * read], 1)


@pytest.fixture(scope="module")
def landmarks() -> np.ndarray:
    return np.stack([xl.synth.face(seed=3, size=SIDE).landmarks] * 4)


@pytest.fixture(scope="module")
def reader(landmarks: np.ndarray) -> Reader:
    region = render(landmarks[:1], ["AU12"], (SIDE, SIDE))[0][0, 0]
    return Reader((region > 0.7).astype(np.float32)).eval()


@pytest.fixture(scope="module")
def noisy() -> torch.Tensor:
    return torch.rand(4, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)).round()


def at(landmarks: np.ndarray, unit: str) -> np.ndarray:
    return render(landmarks, [unit], (SIDE, SIDE))[0][:, 0]


def test_the_place_that_is_read_is_enough_and_cannot_be_missed(landmarks, reader, noisy):
    units = ("AU4", "AU12", "AU43")
    for k in (1, 2):
        good, bad = at(landmarks, "AU12"), at(landmarks, "AU4") + 0.1 * at(landmarks, "AU43")
        lost = metrics.comprehensiveness(good, reader, noisy, landmarks, 1, k=k, units=units)
        kept = metrics.comprehensiveness(bad, reader, noisy, landmarks, 1, k=k, units=units)
        assert (lost > 0.3).all()
        assert np.abs(kept).max() < 0.05
        enough = metrics.sufficiency(good, reader, noisy, landmarks, 1, k=k, units=units)
        missed = metrics.sufficiency(bad, reader, noisy, landmarks, 1, k=k, units=units)
        assert (enough < lost / 2).all()
        assert (missed > 0.3).all()


def test_as_by_hand(landmarks, reader, noisy, blurry):
    maps, units = blurry(4, (SIDE, SIDE)) - 0.2, ("AU1", "AU4", "AU6", "AU12", "AU17")
    blurred = noisy.numpy().astype(float)
    for axis in (2, 3):
        blurred = gaussian_filter1d(blurred, SIDE / 14, axis=axis, mode="mirror", truncate=3)
    for k in (1, 3):
        comprehensive = metrics.comprehensiveness(maps, reader, noisy, landmarks, 1, k=k, units=units)
        sufficient = metrics.sufficiency(maps, reader, noisy, landmarks, 1, k=k, units=units)
        for i, one in enumerate(maps):
            regions = {unit: at(landmarks[[i]], unit)[0] for unit in units}
            mass = {unit: (np.maximum(one, 0) * region).sum() for unit, region in regions.items()}
            named = sorted(mass, key=lambda unit: -mass[unit])[:k]
            share = np.max([regions[unit] for unit in named], axis=0)
            x = noisy[i].numpy()

            def answer(picture: np.ndarray) -> float:
                return reader(torch.from_numpy(picture.astype(np.float32))[None]).softmax(1)[0, 1].item()

            without = (1 - share) * x + share * blurred[i]
            alone = share * x + (1 - share) * blurred[i]
            assert comprehensive[i] == pytest.approx(answer(x) - answer(without), abs=1e-5)
            assert sufficient[i] == pytest.approx(answer(x) - answer(alone), abs=1e-5)


def test_units_are_ranked_by_mass_and_those_outside_come_last():
    regions = np.zeros((1, 3, 4, 4), np.float32)
    regions[0, 0, 0], regions[0, 1, 1:3], regions[0, 2, 3] = 1, 0.5, 1
    maps = np.array([[1.0, 2.0, 3.0, -9.0]])[..., None].repeat(4, 2)
    order, mass = ranked_units(maps, regions, np.array([[True, True, True]]))
    assert order.tolist() == [[1, 0, 2]]
    assert mass == pytest.approx(np.array([[4, 10, 0]]))
    order, mass = ranked_units(maps, regions, np.array([[True, False, True]]))
    assert order.tolist() == [[0, 2, 1]]


def test_a_map_that_names_no_unit_is_missing(landmarks, reader, noisy, blurry):
    maps = blurry(4, (SIDE, SIDE))
    maps[0], maps[1] = 0, np.nan
    points = landmarks.copy()
    points[2] = np.nan
    for measure in (metrics.comprehensiveness, metrics.sufficiency):
        found = measure(maps, reader, noisy, points)
        assert np.isnan(found).tolist() == [True, True, True, False]
        assert np.isnan(measure(np.full_like(maps, np.nan), reader, noisy, points)).all()


def test_errors(landmarks, reader, noisy, blurry):
    maps = blurry(4)
    with pytest.raises(metrics.MetricError, match=f"from 1 to the number of units, {len(UNITS)}"):
        metrics.sufficiency(maps, reader, noisy, landmarks, k=99)
    with pytest.raises(metrics.MetricError, match="3 faces' landmarks but 4 pictures"):
        metrics.sufficiency(maps, reader, noisy, landmarks[:3])
    with pytest.raises(HeatmapError, match="no place on the face"):
        metrics.sufficiency(maps, reader, noisy, landmarks, units=("AU12", "AU51"), k=1)
