"""Faces found, agreement of the backends, pose and time per picture: `python bench/faces.py [FOLDER]`.

Without a folder the sample photo is measured. With a task file (EXPLAB_FACE_LANDMARKER, or fetched) the two backends
are compared with each other, and pose with MediaPipe's own facial transformation matrix.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from skimage import data

from explab.face import Face, NoFaceError, Picture, align, load_picture, read_face, read_faces, sample_photo
from explab.face.backends import get_backend
from explab.face.picture import picture_files
from explab.face.search import find_faces
from explab.face.task_file import find_task_file
from explab.facs import EXPRESSIONS
from explab.facs.mesh import mirror_points
from explab.heatmaps import au_maps


def main(pictures: list[Picture]) -> None:
    """Print every figure for a list of pictures."""
    print(f"{len(pictures)} pictures; MediaPipe on CPU")
    found = [len(faces(picture, "facemesh")) for picture in pictures]
    views = [face.source.view for picture in pictures for face in faces(picture, "facemesh")]
    print(f"faces found: {sum(found)}; pictures without a face: {found.count(0)}")
    print(f"found by: {', '.join(f'{view} {views.count(view)}' for view in dict.fromkeys(views))}")
    judged(pictures)
    mirrored = [distance(points(p), mirror_points(points(mirror(p)), p.rgb.shape[1])) for p in pictures]
    print(
        f"mirrored picture against mirrored mesh: median {np.median(mirrored):.2%} of the inter-ocular distance"
    )
    upside = [
        any(abs(f.pose.roll) > 90 for f in faces(turned(p), "facemesh")[:1]) for p in pictures if alone(p)
    ]
    print(f"turned by 180 degrees and read the right way up: {sum(upside)} of {len(upside)}")
    maps(pictures)
    times(pictures)
    if find_task_file() is None:
        print("no task file: the backends were not compared (see `explab doctor`)")
        return
    apart = [distance(points(p), points(p, "tasks")) for p in pictures]
    per_face = [float(np.median(one)) for one in apart]
    print(
        f"facemesh against tasks, share of the inter-ocular distance: median of all landmarks "
        f"{np.median(apart):.2%}; of the faces' medians {np.median(per_face):.2%}, worst {max(per_face):.2%}"
    )
    pose(pictures)


def faces(picture: Picture, backend: str) -> list[Face]:
    try:
        return read_faces(picture, backend)
    except NoFaceError:
        return []


def points(picture: Picture, backend: str = "facemesh") -> NDArray[np.float32]:
    """(478, 3) landmarks of the largest face in px of the picture."""
    face = read_face(picture, backend)
    return face.to_source(face.landmarks)


def mirror(picture: Picture) -> Picture:
    return Picture(np.ascontiguousarray(picture.rgb[:, ::-1]), picture.name)


def turned(picture: Picture) -> Picture:
    return Picture(np.ascontiguousarray(picture.rgb[::-1, ::-1]), picture.name)


def alone(picture: Picture) -> bool:
    """One face, upright: what a turned copy can be judged by."""
    found = faces(picture, "facemesh")
    return len(found) == 1 and abs(found[0].pose.roll) < 45


def maps(pictures: list[Picture]) -> None:
    """How expression maps of the face profile follow a mirrored and a scaled face: cosines, six expressions each."""
    flipped, reread, scaled = [], [], []
    for picture in pictures:
        face, other = read_face(picture, "facemesh"), read_face(mirror(picture), "facemesh")
        drawn, large, small = (au_maps(face, size=(side, side)) for side in (224, 896, 56))
        for name in EXPRESSIONS[1:7]:
            map_ = drawn.merge(name)
            flipped.append(cosine(map_, au_maps(face.flip(), size=(224, 224)).merge(name)[:, ::-1]))
            reread.append(cosine(map_, au_maps(other, size=(224, 224)).merge(name)[:, ::-1]))
            averaged = large.merge(name).reshape(56, 16, 56, 16).mean((1, 3))
            scaled.append(cosine(small.merge(name), averaged))
    print(f"maps of the mirrored face: worst cosine {min(flipped):.6f}")
    print(f"maps of the mirrored picture, read anew: median {np.median(reread):.4f}, worst {min(reread):.4f}")
    print(f"maps at 56 px against 896 px, averaged down: worst cosine {min(scaled):.5f}")


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.floating]:
    """(478,) distances in the picture plane, in inter-ocular units."""
    return np.linalg.norm((a - b)[:, :2], axis=1) / align.interocular(a)


def judged(pictures: list[Picture]) -> None:
    """What `explab.face.search` accepts faces by: on these pictures, and on pictures of things without a face."""
    backend = get_backend("facemesh")
    things = [
        getattr(data, name)()
        for name in ("coffee", "clock", "rocket", "retina", "hubble_deep_field", "moon", "brick")
    ]
    for what, rgbs in (
        ("faces", [p.rgb for p in pictures]),
        ("things", [load_picture(t).rgb for t in things]),
    ):
        found = [f for rgb in rgbs for f in find_faces(rgb, backend, all_faces=True)]
        misfits, unsteady = (
            [align.misfit(f.mesh.points) for f in found] or [np.nan],
            [f.unsteady for f in found] or [np.nan],
        )
        print(
            f"{what:<6} accepted: {len(found)} in {len(rgbs)} pictures; misfit at most {max(misfits):.3f}, "
            f"unsteadiness median {np.median(unsteady):.3f}, at most {max(unsteady):.3f}"
        )


def times(pictures: list[Picture]) -> None:
    """Median milliseconds a picture, against one bare FaceMesh pass over it."""
    bare = get_backend("facemesh")
    rows: list[tuple[str, Callable[[Picture], object]]] = [
        ("bare FaceMesh, one pass", lambda p: bare.find(p.rgb, 1, 0.5)),
        ("read_face", lambda p: read_face(p, "facemesh")),
        ("read_faces (tiles too)", lambda p: faces(p, "facemesh")),
    ]
    reference = 0.0
    for name, call in rows:
        taken = []
        for picture in pictures:
            start = time.perf_counter()
            call(picture)
            taken.append(1000 * (time.perf_counter() - start))
        middle = statistics.median(taken)
        reference = reference or middle
        print(f"{name:<24} {middle:7.1f} ms a picture   {middle / reference:.1f} x bare FaceMesh")


def pose(pictures: list[Picture]) -> None:
    """Our pose against MediaPipe's facial transformation matrix, on pictures of one face."""
    import mediapipe
    from mediapipe.tasks import python as tasks

    path = find_task_file()
    assert path is not None
    options = tasks.vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_buffer=path.read_bytes()),
        output_facial_transformation_matrixes=True,
    )
    ours, theirs = [], []
    with tasks.vision.FaceLandmarker.create_from_options(options) as landmarker:
        for picture in pictures:
            result = landmarker.detect(mediapipe.Image(mediapipe.ImageFormat.SRGB, picture.rgb))
            if len(result.facial_transformation_matrixes) == 1 and len(faces(picture, "facemesh")) == 1:
                theirs.append(mediapipe_pose(result.facial_transformation_matrixes[0]))
                ours.append(read_face(picture, "facemesh").pose)
    apart = np.abs(np.array(ours) - np.array(theirs))
    for i, name in enumerate(("yaw", "pitch", "roll")):
        r = np.corrcoef(np.array(ours)[:, i], np.array(theirs)[:, i])[0, 1]
        print(
            f"{name:<6} against MediaPipe's matrix: median difference {np.median(apart[:, i]):.1f} degrees, r = {r:.2f}"
        )


def mediapipe_pose(matrix: NDArray[np.floating]) -> tuple[float, float, float]:
    """Yaw, pitch, roll in our convention; MediaPipe's axes are x right, y up, z towards the camera."""
    turn = np.diag([1, -1, -1]) @ np.asarray(matrix)[:3, :3] @ np.diag([1, -1, -1])
    roll, yaw, pitch = Rotation.from_matrix(turn / np.cbrt(np.linalg.det(turn))).as_euler("ZYX", degrees=True)
    return -yaw, -pitch, roll


if __name__ == "__main__":
    main([load_picture(p) for p in picture_files(Path(sys.argv[1]))] if sys.argv[1:] else [sample_photo()])
