"""A folder on disk, listed once: datasets have 300,000 files, so asking for each of them is too slow."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from explab.face.picture import SUFFIXES

_NOTHING: Mapping[str, bool] = {}


class Tree:
    """The files below `root`, by paths relative to it with forward slashes. Folders are listed when first asked for.

    Copies of a dataset come with other capitals ("Train/Angry" for "train/angry"). A path that is not there letter by
    letter stands for the one that differs from it in capitals alone, if there is just one.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listed: dict[str, Mapping[str, bool]] = {}
        self._lowered: dict[str, Mapping[str, list[str]]] = {}

    def names(self, folder: str = "") -> Mapping[str, bool]:
        """Name -> whether it is a folder; nothing where there is no such folder."""
        if folder not in self._listed:
            try:
                with os.scandir(self.root / self._spelt(folder)) as entries:
                    self._listed[folder] = {e.name: e.is_dir() for e in entries}
            except (FileNotFoundError, NotADirectoryError):
                self._listed[folder] = _NOTHING
        return self._listed[folder]

    def has(self, file: str) -> bool:
        """Whether there is such a file."""
        folder, _, name = file.rpartition("/")
        return self.names(folder).get(self._name(folder, name)) is False

    def path(self, file: str) -> Path:
        """Where a file lies."""
        return self.root / self._spelt(file)

    def _spelt(self, path: str) -> str:
        """A path with the capitals it has on disk."""
        if not path or Path(path).is_absolute():
            return path
        folder, _, name = path.rpartition("/")
        at = self._spelt(folder)
        return f"{at}/{self._name(folder, name)}" if at else self._name(folder, name)

    def _name(self, folder: str, name: str) -> str:
        names = self.names(folder)
        if name in names:
            return name
        if folder not in self._lowered:
            lowered = defaultdict(list)
            for known in names:
                lowered[known.lower()].append(known)
            self._lowered[folder] = dict(lowered)
        same = self._lowered[folder].get(name.lower(), [])
        return same[0] if len(same) == 1 else name

    def folders(self, folder: str = "") -> list[str]:
        """Names of the folders in a folder, sorted; hidden ones are passed over."""
        return sorted(name for name, inner in self.names(folder).items() if inner and name[0] != ".")

    def pictures(self, folder: str = "") -> list[str]:
        """Names of the pictures in a folder, sorted; hidden files and other endings are passed over."""
        return sorted(
            name
            for name, inner in self.names(folder).items()
            if not inner and name[0] != "." and os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 (speed)
        )

    def walk(self, folder: str = "") -> Iterator[str]:
        """A folder and all below it; hidden ones are passed over."""
        yield folder
        for name in self.folders(folder):
            yield from self.walk(f"{folder}/{name}" if folder else name)

    def find(self, pattern: str) -> list[str]:
        """Files and folders that match "AUCoding/*.csv", sorted; upper and lower case are the same."""
        paths = [""]
        for part in pattern.split("/"):
            paths = [f"{at}/{name}" if at else name for at in paths for name in self._matches(at, part)]
        return paths

    def _matches(self, folder: str, part: str) -> list[str]:
        names = self.names(folder)
        if part in names:
            return [part]
        pattern = part.lower()
        return sorted(name for name in names if fnmatchcase(name.lower(), pattern))

    def below(self, folder: str) -> Tree:
        """The tree of a folder in it."""
        return Tree(self.root / folder) if folder else self
