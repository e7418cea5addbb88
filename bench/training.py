"""What guidance costs in training: faces a second with and without it, same network, same faces, one run.

python bench/training.py
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import torch

from explab.models import load
from explab.models.load import BASIC
from explab.synth import faces
from explab.training import Augment, GuidedTask
from explab.training.pictures import pictures

BATCH, ROUNDS = 64, 12


def step(task: GuidedTask, optimizer: torch.optim.Optimizer, rows: torch.Tensor) -> float:
    """Seconds of one training step."""
    start = time.perf_counter()
    loss, _ = task.loss(task.module, rows)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return time.perf_counter() - start


def main() -> None:
    """Alternate steps of both arms, so that a busy moment hits both alike."""
    model = load("guided")
    shown = pictures(faces(BATCH, seed=9, size=140, expressions=BASIC), model.view)
    arms = {}
    for name, strength in (("plain", 0.0), ("guided", 4.0)):
        net = load("guided")
        task = GuidedTask(net, shown, shown, guidance=strength, augment=Augment(flip=0.5, rotate=6.0))
        arms[name] = (task, torch.optim.AdamW(task.module.parameters()))
    rows = torch.from_numpy(np.arange(BATCH))
    took: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(ROUNDS):
        for name, (task, optimizer) in arms.items():
            took[name].append(step(task, optimizer, rows))
    per_second = {name: BATCH / median(seconds[2:]) for name, seconds in took.items()}
    ratio = per_second["guided"] / per_second["plain"]
    for name, rate in per_second.items():
        print(f"{name:8} {rate:6.0f} faces/s")
    print(f"guided / plain: {ratio:.3f} (goal 0.9 or above)")


if __name__ == "__main__":
    main()
