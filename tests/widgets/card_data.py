"""Data of a made-up face card, and small pictures for it."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

TILE = 24
UNITS = [
    ("AU1", "Inner brow raiser", "upper", 0.2),
    ("AU6", "Cheek raiser", "upper", 0.5),
    ("AU12", "Lip corner puller", "lower", 0.8),
]


def data_uri(pixels: np.ndarray, kind: str) -> str:
    """Data URI of a uint8 picture: (H, W) grey or (H, W, 3) RGB."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


def blob(y: float) -> np.ndarray:
    """(TILE, TILE) round spot at height y (0-1), peak 255."""
    rows, columns = np.mgrid[:TILE, :TILE] / TILE
    return (255 * np.exp(-((rows - y) ** 2 + (columns - 0.5) ** 2) / 0.01)).astype(np.uint8)


def face_card() -> dict[str, Any]:
    """Data of a face card as the view layer's contract says, every optional part in use."""
    rows, columns = np.mgrid[:96, :96]
    photo = np.stack([rows * 2, columns * 2, rows + columns], axis=2).astype(np.uint8)
    items = [
        {
            "id": code,
            "kind": "unit",
            "label": f"{code} {name}",
            "part": part,
            "text": "Teaching.",
            "valid": True,
        }
        for code, name, part, _ in UNITS
    ]
    items += [
        {
            "id": "Happiness",
            "kind": "expression",
            "label": "Happiness",
            "part": "",
            "text": "",
            "valid": True,
        },
        {"id": "Neutral", "kind": "expression", "label": "Neutral", "part": "", "text": "", "valid": False},
    ]
    tiles = [blob(y) for y in (0.2, 0.5, 0.8)]
    tiles += [np.maximum(tiles[1], tiles[2]), np.zeros_like(tiles[0])]
    blank = {"low": None, "high": None, "truth": None, "why": "", "sides": None, "unreliable": ""}
    aus = [{"code": c, "name": n, "part": p, "value": v, "letter": "B", **blank} for c, n, p, v in UNITS]
    aus[0] |= {"unreliable": "the hair hides it"}
    aus[1] |= {"low": 0.4, "high": 0.6, "truth": 0.7}
    aus[2] |= {
        "sides": {side: {"value": v, "low": None, "high": None} for side, v in (("L", 0.9), ("R", 0.7))}
    }
    missing = {**blank, "value": None, "letter": "", "why": "no counterpart"}
    aus.append({"code": "AU22", "name": "Lip funneler", "part": "lower", **missing})
    return {
        "title": "plain.png",
        "subtitle": "face 1 of 1 · 96 × 96 px",
        "verdict": "A synthetic face.",
        "photo": {"src": data_uri(photo, "JPEG"), "alt": "A colour gradient"},
        "source": {
            "src": data_uri(photo, "JPEG"), "width": 96, "height": 96, "box": [0.1, 0.1, 0.9, 0.9], "alt": "Source"
        },
        "mesh": {
            "points": [[0.2, 0.2], [0.8, 0.2], [0.5, 0.8]], "edges": [[0, 1], [1, 2]], "contours": [[0, 1, 2]]
        },
        "maps": {
            "width": TILE,
            "height": TILE,
            "sprite": data_uri(np.concatenate(tiles), "PNG"),
            "items": items,
        },
        "aus": {
            "source": "a test",
            "note": "",
            "rows": aus,
            "unreliable": [{"reason": "the hair hides it", "units": ["AU1"]}],
        },
        "expressions": [
            {"label": "Neutral", "map": "Neutral", "units": [], "text": "Nothing moves."},
            {"label": "Happiness", "map": "Happiness", "units": ["AU6", "AU12"], "text": "A smile."},
        ],
        "checks": [
            {"name": "AU error", "verdict": "good", "text": "Off by 0.1.", "shown": "0.10", "value": 0.25, "floor": 0.5}
            | {"low": 0.2, "high": 0.3, "better": "lower"},
            {"name": "Expression", "verdict": "wrong", "text": "Wrong.", "shown": "0.05", "value": 0.05, "floor": 0.125}
            | {"low": None, "high": None, "better": "higher"},
        ],
        "pose": {"yaw": 3.1, "pitch": -2.0, "roll": 0.4, "text": "frontal"},
        "quality": [{"level": "good", "text": "Large enough"}, {"level": "warn", "text": "Blurred"}],
        "provenance": [["Landmarks", "synthetic"]],
    }  # fmt: skip
