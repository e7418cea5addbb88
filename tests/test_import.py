"""`import explab` is light, and its names are there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import explab as xl


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, explab; heavy = {'numpy', 'torch', 'transformers', 'mediapipe', 'cv2', 'matplotlib', 'IPython'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_reading_a_face_does_not_load_torch() -> None:
    code = "import sys, explab.face, explab.facs, explab.heatmaps; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_every_public_name_is_there() -> None:
    assert all(getattr(xl, name) is not None for name in xl.__all__)
    assert set(xl.__all__) <= set(dir(xl))
    with pytest.raises(AttributeError, match="read_face"):
        xl.read_fase  # noqa: B018
