"""Crosswalks: entry orders and formulas typed here independently of the tables, round trips as properties."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explab.facs import (
    CODES,
    SCHEMES,
    UNITS,
    AUs,
    Scheme,
    UnknownUnit,
    lost,
    read_tokens,
    scheme,
    write_tokens,
)

FEAFA = [  # ExpLLM's `au`, index by index
    ("AU43L",), ("AU43R",), ("AU5L",), ("AU5R",), ("AU4L",), ("AU4R",), ("AU2L",), ("AU2R",), ("AU26",),
    ("AD30L",), ("AD30R",), ("AU12L",), ("AU12R",), ("AU20L",), ("AU20R",), ("AU28",), ("AU28",), ("AD29",),
    ("AU10L", "AU10R"), ("AU16L", "AU16R"), ("AU17",), ("AU18",), ("AD34L", "AD34R"), ("AU9L", "AU9R"),
]  # fmt: skip

MEDIAPIPE = re.findall(  # the order in which FaceLandmarker reports them
    r"\w+",
    """
    _neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff
    cheekSquintLeft cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight
    eyeLookInLeft eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight
    eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose
    mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft
    mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight
    mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight
    mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight
""",
)
SAYS_NOTHING = {
    *("_neutral", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "jawForward"),
    *("noseSneerLeft", "noseSneerRight"),
}
DISFA = [1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26]
BP4D = [1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24]

every_scheme = pytest.mark.parametrize("s", SCHEMES.values(), ids=lambda s: s.name)
any_scheme = st.sampled_from(list(SCHEMES.values()))


def entries_of(s: Scheme) -> st.SearchStrategy[np.ndarray]:
    known = st.sampled_from([0.0, 1.0]) if s.binary else st.floats(0, s.top)
    return arrays(np.float64, len(s.entries), elements=st.one_of(known, st.just(float("nan"))))


def aus_of(s: Scheme) -> st.SearchStrategy[AUs]:
    known = st.sampled_from([0.0, 1.0]) if s.binary else st.floats(0, 1)
    return st.dictionaries(st.sampled_from(s.codes), known).map(AUs)


# -- the tables


def test_feafa_order() -> None:
    assert [*SCHEMES["feafa24"].facs.values()] == FEAFA
    assert SCHEMES["feafa24"].entries[0] == "L eye close"
    assert SCHEMES["feafa24"].entries[23] == "Nose wrinkle"


@pytest.mark.parametrize("index", range(24))
def test_each_feafa_number_moves_its_units_only(index: int) -> None:
    vector = np.zeros(24)
    vector[index] = 0.6
    aus = AUs.from_scheme("feafa24", vector)
    expected = 0.3 if FEAFA[index] == ("AU28",) else 0.6
    assert {code: aus[code] for code in aus.codes if aus[code]} == pytest.approx(
        dict.fromkeys(FEAFA[index], expected)
    )
    assert aus.source == "feafa24"


def test_feafa_brow_raise_is_au2_and_leaves_au1_open() -> None:
    aus = AUs.from_scheme("feafa24", np.eye(24)[6] * 0.7)
    assert aus.sides("AU2") == {"L": 0.7, "R": 0.0}
    assert "AU1" not in aus
    assert lost(AUs({"AU1": 0.7, "AU2": 0.7}), "feafa24") == ("AU1L", "AU1R")
    assert AUs({"AU1": 0.7, "AU2": 0.0}).to_scheme("feafa24")[6:8].tolist() == [0, 0]


def test_feafa_does_not_tell_what_it_has_no_number_for() -> None:
    aus = AUs.from_scheme("feafa24", np.full(24, 0.5))
    assert not {"AU1", "AU6", "AU7", "AU14", "AU15", "AU23", "AU24", "AU25", "AU27", "AU45"} & set(aus)


def test_blendshape_order_is_mediapipes() -> None:
    assert list(SCHEMES["blendshapes52"].entries) == MEDIAPIPE
    assert len(MEDIAPIPE) == 52


def test_blendshapes_that_say_nothing_are_not_measured() -> None:
    aus = AUs.from_scheme("blendshapes52", np.full(52, 0.5))
    assert not {"AU6", "AU9", "AD29", "AD34"} & set(aus)
    assert {e for e in MEDIAPIPE if not SCHEMES["blendshapes52"].facs[e]} == SAYS_NOTHING | {
        "mouthLeft",
        "mouthRight",
        "mouthShrugUpper",
    }
    written = dict(zip(MEDIAPIPE, AUs(dict.fromkeys(UNITS, 0.5)).to_scheme("blendshapes52"), strict=True))
    assert all(np.isnan(written[entry]) for entry in SAYS_NOTHING)


# Which eye looks where, worked out on a face: outwards is the eye's own side.
@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("eyeLookOutLeft", "AU61L"),
        ("eyeLookInRight", "AU61R"),
        ("eyeLookInLeft", "AU62L"),
        ("eyeLookOutRight", "AU62R"),
        ("eyeLookUpRight", "AU63R"),
        ("eyeLookDownLeft", "AU64L"),
        ("eyeSquintLeft", "AU7L"),
        ("eyeWideRight", "AU5R"),
        ("eyeBlinkLeft", "AU43L"),
        ("browDownRight", "AU4R"),
        ("browOuterUpLeft", "AU2L"),
        ("mouthSmileLeft", "AU12L"),
        ("mouthFrownRight", "AU15R"),
        ("mouthDimpleLeft", "AU14L"),
        ("mouthStretchRight", "AU20R"),
        ("mouthFunnel", "AU22"),
        ("mouthPucker", "AU18"),
        ("mouthShrugLower", "AU17"),
        ("jawLeft", "AD30L"),
    ],
)
def test_one_blendshape_one_unit(entry: str, code: str) -> None:
    zero = dict.fromkeys(MEDIAPIPE, 0.0)
    aus = AUs.from_scheme("blendshapes52", zero | {entry: 0.6})
    assert {c: aus[c] for c in aus.codes if aus[c]} == {code: 0.6}


def test_blendshapes_of_a_laugh() -> None:
    zero = dict.fromkeys(MEDIAPIPE, 0.0)
    laugh = zero | {"jawOpen": 0.4, "mouthClose": 0.1, "mouthUpperUpLeft": 0.8, "mouthUpperUpRight": 0.4}
    laugh |= {
        "mouthLowerDownLeft": 0.2,
        "mouthLowerDownRight": 0.2,
        "browInnerUp": 0.3,
        "mouthPressLeft": 0.6,
    }
    aus = AUs.from_scheme("blendshapes52", laugh)
    assert aus["AU25"] == pytest.approx(0.4 - 0.1 + (0.8 + 0.4 + 0.2 + 0.2) / 4)
    assert aus["AU26"] == 0.4
    assert aus.sides("AU10") == {"L": 0.8, "R": 0.4}
    assert aus.sides("AU1") == {"L": 0.3, "R": 0.3}
    assert aus["AU24"] == pytest.approx(0.3)


def test_lips_part_stays_in_range() -> None:
    zero = dict.fromkeys(MEDIAPIPE, 0.0)
    wide = dict.fromkeys(["jawOpen", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft"], 1.0)
    assert AUs.from_scheme("blendshapes52", zero | wide)["AU25"] == 1
    assert AUs.from_scheme("blendshapes52", zero | {"mouthClose": 0.5})["AU25"] == 0


def test_a_missing_blendshape_leaves_its_units_unmeasured() -> None:
    aus = AUs.from_scheme("blendshapes52", {"jawOpen": 0.5, "mouthSmileLeft": 0.2})
    assert aus.codes == ("AU12L", "AU26")
    with pytest.raises(ValueError, match="'jawOpen'"):
        AUs.from_scheme("blendshapes52", {"jawopen": 0.5})


@pytest.mark.parametrize(("name", "numbers"), [("disfa", DISFA), ("bp4d", BP4D)])
def test_dataset_columns(name: str, numbers: list[int]) -> None:
    assert list(SCHEMES[name].entries) == [f"AU{n}" for n in numbers]


def test_disfa() -> None:
    aus = AUs.from_scheme("disfa", [0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 2, float("nan")])
    assert aus.sides("AU4") == {"L": 0.6, "R": 0.6}
    assert aus.letter("AU12") == "E"
    assert "AU26" not in aus
    assert AUs({"AU12L": 0.8, "AU12R": 0.4}).to_scheme("disfa")[6] == pytest.approx(3)


def test_bp4d() -> None:
    aus = AUs.from_scheme("bp4d", [1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    assert aus["AU1"] == 1
    assert aus["AU2"] == 0
    assert "AU4" not in aus
    back = AUs({"AU1": 0.1, "AU2": 0.09, "AU14R": 0.15, "AU14L": 0.0, "AU12L": 0.9}).to_scheme("bp4d")
    # 9 for what was not measured, on one side (AU12) or at all
    assert back.tolist() == [1, 0, 9, 9, 9, 9, 9, 1, 9, 9, 9, 9]
    assert lost(AUs({"AU1": 0.1, "AU17": 1.0, "AU23": 0.0}), "bp4d") == ("AU1L", "AU1R")


def test_bp4d_intensity() -> None:
    aus = AUs.from_scheme("bp4d-intensity", [3, 9, 0, 5, 1])
    assert [aus.get(f"AU{n}") for n in (6, 10, 12, 14, 17)] == pytest.approx([0.6, None, 0, 1, 0.2])


# -- values that no scheme takes


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("feafa24", [0.0] * 23, r"24 entries; got an array of shape \(23,\)"),
        ("feafa24", [1.2] + [0.0] * 23, "L eye close is 1.2; it takes 0 to 1"),
        ("disfa", [0] * 11 + [6], "AU26 is 6; it takes 0 to 5"),
        ("disfa", [0] * 11 + [9], "AU26 is 9"),
        ("bp4d", [0.5] + [0] * 11, "AU1 is 0.5; it takes 0 or 1"),
        ("bp4d", [-1] + [0] * 11, "AU1 is -1"),
        ("feafa24", "4+9", "only rafau"),
        ("feafa24", [[0.0] * 24], "one face at a time"),
        ("feafa", [0.0], "did you mean 'feafa24'"),
    ],
)
def test_bad_values_name_the_entry(name: str, values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AUs.from_scheme(name, values)  # type: ignore[arg-type]


# -- round trips


@given(st.data())
def test_vector_to_aus_and_back(data: st.DataObject) -> None:
    s = data.draw(any_scheme)
    vector = data.draw(entries_of(s))
    back = AUs.from_scheme(s.name, vector).to_scheme(s.name)
    for entry, before, after in zip(s.entries, vector, back, strict=True):
        if entry not in s.merged:
            expected = s.unknown if np.isnan(before) else before
            np.testing.assert_allclose(after, expected, atol=1e-12, err_msg=f"{s.name} {entry}")


@given(st.data())
def test_aus_to_scheme_and_back(data: st.DataObject) -> None:
    s = data.draw(any_scheme)
    aus = data.draw(aus_of(s))
    back = AUs.from_scheme(s.name, aus.to_scheme(s.name))
    dropped = lost(aus, s.name)
    for code in aus.codes:
        kept = code in back and abs(back[code] - aus[code]) <= 1e-9
        assert (code in dropped) != kept, (s.name, code)
    # A code that has an entry for itself never gets lost.
    own = [codes[0] for entry, codes in s.facs.items() if len(codes) == 1 and entry not in s.merged]
    assert not set(own) & set(dropped)


def test_what_is_merged() -> None:
    assert SCHEMES["feafa24"].merged == ("Upper lip suck", "Lower lip suck")
    assert set(SCHEMES["blendshapes52"].merged) == SAYS_NOTHING | {
        *("mouthLeft", "mouthRight", "mouthShrugUpper"),
        *("mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper"),
    }
    assert all(SCHEMES[name].merged == () for name in ("disfa", "bp4d", "bp4d-intensity", "rafau"))


def test_what_is_lost() -> None:
    assert lost(AUs({"AU6": 0.5, "AU12": 0.5, "AU17": 0.2}), "feafa24") == ("AU6L", "AU6R")
    assert lost(AUs({"AU9L": 0.5, "AU9R": 0.1}), "feafa24") == ("AU9L", "AU9R")
    assert lost(AUs({"AU9L": 0.5, "AU9R": 0.5}), "feafa24") == ()
    assert lost(AUs({"AU9L": 0.5}), "feafa24") == ("AU9L",)
    assert lost(AUs({"AU12L": 0.5, "AU12R": 0.4}), "blendshapes52") == ()
    assert lost(AUs({"AU6": 0.5, "AU23": 0.1, "AU51": 0.1}), "blendshapes52") == (
        "AU6L",
        "AU6R",
        "AU23",
        "AU51",
    )
    assert lost(AUs({"AU12": 0.5}), "rafau") == ("AU12L", "AU12R")


@pytest.mark.parametrize(("name", "entry"), [("feafa24", 8), ("blendshapes52", 25), ("disfa", 11)])
def test_a_stretched_mouth_is_not_written_as_a_closed_jaw(name: str, entry: int) -> None:
    top = SCHEMES[name].top
    assert AUs({"AU26": 0.2, "AU27": 0.9}).to_scheme(name)[entry] == pytest.approx(0.9 * top)
    assert AUs({"AU26": 0.2, "AU27": 0.0}).to_scheme(name)[entry] == pytest.approx(0.2 * top)
    assert AUs({"AU27": 0.9}).to_scheme(name)[entry] == pytest.approx(0.9 * top)
    assert np.isnan(AUs({"AU27": 0.0}).to_scheme(name)[entry])
    assert lost(AUs({"AU26": 0.2, "AU27": 0.9}), name) == ("AU26", "AU27")


def test_a_blink_is_written_as_a_closed_eye() -> None:
    assert AUs({"AU45": 1.0, "AU43": 0.0}).to_scheme("feafa24")[:2].tolist() == [1, 1]
    assert AUs({"AU46L": 1.0, "AU43": 0.0}).to_scheme("feafa24")[:2].tolist() == [1, 0]


def other_side(entry: str) -> str:
    """The entry with left and right exchanged, in the spelling of any scheme."""
    exchange = {"Left": "Right", "Right": "Left", "left": "right", "right": "left", "L": "R", "R": "L"}
    return re.sub("Left$|Right$|left$|right$|^[LR](?= |[0-9])", lambda word: exchange[word[0]], entry)


@every_scheme
def test_flipping_the_face_exchanges_left_and_right_entries(s: Scheme) -> None:
    rng = np.random.default_rng(0)
    vector = dict(zip(s.entries, rng.integers(0, 2, len(s.entries)).astype(float), strict=True))
    aus = AUs.from_scheme(s.name, vector)
    mirrored = AUs.from_scheme(s.name, {other_side(entry): value for entry, value in vector.items()})
    assert aus.flip() == mirrored


@every_scheme
def test_batches_equal_single_faces(s: Scheme) -> None:
    rng = np.random.default_rng(1)
    batch = rng.integers(0, 2, (2, 3, len(s.entries))).astype(float)
    batch[0, 0, 0] = s.unknown
    decoded = s.decode(batch)
    assert decoded.shape == (2, 3, len(s.codes))
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(decoded[index], s.decode(batch[index]))
        np.testing.assert_array_equal(s.encode(decoded)[index], s.encode(decoded[index]))


@every_scheme
def test_every_scheme_says_what_it_loses(s: Scheme) -> None:
    assert scheme(s.name) is s
    assert len(s.lost) > 60
    assert s.codes == tuple(code for code in CODES if code in set(s.codes))
    assert len(set(s.entries)) == len(s.entries)


# -- RAF-AU tokens


def test_read_tokens() -> None:
    aus = read_tokens("4+9+L10 ")
    assert aus.sides("AU4") == {"L": 1, "R": 1}
    assert aus.sides("AU10") == {"L": 1, "R": 0}
    assert aus["AU12"] == 0
    assert "AU51" not in aus
    assert "AU61" not in aus
    assert AUs.from_scheme("rafau", "4+9+L10") == aus
    assert read_tokens("L12+R12") == read_tokens("12")
    assert read_tokens("L25+34") == read_tokens("25+L34+R34")
    assert read_tokens("4+51+L61")["AU51"] == 1


def test_null_is_a_face_without_units() -> None:
    aus = read_tokens(" null\n")
    assert len(aus) > 40
    assert not any(aus.values())
    assert write_tokens(aus) == "null"


@pytest.mark.parametrize("text", ["", "4+", "4++9", "4+X9", "4 9", "L", "10L", "AU4"])
def test_bad_tokens(text: str) -> None:
    with pytest.raises(UnknownUnit, match="RAF-AU label"):
        read_tokens(text)


def test_unknown_token_number() -> None:
    with pytest.raises(UnknownUnit, match="no unit 40"):
        read_tokens("4+40")


@given(st.sets(st.sampled_from(SCHEMES["rafau"].entries)))
def test_tokens_round_trip(tokens: set[str]) -> None:
    aus = read_tokens("+".join(tokens) or "null")
    assert read_tokens(write_tokens(aus)) == aus
    np.testing.assert_array_equal(
        aus.to_scheme("rafau"), [float(entry in tokens) for entry in SCHEMES["rafau"].entries]
    )


def test_write_tokens_in_facs_order() -> None:
    assert write_tokens(read_tokens("L10+9+4")) == "4+9+L10"
    assert write_tokens(AUs({"AU12L": 0.8, "AU12R": 0.05, "AD34": 0.3, "AU25": 0.02})) == "L12+34"


# -- OpenFace


def test_a_row_of_openface_as_its_table_has_it() -> None:
    row = {
        **{
            "frame": 1,
            " timestamp": 0.0,
            " confidence": 0.98,
            " success": 1,
            " gaze_0_x": 0.1,
            " pose_Rx": 0.2,
        },
        **{" AU01_r": 0.0, " AU06_r": 2.5, " AU12_r": 4.0, " AU45_r": 0.25, " AU12_c": 1, " AU28_c": 0},
    }
    aus = AUs.from_scheme("openface", row)
    assert {code: aus[code] for code in aus} == {"AU1": 0.0, "AU6": 0.5, "AU12": 0.8, "AU45": 0.05}
    assert aus.source == "openface"
    assert aus.to_scheme("openface")[8] == 4.0  # AU10, 12: the ninth column is AU12
    assert SCHEMES["openface"].entries[8] == "AU12_r"
    with pytest.raises(ValueError, match="openface: AU12_r is 6; it takes 0 to 5"):
        AUs.from_scheme("openface", {" AU12_r": 6})
    with pytest.raises(ValueError, match="openface has no entry 'AU11_r'"):
        AUs.from_scheme("openface", {"AU11_r": 1})


@pytest.mark.parametrize("code", ["AU04_r", " AU04_r", "AU04_r ", "au4_r"])
def test_a_column_of_openface_is_no_side(code: str) -> None:
    with pytest.raises(UnknownUnit) as caught:
        AUs({code: 0.5})
    said = str(caught.value)
    assert "OpenFace's intensity of AU4, from 0 to 5" in said
    assert "divide by 5" in said
    assert "AU4R" not in said
    assert "\n" not in said
    # both ways that are advised
    assert AUs.from_scheme("openface", {"AU04_r": 2.5})["AU4"] == AUs({"AU4": 2.5 / 5})["AU4"] == 0.5


def test_a_presence_of_openface_and_a_side_of_the_midline() -> None:
    with pytest.raises(UnknownUnit, match=r"OpenFace's presence of AU28, 0 or 1.*call it 'AU28'"):
        AUs({" AU28_c": 1})
    with pytest.raises(UnknownUnit, match="unknown unit 'au25R'") as caught:
        AUs({"au25R": 1})
    assert "'AU25R'" not in str(caught.value), "AU25 has no side"
