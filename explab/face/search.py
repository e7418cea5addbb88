"""Find every face in a picture: easy views first, harder ones before giving up, each find confirmed up close.

A backend sees a face well when it fills about half of an upright picture. So each candidate is confirmed on a crop
of its own, laid out like the canonical face, and it is that second mesh which counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explab.face import align
from explab.face.backends import Backend, Mesh, mirror_mesh

FIRST_TRY = "first try"
UPSIDE_DOWN = "upside down"
MAX_SIDE = 1024
"""Larger pictures are scaled down for the first look; tiles look at them again in full resolution."""
MIN_SIDE = 256
"""Smaller pictures are enlarged: FER2013's 48 px about five times."""
MIN_TILE = 120
CONFIRM_SIZE = 384
LARGE = 1 / 16
"""Share of the picture that a face fills if nothing found in tiles can be larger."""
# `bench/faces.py` prints both measures for photographs with and without faces.
MAX_MISFIT = 0.13
"""Largest distance of a mesh from the canonical face (`align.misfit`)."""
MAX_UNSTEADY = 0.15
"""Largest median distance between the meshes of a crop and of its mirror image, in inter-ocular units."""
DOUBTFUL = 0.04
"""From here on the crop is read upside down as well, unless the view itself was a last resort."""
CONFIDENT = 0.5


Filter = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@dataclass(frozen=True)
class View:
    """One way to look at a picture: a part of it, placed in a small picture for the backend."""

    name: str
    matrix: NDArray[np.float64]  # (2, 3) source px -> view px
    size: tuple[int, int]  # width, height in px
    confidence: float = CONFIDENT
    clean: Filter | None = None


@dataclass(frozen=True)
class Found:
    """A confirmed face.

    Attributes:
        mesh: in px of the source picture.
        view: name of the view that found it.
        unsteady: how far the meshes of its crop and of the mirrored crop are apart, in inter-ocular units.
    """

    mesh: Mesh
    view: str
    unsteady: float


def find_faces(rgb: NDArray[np.uint8], backend: Backend, *, all_faces: bool) -> list[Found]:
    """Faces of a picture, the largest first: by the area of the box around the landmarks.

    Args:
        rgb: (H, W, 3) uint8, upright.
        backend: finds meshes in a view.
        all_faces: look for small faces too; otherwise stop at the first view that shows a large one.
    """
    height, width = rgb.shape[:2]
    sightings: list[Found] = []
    for group in _easy(width, height):
        sightings = _look(rgb, group, backend, sightings)
        # What only tiles show is smaller than this.
        if not all_faces and any(_area(f.mesh) > LARGE * width * height for f in sightings):
            break
    for group in _hard(width, height):
        if sightings:
            break
        sightings = _look(rgb, group, backend, sightings)
    return sorted(sightings, key=lambda f: -_area(f.mesh))


def _area(mesh: Mesh) -> float:
    """Area in px of the box around a mesh."""
    return float(np.prod(np.ptp(mesh.points[:, :2], axis=0)))


def _easy(width: int, height: int) -> Iterator[list[View]]:
    yield [_window(FIRST_TRY, 0, 0, width, height)]
    # A detector that sees 128 px misses faces under about a tenth of the picture.
    for parts in (2, 4):
        yield _tiles(width, height, parts)


def _hard(width: int, height: int) -> Iterator[list[View]]:
    """From what costs little in trust to what costs more: each group is tried only if all before found nothing."""
    yield [_padded("padded by 30%", width, height, 0.3)]
    yield [_padded("padded by 80%", width, height, 0.8)]
    yield [replace(_window("lower confidence", 0, 0, width, height), confidence=0.2)]
    for parts in (2, 3, 4):
        yield [replace(tile, confidence=0.3) for tile in _tiles(width, height, parts)]
    for name, clean in (("smoothed", _smoothed), ("equalised contrast", _equalised)):
        padded = [_padded(name, width, height, border) for border in (0.0, 0.3, 0.8)]
        yield [replace(view, confidence=0.2, clean=clean) for view in padded]
    yield [_turned(width, height, clockwise) for clockwise in (True, False)]


def _look(rgb: NDArray[np.uint8], views: list[View], backend: Backend, earlier: list[Found]) -> list[Found]:
    sightings = list(earlier)
    for view in views:
        picture = align.warp(rgb, view.matrix, view.size, fill=True)
        if view.clean:
            picture = view.clean(picture)
        back = align.invert(view.matrix)
        for candidate in backend.find(picture, max_faces=16, confidence=view.confidence):
            points = align.apply(back, candidate.points)
            if any(_same(points, sighting.mesh.points) for sighting in sightings):
                continue
            confirmed = _confirm(rgb, points, backend, view)
            if confirmed and not any(
                _same(confirmed.mesh.points, sighting.mesh.points) for sighting in sightings
            ):
                sightings.append(confirmed)
    return sightings


def _confirm(
    rgb: NDArray[np.uint8], points: NDArray[np.float32], backend: Backend, view: View
) -> Found | None:
    """The face of a candidate as seen on its own crop, or None when the backend sees no face there after all.

    Shown a face upside down, MediaPipe may draw an upright mesh over it; such meshes are unsteady, so in doubt the
    crop is read upside down, too, and the steadier reading counts.
    """
    if align.interocular(points) < 1:
        return None
    matrix = align.crop_transform(points, CONFIRM_SIZE)
    crop = align.warp(rgb, matrix, (CONFIRM_SIZE, CONFIRM_SIZE), fill=True)
    if view.clean:
        crop = view.clean(crop)
    mesh, unsteady = _read_twice(crop, backend)
    name, within = view.name, 0.5
    if unsteady > DOUBTFUL and view.confidence >= CONFIDENT:
        turned, turned_unsteady = _read_twice(np.ascontiguousarray(crop[::-1, ::-1]), backend)
        if turned and turned_unsteady < 0.75 * unsteady:
            upright = turned.points.copy()
            upright[:, :2] = CONFIRM_SIZE - upright[:, :2]
            mesh, unsteady = Mesh(upright, turned.blendshapes), turned_unsteady
            within = 1.0  # an upright mesh over an upside-down face sits askew
            name = UPSIDE_DOWN if view.name == FIRST_TRY else f"{view.name}, {UPSIDE_DOWN}"
    if mesh is None or unsteady > MAX_UNSTEADY:
        return None
    confirmed = align.apply(align.invert(matrix), mesh.points)
    face_like = align.misfit(confirmed) < MAX_MISFIT and _same(confirmed, points, within=within)
    return Found(Mesh(confirmed, mesh.blendshapes), name, unsteady) if face_like else None


def _read_twice(crop: NDArray[np.uint8], backend: Backend) -> tuple[Mesh | None, float]:
    """The mean of the meshes read from a crop and from its mirror image, and how far these two are apart.

    The two meshes of a real face agree, and their mean is steadier than either and mirrors with the picture; what
    merely resembles a face gives two unlike ones. The distance is the median over landmarks in inter-ocular units of
    the canonical crop; infinite when one of the two readings shows nothing.
    """
    once = backend.find(crop, max_faces=1, confidence=0.3)
    mirrored = backend.find(np.ascontiguousarray(crop[:, ::-1]), max_faces=1, confidence=0.3)
    if not once or not mirrored:
        return None, np.inf
    twice = mirror_mesh(mirrored[0], CONFIRM_SIZE)
    apart = np.linalg.norm((once[0].points - twice.points)[:, :2], axis=1)
    shapes = once[0].blendshapes
    if shapes is not None and twice.blendshapes is not None:
        shapes = {name: (score + twice.blendshapes[name]) / 2 for name, score in shapes.items()}
    mean = Mesh((once[0].points + twice.points) / 2, shapes)
    return mean, float(np.median(apart)) / (CONFIRM_SIZE * align.EYES_APART)


def _same(a: NDArray[np.float32], b: NDArray[np.float32], *, within: float = 0.5) -> bool:
    """Two meshes of one face: middles nearer than `within` inter-ocular distances, sizes within 1.8 times."""
    size_a, size_b = align.interocular(a), align.interocular(b)
    apart = np.linalg.norm((a.mean(0) - b.mean(0))[:2])
    return bool(apart < within * max(size_a, size_b) and max(size_a, size_b) < 1.8 * min(size_a, size_b))


def _window(name: str, x: float, y: float, width: float, height: float) -> View:
    """The part of the picture from (x, y), scaled to at most MAX_SIDE and at least MIN_SIDE px."""
    scale = _scale(max(width, height))
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    return View(name, matrix, (max(1, round(width * scale)), max(1, round(height * scale))))


def _padded(name: str, width: int, height: int, border: float) -> View:
    """The whole picture with a grey border, as a share of its longer side, for crops that the face fills."""
    pad = border * max(width, height)
    return _window(name, -pad, -pad, width + 2 * pad, height + 2 * pad)


def _tiles(width: int, height: int, parts: int) -> list[View]:
    """Square tiles of 1/parts of the longer side, each overlapping the next by half; none of small pictures."""
    side = max(width, height) / parts
    if side < MIN_TILE:
        return []
    columns = np.linspace(0, max(width - side, 0), max(1, round(2 * width / side) - 1))
    rows = np.linspace(0, max(height - side, 0), max(1, round(2 * height / side) - 1))
    name = f"tile of 1/{parts} of the picture"
    return [_window(name, float(x), float(y), side, side) for y in rows for x in columns]


def _turned(width: int, height: int, clockwise: bool) -> View:
    """The whole picture turned by a quarter, for photographs that lost their orientation tag."""
    scale = _scale(max(width, height))
    turn = [[0, -1, height], [1, 0, 0]] if clockwise else [[0, 1, 0], [-1, 0, width]]
    name = f"turned by a quarter {'clockwise' if clockwise else 'anticlockwise'}"
    return View(name, np.array(turn) * scale, (round(height * scale), round(width * scale)))


def _scale(longest: float) -> float:
    return min(MAX_SIDE / longest, max(1.0, MIN_SIDE / longest))


def _smoothed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grain of old prints and dark sensors blurred away, at the scale that the detector sees."""
    import cv2

    return cv2.GaussianBlur(rgb, (0, 0), max(rgb.shape[:2]) / 128)  # type: ignore[no-any-return]


def _equalised(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Local contrast raised (CLAHE on the lightness), for faded prints and faces in the dark."""
    import cv2

    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)  # type: ignore[no-any-return]
