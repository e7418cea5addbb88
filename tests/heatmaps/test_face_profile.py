"""The face profile: what moves, turns and mirrors the face does the same to its maps."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch
from heatmap_faces import cosine, mesh, mirrored
from scipy.spatial.transform import Rotation

from explab.face.align import CANONICAL
from explab.facs.codebooks import codebook
from explab.facs.regions import REGIONS
from explab.facs.units import UnknownUnit
from explab.facs.units import mirrored as mirrored_code
from explab.heatmaps import FACE_UNITS, HeatmapError, places, render
from explab.heatmaps import face as profile

POSES = {
    "frontal": {},
    "rolled": {"roll": 25.0},
    "half profile": {"yaw": 45.0},
    "profile": {"yaw": -75.0, "roll": 8.0},
}
EXPRESSIONS = tuple(codebook("survey"))


def one(points, units, size=(224, 224), **options):
    maps, valid = render(np.asarray(points)[None], units, size, **options)
    return maps[0], valid[0]


def expression(points, name, size=(224, 224), **options):
    return one(points, codebook("survey").units(name), size, merged=True, **options)[0][0]


def reference(points, ids, size):
    """One blob straight from the definition: covariance of the vertices, floor, pixel, bell."""
    xy = np.asarray(points)[list(ids)]
    eyes = np.linalg.norm(np.asarray(points)[[33, 133]].mean(0) - np.asarray(points)[[263, 362]].mean(0))
    cov = np.cov(xy.T, bias=True) * 1.5**2 + np.eye(2) * ((0.08 * eyes) ** 2 + 1 / 12)
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    off = np.stack([columns, rows], -1) - xy.mean(0)
    d2 = np.einsum("hwi,ij,hwj->hw", off, np.linalg.inv(cov), off)
    return np.maximum(1 - d2 / 6, 0) ** 3


@pytest.mark.parametrize("pose", POSES.values(), ids=list(POSES))
def test_equals_the_definition(pose):
    points = mesh(**pose)
    maps, valid = one(points, FACE_UNITS)
    for code, drawn, good in zip(FACE_UNITS, maps, valid, strict=True):
        if good:
            blobs = [reference(points, ids, (224, 224)) for ids in REGIONS[code].values()]
            assert np.abs(drawn - np.max(blobs, axis=0)).max() < 2e-5, code
    assert valid.mean() > 0.9


@pytest.mark.parametrize("size", [(8, 8), (56, 56), (97, 64), (33, 210)])
def test_torch_and_kernel_agree(size):
    """The dense drawing that accelerators use, run on the CPU."""
    units = (*FACE_UNITS, "AU12L", "AU6R")
    points = np.stack([mesh(size[0], **pose) for pose in POSES.values()]).astype(np.float32)
    intensities = np.random.default_rng(0).random((len(points), len(places(units)))).astype(np.float32)
    maps, valid = render(points, units, size, intensities=intensities)
    for merged in (False, True):
        layout = profile._layout(units)
        starts = np.array([0, len(layout.places)]) if merged else layout.starts
        blobs, dense_valid = profile._blobs(
            torch.from_numpy(points),
            layout,
            torch,
            size=size,
            image_size=size,
            intensities=intensities,
            merged=merged,
        )
        dense = profile._draw_dense(blobs, starts, size)
        expected = maps.max(1, keepdims=True) if merged else maps
        assert np.abs(dense.numpy() - expected).max() < 1e-4
        assert np.array_equal(dense_valid.numpy(), valid.any(1, keepdims=True) if merged else valid)
        stretched, _ = render(points, units, size, intensities=intensities, merged=merged, stretched=True)
        assert np.abs(profile._draw_dense(blobs, starts, size, stretch=True).numpy() - stretched).max() < 1e-4
        assert stretched.min() == 0
        assert stretched.max() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(
        render(points, units, size, intensities=intensities, merged=True)[0], maps.max(1, keepdims=True)
    )


def turned(yaw: float) -> np.ndarray:
    """(1, 478, 3) the canonical face turned about its own axis, 80 px between the eyes."""
    space = Rotation.from_euler("Y", yaw, degrees=True).apply(CANONICAL)
    return (space * 80 + [112, 100, 0])[None]


def test_depth_keeps_blobs_in_size_on_every_path():
    def height(points: np.ndarray) -> int:
        return int((render(points, ("AU5L",))[0][0, 0] > 0.5).any(1).sum())

    front, side = turned(0), turned(50)
    assert abs(height(side) - height(front)) <= 1
    assert height(side[..., :2]) < 0.9 * height(front), "without depth the eyes seem nearer to each other"
    layout = profile._layout(("AU5L", "AU25"))
    blobs, _ = profile._blobs(
        torch.from_numpy(side).float(),
        layout,
        torch,
        size=(224, 224),
        image_size=(224, 224),
        intensities=None,
        merged=False,
    )
    dense = profile._draw_dense(blobs, layout.starts, (224, 224)).numpy()
    assert np.abs(dense - render(side, layout.units)[0]).max() < 1e-3


def test_tensors_in_tensors_out():
    points = torch.from_numpy(mesh()[None]).float().requires_grad_()
    maps, valid = render(points, ("AU12", "AU25"), (56, 56))
    assert isinstance(maps, torch.Tensor)
    assert maps.dtype == torch.float32
    assert valid.dtype == torch.bool
    assert not maps.requires_grad
    assert np.array_equal(maps.numpy(), render(points.detach().numpy(), ("AU12", "AU25"), (56, 56))[0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_cpu():
    points = torch.from_numpy(np.stack([mesh(**pose) for pose in POSES.values()])).float()
    here, valid = render(points, FACE_UNITS)
    there, valid_there = render(points.cuda(), FACE_UNITS)
    assert there.device.type == "cuda"
    assert torch.equal(valid, valid_there.cpu())
    assert (here - there.cpu()).abs().max() < 1e-4


@pytest.mark.parametrize("pose", POSES.values(), ids=list(POSES))
def test_mirrored_face_mirrored_map(pose):
    points = mesh(**pose)
    flipped = mirrored(points, 224)
    for name in EXPRESSIONS:
        assert cosine(expression(points, name), expression(flipped, name)[:, ::-1]) > 0.9999, name
    for code in FACE_UNITS:
        code_here = f"{code}L" if "L" in REGIONS[code] else code
        here, there = one(points, [code_here]), one(flipped, [mirrored_code(code_here)])
        assert here[1] == there[1]
        if here[1][0]:
            assert cosine(here[0], there[0][:, :, ::-1]) > 0.9999, code


def test_photographed_faces_mirror_and_scale(shared):
    """Real meshes are not symmetric; the maps must mirror all the same."""
    from explab.face import read_face

    photo = shared / "photos" / "london_cc-by-4.0" / "004_neutral.jpg"
    landmarks = read_face(photo).landmarks[:, :2].astype(np.float64)
    side = 384
    for name in EXPRESSIONS:
        drawn = expression(landmarks, name, (side, side))
        assert cosine(drawn, expression(mirrored(landmarks, side), name, (side, side))[:, ::-1]) > 0.9999
        small = expression(landmarks, name, (48, 48), image_size=(side, side))
        assert cosine(small, cv2.resize(drawn, (48, 48), interpolation=cv2.INTER_AREA)) > 0.998


@pytest.mark.parametrize("pose", POSES.values(), ids=list(POSES))
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_scale(name, pose):
    large = expression(mesh(896, **pose), name, (896, 896))
    for side in (56, 112, 224, 448):
        small = expression(mesh(side, **pose), name, (side, side))
        assert np.array_equal(small, expression(mesh(896, **pose), name, (side, side), image_size=(896, 896)))
        assert cosine(small, cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)) > 0.998


@pytest.mark.parametrize("angle", [-40, 10, 30, 90])
def test_roll(angle):
    """The map of the turned face is the turned map."""
    upright = mesh(448, iod=0.2)
    turn = cv2.getRotationMatrix2D((224, 224), -angle, 1)
    turned = upright @ turn[:, :2].T + turn[:, 2]
    shifted = turn.copy()  # cv2 counts from pixel centres
    shifted[:, 2] += turn[:, :2] @ [0.5, 0.5] - 0.5
    for name in EXPRESSIONS:
        expected = cv2.warpAffine(expression(upright, name, (448, 448)), shifted, (448, 448))
        assert cosine(expression(turned, name, (448, 448)), expected) > 0.999, name


def test_picture_stretched_in_one_direction():
    square, wide = mesh(224), mesh(224) * [2, 1]
    drawn, _ = one(square, ["AU12", "AU4"], (224, 448), image_size=(224, 224))
    stretched = np.stack([cv2.resize(m, (448, 224)) for m in one(square, ["AU12", "AU4"])[0]])
    assert cosine(drawn, stretched) > 0.999
    assert one(wide, ["AU12"], (224, 448))[1].all()


def test_peak_is_the_intensity_and_grows_with_it():
    points, previous = mesh(), np.zeros((224, 224), np.float32)
    for strength in (0.1, 0.35, 0.6, 1.0):
        maps, _ = one(points, ["AU25"], intensities=[[strength]])
        assert strength - 0.01 < maps.max() <= strength
        assert (maps[0] >= previous).all()
        previous = maps[0]


def test_one_side():
    points = mesh()
    assert places(["AU12", "AU25"]) == ("AU12L", "AU12R", "AU25")
    (both, left), _ = one(points, ["AU12", "AU12L"])
    assert left[:, :80].max() == 0  # the subject's left is the picture's right
    assert left[:, 112:].max() > 0.98
    (only,), _ = one(points, ["AU12"], intensities=[[1.0, 0.0]])
    assert np.array_equal(only, left)
    assert np.array_equal(both[:, 140:], left[:, 140:])


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_local_yet_soft(name):
    """Shares of a tight crop, comparable with the paper's 0.10 to 0.20."""
    points = mesh()
    points -= (points.min(0) + points.max(0)) / 2
    points = points * 224 / (1.05 * np.ptp(points, axis=0).max()) + 112
    share = (expression(points, name) > 0.5).mean()
    assert 0.08 < share < 0.25


def test_every_blob_meets_a_pixel():
    maps, valid = one(mesh(8), FACE_UNITS, (8, 8))
    assert valid.all()
    assert (maps.max((1, 2)) > 0.2).all()


def test_outside_the_picture():
    away = mesh(shift=(0.7, 0))  # the subject's right half is still there
    maps, valid = one(away, FACE_UNITS)
    assert 0 < valid.sum() < len(FACE_UNITS)
    assert maps[~valid].max() == 0
    assert maps[valid].max((1, 2)).min() > 0.5
    maps, valid = one(mesh(shift=(5, 0)), FACE_UNITS)
    assert not valid.any()
    assert maps.max() == 0
    half, good = one(mesh(shift=(0.5, 0)), ["AU12", "AU12R", "AU12L"])
    assert good.tolist() == [True, True, False]
    assert half[2].max() == 0


def test_unusable_landmarks_are_invalid_and_spare_the_others():
    batch = np.stack([mesh()] * 5)
    batch[0, 5, 0] = np.nan
    batch[1, 400, 1] = np.inf
    batch[2] = 50.0
    batch[3] = 1e30
    with np.errstate(all="raise"):
        maps, valid = render(batch, FACE_UNITS)
    assert not valid[:4].any()
    assert maps[:4].max() == 0
    assert np.array_equal(maps[4], one(mesh(), FACE_UNITS)[0])
    merged, good = render(batch, FACE_UNITS, merged=True)
    assert good[:, 0].tolist() == [False, False, False, False, True]
    assert merged[:4].max() == 0


@pytest.mark.parametrize("far", [1e5, 1e12, 1e25])
def test_wild_but_finite_vertex(far):
    points = mesh()
    points[61] = [far, -far]  # the right lip corner
    maps, valid = one(points, FACE_UNITS)
    layout = profile._layout(FACE_UNITS)
    frame = {"size": (224, 224), "image_size": (224, 224), "intensities": None, "merged": False}
    blobs, _ = profile._blobs(torch.from_numpy(points[None]).float(), layout, torch, **frame)
    for drawn in (maps, profile._draw_dense(blobs, layout.starts, (224, 224)).numpy()):
        assert np.isfinite(drawn).all()
        assert 0 <= drawn.min() <= drawn.max() <= 1
    eyes = FACE_UNITS.index("AU43")
    assert valid[eyes]
    assert np.array_equal(maps[eyes], one(mesh(), ["AU43"])[0][0])


def test_drawing_into_a_given_array():
    points = np.stack([mesh(), mesh(yaw=30)])
    fresh, _ = render(points, ("AU1", "AU12"))
    target = np.full((2, 2, 224, 224), 7, np.float32)
    drawn, _ = render(points, ("AU1", "AU12"), out=target)
    assert drawn is target
    assert np.array_equal(fresh, target)
    for wrong in (target[:, :1], target.astype(float)[:, :1].copy(), target):
        with pytest.raises(HeatmapError, match="out"):
            render(points, ("AU1",), out=wrong)


def test_threads_draw_the_same():
    points = np.stack([mesh(roll=angle) for angle in range(-30, 34, 2)])
    whole, _ = render(points, ("AU1", "AU12"), (256, 256))
    assert whole.size > 1 << 20
    apart = np.concatenate([render(p[None], ("AU1", "AU12"), (256, 256))[0] for p in points])
    assert np.array_equal(whole, apart)
    with ThreadPoolExecutor(3) as pool:
        again = list(pool.map(lambda _: render(points, ("AU1", "AU12"), (256, 256))[0], range(3)))
    assert all(np.array_equal(whole, other) for other in again)


def test_errors():
    points = mesh()[None]
    with pytest.raises(UnknownUnit, match="AU12"):
        render(points, ["AU112"])
    with pytest.raises(HeatmapError, match="AU51"):
        render(points, ["AU51"])
    with pytest.raises(HeatmapError, match="twice"):
        render(points, ["AU12", "AU12"])
    with pytest.raises(HeatmapError, match="no units"):
        render(points, [])
    with pytest.raises(HeatmapError, match="478"):
        render(points[:, :68], ["AU12"])
    with pytest.raises(HeatmapError, match="478"):
        render(points[0], ["AU12"])
    for size in [(7, 64), (64, 4097), (64.5, 64)]:
        with pytest.raises(HeatmapError, match="size"):
            render(points, ["AU12"], size)
    with pytest.raises(HeatmapError, match="AU12L"):
        render(points, ["AU12"], intensities=[[1.0]])
    for wrong in (1.1, -0.1, np.nan):
        with pytest.raises(HeatmapError, match=r"\[0, 1\]"):
            render(points, ["AU25"], intensities=[[wrong]])


def test_import_is_light():
    heavy = "print(sorted({'torch', 'numba', 'cv2', 'mediapipe'} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, explab.heatmaps; {heavy}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
