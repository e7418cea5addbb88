"""The one training loop: any task, one CPU, one GPU or several (Accelerate), stopped and gone on with at any step.

Every step draws its random numbers from its own seed, and the learning rate is a function of the step. So a run that
was killed and started again ends with the same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from explab.progress import progress_bar
from explab.training.history import History, Live
from explab.training.recipe import Recipe

STATE, BEST, LOG = "state.pt", "best.safetensors", "log.csv"


class Task(Protocol):
    """What is learned: a network, its data and its loss."""

    module: nn.Module
    n: int
    """Training samples."""

    def key(self) -> Mapping[str, Any]:
        """What makes this task another one, ready for JSON: a run is only gone on with for the same key."""

    def loss(self, module: nn.Module, rows: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of the samples `rows` (int64, on the network's device), and its parts for the log."""

    def validate(self, module: nn.Module) -> Mapping[str, float]:
        """Figures on validation data; "score" says how good the network is, higher is better."""


class TrainingError(RuntimeError):
    """A run that cannot start, go on or finish. Its text says why, what is safe, and what to do."""


@dataclass
class _Run:
    """Where a run is: everything that `state.pt` holds besides tensors."""

    step: int
    history: History
    sums: dict[str, float]
    best: float


def train(
    task: Task,
    recipe: Recipe,
    out: str | Path,
    *,
    device: str | None = None,
    save_every: float = 60.0,
    what: str = "training",
) -> History:
    """Train, keep what is needed to go on, and leave the best weights in `task.module`.

    Args:
        task: what to learn.
        recipe: how.
        out: folder for `state.pt`, `best.safetensors`, `log.csv` and TensorBoard events. If a run with the same task
            and recipe was stopped there, it is gone on with; one that had finished is only read.
        device: "cpu" keeps away from an accelerator; None takes what Accelerate finds.
        save_every: seconds between two states on disk; one is also written after every epoch.
        what: name for the progress bar.

    Raises:
        TrainingError: `out` holds another run; fewer samples than a batch; a loss or score that is not finite.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    accelerator = _accelerator(recipe, device)
    share = recipe.batch * accelerator.num_processes
    per_epoch = task.n // share
    if per_epoch == 0:
        raise TrainingError(
            f"{task.n} samples are fewer than a batch of {share}; lower `batch` or bring more"
        )
    steps = per_epoch * recipe.epochs
    task.module.to(memory_format=torch.channels_last)  # convolutions take a fifth less time this way
    average = _average(task.module, recipe, accelerator.device)
    module, optimizer = accelerator.prepare(task.module, recipe.optimizer(task.module))
    key = {"task": dict(task.key()), "recipe": asdict(recipe), "samples": task.n}
    run = _start(out, key, task.module, optimizer, average, accelerator)
    live, saved = Live(), time.monotonic()
    main: bool = accelerator.is_main_process

    def over() -> bool:
        return run.step >= steps or _patience_over(run, recipe)

    order = _order(recipe.seed, run.step // per_epoch, task.n)
    with (
        _events(out, run, main and not over()) as events,
        progress_bar(steps, what, "step", done=run.step) as bar,
    ):
        while not over():
            epoch, at = divmod(run.step, per_epoch)
            if at == 0:
                order = _order(recipe.seed, epoch, task.n)
            torch.manual_seed(_seed(recipe.seed, run.step, accelerator.process_index))
            rows = order[at * share + accelerator.process_index :: accelerator.num_processes][: recipe.batch]
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate(run.step, steps, per_epoch)
            module.train()
            # Accelerate leaves its autocast to the module, so the loss is computed in full precision.
            loss, parts = task.loss(module, torch.from_numpy(rows).to(accelerator.device))
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss.item()} at step {run.step + 1} of {steps}; lower the learning rate "
                    f"({recipe.lr:g}) or look at the data. What was reached before is in {out}"
                )
            together, changes = _group(at, recipe.accumulate, per_epoch)
            accelerator.backward(loss / together)
            run.step += 1
            if changes:
                optimizer.step()
                optimizer.zero_grad()
                if average is not None:
                    average.update_parameters(task.module)
            for name, value in {"loss": loss, **parts}.items():
                run.sums[name] = run.sums.get(name, 0.0) + float(value.detach())
            bar.update()
            if run.step % per_epoch == 0:
                _epoch_done(task, recipe, run, per_epoch, steps, average, out, events, main)
                live.update(run.history)
                _describe(bar, run)
            if run.step % per_epoch == 0 or (changes and time.monotonic() - saved > save_every):
                _save(out, key, run, task.module, optimizer, average, accelerator)
                saved = time.monotonic()
    accelerator.wait_for_everyone()
    accelerator.unwrap_model(module, keep_fp32_wrapper=False)  # outside training the network is as it was
    task.module.to(memory_format=torch.contiguous_format)
    _load_best(out, task.module)
    return run.history


def _accelerator(recipe: Recipe, device: str | None) -> Any:
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        # Accelerate keeps precision and device for the life of the process; the next run of a notebook has its own.
        AcceleratorState._reset_state(reset_partial_state=True)
    return Accelerator(mixed_precision=recipe.precision, cpu=device == "cpu")


def _group(at: int, accumulate: int, per_epoch: int) -> tuple[int, bool]:
    """Of the batches that are added up with batch `at` of an epoch: how many, and whether it is the last. At the end of
    an epoch they may be fewer."""
    first = at - at % accumulate
    last = min(first + accumulate, per_epoch) - 1
    return last - first + 1, at == last


def _seed(seed: int, step: int, process: int) -> int:
    """A seed for one step of one process, unrelated to those of its neighbours."""
    return int(np.random.SeedSequence([seed, step, process]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _order(seed: int, epoch: int, n: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.random.default_rng([seed, epoch, n]).permutation(n)


def _average(module: nn.Module, recipe: Recipe, device: torch.device) -> Any:
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    if not recipe.ema:
        return None
    return AveragedModel(module, device, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema), use_buffers=True)


def _patience_over(run: _Run, recipe: Recipe) -> bool:
    return bool(recipe.patience) and len(run.history.rows) - run.history.best >= recipe.patience


def _epoch_done(
    task: Task,
    recipe: Recipe,
    run: _Run,
    per_epoch: int,
    steps: int,
    average: Any,
    out: Path,
    events: Any,
    main: bool,
) -> None:
    from accelerate.utils import broadcast_object_list
    from safetensors.torch import save_model

    judged = task.module if average is None else average.module
    judged.eval()
    with torch.no_grad():
        figures = {name: float(value) for name, value in task.validate(judged).items()}
    # Batch statistics differ a little between processes; what ends training must not.
    (figures,) = broadcast_object_list([figures])
    epoch = run.step // per_epoch
    if not math.isfinite(figures["score"]):
        raise TrainingError(
            f"the validation score is {figures['score']} after epoch {epoch}; look at the validation data, or lower "
            f"the learning rate ({recipe.lr:g}). What was reached before is in {out}"
        )
    row = {"epoch": float(epoch), "lr": recipe.rate(run.step - 1, steps, per_epoch)}
    row |= {f"train/{name}": total / per_epoch for name, total in run.sums.items()}
    row |= {f"val/{name}": value for name, value in figures.items()}
    run.history.rows.append(row)
    run.sums = {}
    if figures["score"] > run.best:
        run.best, run.history.best = figures["score"], epoch
        if main:
            save_model(judged, str(out / f"{BEST}.part"))
            (out / f"{BEST}.part").replace(out / BEST)
    if main:
        run.history.write_csv(out / LOG)
        for name, value in row.items():
            events.add_scalar(name, value, epoch)
        events.flush()


def _describe(bar: Any, run: _Run) -> None:
    row = run.history.rows[-1]
    bar.set_postfix_str(f"epoch {row['epoch']:.0f}, score {row['val/score']:.3f}, best {run.best:.3f}")


def _events(out: Path, run: _Run, write: bool) -> Any:
    from tensorboardX import SummaryWriter

    return SummaryWriter(str(out / "events"), purge_step=len(run.history.rows) + 1, write_to_disk=write)


# -- on disk


def _save(
    out: Path,
    key: Mapping[str, Any],
    run: _Run,
    module: nn.Module,
    optimizer: Any,
    average: Any,
    accelerator: Any,
) -> None:
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
    torch.save(state, out / f"{STATE}.part")
    (out / f"{STATE}.part").replace(out / STATE)


def _start(
    out: Path, key: Mapping[str, Any], module: nn.Module, optimizer: Any, average: Any, accelerator: Any
) -> _Run:
    """Where the run in a folder stopped, everything else put back to that; in an empty folder, its beginning."""
    optimizer.zero_grad()  # a run that was interrupted in a notebook leaves some
    if not (out / STATE).is_file():
        run = _Run(0, History(), {}, -math.inf)
        # Interrupted before the next state, it must still find the first weights.
        _save(out, key, run, module, optimizer, average, accelerator)
        return run
    state = torch.load(out / STATE, map_location="cpu", weights_only=True)
    before, now = _flat(state["key"]), _flat(key)
    differ = [name for name in {**now, **before} if before.get(name) != now.get(name)]
    if differ:
        raise TrainingError(
            f"{out} holds a run with another {', '.join(differ)}; name another folder, or delete this one"
        )
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    if average is not None:
        average.load_state_dict(state["average"])
    if accelerator.scaler is not None:
        accelerator.scaler.load_state_dict(state["scaler"])
    kept = state["run"]
    return _Run(kept["step"], History(**kept["history"]), kept["sums"], kept["best"])


def _flat(key: Mapping[str, Any]) -> dict[str, Any]:
    """{"recipe": {"lr": 1}, "samples": 2} -> {"recipe.lr": 1, "samples": 2}."""
    return {
        f"{part}.{name}" if name else part: value
        for part, inner in key.items()
        for name, value in (inner if isinstance(inner, Mapping) else {"": inner}).items()
    }


def _load_best(out: Path, module: nn.Module) -> None:
    from safetensors.torch import load_model

    load_model(module, str(out / BEST))
