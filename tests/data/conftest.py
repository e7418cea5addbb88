"""Tiny trees in the layouts of the datasets."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Draw = Callable[..., None]
Write = Callable[[str, str], None]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """draw("a/b.png", 7) -> an 8 x 6 px picture of red 7, which tells it from others; several may be named."""

    def drawn(*files: str, red: int = 0, size: tuple[int, int] = (8, 6)) -> None:
        for file in files:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((size[1], size[0], 3), (red, 100, 200), np.uint8)).save(path, quality=100)

    return drawn


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write("a/b.txt", text)."""

    def written(file: str, text: str) -> None:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return written
