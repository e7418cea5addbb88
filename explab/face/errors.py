"""What can go wrong between a file and a face: one line each, naming the file and what to do."""

from __future__ import annotations

from pathlib import Path


class FaceError(ValueError):
    """A picture that cannot be read, or shows no face. Its text reads `file: what is wrong; what to do`."""


class PictureError(FaceError):
    """The file is missing, is no picture, or is damaged."""


class EmptyFolderError(PictureError):
    """A folder without pictures."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: no pictures in this folder; expected files such as .jpg or .png")
        self.folder = folder


class NoFaceError(FaceError):
    """The picture was read, every search was tried, and no face was found."""


class BackendError(FaceError):
    """The landmark backend, or the task file it needs, is not available."""


class FaceWarning(UserWarning):
    """One picture among several was left out; the others were read."""
