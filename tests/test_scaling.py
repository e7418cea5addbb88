"""The one min-max, on arrays and tensors, against scikit-learn's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.preprocessing import minmax_scale

from explab.scaling import min_max


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_sklearns(dtype: type) -> None:
    maps = np.random.default_rng(0).normal(3, 2, (2, 3, 5, 7)).astype(dtype)
    expected = minmax_scale(maps.reshape(6, 35), axis=1).reshape(maps.shape)
    assert min_max(maps) == pytest.approx(expected, abs=1e-6)
    assert min_max(maps).dtype == dtype
    stretched = min_max(torch.from_numpy(maps))
    assert isinstance(stretched, torch.Tensor)
    assert np.array_equal(stretched.numpy(), min_max(maps))


@pytest.mark.parametrize("value", [0.0, 0.3, -2.0, 5.0])
def test_a_constant_map_becomes_nothing(value: float) -> None:
    maps = np.stack([np.full((4, 4), value), np.eye(4)])
    for stretched in (min_max(maps), min_max(torch.from_numpy(maps)).numpy()):
        assert not stretched[0].any()
        assert np.array_equal(stretched[1], np.eye(4))


def test_a_broken_map_leaves_the_others_alone() -> None:
    maps = np.stack([np.eye(3), np.full((3, 3), np.nan)])
    assert np.array_equal(min_max(maps)[0], np.eye(3))
    assert np.isnan(min_max(maps)[1]).all()


def test_arrays_need_no_torch() -> None:
    code = "import sys, numpy, explab.scaling as s; s.min_max(numpy.eye(3)); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
