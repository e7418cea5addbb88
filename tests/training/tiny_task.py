"""A task of a few hundred weights with everything that makes going on hard: batch statistics, dropout, noise.

Run as a program it is killed again and again: `python tiny_task.py OUT SEED` trains into OUT/straight without a break
and into OUT/broken with one kill after another, and prints how many there were.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from explab.training.loop import train
from explab.training.recipe import Recipe


class TinyTask:
    """Three classes of 6 x 6 pictures, 44 to train on and 16 to validate; `score` rises as the validation loss falls.

    Args:
        plain: no batch statistics, no dropout, no noise: the loss of a batch is the mean over its samples.
        n: samples.
        seed: of the first weights. The data are always the same.
        moment: called with a word when something is about to happen.
    """

    def __init__(
        self,
        *,
        plain: bool = False,
        n: int = 44,
        seed: int = 0,
        moment: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.n, self.plain, self.moment = n, plain, moment
        own = torch.Generator().manual_seed(11)
        self.y = torch.randint(3, (n + 16,), generator=own)
        self.x = torch.randn(n + 16, 1, 6, 6, generator=own) + self.y[:, None, None, None].float()
        torch.manual_seed(seed)
        inner: list[nn.Module] = [] if plain else [nn.BatchNorm2d(4), nn.Dropout(0.3)]
        self.module = nn.Sequential(
            nn.Conv2d(1, 4, 3, 2), *inner, nn.Tanh(), nn.Flatten(), nn.Linear(4 * 2 * 2, 3)
        )

    def key(self) -> Mapping[str, Any]:
        return {"name": "tiny", "plain": self.plain}

    def loss(self, module: nn.Module, rows: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
        self.moment("loss")
        x = self.x[rows]
        if not self.plain:
            x = x + 0.2 * torch.randn_like(x)
        ce = functional.cross_entropy(module(x), self.y[rows])
        return ce, {"ce": ce}

    def validate(self, module: nn.Module) -> Mapping[str, float]:
        self.moment("validate")
        logits = module(self.x[self.n :])
        truth = self.y[self.n :]
        return {
            "score": -float(functional.cross_entropy(logits, truth)),
            "accuracy": float((logits.argmax(1) == truth).float().mean()),
        }


BROKEN = Recipe(epochs=4, batch=8, accumulate=2, ema=0.8, lr=0.02, seed=5)
"""5 batches in an epoch, the last of which changes the weights alone."""


def killed_in(moments: int) -> Callable[[str], None]:
    """A `moment` that kills its process, for good, when it is called for the n-th time; the disk counts as well."""
    left, stored = moments, torch.save

    def moment(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def save(state: Any, path: Path) -> None:
        if left == 1:
            Path(path).write_bytes(b"half a state")
        moment("save")
        stored(state, path)

    torch.save = save
    return moment


def in_a_child(work: Callable[[], None]) -> int:
    """Do it in a process of its own; the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("the child failed")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def main(out: Path, seed: int) -> None:
    """See the top of the file. State is written after every change of the weights."""
    torch.set_num_threads(1)
    for late in ("accelerate", "tensorboardX", "torch._dynamo"):  # once for all children
        import_module(late)
    in_a_child(lambda: train(TinyTask(), BROKEN, out / "straight", device="cpu", save_every=0) and None)
    draw = random.Random(seed)
    kills = 0
    while True:
        moments = draw.randint(2, 9)
        ended = in_a_child(
            lambda moments=moments: (
                train(TinyTask(moment=killed_in(moments)), BROKEN, out / "broken", device="cpu", save_every=0)
                and None
            )
        )
        if ended == 0:
            break
        assert ended == signal.SIGKILL
        kills += 1
    print(kills)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
