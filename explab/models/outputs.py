"""What a network's numbers are: logits, the probabilities of a softmax, or one probability for each class.

Networks exported from Keras end in a softmax or a sigmoid. A softmax over probabilities gives a sure network .31, so
their answers are turned back into logits, from which the same probabilities come out again.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from explab.attribution.outputs import ask, logits_of

KINDS = ("auto", "logits", "probabilities", "sigmoid")
"""What `wrap(outputs=...)` takes."""

LOUD = (0.0, 1.0, 3.0, 30.0, 1000.0)
"""Standard deviations of the pictures that a network is tried on: logits leave [0, 1] for loud ones, probabilities do
not."""

TINY = float(torch.finfo(torch.float32).tiny)
BELOW_ONE = 1 - float(torch.finfo(torch.float32).eps) / 2


def tried(module: nn.Module, probe: Tensor) -> Tensor:
    """(n, n_classes) float32 answers of a network to grey and to noise, of the shape of a probe (1, C, H, W).

    One picture is asked about at a time, since some networks take no more. Answers that are no numbers are left out.
    """
    chance = torch.Generator().manual_seed(0)
    noise = [torch.randn(probe.shape, generator=chance) * spread for spread in LOUD]
    with torch.no_grad():
        answers = torch.cat([ask(module, x.to(probe)).float().cpu() for x in noise])
    return answers[answers.isfinite().all(1)]


def within(answers: Tensor) -> bool:
    """Whether all answers (n, n_classes) may be probabilities: none below 0, none above 1, and there are some."""
    return bool(len(answers)) and bool(((answers >= 0) & (answers <= 1)).all())


def kind_of(answers: Tensor, tolerance: float) -> str:
    """What answers (n, n_classes) are: "probabilities" in rows that sum to 1, "sigmoid" in other rows, or "logits".

    One class alone has no softmax: a row of one number is the answer of a sigmoid, inside the network or still to come.
    """
    if not within(answers):
        return "logits"
    sums = bool(((answers.sum(1) - 1).abs() <= tolerance).all())
    return "probabilities" if sums and answers.shape[1] > 1 else "sigmoid"


def answering_logits(module: nn.Module, logits: Callable[[Tensor], Tensor]) -> nn.Module:
    """A twin of a network that shares its parts and weights, and gives `logits(what the network gives)`.

    Its layers have the names that they had, and the network itself is left as it is.
    """
    twin = copy.copy(module)
    twin._forward_hooks = OrderedDict(
        module._forward_hooks
    )  # the twin's own: a hook on it is none on the network

    def turned(_part: nn.Module, _inputs: Any, output: Any) -> Tensor:
        return logits(logits_of(output))

    twin.register_forward_hook(turned)
    return twin


def log(probabilities: Tensor) -> Tensor:
    """(B, n) probabilities that sum to 1 -> float32 logits, whose softmax they are."""
    return probabilities.float().clamp_min(TINY).log()


def log_odds(probabilities: Tensor) -> Tensor:
    """(B, n) probabilities, each for itself -> float32 logits, whose sigmoid they are."""
    share = probabilities.float().clamp(TINY, BELOW_ONE)
    return share.log() - torch.log1p(-share)
