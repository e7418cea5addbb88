"""Arrays as data URIs: a view carries its pictures with it."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray


def jpeg(rgb: NDArray[np.uint8], quality: int = 88) -> str:
    """(H, W, 3) uint8 RGB as a JPEG."""
    return _encode(rgb, "JPEG", quality=quality, optimize=True)


def webp(rgb: NDArray[np.uint8], quality: int = 70) -> str:
    """(H, W, 3) uint8 RGB as a WebP, about half as large as a JPEG that looks as good."""
    return _encode(rgb, "WEBP", quality=quality, method=4)


def sprite(maps: list[NDArray[np.float32]]) -> str:
    """Maps (h, w) in [0, 1], one below the other, as a grey PNG."""
    return _encode((np.concatenate(maps) * 255 + 0.5).astype(np.uint8), "PNG", optimize=True)


def _encode(pixels: NDArray[np.uint8], kind: str, **options: Any) -> str:
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
