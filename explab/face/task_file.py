"""Where MediaPipe's `face_landmarker.task` lies, and how to fetch it once."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from http.client import HTTPException
from pathlib import Path

from explab.face.errors import BackendError

VARIABLE = "EXPLAB_FACE_LANDMARKER"
URL = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"


def cache_folder() -> Path:
    """`EXPLAB_CACHE`, else `explab` in the user's cache folder (`XDG_CACHE_HOME` or `~/.cache`)."""
    if named := os.environ.get("EXPLAB_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "explab"


def find_task_file(path: str | os.PathLike[str] | None = None) -> Path | None:
    """The task file: the path given, else `EXPLAB_FACE_LANDMARKER`, else the fetched one, else None.

    Raises:
        BackendError: a path was named, by argument or variable, but there is no such file.
    """
    named = path or os.environ.get(VARIABLE)
    if named:
        task_file = Path(named).expanduser()
        if not task_file.is_file():
            where = "task_file" if path else VARIABLE
            raise BackendError(
                f"{task_file}: {where} names no file; correct it, or leave it out to use FaceMesh"
            )
        return task_file.resolve()
    cached = cache_folder() / "face_landmarker.task"
    return cached if cached.is_file() else None


def fetch_task_file(url: str = URL, sha256: str = SHA256) -> Path:
    """Download the task file into the cache folder, once; a file whose SHA-256 differs is not kept.

    Raises:
        BackendError: no network, or the content is not the pinned one.
    """
    target = cache_folder() / "face_landmarker.task"
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return target
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            data = reply.read()
    except (OSError, HTTPException) as error:
        raise BackendError(
            f"{url}: cannot be fetched ({error}); fetch it on another machine and set {VARIABLE} to its path"
        ) from None
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise BackendError(f"{url}: SHA-256 is {digest}, expected {sha256}; nothing was kept")
    partial = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        raise BackendError(
            f"{target}: cannot be written ({error.strerror}); name another folder with EXPLAB_CACHE"
        ) from None
    return target
