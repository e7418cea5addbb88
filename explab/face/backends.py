"""Landmark backends: MediaPipe's FaceMesh (inside the wheel) and FaceLandmarker (needs a task file)."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explab.face.errors import BackendError
from explab.face.task_file import find_task_file
from explab.facs.mesh import N_POINTS, mirror_points

BACKENDS = ("auto", "facemesh", "tasks")


@dataclass(frozen=True)
class Mesh:
    """One face as a backend reports it.

    Attributes:
        points: (478, 3) float32 in px of the picture given; x right, y down, z on the same scale and negative
            towards the camera.
        blendshapes: 52 scores in [0, 1] by MediaPipe's names, or None.
    """

    points: NDArray[np.float32]
    blendshapes: dict[str, float] | None = None


def mirror_mesh(mesh: Mesh, width: float) -> Mesh:
    """The mesh as it would be in the mirrored picture, `width` px wide: points re-indexed, sides swapped."""
    points = mirror_points(mesh.points, width)
    return Mesh(points, mesh.blendshapes and mirror_blendshapes(mesh.blendshapes))


def mirror_blendshapes(scores: dict[str, float]) -> dict[str, float]:
    """The scores with the names of left and right swapped."""
    swap = {"Left": "Right", "Right": "Left"}
    mirrored = {}
    for name, score in scores.items():
        side = next((s for s in swap if name.endswith(s)), "")
        mirrored[name.removesuffix(side) + swap.get(side, "")] = score
    return mirrored


class Backend(Protocol):
    """Finds faces in upright RGB pixels."""

    @property
    def label(self) -> str:
        """Name and version, for provenance."""

    def find(self, rgb: NDArray[np.uint8], max_faces: int, confidence: float) -> list[Mesh]:
        """Meshes of up to `max_faces` faces; `confidence` in [0, 1] is the least detection score."""


class FaceMesh:
    """MediaPipe's FaceMesh with refined lips, eyes and irises: offline, from the models inside the wheel."""

    def __init__(self) -> None:
        self._graphs = _Graphs(self._start)

    @cached_property
    def label(self) -> str:
        return f"MediaPipe FaceMesh {version('mediapipe')}"

    def find(self, rgb: NDArray[np.uint8], max_faces: int, confidence: float) -> list[Mesh]:
        """See `Backend.find`."""
        with self._graphs.use(max_faces, confidence) as graph:
            result = graph.process(rgb)
        return [Mesh(_points(face.landmark, rgb)) for face in result.multi_face_landmarks or ()]

    def _start(self, max_faces: int, confidence: float) -> Any:
        import mediapipe

        if not hasattr(mediapipe, "solutions"):
            raise BackendError(
                f"facemesh: MediaPipe {version('mediapipe')} has no FaceMesh; "
                "install mediapipe==0.10.21, or use backend='tasks'"
            )
        return mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=max_faces,
            refine_landmarks=True,
            min_detection_confidence=confidence,
        )


class Tasks:
    """MediaPipe's FaceLandmarker from a task file; it also gives the 52 blendshapes.

    Raises:
        BackendError: the file is no task file.
    """

    def __init__(self, task_file: Path) -> None:
        self.task_file = task_file
        self._landmarkers = _Graphs(self._start)
        with self._landmarkers.use(1, 0.5):
            pass  # a broken file is refused here, not at the first picture

    @cached_property
    def label(self) -> str:
        return f"MediaPipe FaceLandmarker {version('mediapipe')} ({self.task_file.name})"

    def find(self, rgb: NDArray[np.uint8], max_faces: int, confidence: float) -> list[Mesh]:
        """See `Backend.find`."""
        import mediapipe

        with self._landmarkers.use(max_faces, confidence) as landmarker:
            picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(rgb))
            result = landmarker.detect(picture)
        return [
            Mesh(_points(face, rgb), {c.category_name: float(c.score) for c in shapes})
            for face, shapes in zip(result.face_landmarks, result.face_blendshapes, strict=True)
        ]

    def _start(self, max_faces: int, confidence: float) -> Any:
        from mediapipe.tasks import python as tasks

        options = tasks.vision.FaceLandmarkerOptions(
            # The file's content, not its path: MediaPipe resolves relative paths inside its own package.
            base_options=tasks.BaseOptions(model_asset_buffer=self.task_file.read_bytes()),
            num_faces=max_faces,
            min_face_detection_confidence=confidence,
            min_face_presence_confidence=confidence,
            output_face_blendshapes=True,
        )
        try:
            return tasks.vision.FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise BackendError(
                f"{self.task_file}: MediaPipe cannot use this task file ({reason}); "
                "fetch it again with `explab fetch face-landmarker`"
            ) from None


def get_backend(name: str = "auto", task_file: str | os.PathLike[str] | None = None) -> Backend:
    """The backend by name; `auto` takes Tasks where a task file is at hand, for its blendshapes, else FaceMesh.

    Raises:
        BackendError: unknown name, or Tasks without a task file.
    """
    if name not in BACKENDS:
        raise BackendError(f"backend {name!r}: unknown; choose one of {', '.join(BACKENDS)}")
    if name == "facemesh":
        if task_file is not None:
            raise BackendError(
                f"{task_file}: facemesh uses no task file; use backend='tasks' or leave it out"
            )
        return _facemesh(os.getpid())
    path = find_task_file(task_file)
    if path is not None:
        return _tasks(path, path.stat().st_mtime_ns, os.getpid())
    if name == "auto":
        return _facemesh(os.getpid())
    raise BackendError(
        "tasks: no task file; run `explab fetch face-landmarker` once, or set EXPLAB_FACE_LANDMARKER to its path"
    )


# A forked process cannot use its parent's graphs, hence the process id; a replaced file is a new backend.
@lru_cache(maxsize=1)
def _facemesh(process: int) -> FaceMesh:  # noqa: ARG001
    return FaceMesh()


@lru_cache(maxsize=2)
def _tasks(task_file: Path, modified: int, process: int) -> Tasks:  # noqa: ARG001
    return Tasks(task_file)


def _points(landmarks: Any, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """MediaPipe's normalised landmarks to px of the picture; z shares the scale of x. -> (478, 3)"""
    height, width = rgb.shape[:2]
    points = np.array([(p.x, p.y, p.z) for p in landmarks], np.float32)
    if points.shape != (N_POINTS, 3):
        raise BackendError(
            f"landmarks: {len(points)} points instead of {N_POINTS}; use a task file with irises (float16/1 release)"
        )
    return points * np.array([width, height, width], np.float32)


class _Graphs:
    """MediaPipe graphs, started once for each setting; all of them together take one picture at a time."""

    _lock = RLock()

    def __init__(self, start: Callable[[int, float], Any]) -> None:
        self._start = start
        self._started: dict[tuple[int, float], Any] = {}

    @contextmanager
    def use(self, max_faces: int, confidence: float) -> Iterator[Any]:
        """The graph of a setting, to oneself."""
        setting = (max_faces, confidence)
        with self._lock, _quiet_start(setting not in self._started):
            if setting not in self._started:
                self._started[setting] = self._start(max_faces, confidence)
            yield self._started[setting]


@contextmanager
def _quiet_start(new: bool) -> Iterator[None]:
    """MediaPipe's C++ side logs chatter to file descriptor 2 when a graph starts; readers of a report need none."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*GetPrototype.*")
        try:
            saved = os.dup(2) if new else None
        except OSError:  # a process without stderr has nothing to keep quiet
            saved = None
        if saved is None:
            yield
            return
        try:
            with Path(os.devnull).open("w") as sink:
                os.dup2(sink.fileno(), 2)
                yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
