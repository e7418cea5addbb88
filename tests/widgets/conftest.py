"""A made-up face card."""

from __future__ import annotations

from typing import Any

import pytest
from card_data import face_card


@pytest.fixture
def card() -> dict[str, Any]:
    return face_card()
