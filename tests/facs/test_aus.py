"""AUs: sides, scales, errors and the mirror."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explab.facs import CODES, AUs, NotMeasured, UnknownUnit, mirrored

intensity = st.floats(0, 1)
any_aus = st.dictionaries(st.sampled_from(CODES), intensity).map(AUs)


def test_sides_and_their_mean() -> None:
    aus = AUs({"AU12L": 0.8, "AU12R": 0.7, "AU25": 0.5})
    assert aus["AU12"] == pytest.approx(0.75)
    assert aus["AU12L"] == 0.8
    assert aus.sides("AU12") == {"L": 0.8, "R": 0.7}
    assert aus.sides("AU12R") == {"L": 0.8, "R": 0.7}
    assert aus.sides("AU25") == {"M": 0.5}
    assert AUs({"AU12": 0.8}).sides("AU12") == {"L": 0.8, "R": 0.8}


def test_one_side_measured() -> None:
    aus = AUs({"AU14R": 0.6}, source="coder A")
    assert aus["AU14"] == 0.6
    assert "AU14" in aus
    assert "AU14L" not in aus
    with pytest.raises(NotMeasured, match=r"^AU14L \(Dimpler\) was not measured by coder A$"):
        aus["AU14L"]


def test_units_with_one_side_at_a_time_read_as_the_side_that_acts() -> None:
    assert AUs({"AD30L": 0.8, "AD30R": 0.0})["AD30"] == 0.8
    assert AUs({"AU46L": 0.0, "AU46R": 1.0})["AU46"] == 1.0


def test_not_measured_is_never_zero() -> None:
    aus = AUs({"AU12": 0.0})
    assert aus["AU12"] == 0
    assert aus.get("AU6") is None
    assert aus.get("AU6", -1) == -1
    with pytest.raises(KeyError):
        aus["AU6"]
    with pytest.raises(NotMeasured):
        aus.letter("AU6")
    with pytest.raises(NotMeasured, match="AU6"):
        aus.sides("AU6L")


def test_a_misspelt_unit_is_an_error_even_for_get() -> None:
    with pytest.raises(UnknownUnit, match="AD34"):
        AUs({"AU12": 0.1}).get("AU34")


def test_iteration_is_over_bare_codes_in_facs_order() -> None:
    aus = AUs({"AD34": 0.1, "AU25": 0.2, "AU2R": 0.3, "AU12": 0.4, "AU1": 0.5})
    assert list(aus) == ["AU1", "AU2", "AU12", "AU25", "AD34"]
    assert len(aus) == 5
    assert aus.codes == ("AU1L", "AU1R", "AU2R", "AU12L", "AU12R", "AU25", "AD34L", "AD34R")
    assert dict(aus)["AU12"] == 0.4


# Round-half-up of 5x, worked out by hand.
@pytest.mark.parametrize(
    ("value", "letter"),
    [
        *((0, ""), (0.09, ""), (0.1, "A"), (0.2, "A"), (0.29, "A"), (0.3, "B"), (0.4, "B"), (0.5, "C")),
        *((0.6, "C"), (0.69, "C"), (0.7, "D"), (0.8, "D"), (0.89, "D"), (0.9, "E"), (1, "E")),
    ],
)
def test_letters(value: float, letter: str) -> None:
    assert AUs({"AU25": value}).letter("AU25") == letter
    assert AUs({"AU25": value}).x5("AU25") == pytest.approx(5 * value)


@pytest.mark.parametrize("letter", "ABCDE")
def test_letters_counted_to_five(letter: str) -> None:
    aus = AUs.from_x5({"AU4": "ABCDE".index(letter) + 1})
    assert aus.letter("AU4") == letter
    assert aus.x5("AU4") == "ABCDE".index(letter) + 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"AU12": 1.01}, r"AU12 \(Lip corner puller\) is 1\.01, outside 0 to 1"),
        ({"AU12": -0.1}, "AU12 .* is -0.1, outside"),
        ({"AU4": float("nan")}, "AU4 .* is NaN"),
        ({"AU4": float("inf")}, "AU4 .* is inf"),
        ({"AU4": "strong"}, "AU4 .* is 'strong', not a number"),
        ({"AU4": None}, "AU4 .* is None"),
        ({"AU12": 0.1, "AU12L": 0.2}, "AU12L is given twice"),
        ({"AU25L": 0.1}, "midline"),
        ({"AU99": 0.1}, "unknown unit 'AU99'"),
    ],
)
def test_errors_name_the_unit(values: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AUs(values)


def test_x5_range() -> None:
    with pytest.raises(ValueError, match="AU4 is 6, outside 0 to 5"):
        AUs.from_x5({"AU4": 6})
    with pytest.raises(ValueError, match="AU4 is nan"):
        AUs.from_x5({"AU4": float("nan")})


@given(any_aus)
def test_flip_is_an_involution_and_moves_every_side(aus: AUs) -> None:
    flipped = aus.flip()
    assert flipped.flip() == aus
    assert all(flipped[mirrored(code)] == aus[code] for code in aus.codes)


def test_flip() -> None:
    aus = AUs({"AU12L": 0.9, "AU12R": 0.1, "AU61L": 0.4, "AU61R": 0.3, "AU51": 0.2, "AD30L": 0.5}, source="s")
    expected = AUs({"AU12R": 0.9, "AU12L": 0.1, "AU62R": 0.4, "AU62L": 0.3, "AU52": 0.2, "AD30R": 0.5})
    assert aus.flip() == expected
    assert aus.flip().source == "s"


@given(any_aus)
def test_stores_as_json_and_pickle(aus: AUs) -> None:
    assert AUs.from_dict(json.loads(json.dumps(aus.to_dict()))) == aus
    assert pickle.loads(pickle.dumps(aus)) == aus
    assert hash(AUs.from_dict(aus.to_dict())) == hash(aus)


def test_dict_keeps_the_source_and_explains_itself() -> None:
    aus = AUs({"AU12L": np.float32(0.5)}, source="coder A")
    assert aus.to_dict() == {"source": "coder A", "intensities": {"AU12L": 0.5}}
    assert AUs.from_dict(aus.to_dict()).source == "coder A"
    with pytest.raises(ValueError, match="'intensities'"):
        AUs.from_dict({"AU12": 0.5})


def test_replace_leaves_the_original_alone() -> None:
    aus = AUs({"AU12L": 0.8, "AU12R": 0.7, "AU25": 0.5}, source="s")
    changed = aus.replace({"AU12": 0.0, "AU6L": 0.3})
    assert changed == AUs({"AU12": 0.0, "AU6L": 0.3, "AU25": 0.5})
    assert changed.source == "s"
    assert aus["AU12L"] == 0.8


def test_equality_sees_sides() -> None:
    assert AUs({"AU12L": 0.8, "AU12R": 0.6}) != AUs({"AU12L": 0.6, "AU12R": 0.8})
    assert AUs({"AU12": 0.5}, source="a") == AUs({"AU12": 0.5}, source="b")
    assert AUs({"AU25": 0.5}) != {"AU25": 0.5}


def test_is_immutable() -> None:
    with pytest.raises(TypeError):
        AUs({"AU25": 0.5})["AU25"] = 0.1  # type: ignore[index]


def test_repr_is_short() -> None:
    aus = AUs({"AU12L": 0.8, "AU12R": 0.7, "AU25": 0.5, "AU4": 0.0, "AU14R": 0.3}, source="coder A")
    assert repr(aus) == "<AUs by coder A: AU12 L0.80 R0.70, AU14 R0.30, AU25 0.50; 1 absent>"
    assert repr(AUs()) == "<AUs: nothing measured>"
    assert repr(AUs({"AU4": 0.02})) == "<AUs: 1 absent>"


def test_sides_survive_copying_and_replacing() -> None:
    uneven = AUs({"AU4L": 0.6, "AU4R": 0.2})
    assert AUs(uneven) == uneven
    assert AUs({"AU12": 0.5}).replace(uneven)["AU4R"] == 0.2
