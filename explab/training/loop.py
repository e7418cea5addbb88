"""The one training loop: any task, one CPU, one GPU or several (Accelerate), stopped and gone on with at any step.

Every step draws its random numbers from its own seed, and the learning rate is a function of the step. So a run that
was killed and started again ends with the same weights, bit for bit, as one that was not.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from explab.progress import progress_bar
from explab.training import state
from explab.training.errors import Stopped, TrainingError
from explab.training.history import History, Live
from explab.training.interrupt import Interrupt
from explab.training.recipe import Recipe
from explab.training.state import Run
from explab.words import count, near

LOG = "log.csv"
DEVICES = ("cpu", "cuda", "mps")


class Task(Protocol):
    """What is learned: a network, its data and its loss."""

    module: nn.Module
    n: int
    """Training samples. A task that also has `sampling`, (n,) chances adding up to 1, has them drawn by these, with
    replacement, in place of each once in an epoch."""

    def key(self) -> Mapping[str, Any]:
        """What makes this task another one, ready for JSON: a run is only gone on with for the same key."""

    def loss(self, module: nn.Module, rows: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of the samples `rows` (int64, on the network's device), and its parts for the log."""

    def validate(self, module: nn.Module) -> Mapping[str, float]:
        """Figures on validation data; "score" says how good the network is, higher is better."""


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
        device: "cpu" keeps away from an accelerator; "cuda" or "mps" insists on one; None takes what Accelerate finds.
        save_every: seconds between two states on disk; one is also written after every epoch.
        what: name for the progress bar.

    Raises:
        TrainingError: `out` holds another run or a damaged one; fewer samples than a batch; no such device, or one
            that does not compute with the recipe's precision; a loss or score that is not finite.
        Stopped: somebody pressed Ctrl-C; the state is on disk. In several processes, or at the second time, this is a
            KeyboardInterrupt without a state.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    accelerator = _accelerator(recipe, device)
    per_epoch, share = _batches(task.n, recipe, accelerator)
    steps = per_epoch * recipe.epochs
    _lay(task.module, torch.channels_last)  # convolutions take a fifth less time this way
    average = _average(task.module, recipe, accelerator.device)
    module, optimizer = accelerator.prepare(task.module, recipe.optimizer(task.module))
    key = {"task": dict(task.key()), "recipe": asdict(recipe), "samples": task.n}
    run = state.start(out, key, task.module, optimizer, average, accelerator)
    live, saved = Live(), time.monotonic()
    main: bool = accelerator.is_main_process

    def over() -> bool:
        return run.step >= steps or _patience_over(run, recipe)

    sampling = getattr(task, "sampling", None)
    order = _order(recipe.seed, run.step // per_epoch, task.n, sampling)
    with (
        _events(out, run, main and not over()) as events,
        progress_bar(steps, what, "step", done=run.step) as bar,
        Interrupt(wanted=accelerator.num_processes == 1) as interrupt,
    ):
        while not over():
            epoch, at = divmod(run.step, per_epoch)
            if at == 0:
                order = _order(recipe.seed, epoch, task.n, sampling)
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
                _change(task.module, optimizer, average)
            for name, value in {"loss": loss, **parts}.items():
                run.sums[name] = run.sums.get(name, 0.0) + float(value.detach())
            bar.update()
            if run.step % per_epoch == 0:
                _epoch_done(task, recipe, run, per_epoch, steps, average, out, events, main)
                live.update(run.history)
                _describe(bar, run)
            late = time.monotonic() - saved > save_every or interrupt.asked
            if run.step % per_epoch == 0 or (changes and late):
                state.save(out, key, run, task.module, optimizer, average, accelerator)
                saved = time.monotonic()
                if interrupt.asked:
                    raise Stopped(
                        f"stopped; the same command goes on: state of step {run.step} of {steps} in {out}"
                    )
    accelerator.wait_for_everyone()
    accelerator.unwrap_model(module, keep_fp32_wrapper=False)  # outside training the network is as it was
    _lay(task.module, torch.contiguous_format)
    state.load_best(out, task.module)
    return run.history


def refuse_early(
    known: Mapping[str, Any], n: int, recipe: Recipe, out: str | Path, *, device: str | None = None
) -> None:
    """What `train` would refuse, said before the pictures are prepared, which may take hours.

    Args:
        known: what is known already of the task's key.
        n: samples, at most.
        recipe, out, device: as of `train`.

    Raises:
        TrainingError: as `train`.
    """
    _batches(n, recipe, _accelerator(recipe, device))
    state.refuse_another(Path(out), {"task": known, "recipe": asdict(recipe)})


def _batches(n: int, recipe: Recipe, accelerator: Any) -> tuple[int, int]:
    """Batches in an epoch, and the samples in one of all processes."""
    share = recipe.batch * accelerator.num_processes
    if n < share:
        raise TrainingError(
            f"{count(n, 'sample')} to train on, fewer than a batch of {share}; lower `batch` or bring more"
        )
    return n // share, share


def _accelerator(recipe: Recipe, device: str | None) -> Any:
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        # Accelerate keeps precision and device for the life of the process; the next run of a notebook has its own.
        AcceleratorState._reset_state(reset_partial_state=True)
    if device not in (None, *DEVICES):
        raise TrainingError(
            f"no device {device!r}; there are {', '.join(DEVICES)}{near(str(device), DEVICES)}"
        )
    accelerator = Accelerator(mixed_precision=recipe.precision, cpu=device == "cpu")
    if device not in (None, accelerator.device.type):
        raise TrainingError(
            f"there is no {device} here, only {accelerator.device.type}; leave the device out"
        )
    if recipe.precision == "fp16" and accelerator.device.type == "cpu":
        raise TrainingError("a CPU does not train in fp16; set the precision to 'no' or 'bf16', or use a GPU")
    return accelerator


def _group(at: int, accumulate: int, per_epoch: int) -> tuple[int, bool]:
    """Of the batches that are added up with batch `at` of an epoch: how many, and whether it is the last. At the end of
    an epoch they may be fewer."""
    first = at - at % accumulate
    last = min(first + accumulate, per_epoch) - 1
    return last - first + 1, at == last


def _seed(seed: int, step: int, process: int) -> int:
    """A seed for one step of one process, unrelated to those of its neighbours."""
    return int(np.random.SeedSequence([seed, step, process]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _order(seed: int, epoch: int, n: int, sampling: Any = None) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The samples of an epoch, as a function of its number alone: nothing to save or restore."""
    draw = np.random.default_rng([seed, epoch, n])
    return draw.permutation(n) if sampling is None else draw.choice(n, n, p=sampling)


def _average(module: nn.Module, recipe: Recipe, device: torch.device) -> Any:
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    if not recipe.ema:
        return None
    return AveragedModel(module, device, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema), use_buffers=True)


def _change(module: nn.Module, optimizer: Any, average: Any) -> None:
    """One step of the weights, and of their average."""
    optimizer.step()
    optimizer.zero_grad()
    if average is not None:
        average.update_parameters(module)


def _lay(module: Any, how: torch.memory_format) -> None:
    """How weights of four dimensions lie in memory. (torch's annotations do not know of it.)"""
    module.to(memory_format=how)


def _patience_over(run: Run, recipe: Recipe) -> bool:
    return bool(recipe.patience) and len(run.history.rows) - run.history.best >= recipe.patience


def _epoch_done(
    task: Task,
    recipe: Recipe,
    run: Run,
    per_epoch: int,
    steps: int,
    average: Any,
    out: Path,
    events: Any,
    main: bool,
) -> None:
    from accelerate.utils import broadcast_object_list

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
            state.save_best(out, judged)
    if main:
        run.history.write_csv(out / LOG)
        for name, value in row.items():
            events.add_scalar(name, value, epoch)
        events.flush()


def _describe(bar: Any, run: Run) -> None:
    row = run.history.rows[-1]
    beside = [f"{name} {row[f'val/{name}']:.3f}" for name in ("floor", "recall") if f"val/{name}" in row]
    said = ", ".join([f"score {row['val/score']:.3f}", *beside])
    bar.set_postfix_str(f"epoch {row['epoch']:.0f}, {said}, best {run.best:.3f}")


def _events(out: Path, run: Run, write: bool) -> Any:
    from tensorboardX import SummaryWriter

    return SummaryWriter(str(out / "events"), purge_step=len(run.history.rows) + 1, write_to_disk=write)
