"""What a run keeps on disk: `state.pt` to go on from, `best.safetensors` to keep."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from explab.training.errors import TrainingError
from explab.training.history import History

STATE, BEST = "state.pt", "best.safetensors"
LATER = {"task.balance": "none"}
"""Settings that runs did not have at first, and what they were then: such runs are gone on with."""


@dataclass
class Run:
    """Where a run is: everything that `state.pt` holds besides tensors."""

    step: int
    history: History
    sums: dict[str, float]
    best: float


def save(
    out: Path,
    key: Mapping[str, Any],
    run: Run,
    module: nn.Module,
    optimizer: Any,
    average: Any,
    accelerator: Any,
) -> None:
    """All of it or nothing; the main process alone writes.

    Raises:
        TrainingError: it cannot be written, as on a full disk.
    """
    if not accelerator.is_main_process:
        return
    state = {
        "key": dict(key),
        "run": asdict(run),
        "module": module.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average and average.state_dict(),
        "scaler": accelerator.scaler and accelerator.scaler.state_dict(),
    }
    making = _part(out / STATE)
    try:
        torch.save(state, making)
        making.replace(out / STATE)
    except (OSError, RuntimeError) as error:
        raise TrainingError(
            f"{out / STATE} cannot be written ({str(error).splitlines()[0]}); what was written before is whole. Make "
            "room, and the same command goes on"
        ) from error


def start(
    out: Path, key: Mapping[str, Any], module: nn.Module, optimizer: Any, average: Any, accelerator: Any
) -> Run:
    """Where the run in a folder stopped, everything else put back to that; in an empty folder, its beginning.

    Raises:
        TrainingError: the folder holds another run, or a damaged one.
    """
    optimizer.zero_grad()  # a run that was interrupted in a notebook leaves some
    if not (out / STATE).is_file():
        run = Run(0, History(), {}, -math.inf)
        # Interrupted before the next state, it must still find the first weights.
        save(out, key, run, module, optimizer, average, accelerator)
        return run
    state = _read(out)
    before, now = LATER | _flat(state["key"]), LATER | _flat(key)
    _refuse(out, [name for name in {**now, **before} if before.get(name) != now.get(name)])
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    if average is not None:
        average.load_state_dict(state["average"])
    if accelerator.scaler is not None:
        accelerator.scaler.load_state_dict(state["scaler"])
    stored = state["run"]
    return Run(stored["step"], History(**stored["history"]), stored["sums"], stored["best"])


def refuse_another(out: Path, key: Mapping[str, Any]) -> None:
    """Whether a folder is free for a run of which only some settings are known yet.

    Raises:
        TrainingError: it holds a damaged run, or one in which one of these settings is another.
    """
    if (out / STATE).is_file():
        before, now = LATER | _flat(_read(out)["key"]), _flat(key)
        _refuse(out, [name for name in now if before.get(name) != now[name]])


def save_best(out: Path, module: nn.Module) -> None:
    """Write the weights that are the best so far."""
    from safetensors.torch import save_model

    making = _part(out / BEST)
    save_model(module, str(making))
    making.replace(out / BEST)


def load_best(out: Path, module: nn.Module) -> None:
    """Put the best weights into the network. Raises TrainingError where the file is damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_model

    try:
        load_model(module, str(out / BEST))
    except (SafetensorError, RuntimeError) as error:
        raise TrainingError(
            f"{out / BEST} is damaged ({error}); put a copy back, or delete {out} and train again"
        ) from error


def _read(out: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(out / STATE, map_location="cpu", weights_only=True)
        best = state["run"]["history"]["best"]
        _ = state["key"], state["module"]
    except (RuntimeError, EOFError, UnpicklingError, ValueError, KeyError, TypeError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise TrainingError(
            f"{out / STATE} is damaged ({why}), so the run cannot go on; put a copy back, or delete {out} and train "
            "again"
        ) from error
    if best and not (out / BEST).is_file():
        raise TrainingError(
            f"{out / BEST} is missing, the weights of epoch {best}, the best so far; put it back, or delete {out} and "
            "train again"
        )
    return state


def _refuse(out: Path, differ: list[str]) -> None:
    if differ:
        raise TrainingError(
            f"{out} holds a run with another {', '.join(differ)}; name another folder, or delete this one"
        )


def _flat(key: Mapping[str, Any]) -> dict[str, Any]:
    """{"recipe": {"lr": 1}, "samples": 2} -> {"recipe.lr": 1, "samples": 2}."""
    return {
        f"{part}.{name}" if name else part: value
        for part, inner in key.items()
        for name, value in (inner if isinstance(inner, Mapping) else {"": inner}).items()
    }


def _part(file: Path) -> Path:
    """What a file is called while it is written."""
    return file.with_name(f"{file.name}.{os.getpid()}.part")
