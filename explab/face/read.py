"""`read_face` and `read_faces`: any picture to aligned, measured faces."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from os import PathLike

import numpy as np

from explab.face import align
from explab.face.align import CROP_SIZE
from explab.face.backends import Backend, get_backend
from explab.face.doubts import doubts
from explab.face.errors import BackendError, EmptyFolderError, FaceError, FaceWarning, NoFaceError
from explab.face.face import Face, Source
from explab.face.measure import measure_aus
from explab.face.picture import Picture, PictureSource, expand, load_picture
from explab.face.quality import judge
from explab.face.search import Found, find_faces
from explab.facs import AUs
from explab.progress import progress

SIZES = (32, 2048)
THUMBNAIL = 320


def read_face(
    source: PictureSource,
    backend: str = "auto",
    *,
    size: int = CROP_SIZE,
    task_file: str | PathLike[str] | None = None,
    name: str | None = None,
) -> Face:
    """The largest face of one picture.

    A picture whose first view shows a large face is not searched for smaller ones, so `source.count` may be less than
    `read_faces` finds.

    Args:
        source: a path, encoded bytes, a PIL image or an array (see `load_picture` for shapes and ranges).
        backend: "facemesh" (offline; AUs from landmark geometry), "tasks" (needs a task file; AUs from
            MediaPipe's blendshapes) or "auto": tasks where a task file is at hand, else facemesh.
        size: side of the aligned crop in px, 32-2048.
        task_file: MediaPipe's `face_landmarker.task`; default: EXPLAB_FACE_LANDMARKER, then the fetched one.
        name: what to call the picture in messages and reports; default: its path.

    Raises:
        PictureError: the picture cannot be read.
        NoFaceError: no face was found, whatever was tried.
        BackendError: unknown backend, or tasks without a task file.
        ValueError: size out of range.
    """
    used = get_backend(backend, task_file)
    check_size(size)
    picture = load_picture(source, name)
    return _faces(picture, used, size, all_faces=False)[0]


def read_faces(
    source: PictureSource | Iterable[PictureSource],
    backend: str = "auto",
    *,
    size: int = CROP_SIZE,
    task_file: str | PathLike[str] | None = None,
) -> list[Face]:
    """All faces of one picture, or of many: a folder (with its subfolders) or an iterable of sources.

    Faces come picture by picture, in a picture the largest first. A single picture that fails raises; among several,
    each that fails gives one `FaceWarning` and the rest are read.

    Args and errors: as `read_face`.
    """
    sources = list(expand(source))
    readings = list(_read_each(sources, backend, size, task_file))
    if len(sources) == 1 and readings[0].error:
        raise readings[0].error
    faces: list[Face] = []
    for reading in readings:
        if reading.error:
            warnings.warn(str(reading.error), FaceWarning, stacklevel=2)
        faces += reading.faces
    return faces


@dataclass(frozen=True)
class Reading:
    """What one picture gave: its faces, or the error that says why there are none."""

    name: str
    faces: tuple[Face, ...] = ()
    error: FaceError | None = None


def read_each(
    source: PictureSource | Iterable[PictureSource],
    backend: str = "auto",
    *,
    size: int = CROP_SIZE,
    task_file: str | PathLike[str] | None = None,
) -> Iterator[Reading]:
    """Picture by picture what `read_faces` reads, with a progress bar; a picture that fails gives its error.

    Args: as `read_faces`. Raises BackendError and ValueError.
    """
    return _read_each(list(expand(source)), backend, size, task_file)


def _read_each(
    sources: list[PictureSource | EmptyFolderError],
    backend: str,
    size: int,
    task_file: str | PathLike[str] | None,
) -> Iterator[Reading]:
    used = get_backend(backend, task_file)
    check_size(size)
    for source in progress(sources, "reading faces", unit="picture"):
        if isinstance(source, EmptyFolderError):
            yield Reading(str(source.folder), error=source)
            continue
        name = str(source) if isinstance(source, (str, PathLike)) else f"<{type(source).__name__}>"
        try:
            picture = load_picture(source)
            name = picture.name
            yield Reading(name, tuple(_faces(picture, used, size, all_faces=True)))
        except BackendError:
            raise
        except FaceError as error:
            yield Reading(name, error=error)


def _faces(picture: Picture, backend: Backend, size: int, *, all_faces: bool) -> list[Face]:
    sightings = find_faces(picture.rgb, backend, all_faces=all_faces)
    if not sightings:
        height, width = picture.rgb.shape[:2]
        raise NoFaceError(
            f"{picture.name}: no face found in {width} x {height} px, not even enlarged, padded, smoothed or turned; "
            "check that it shows a face from the front, or crop it closer"
        )
    height, width = picture.rgb.shape[:2]
    shrink = min(1.0, THUMBNAIL / max(width, height))
    small = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    thumbnail = align.warp(picture.rgb, np.array([[shrink, 0, 0], [0, shrink, 0]]), small)
    source = Source(picture.name, 0, len(sightings), (width, height), backend.label, "", thumbnail)
    return [_face(picture, f, replace(source, index=i, view=f.view), size) for i, f in enumerate(sightings)]


def _face(picture: Picture, sighting: Found, source: Source, size: int) -> Face:
    points = sighting.mesh.points
    transform = align.crop_transform(points, size)
    image = align.warp(picture.rgb, transform, (size, size), fill=True)
    landmarks = align.apply(transform, points)
    pose = align.estimate_pose(points)
    xy = points[:, :2]
    outside = float(((xy < 0) | (xy > source.size)).any(1).mean())
    face = Face(
        image=image,
        landmarks=landmarks,
        transform=transform,
        box=np.concatenate([xy.min(0), xy.max(0)]).astype(np.float32),
        pose=pose,
        source=source,
        blendshapes=sighting.mesh.blendshapes,
        remarks=judge(image, landmarks, pose, align.interocular(points), outside, sighting),
    )
    if face.blendshapes:
        aus = AUs.from_scheme("blendshapes52", face.blendshapes, source="MediaPipe blendshapes")
        unsure = doubts(aus.codes, pose, align.interocular(points), face.remarks)
        return replace(face, aus=aus, unreliable=unsure)
    measured = measure_aus(face)
    return replace(
        face,
        aus=measured.aus,
        au_sd=measured.sd,
        au_interval=measured.interval,
        unreliable=measured.unreliable,
    )


def check_size(size: int) -> None:
    """Raise ValueError unless a crop can have this side in px."""
    if not (isinstance(size, int) and SIZES[0] <= size <= SIZES[1]):
        raise ValueError(f"size {size!r}: the crop's side must be a whole number of {SIZES[0]}-{SIZES[1]} px")
