"""The table of muscles, and the fields it makes."""

import numpy as np
import pytest

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS
from explab.facs.units import UNITS
from explab.synth.anatomy.elastic_skin import SKIN_MIRROR, between, normals, response
from explab.synth.anatomy.muscles import fields, muscles, skin_pull
from explab.synth.anatomy.surface import N_SKIN
from explab.synth.anatomy.units import ACTS, COLUMN

FLIP = np.array([-1.0, 1.0, 1.0])


def pulled(**strengths: float) -> np.ndarray:
    acts = np.zeros((1, len(ACTS)))
    for code, strength in strengths.items():
        acts[0, COLUMN[code]] = strength
    return skin_pull(CANONICAL[None], acts)[0]


def test_every_muscle_serves_a_unit_and_lies_on_the_right_or_midline():
    for muscle in muscles():
        assert muscle.unit in UNITS
        assert muscle.spread > 0
        for strand in muscle.strands:
            assert strand.origin[0] <= 0, f"{muscle.name}: the table is written for the subject's right"
            assert abs(strand.pull) <= 0.25
            vertices = [] if "lip" in strand.into else [int(v) for v in strand.into.split()]
            assert all(v < N_SKIN and CANONICAL[v, 0] <= 1e-9 for v in vertices), (muscle.name, strand.into)


def test_no_muscle_moves_a_vertex_twice():
    for muscle in muscles():
        into = [v for strand in muscle.strands if "lip" not in strand.into for v in strand.into.split()]
        assert len(into) == len(set(into)), (muscle.unit, muscle.name)


def test_left_fields_mirror_right_ones():
    pulls, drivers = fields()
    for code in ("AU1", "AU4", "AU9", "AU12", "AU15", "AU20"):
        left, right = (pulls[drivers == COLUMN[code + side]].sum(0) for side in "LR")
        np.testing.assert_allclose(left[SKIN_MIRROR] * FLIP, right, atol=1e-12)
    for code in ("AU17", "AU25"):
        both = pulls[drivers == COLUMN[code]].sum(0)
        np.testing.assert_allclose(both[SKIN_MIRROR] * FLIP, both, atol=1e-12)


def test_muscles_leave_the_lid_margins_to_the_lids():
    margins = [*CONTOURS["right eye"], *CONTOURS["left eye"]]
    pulls, _ = fields()
    assert np.abs(pulls[:, margins]).max() == 0


@pytest.mark.parametrize("code", ["AU1", "AU2", "AU4", "AU6", "AU9", "AU10", "AU12", "AU15", "AU16", "AU20"])
def test_one_side_hardly_moves_the_other(code):
    right = np.linalg.norm(pulled(**{code + "R": 1.0}), axis=1)
    far = CANONICAL[:N_SKIN, 0] > 0.3
    assert right[far].max() < 0.07 * right.max()
    assert right[CANONICAL[:N_SKIN, 0] < -0.3].max() > 0.5 * right.max()


def test_muscles_that_pull_alike_share():
    alone = max(-pulled(AU9L=1.0, AU9R=1.0)[129, 1], -pulled(AU10L=1.0, AU10R=1.0)[129, 1])
    together = -pulled(AU9L=1.0, AU9R=1.0, AU10L=1.0, AU10R=1.0)[129, 1]
    summed = -pulled(AU9L=1.0, AU9R=1.0)[129, 1] - pulled(AU10L=1.0, AU10R=1.0)[129, 1]
    assert alone < together < 0.99 * summed


def test_one_muscle_pulls_in_proportion():
    np.testing.assert_allclose(pulled(AU12L=0.4), 0.4 * pulled(AU12L=1.0), atol=1e-12)


def test_small_faces_move_less():
    acts = np.zeros((2, len(ACTS)))
    acts[:, [COLUMN["AU12L"], COLUMN["AU12R"]]] = 1
    small = CANONICAL.copy()
    lower = small[:, 1] > 0.5
    small[lower, 0] *= 0.8
    small[lower, 1] = 0.5 + 0.8 * (small[lower, 1] - 0.5)
    large, less = np.linalg.norm(skin_pull(np.stack([CANONICAL, small]), acts)[:, 61], axis=1)
    assert 0.8 * large < less < 0.95 * large


def test_sheet_stops_at_openings_and_at_what_is_held():
    follow = response([13], 0.2, held=[0])[:, 0]
    assert follow[13] == 1
    assert follow[0] == 0
    assert abs(follow[14]) < 0.1 < follow[12], "the lower lip hangs on only by the corners of the mouth"
    assert follow.min() > -0.15


def test_sheet_in_between_stays_in_between():
    weights = between({152: 1.0, 10: 0.0})
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert weights[152] > weights[17] > weights[4] > weights[10]


def test_normals_point_out_and_are_symmetric():
    out = normals()
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1)
    np.testing.assert_allclose(out[SKIN_MIRROR] * FLIP, out, atol=1e-9)
    assert out[4, 2] < -0.5
    assert out[454, 0] > 0.5
