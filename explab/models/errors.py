"""What can go wrong between a name and a model that answers."""

from __future__ import annotations


class ModelError(ValueError):
    """A model that cannot be found, read or built. Its text says what was wrong and what to do."""
