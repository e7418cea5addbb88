"""What can go wrong when a prediction is traced back."""

from __future__ import annotations


class AttributionError(ValueError):
    """A map that cannot be made. Its text says what was wrong, where, and what to do."""
