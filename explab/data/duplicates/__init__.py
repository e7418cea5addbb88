"""Pictures that are in two splits: what was trained on must not be tested on."""

from explab.data.duplicates.find import DUPLICATES, Duplicate, checked, find, remarks

__all__ = ["DUPLICATES", "Duplicate", "checked", "find", "remarks"]
