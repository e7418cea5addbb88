"""What can go wrong between a name and a model that answers."""

from __future__ import annotations


class ModelError(ValueError):
    """A model that cannot be found, read or built. Its text says what was wrong and what to do."""


class ModelWarning(UserWarning):
    """What was taken for granted of somebody's network; it also stands in its card, under "remarks"."""
