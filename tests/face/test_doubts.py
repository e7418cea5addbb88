"""What a picture cannot show is said, unit by unit, with the reason."""

from explab.face.align import Pose
from explab.face.doubts import doubts
from explab.face.face import Remark

CODES = ("AU1L", "AU1R", "AU5L", "AU5R", "AU12L", "AU12R", "AU25", "AU28")
FRONT = Pose(0, 0, 0)


def test_a_good_picture_raises_no_doubt() -> None:
    assert doubts(CODES, FRONT, 120, [Remark("good", "Found at the first try")]) == {}


def test_a_turned_head_hides_its_far_side() -> None:
    found = doubts(CODES, Pose(38, 0, 0), 120)
    assert set(found) == {"AU1L", "AU5L", "AU12L"}
    assert "38 degrees" in found["AU12L"]
    assert "left half" in found["AU12L"]
    assert set(doubts(CODES, Pose(-38, 0, 0), 120)) == {"AU1R", "AU5R", "AU12R"}
    assert set(doubts(CODES, Pose(60, 0, 0), 120)) == set(CODES)
    assert set(doubts(CODES, Pose(0, -35, 0), 120)) == set(CODES)


def test_a_small_face_hides_lids_and_fine_lips_and_a_tiny_one_everything() -> None:
    assert set(doubts(CODES, FRONT, 30)) == {"AU5L", "AU5R", "AU28"}
    assert "30 px" in doubts(CODES, FRONT, 30)["AU28"]
    assert set(doubts(CODES, FRONT, 12)) == set(CODES)


def test_bad_pictures_put_everything_in_doubt_and_reasons_add_up() -> None:
    blurred = Remark("warn", "Blurred: wrinkles cannot be seen, positions are less exact")
    found = doubts(CODES, Pose(38, 0, 0), 30, [blurred])
    assert set(found) == set(CODES)
    assert found["AU5L"].count(";") == 2
    assert "blurred, wrinkles cannot be seen" in found["AU25"]
    unsteady = Remark("warn", "Unsteady: mirrored, the mesh moves by 9% of the distance between the eyes")
    assert "check that the mesh sits" in doubts(["AU25"], FRONT, 120, [unsteady])["AU25"]
