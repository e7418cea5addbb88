"""Faces are found in easy and hard pictures; landmarks, boxes and crops agree with the picture."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import explab as xl
from explab.face import BackendError, FaceWarning, NoFaceError, PictureError, align, read_each, sample_photo
from explab.facs.mesh import MIRROR

PORTRAIT = np.asarray(data.astronaut())


@pytest.fixture(scope="module")
def face() -> xl.Face:
    return xl.read_face(sample_photo(), backend="facemesh")


def around(face: xl.Face, half: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A crop of the portrait, `half` inter-ocular distances to each side of the face's middle, and its matrix."""
    points = face.to_source(face.landmarks)
    unit = align.interocular(points)
    centre = align.eye_centres(points)[:, :2].mean(0) + [0, 0.45 * unit]
    scale = size / (2 * half * unit)
    matrix = np.array([[scale, 0, size / 2 - centre[0] * scale], [0, scale, size / 2 - centre[1] * scale]])
    return align.warp(PORTRAIT, matrix, (size, size)), matrix


def distance(face: xl.Face, expected: np.ndarray) -> float:
    """Median distance of landmarks in the source picture, in inter-ocular units."""
    points = face.to_source(face.landmarks)
    apart = np.linalg.norm((points - expected)[:, :2], axis=1)
    return float(np.median(apart) / align.interocular(expected))


def test_shapes_and_ranges(face: xl.Face) -> None:
    assert face.image.shape == (384, 384, 3)
    assert face.image.dtype == np.uint8
    assert face.landmarks.shape == (478, 3)
    assert face.landmarks.dtype == np.float32
    assert face.landmarks68.shape == (68, 2)
    assert face.box.shape == (4,)
    assert face.source.size == (512, 512)
    assert face.source.thumbnail is not None
    assert max(face.source.thumbnail.shape) == 320
    assert face.aus.source == "landmark geometry"
    assert set(face.au_sd) == set(face.aus.codes)
    assert all(0 < sd < 1 for sd in face.au_sd.values())
    assert set(face.au_interval) == set(face.aus.codes)
    assert face.flip().au_interval["AU12L"] == face.au_interval["AU12R"]
    assert face.blendshapes is None
    assert "AU" in repr(face)


def test_landmarks_lie_on_the_face_of_the_source(face: xl.Face) -> None:
    points = face.to_source(face.landmarks)[:, :2]
    np.testing.assert_allclose(points.min(0), face.box[:2], atol=0.01)
    np.testing.assert_allclose(points.max(0), face.box[2:], atol=0.01)
    np.testing.assert_allclose(align.eye_centres(points), [[205, 103], [246, 105]], atol=4)
    np.testing.assert_allclose(face.from_source(face.to_source(face.landmarks)), face.landmarks, atol=1e-2)
    nose_tip, cheek = face.landmarks[1, 2], face.landmarks[234, 2]
    assert nose_tip < cheek, "z is negative towards the camera"


def test_crop_shows_the_source(face: xl.Face) -> None:
    columns, rows = np.meshgrid(np.arange(40, 340, 7) + 0.5, np.arange(40, 340, 7) + 0.5)
    places = np.stack([columns, rows], -1).reshape(-1, 2)
    source = face.to_source(places)
    seen = face.image[places[:, 1].astype(int), places[:, 0].astype(int)].astype(float)
    expected = PORTRAIT[source[:, 1].astype(int), source[:, 0].astype(int)].astype(float)
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.97


@pytest.mark.parametrize(("half", "size"), [(1.6, 48), (1.15, 100), (1.0, 48), (1.0, 100), (2.5, 64)])
def test_tight_and_tiny_crops(face: xl.Face, half: float, size: int) -> None:
    crop, matrix = around(face, half, size)
    found = xl.read_face(crop, backend="facemesh")
    expected = align.apply(matrix, face.to_source(face.landmarks))
    assert distance(found, expected) < 0.08
    small = any("apart" in remark.text for remark in found.remarks if remark.level == "warn")
    assert small == (size / (2 * half) < 40)


def test_small_face_in_a_large_picture(face: xl.Face) -> None:
    canvas = np.full((1200, 1600, 3), 90, np.uint8)
    small = np.asarray(Image.fromarray(PORTRAIT).resize((280, 280), Image.Resampling.LANCZOS))
    canvas[850:1130, 1200:1480] = small
    found = xl.read_faces(canvas, backend="facemesh")
    assert len(found) == 1
    expected = face.to_source(face.landmarks) * (280 / 512) + [1200, 850, 0]
    assert distance(found[0], expected) < 0.1


def test_several_faces_come_sorted_by_size() -> None:
    canvas = np.full((700, 1200, 3), 60, np.uint8)
    for size, x, y in ((512, 20, 20), (300, 640, 40), (400, 760, 280)):
        canvas[y : y + size, x : x + size] = np.asarray(Image.fromarray(PORTRAIT).resize((size, size)))
    found = xl.read_faces(canvas, backend="facemesh")
    widths = [f.box[2] - f.box[0] for f in found]
    assert len(found) == 3
    assert widths == sorted(widths, reverse=True)
    assert [f.source.index for f in found] == [0, 1, 2]
    assert {f.source.count for f in found} == {3}


def test_face_at_the_border_is_found_and_remarked(face: xl.Face) -> None:
    middle = round(float(align.eye_centres(face.to_source(face.landmarks))[:, 0].mean()))
    found = xl.read_face(np.ascontiguousarray(PORTRAIT[:, middle - 25 :]), backend="facemesh")
    assert any("border" in remark.text for remark in found.remarks if remark.level == "warn")


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pictures_without_an_orientation_tag(face: xl.Face, quarters: int) -> None:
    turned = xl.read_face(np.ascontiguousarray(np.rot90(PORTRAIT, quarters)), backend="facemesh")
    x, y = turned.to_source(turned.landmarks)[:, :2].T
    back = {1: (512 - y, x), 2: (512 - x, 512 - y), 3: (y, 512 - x)}[quarters]
    expected = face.to_source(face.landmarks)[:, :2]
    apart = np.linalg.norm(np.stack(back, 1) - expected, axis=1)
    assert np.median(apart) / align.interocular(expected) < 0.05
    assert abs(abs(turned.pose.roll) - {1: 90, 2: 180, 3: 90}[quarters]) < 10


def test_grain_and_fading(face: xl.Face) -> None:
    rng = np.random.default_rng(0)
    crop, matrix = around(face, 2.0, 240)
    grey = crop.mean(2) * 0.35 + 110 + rng.normal(0, 22, crop.shape[:2])
    found = xl.read_face(np.clip(grey, 0, 255).astype(np.uint8), backend="facemesh")
    expected = align.apply(matrix, face.to_source(face.landmarks))
    assert distance(found, expected) < 0.15
    assert found.source.view != "first try"
    assert any("Hard to find" in remark.text for remark in found.remarks)


def test_pictures_without_a_face_say_so() -> None:
    rng = np.random.default_rng(0)
    for picture in (
        np.full((200, 300, 3), 128, np.uint8),
        rng.integers(0, 256, (240, 240, 3), dtype=np.uint8),
        data.page(),
        data.hubble_deep_field()[:400, :400],
    ):
        with pytest.raises(NoFaceError, match="no face found"):
            xl.read_face(np.ascontiguousarray(picture), backend="facemesh")


def test_flip_mirrors_everything(face: xl.Face) -> None:
    flipped = face.flip()
    assert (flipped.image == face.image[:, ::-1]).all()
    np.testing.assert_allclose(flipped.landmarks[MIRROR, 0], 384 - face.landmarks[:, 0], atol=1e-3)
    np.testing.assert_allclose(
        flipped.to_source(flipped.landmarks)[MIRROR], face.to_source(face.landmarks), atol=1e-2
    )
    assert (flipped.pose.yaw, flipped.pose.roll) == (-face.pose.yaw, -face.pose.roll)
    twice = flipped.flip()
    np.testing.assert_allclose(twice.landmarks, face.landmarks, atol=1e-4)


def test_reading_a_mirrored_picture_gives_the_mirrored_face(face: xl.Face) -> None:
    mirrored = xl.read_face(np.ascontiguousarray(PORTRAIT[:, ::-1]), backend="facemesh")
    apart = np.linalg.norm((mirrored.landmarks - face.flip().landmarks)[:, :2], axis=1)
    assert np.median(apart) / face.iod < 0.005


def test_folder_with_bad_files_loses_nothing(tmp_path: Path) -> None:
    for i in range(10):
        Image.fromarray(PORTRAIT[:300, 80:380]).resize((150 + i, 150 + i)).save(tmp_path / f"good{i}.jpg")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a picture")
    Image.new("RGB", (64, 64), "green").save(tmp_path / "nobody.png")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = xl.read_faces(tmp_path, backend="facemesh")
    messages = [str(w.message) for w in caught if issubclass(w.category, FaceWarning)]
    assert len(found) == 10
    assert len(messages) == 3
    assert all(any(name in m for m in messages) for name in ("empty.jpg", "text.png", "nobody.png"))
    readings = list(read_each([tmp_path, tmp_path / "nowhere.jpg"], "facemesh"))
    assert len(readings) == 14
    assert sum(reading.error is not None for reading in readings) == 4
    assert sum(len(reading.faces) for reading in readings) == 10


def test_any_iterable_of_sources(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(PORTRAIT).save(tmp_path / name)
    paths = sorted(tmp_path.glob("*.png"))
    for sources in (
        paths,
        set(paths),
        iter(paths),
        (p for p in paths),
        tmp_path.glob("*.png"),
        dict.fromkeys(paths, 1).keys(),
    ):
        assert len(xl.read_faces(sources, backend="facemesh")) == 2
    assert xl.read_faces([], backend="facemesh") == []


def test_an_empty_folder_among_others_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.warns(FaceWarning, match="no pictures in this folder"):
        found = xl.read_faces([PORTRAIT, tmp_path / "empty"], backend="facemesh")
    assert len(found) == 1
    with pytest.raises(PictureError, match="no pictures"):
        xl.read_faces(tmp_path / "empty", backend="facemesh")


def test_largest_is_by_area_not_by_the_distance_of_the_eyes(shared: Path) -> None:
    group = shared / "photos/ibm_max_pexels/group.jpeg"
    found = xl.read_faces(group, backend="facemesh")
    areas = [float(np.prod(f.box[2:] - f.box[:2])) for f in found]
    assert areas == sorted(areas, reverse=True)
    np.testing.assert_allclose(xl.read_face(group, backend="facemesh").box, found[0].box, atol=0.5)


def test_threads_share_a_backend(face: xl.Face) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: xl.read_face(PORTRAIT, backend="facemesh"), range(8)))
    assert all(np.array_equal(f.landmarks, face.landmarks) for f in found)


def test_single_bad_file_raises(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        xl.read_faces(tmp_path / "nowhere.jpg", backend="facemesh")


def test_wrong_arguments() -> None:
    with pytest.raises(BackendError, match="auto, facemesh, tasks"):
        xl.read_face(PORTRAIT, backend="facemash")
    for size in (8, 4096, 100.5):
        with pytest.raises(ValueError, match="32-2048"):
            xl.read_face(PORTRAIT, size=size)  # type: ignore[arg-type]
    with pytest.raises(BackendError, match="uses no task file"):
        xl.read_face(PORTRAIT, backend="facemesh", task_file="some.task")
    with pytest.raises(BackendError, match="names no file"):
        xl.read_face(PORTRAIT, backend="tasks", task_file="nowhere.task")
