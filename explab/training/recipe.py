"""`Recipe`: how a network is trained, apart from what it learns."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from torch import nn, optim

OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("cosine", "steps", "constant")
PRECISIONS = ("no", "bf16", "fp16")


@dataclass(frozen=True)
class Recipe:
    """Settings of the training loop.

    Attributes:
        epochs: passes over the faces, each in another order; what does not fill a last batch is left out of a pass.
        batch: faces in a batch, of each process.
        accumulate: batches whose gradients are added up before the weights change.
        optimiser: "adamw", or "sgd" with Nesterov momentum.
        lr, weight_decay, momentum: of the optimiser; norms and biases are not decayed.
        schedule: of the learning rate: "cosine" to 0, "steps", or "constant".
        warmup: share of all steps in which the rate rises from 0.
        decay_every, decay: "steps" multiplies the rate by `decay` after every `decay_every` epochs.
        ema: decay of the moving average of the weights that is validated and kept; 0 is none.
        patience: epochs without a better validation score after which training ends; 0 is never.
        precision: "no", "bf16" or "fp16", as Accelerate names them.
        seed: of the order of faces, of augmentation and dropout. (The network's first weights are the task's.)

    Raises:
        ValueError: a value that is not allowed; the message says what is.
    """

    epochs: int = 20
    batch: int = 64
    accumulate: int = 1
    optimiser: str = "adamw"
    lr: float = 2e-3
    weight_decay: float = 0.05
    momentum: float = 0.9
    schedule: str = "cosine"
    warmup: float = 0.05
    decay_every: int = 4
    decay: float = 0.9
    ema: float = 0.0
    patience: int = 0
    precision: str = "no"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("optimiser", OPTIMISERS), ("schedule", SCHEDULES), ("precision", PRECISIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}={getattr(self, name)!r}: there are {', '.join(allowed)}")
        for name in ("epochs", "batch", "accumulate", "decay_every"):
            if not (isinstance(getattr(self, name), int) and getattr(self, name) >= 1):
                raise ValueError(f"{name}={getattr(self, name)!r} must be a whole number, at least 1")
        for name in ("ema", "warmup", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)!r} must lie in [0, 1)")
        if not 0 < self.decay <= 1:
            raise ValueError(f"decay={self.decay!r} must lie above 0, up to 1")
        if not (self.lr > 0 and self.weight_decay >= 0 and self.patience >= 0):
            raise ValueError(
                f"lr={self.lr!r} must be above 0, weight_decay={self.weight_decay!r} and "
                f"patience={self.patience!r} not below"
            )

    def fitting(self, n: int) -> Recipe:
        """The same for n samples: where they are fewer than a batch, batches of the power of two that n holds twice.

        Twice, so that a batch is still full when some pictures turn out to show no face.
        """
        return self if n >= self.batch else replace(self, batch=1 << max(n // 2, 1).bit_length() - 1)

    def rate(self, step: int, steps: int, per_epoch: int) -> float:
        """Learning rate at a step out of `steps`, as a function of the step alone: nothing to save or restore."""
        warm = self.warmup * steps
        if step < warm:
            return min(self.lr, self.lr * (step + 1) / warm)  # a warm-up may end between two steps
        if self.schedule == "cosine":
            return self.lr * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
        if self.schedule == "steps":
            return self.lr * self.decay ** (step // per_epoch // self.decay_every)
        return self.lr

    def optimizer(self, module: nn.Module) -> optim.Optimizer:
        """The optimiser over the weights that are trained."""
        trained = [p for p in module.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]
        if self.optimiser == "sgd":
            return optim.SGD(groups, lr=self.lr, momentum=self.momentum, nesterov=self.momentum > 0)
        return optim.AdamW(groups, lr=self.lr)
