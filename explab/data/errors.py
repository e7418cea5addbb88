"""What can go wrong between a folder on disk and a list of samples."""

from __future__ import annotations


class DatasetError(ValueError):
    """A dataset that cannot be read. Its text says what was looked for, what was found, and what to do."""
