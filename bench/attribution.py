"""How fast class activation maps are drawn: `python bench/attribution.py`.

A small residual network, 112 px, the six class activation maps of one layer, on the CPU. Ratios of two ways to the
same maps, measured in turn within one run:

    shared      one call for several methods, which read one forward and one backward pass
    separate    a call for each method, as packages with a class per method do it
    batch       one call for all faces
    one by one  a call for each face

ScoreCAM asks the network again for every channel, so it decides the time of all six; the others are also shown alone.
Every pair is checked to give the same maps.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from explab.attribution import cams
from explab.attribution.run import SIX

FACES, SIDE, LAYER = 32, 112, "3"
FIVE = tuple(name for name in SIX if name != "scorecam")


class Block(nn.Module):
    """Two 3 x 3 convolutions around a shortcut, at half the size."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(after, after, 3, 1, 1), nn.BatchNorm2d(after))
        self.shortcut = nn.Conv2d(before, after, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        maps: Tensor = (self.second(self.first(x)) + self.shortcut(x)).relu()
        return maps


def network() -> nn.Module:
    torch.manual_seed(0)
    blocks = [Block(before, after) for before, after in ((3, 24), (24, 48), (48, 96), (96, 128))]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 7)).eval()


def median_ms(ways: list[Callable[[], Tensor]], repeats: int) -> list[float]:
    """The ways in turn, so that a busy machine slows all of them; asserts that they give the same maps."""
    first = [way() for way in ways]
    assert all(torch.allclose(maps, first[0], atol=1e-5) for maps in first)
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(repeats):
        for way, taken in zip(ways, times, strict=True):
            start = time.perf_counter()
            way()
            taken.append(time.perf_counter() - start)
    return [1000 * float(torch.tensor(taken).median()) for taken in times]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repeats", type=int, default=5, help="timed repetitions of each row (default 5)")
    repeats = options.parse_args().repeats
    net = network()
    x = torch.randn(FACES, 3, SIDE, SIDE)

    def at_once(methods: tuple[str, ...], faces: Tensor) -> Callable[[], Tensor]:
        return lambda: cams(net, LAYER, faces, 0, methods)

    def separate(methods: tuple[str, ...], faces: Tensor) -> Callable[[], Tensor]:
        return lambda: torch.cat([cams(net, LAYER, faces, 0, name) for name in methods])

    def one_by_one(methods: tuple[str, ...], faces: Tensor) -> Callable[[], Tensor]:
        return lambda: torch.cat([cams(net, LAYER, face, 0, methods) for face in faces.split(1)], 1)

    rows = [
        ("5 methods, 32 faces: shared / separate", at_once(FIVE, x), separate(FIVE, x)),
        ("5 methods, 1 face: shared / separate", at_once(FIVE, x[:1]), separate(FIVE, x[:1])),
        ("6 methods, 1 face: shared / separate", at_once(SIX, x[:1]), separate(SIX, x[:1])),
        ("5 methods: batch of 32 / one by one", at_once(FIVE, x), one_by_one(FIVE, x)),
        ("6 methods: batch of 4 / one by one", at_once(SIX, x[:4]), one_by_one(SIX, x[:4])),
    ]
    print(
        f"{FACES} faces, {SIDE} px, 128 maps of 7 x 7; {os.cpu_count()} cores, {platform.machine()}, "
        f"torch {torch.__version__} with {torch.get_num_threads()} threads; median of {repeats}, milliseconds"
    )
    print(f"{'':42}{'first':>9}{'second':>9}{'ratio':>8}")
    for name, *ways in rows:
        first, second = median_ms(ways, repeats)
        print(f"{name:42}{first:9.1f}{second:9.1f}{second / first:7.1f}x")


if __name__ == "__main__":
    main()
