"""Codebooks: the three that come along, typed here independently, and what one's own file may get wrong."""

from pathlib import Path

import pytest

from explab.facs import CODEBOOKS, EXPRESSIONS, AUs, CodebookError, NotInCodebook, codebook

# As executed by the authors (index -> FACS), Disgust with AU5 included.
PAPER = {
    "Anger": [4, 5, 7, 10, 17, 23, 24, 25, 26],
    "Disgust": [5, 9, 16, 17, 25, 26],
    "Fear": [1, 2, 4, 5, 20, 25, 26, 27],
    "Happiness": [6, 12, 25],
    "Sadness": [1, 4, 6, 15, 17],
    "Surprise": [1, 2, 5, 26, 27],
}
SURVEY = {
    "Anger": [4, 5, 7, 10, 17, 22, 23, 24, 25, 26],
    "Disgust": [9, 10, 16, 17, 25, 26],
    "Fear": [1, 2, 4, 5, 20, 25, 26, 27],
    "Happiness": [6, 12, 25],
    "Sadness": [1, 4, 6, 11, 15, 17],
    "Surprise": [1, 2, 5, 26, 27],
}


@pytest.mark.parametrize(("name", "table"), [("paper", PAPER), ("survey", SURVEY)])
def test_published_codebooks(name: str, table: dict[str, list[int]]) -> None:
    book = codebook(name)
    assert {e: book.units(e) for e in book} == {
        e: tuple(f"AU{n}" for n in units) for e, units in table.items()
    }
    assert {x for e in book for x in book.weights(e).values()} == {1.0}
    assert book.name == name


def test_prototypes() -> None:
    book = codebook("prototypes")
    assert list(book) == list(EXPRESSIONS[1:])
    assert book.weights("happy") == {"AU6": 0.6, "AU12": 0.8}
    assert set(book.units("Contempt")) == {"AU12R", "AU14R"}
    assert book.weights("Surprise")["AU5"] == 0.4  # 5B in the Investigator's Guide
    assert book.weights("Fear")["AU5"] > book.weights("Surprise")["AU5"]
    assert {"AU1", "AU4", "AU15"} <= set(book.units("Sadness"))
    assert AUs(book.weights("Contempt")).letter("AU14R") == "C"


@pytest.mark.parametrize("name", CODEBOOKS)
def test_weights_are_intensities_of_real_units(name: str) -> None:
    book = codebook(name)
    for e in book:
        assert tuple(AUs(book.weights(e))) == tuple(code.rstrip("LR") for code in book.units(e))


def test_neutral_has_no_units_and_other_gaps_are_errors() -> None:
    book = codebook("paper")
    assert book.units("Neutral") == ()
    assert book.weights("neutral") == {}
    assert "Contempt" not in book
    assert len(book) == 6
    with pytest.raises(NotInCodebook, match=r"^codebook 'paper' has no row for Contempt; it has Happiness"):
        book.units("Contempt")
    with pytest.raises(ValueError, match="'happy'"):
        book.units("hapy")


@pytest.mark.parametrize("name", CODEBOOKS)
def test_csv_round_trip(name: str, tmp_path: Path) -> None:
    book = codebook(name)
    book.to_csv(tmp_path / "own.csv")
    again = codebook(tmp_path / "own.csv")
    assert {e: again.weights(e) for e in again} == {e: book.weights(e) for e in book}
    assert again.name.endswith("own.csv")


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_file(tmp_path: Path) -> None:
    comments = '\ufeff# mine\n#,"quoted\n\n'
    rows = "angry , AU4 , D\nAnger,AU23,0.35\njoy,AU12L,1\n,,\n"
    text = f"{comments}expression,unit,intensity\n{rows}"
    book = codebook(own(tmp_path, text))
    assert list(book) == ["Happiness", "Anger"]
    assert book.weights("Anger") == {"AU4": 0.8, "AU23": 0.35}
    assert book.units("Happiness") == ("AU12L",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("Angr,AU4,1", r"own\.csv, line 3: unknown expression 'Angr'.*did you mean"),
        ("Anger,AU34,1", r"own\.csv, line 3: unknown unit 'AU34'; did you mean 'AD34'"),
        ("Anger,AU4,1\nAnger,AU4,0.5", r"own\.csv, line 4: Anger has AU4 already, in line 3"),
        ("Anger,AU4,1\n\nAnger,AU4L,0.5", r"own\.csv, line 5: Anger has AU4L already, in line 3"),
        ("Anger,AU4,1.5", "line 3: intensity 1.5 is outside"),
        ("Anger,AU4,0", "line 3: intensity 0 is outside"),
        ("Anger,AU4,nan", "line 3: intensity nan is outside"),
        ("Anger,AU4,F", "line 3: intensity 'F' is neither"),
        ("Anger,AU4,", "line 3: intensity '' is neither"),
        ("Anger,AU4", "line 3: 2 cells instead of 3"),
        ("Neutral,AU4,1", "line 3: Neutral is the absence"),
        ("", "no rows"),
    ],
)
def test_errors_have_file_and_line(rows: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match=message):
        codebook(own(tmp_path, f"# mine\nexpression,unit,intensity\n{rows}\n"))


def test_wrong_header(tmp_path: Path) -> None:
    with pytest.raises(
        CodebookError, match=r"line 1: the columns are emotion,au; they must be expression,unit"
    ):
        codebook(own(tmp_path, "emotion,au\nAnger,AU4\n"))


def test_unknown_codebook() -> None:
    with pytest.raises(CodebookError, match="did you mean 'paper'"):
        codebook("papers")
