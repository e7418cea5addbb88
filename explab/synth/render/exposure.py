"""From linear light to the picture that a camera stores: exposure, tone curve, blur, noise, JPEG."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from explab.synth.render import rasteriser
from explab.synth.render.material import fingerprint
from explab.synth.render.rasteriser import hashed
from explab.synth.render.shot import Shot

F = NDArray[np.float32]

_jit = njit(cache=True, nogil=True, fastmath=True, error_model="numpy")


_STEPS = 2048


def _curve(contrast: float, gamma: float) -> F:
    """The tone curve at _STEPS + 1 squares of evenly spaced numbers, where it is steep."""
    v = np.linspace(0, 1, _STEPS + 1) ** 2
    srgb = np.where(v < 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)
    return np.clip(0.5 + (srgb**gamma - 0.5) * contrast, 0, 1).astype(np.float32)


@_jit
def _tone(linear: F, white: F, curve: F, mono: bool, out: F) -> None:
    """(H, W, 3) linear light times white (3,) -> [0, 1] by the curve; lights roll off softly instead of clipping."""
    one, knee = np.float32(1), np.float32(0.6)
    height, width = linear.shape[:2]
    for y in range(height):
        for x in range(width):
            for c in range(3):
                v = max(linear[y, x, c] * white[c], np.float32(0))
                if v > knee:
                    v = knee + (one - knee) * (one - np.exp(-(v - knee) / (one - knee)))
                place = np.sqrt(v) * np.float32(_STEPS)
                k = min(int(place), _STEPS - 1)
                out[y, x, c] = curve[k] + (place - np.float32(k)) * (curve[k + 1] - curve[k])
            if mono:
                r, g, b = out[y, x]
                grey = np.float32(0.299) * r + np.float32(0.587) * g + np.float32(0.114) * b
                for c in range(3):
                    out[y, x, c] = grey


def _storing(version: int) -> Any:
    """The function that adds noise (the sum of four uniform numbers is close to normal) and rounds to 8 bits."""

    @_jit
    def stored(picture: F, noise: np.float32, seed: int, mono: bool, out: NDArray[np.uint8]) -> None:
        _ = version
        height, width = picture.shape[:2]
        spread = noise * np.float32(1.7320508)
        for y in range(height):
            for x in range(width):
                for c in range(3):
                    v = picture[y, x, c]
                    if noise > np.float32(0):
                        lane = 0 if mono else c
                        total = np.float32(-2)
                        for k in range(4):
                            total += hashed(seed + x * 12 + lane * 4 + k, seed + y)
                        v += spread * total
                    out[y, x, c] = np.uint8(
                        min(max(v * np.float32(255) + np.float32(0.5), np.float32(0)), np.float32(255))
                    )

    return stored


_stored = _storing(fingerprint(rasteriser))


def develop(
    linear: F, shot: Shot, exposure: NDArray[np.float64], *, clean: bool = False
) -> NDArray[np.uint8]:
    """(n, H, W, 3 or 4) linear RGB -> (n, H, W, 3) uint8 RGB; a fourth channel is left out.

    Args:
        linear: light that reaches the camera.
        shot: what the camera does to it.
        exposure: (n,) factor on the light.
        clean: leave out blur, noise and JPEG, whose pixels depend on their neighbours or on chance.
    """
    out = np.empty((*linear.shape[:3], 3), np.uint8)
    f = np.float32

    def job(i: int) -> None:
        import cv2

        toned = np.empty(out.shape[1:], f)
        mono = bool(shot.monochrome[i])
        white = (shot.white[i] * exposure[i]).astype(f)
        _tone(linear[i], white, _curve(shot.contrast[i], shot.gamma[i]), mono, toned)
        sigma = 0.0 if clean else float(shot.blur[i]) * linear.shape[1]
        if sigma > 0.2:
            toned = cv2.GaussianBlur(toned, (0, 0), sigma)
        _stored(toned, f(0 if clean else shot.noise[i]), int(shot.grain[i]), mono, out[i])
        if not clean and shot.jpeg[i] > 0:
            bgr = np.ascontiguousarray(out[i, ..., ::-1])
            _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, int(shot.jpeg[i])])
            out[i] = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]

    if len(linear) == 1:
        job(0)
        return out
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(job, range(len(linear))))
    return out
