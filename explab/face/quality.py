"""What speaks for and against trusting the measurements on a face, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.face.align import EYES_APART, Pose
from explab.face.face import Remark
from explab.face.search import FIRST_TRY, UPSIDE_DOWN, Found

SMALL_PX = 40
"""Inter-ocular distance in the source under which lid and lip movements are about a pixel or less."""
OBLIQUE_DEGREES = 30
DARK, BRIGHT = 45, 215
FLAT = 14
BLURRED = 5.0
UNSTEADY = 0.05


def judge(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    pose: Pose,
    source_iod: float,
    outside: float,
    found: Found,
) -> tuple[Remark, ...]:
    """Remarks on one face; each is one plain sentence without a full stop.

    Args:
        image: (S, S, 3) uint8 RGB aligned crop.
        landmarks: (478, 3) px of `image`.
        pose: degrees.
        source_iod: inter-ocular distance in px of the source picture.
        outside: share of the landmarks that lie outside the source picture.
        found: the view that found it, and how steady its mesh is.
    """
    skin = _skin(image, landmarks)
    return (
        _search(found.view),
        *_steadiness(found.unsteady),
        _size(source_iod),
        _pose(pose),
        _border(outside),
        *_light(skin),
        *_focus(skin, enlarged=image.shape[0] * EYES_APART / max(source_iod, 1e-6)),
    )


def _steadiness(unsteady: float) -> tuple[Remark, ...]:
    if unsteady > UNSTEADY:
        moved = f"{unsteady:.0%} of the distance between the eyes"
        return (
            Remark("warn", f"Unsteady: mirrored, the mesh moves by {moved}; check that it sits on the face"),
        )
    return ()


def _search(view: str) -> Remark:
    if view == FIRST_TRY:
        return Remark("good", "Found at the first try")
    if view.endswith(UPSIDE_DOWN):
        return Remark("warn", "Upside down in its picture: check that the mesh sits on the face")
    if view.startswith("tile"):
        return Remark("good", f"Found only on a closer look ({view})")
    if view.startswith(("padded", "turned")):
        return Remark("good", f"Found after the picture was {view}")
    return Remark("warn", f"Hard to find ({view}): check that the mesh sits on the face")


def _size(source_iod: float) -> Remark:
    if source_iod < SMALL_PX:
        return Remark(
            "warn", f"Small: the eyes are {source_iod:.0f} px apart, fine movements are about a pixel or less"
        )
    return Remark("good", f"Large enough: the eyes are {source_iod:.0f} px apart")


def _pose(pose: Pose) -> Remark:
    turned = max(abs(pose.yaw), abs(pose.pitch))
    if turned > OBLIQUE_DEGREES:
        return Remark("warn", f"Oblique by {turned:.0f} degrees: the far side of the face is partly guessed")
    return Remark("good", f"Turned by at most {turned:.0f} degrees")


def _border(outside: float) -> Remark:
    if outside > 0:
        share = f"{outside:.0%}" if outside >= 0.01 else "under 1%"
        return Remark("warn", f"Cut by the border: {share} of the landmarks lie outside the picture")
    return Remark("good", "Wholly inside the picture")


def _skin(image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lightness (0-255) of the box around the landmarks."""
    low = np.clip(landmarks[:, :2].min(0), 0, image.shape[0] - 2).astype(int)
    high = np.clip(landmarks[:, :2].max(0), low + 2, image.shape[0]).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    return part @ np.array([0.299, 0.587, 0.114], np.float32)


def _light(skin: NDArray[np.float32]) -> tuple[Remark, ...]:
    brightest, darkest = np.percentile(skin, 90), np.percentile(skin, 10)
    if brightest < DARK:
        return (Remark("warn", "Very dark: shadows hide wrinkles and lids"),)
    if darkest > BRIGHT:
        return (Remark("warn", "Overexposed: wrinkles and lids are washed out"),)
    if brightest - darkest < FLAT:
        return (Remark("warn", "Hardly any contrast: wrinkles and lids cannot be told apart"),)
    return ()


def _focus(skin: NDArray[np.float32], enlarged: float) -> tuple[Remark, ...]:
    """Blur beyond what enlarging the face explains: the mean gradient relative to the contrast."""
    rows, columns = np.gradient(skin)
    sharpness = float(np.hypot(rows, columns).mean() / max(float(skin.std()), 1.0)) * 100 * max(1.0, enlarged)
    if sharpness < BLURRED:
        return (Remark("warn", "Blurred: wrinkles cannot be seen, positions are less exact"),)
    return ()
