"""FACS units: codes, sides, names and muscles against the manual, typed here independently of the table."""

import subprocess
import sys
from pathlib import Path

import pytest

from explab.facs import CODES, UNITS, UnknownUnit, mirrored, numbered, parse, sided, unit

# Number: first word of the FACS name, a word of the muscle. From the tables of the FACS manual (2002).
FACS = {
    1: ("Inner", "medial"),
    2: ("Outer", "lateral"),
    4: ("Brow", "Corrugator"),
    5: ("Upper", "Levator palpebrae"),
    6: ("Cheek", "orbital"),
    7: ("Lid", "palpebral"),
    9: ("Nose", "alaeque nasi"),
    10: ("Upper", "Levator labii superioris"),
    11: ("Nasolabial", "Zygomaticus minor"),
    12: ("Lip", "Zygomaticus major"),
    13: ("Sharp", "Levator anguli oris"),
    14: ("Dimpler", "Buccinator"),
    15: ("Lip", "Depressor anguli oris"),
    16: ("Lower", "Depressor labii inferioris"),
    17: ("Chin", "Mentalis"),
    18: ("Lip", "Incisivii"),
    20: ("Lip", "Risorius"),
    22: ("Lip", "Orbicularis oris"),
    23: ("Lip", "Orbicularis oris"),
    24: ("Lip", "Orbicularis oris"),
    26: ("Jaw", "Masseter"),
    43: ("Eyes", "Levator palpebrae superioris relaxed"),
}
DESCRIPTORS = {19, 29, 30, 32, 33, 34, 35, 36, 37}


@pytest.mark.parametrize("number", FACS)
def test_names_and_muscles(number: int) -> None:
    word, muscle = FACS[number]
    assert UNITS[f"AU{number}"].name.startswith(word)
    assert muscle in UNITS[f"AU{number}"].muscle


def test_facs_order_and_prefixes() -> None:
    numbers = [u.number for u in UNITS.values()]
    assert numbers == sorted(set(numbers))
    assert {u.number for u in UNITS.values() if u.code.startswith("AD")} == DESCRIPTORS
    expected = {*range(1, 47), *range(51, 59), *range(61, 67)} - {3, 40}  # FACS has no 3 and no 40 for adults
    assert set(numbers) == expected


def test_parts() -> None:
    upper = {u.number for u in UNITS.values() if u.part == "upper"}
    assert upper == {1, 2, 4, 5, 6, 7, 41, 42, 43, 44, 45, 46}
    assert {u.number for u in UNITS.values() if u.part == "head"} == set(range(51, 59))
    assert {u.number for u in UNITS.values() if u.part == "gaze"} == set(range(61, 67))
    assert {u.part for u in UNITS.values()} == {"upper", "lower", "head", "gaze"}


def test_sides() -> None:
    assert {u.number for u in UNITS.values() if u.sides == "either"} == {30, 36, 46}
    assert all(UNITS[f"AU{n}"].paired for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 20, 43, 61))
    assert not any(UNITS[f"AU{n}"].paired for n in (8, 17, 18, 22, 23, 24, 25, 26, 27, 28, 51))
    assert {u.sides for u in UNITS.values()} == {"both", "either", "midline"}


def test_the_notebook_and_the_table_agree_on_au6_at_will():
    """Gunnery, Hall and Ruben 2013: substantial minorities produce a Duchenne smile deliberately."""
    notebook = Path(__file__).parents[2] / "notebooks" / "03_facs_for_beginners.ipynb"
    says = "quite a few people can add it at will (Gunnery et al. 2013)"
    assert says in UNITS["AU6"].teaching
    assert says in notebook.read_text(encoding="utf-8")


def test_every_text_is_there_and_fits_a_card() -> None:
    for u in UNITS.values():
        assert u.muscle, u.code
        assert 20 < len(u.appearance) < 140, u.code
        assert not u.appearance.endswith("."), u.code
        assert u.teaching.endswith("."), u.code
        assert 40 < len(u.teaching) < 240, u.code


def test_parse_and_sided() -> None:
    assert parse("AU12L") == ("AU12", "L")
    assert parse("AU12") == ("AU12", "")
    assert sided("AU12") == ("AU12L", "AU12R")
    assert sided("AU12R") == ("AU12R",)
    assert sided("AU25") == ("AU25",)
    assert unit("AD34R") is UNITS["AD34"]
    assert numbered(34) == "AD34"
    assert numbered(12) == "AU12"


def test_codes_cover_every_side_once() -> None:
    assert CODES[:4] == ("AU1L", "AU1R", "AU2L", "AU2R")
    assert len(CODES) == len(set(CODES)) == sum(2 if u.paired else 1 for u in UNITS.values())


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AU34", "'AD34'"),
        ("au12", "'AU12'"),
        ("12L", "'AU12L'"),
        ("AU09", "'AU9'"),
        ("AU112", "did you mean"),
        ("AU25L", "midline"),
        (" AU12", "'AU12'"),
        ("AU3", "unknown unit"),
        ("AU40", "unknown unit"),
    ],
)
def test_unknown_units_say_what_was_meant(code: str, hint: str) -> None:
    with pytest.raises(UnknownUnit, match=hint):
        parse(code)


def test_unknown_numbers() -> None:
    with pytest.raises(UnknownUnit, match="no unit 40"):
        numbered(40)
    with pytest.raises(UnknownUnit, match="not 12"):
        parse(12)  # type: ignore[arg-type]


def test_mirror_is_an_involution_that_exchanges_turns() -> None:
    assert all(mirrored(mirrored(code)) == code for code in (*CODES, *UNITS))
    assert mirrored("AU12L") == "AU12R"
    assert mirrored("AU25") == "AU25"
    assert mirrored("AU61L") == "AU62R"
    assert mirrored("AU51") == "AU52"
    assert mirrored("AU55") == "AU56"
    assert mirrored("AU63L") == "AU63R"


def test_regions_belong_to_the_sides_of_their_unit() -> None:
    for u in UNITS.values():
        if u.part == "head" or u.code == "AU21":
            with pytest.raises(LookupError, match=u.code):
                _ = u.region
            continue
        assert set(u.region) == ({"L", "R"} if u.paired else {"M"}), u.code
        assert all(0 <= vertex < 478 for ids in u.region.values() for vertex in ids)


def test_import_is_light() -> None:
    code = (
        "import sys, explab.facs;"
        "heavy = {'torch', 'mediapipe', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
