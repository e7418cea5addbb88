"""Frames of a video by number, exactly."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from explab.data.sample import Pixels
from explab.face import PictureError

_OPEN = 4
"""Videos kept open at a time."""
_lock = Lock()


class _Video:
    """A video and the number of its next frame. Seeking is left out: it misses frames in some codecs."""

    def __init__(self, path: Path) -> None:
        import cv2

        self.path = path
        self.capture: Any = cv2.VideoCapture(str(path))
        self.next = 0
        if not self.capture.isOpened():
            raise PictureError(f"{path}: no video that OpenCV can open; convert it, or extract its frames")

    def frame(self, number: int) -> Pixels:
        import cv2

        if number < self.next:
            self.capture = cv2.VideoCapture(str(self.path))
            self.next = 0
        while self.next < number and self.capture.grab():
            self.next += 1
        decoded, bgr = self.capture.read()
        if not decoded:
            raise PictureError(f"{self.path}: ends before frame {number}")
        self.next = number + 1
        return np.ascontiguousarray(bgr[..., ::-1])


@lru_cache(maxsize=_OPEN)
def _video(path: Path) -> _Video:
    return _Video(path)


def frame(path: Path, number: int) -> Pixels:
    """(H, W, 3) uint8 RGB of a frame, counted from 0. Going forward is fast; a step back starts from the beginning.

    Raises:
        PictureError: no video, or one that ends before.
    """
    with _lock:
        return _video(path).frame(number)


def frame_count(path: Path) -> int:
    """Frames of a video as its header says; 0 where it cannot be opened."""
    import cv2

    return max(0, int(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT)))
