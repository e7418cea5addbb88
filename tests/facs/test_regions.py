"""Regions: exactly symmetric, complete, and where an anatomist expects them."""

from __future__ import annotations

import numpy as np
import pytest

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS, MIRROR
from explab.facs.regions import REGIONS
from explab.facs.units import UNITS


def centre(code: str, side: str | None = None) -> np.ndarray:
    """Mean place in inter-ocular distances: x to the picture's right, y down, (0, 0) between the eyes."""
    region = REGIONS[code]
    return CANONICAL[list(region[side] if side else next(iter(region.values()))), :2].mean(0)


def test_every_unit_on_the_face_has_its_sides():
    beyond = {code for code, u in UNITS.items() if u.part == "head"} | {"AU21"}
    assert set(REGIONS) == set(UNITS) - beyond
    assert list(REGIONS) == [code for code in UNITS if code in REGIONS]
    for code, region in REGIONS.items():
        assert set(region) == ({"L", "R"} if UNITS[code].paired else {"M"}), code
        for ids in region.values():
            assert len(ids) == len(set(ids)) >= 6, code
            assert all(0 <= vertex < 478 for vertex in ids), code


def test_left_mirrors_right_and_the_midline_itself():
    for code, region in REGIONS.items():
        if "M" in region:
            assert {int(MIRROR[i]) for i in region["M"]} == set(region["M"]), code
        else:
            assert [int(MIRROR[i]) for i in region["R"]] == list(region["L"]), code


def test_left_is_the_subjects_left():
    for code, region in REGIONS.items():
        if "L" in region:
            assert centre(code, "L")[0] > 0 > centre(code, "R")[0], code


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("AU1", "AU4"),  # forehead above the brow
        ("AU4", "AU5"),  # brow above the lid
        ("AU5", "AU7"),
        ("AU7", "AU6"),
        ("AU6", "AU11"),
        ("AU11", "AU12"),  # middle of the furrow above the corner line
        ("AU10", "AU25"),
        ("AU12", "AU15"),
        ("AU25", "AU16"),
        ("AU16", "AU17"),
        ("AU26", "AD29"),
        ("AU9", "AU38"),
    ],
)
def test_vertical_order(upper, lower):
    assert centre(upper)[1] < centre(lower)[1]


@pytest.mark.parametrize(
    ("inner", "outer"),
    [("AU1", "AU2"), ("AU4", "AU2"), ("AU9", "AU6"), ("AU10", "AU12"), ("AU15", "AU20"), ("AU14", "AU31")],
)
def test_sideways_order(inner, outer):
    assert abs(centre(inner, "L")[0]) < abs(centre(outer, "L")[0])


def test_lip_units_centre_on_the_mouth():
    mouth = CANONICAL[list(CONTOURS["outer lips"]), :2].mean(0)
    for code in ("AU8", "AU18", "AU22", "AU23", "AU24", "AU25", "AU28"):
        assert np.abs(centre(code) - mouth).max() < 0.08, code


def test_lids_surround_the_eye():
    eye = CANONICAL[list(CONTOURS["left eye"]), :2].mean(0)
    for code in ("AU5", "AU7", "AU41", "AU43", "AU45", "AU61"):
        assert np.linalg.norm(centre(code, "L") - eye) < 0.15, code
