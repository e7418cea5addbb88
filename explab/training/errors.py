"""What can stop a training run."""

from __future__ import annotations


class TrainingError(RuntimeError):
    """A run that cannot start, go on or finish. Its text says why, what is safe, and what to do."""


class Stopped(KeyboardInterrupt):
    """A run that was interrupted, its state on disk. Its text says where, and how to go on."""
