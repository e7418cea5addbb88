"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Photographs, golden outputs and MediaPipe's task file that lie beside the repository, not in it."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the photographs and golden files in {SHARED.name}/ beside the repository")
    return SHARED
