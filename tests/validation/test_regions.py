"""The region of every unit finds the pixels that the unit changes."""

import numpy as np
import pytest

import explab as xl
from explab.facs.regions import REGIONS, UNPROVEN
from explab.synth.anatomy.units import NOT_ACTED
from explab.synth.randomness import face_seeds
from explab.validation.regions import ENOUGH, RegionAgreement, lines, region_agreements, unit_changes


@pytest.fixture(scope="module")
def agreements() -> list[RegionAgreement]:
    return region_agreements(n=2, seed=9100, size=96)


def test_every_region_finds_its_pixels_or_says_why_not(agreements: list[RegionAgreement]) -> None:
    assert {agreement.unit for agreement in agreements} | set(UNPROVEN) == set(REGIONS)
    short = {agreement.unit: agreement.means.round(3) for agreement in agreements if not agreement.proven}
    assert short == {}
    assert all(len(reason) > 20 for reason in UNPROVEN.values())
    assert set(UNPROVEN) <= set(NOT_ACTED)


def test_the_nose_wrinkler_changes_what_facs_says() -> None:
    """Root and sides of the nose, wings, upper lip; hardly the angle of the jaw, the chin, the forehead."""
    seeds = face_seeds(9101, 12)
    (evidence,), (points,) = unit_changes("AU9", seeds, np.zeros((12, len(xl.synth.ACTS))), (1.0,), 128)
    y, x = np.mgrid[:128, :128] + 0.5

    def mean_change(*vertices: int) -> float:
        """Mean evidence within a twelfth of the distance between the eyes of some vertices."""
        values = []
        for picture, landmarks in zip(evidence, points, strict=True):
            eyes = np.linalg.norm(landmarks[[33, 133], :2].mean(0) - landmarks[[263, 362], :2].mean(0))
            away = np.min([np.hypot(x - u, y - v) for u, v in landmarks[list(vertices), :2]], axis=0)
            values.append(picture[away < eyes / 12].mean())
        return float(np.mean(values))

    assert mean_change(200, 199, 172, 397, 151, 10) < 0.005
    root, sides = (6, 168), ((122, 351, 188, 412), (174, 399, 217, 437))
    assert mean_change(*root) > 0.07
    for side in sides:
        assert mean_change(*side) > 0.035, side
    for place in ((129, 358), (37, 267)):  # wings of the nose, upper lip
        assert mean_change(*place) > 0.1, place


def test_the_agreement_is_the_area_under_the_curve() -> None:
    from sklearn.metrics import roc_auc_score

    from explab.heatmaps import render
    from explab.synth.expressions import sample
    from explab.synth.randomness import Draws

    agreement = region_agreements(["AU12"], n=2, seed=9100, size=64, intensities=(0.7,))[0]
    seeds = face_seeds(9100, 2)
    (evidence,), (points,) = unit_changes("AU12", seeds, sample(Draws(seeds)).acts, (0.7,), 64)
    maps, _ = render(points, ("AU12",), (64, 64))
    by_hand = [roc_auc_score(e.ravel() > 0.1, m.ravel()) for e, m in zip(evidence, maps[:, 0], strict=True)]
    np.testing.assert_allclose(agreement.auc[0], by_hand, atol=1e-9)


def test_evidence_is_that_of_a_counterfactual() -> None:
    face = xl.synth.face(AU4=0.8, AU12=0.6, seed=9102, size=64)
    acts = np.array([[face.aus[code] for code in xl.synth.ACTS]])
    evidence, points = unit_changes("AU4", face_seeds(9102, 1), acts, (0.8,), 64)
    np.testing.assert_array_equal(points[0, 0], face.landmarks)
    np.testing.assert_array_equal(evidence[0, 0], xl.synth.counterfactual(face, AU4=0)[1])


def test_the_table_says_what_is_short_and_what_was_not_measured() -> None:
    good = RegionAgreement("AU1", (0.5, 1.0), np.full((2, 9), 0.9), np.full((2, 9), 0.6))
    poor = RegionAgreement("AU2", (0.5, 1.0), np.array([[0.9] * 9, [0.7] * 9]), np.full((2, 9), 0.6))
    assert good.proven
    assert not poor.proven
    head, first, second, *rest = lines([good, poor])
    assert "floor" in head
    assert "below" not in first
    assert f"below {ENOUGH:g}" in second
    assert len(rest) == len(UNPROVEN)
