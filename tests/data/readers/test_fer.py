"""FER2013 from both tables and from folders, and FERPlus from both forms of its votes."""

import csv
from pathlib import Path

import numpy as np
import pytest

from explab.data import DatasetError, load_dataset
from explab.data.readers.ferplus import majority
from explab.face import PictureError


def face(value: int) -> str:
    return " ".join([str(value)] * 2303 + ["255"])


ROWS = [
    (6, 10, "Training"),
    (4, 20, "Training"),
    (3, 30, "PublicTest"),
    (0, 40, "PrivateTest"),
    (5, 50, "Training"),
]


def fer2013(write, file="fer2013.csv") -> None:
    if file == "icml_face_data.csv":
        write(file, "emotion, Usage, pixels\n" + "".join(f"{e},{u},{face(v)}\n" for e, v, u in ROWS))
    else:
        write(file, "emotion,pixels,Usage\n" + "".join(f"{e},{face(v)},{u}\n" for e, v, u in ROWS))


@pytest.mark.parametrize("file", ["fer2013.csv", "icml_face_data.csv"])
def test_both_tables(tmp_path: Path, write, file) -> None:
    fer2013(write, file)
    train = load_dataset("fer2013", tmp_path)
    assert [(s.name, s.label) for s in train] == [
        ("fer0000000", "Neutral"),
        ("fer0000001", "Sadness"),
        ("fer0000004", "Surprise"),
    ]
    image = train[2].image
    assert image.shape == (48, 48, 3)
    assert image.dtype == np.uint8
    assert np.array_equal(image[0, 0], [50, 50, 50])
    assert np.array_equal(image[47, 47], [255, 255, 255])
    assert load_dataset("fer2013", tmp_path, "validation")[0].label == "Happiness"
    test = load_dataset("fer2013", tmp_path, "test")[0]
    assert (test.name, test.label, int(test.image[0, 0, 0])) == ("fer0000003", "Anger", 40)
    assert file in train.rule


def test_quoted_cells_and_a_byte_order_mark(tmp_path: Path) -> None:
    with (tmp_path / "fer2013.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow(["emotion", "pixels", "Usage"])
        table.writerows([e, face(v), u] for e, v, u in ROWS)
    assert [int(s.image[0, 0, 0]) for s in load_dataset("fer2013", tmp_path)] == [10, 20, 50]


def test_damaged_tables(tmp_path: Path, write) -> None:
    bad = f"7,{face(1)},Training\n2,1 2 3,Training\n2,{face(1)},Trainig\n2\n1,{face(300)},Training\n"
    write("fer2013.csv", f"emotion,pixels,Usage\n6,{face(1)},Training\n{bad}")
    train = load_dataset("fer2013", tmp_path, validation=0, limit=0.9)
    assert [p.name for p in train.problems] == [f"fer000000{i}" for i in (1, 2, 3, 4)]
    for problem, part in zip(
        train.problems, ("'7' is not among", "3 pixel values", "'Trainig'", "''"), strict=True
    ):
        assert part in problem.what
    with pytest.raises(PictureError, match=r"fer0000005: expected 2304 pixels from 0 to 255"):
        train[1].image  # noqa: B018
    assert [i for i, _ in train.images()] == [0]
    write("fer2013.csv", "label,pixels\n")
    with pytest.raises(DatasetError, match="expected the columns emotion, pixels and Usage"):
        load_dataset("fer2013", tmp_path)


def test_folders_are_words_so_that_neutral_is_neutral(tmp_path: Path, draw) -> None:
    words = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    files = [f"{split}/{word}/im{i}.png" for split in ("train", "test") for i, word in enumerate(words)]
    draw(*files)
    with pytest.raises(DatasetError, match="This looks like folder "):
        load_dataset("fer2013", tmp_path)  # own data may have such folders; FER2013's pictures are of 48 px
    draw(*files, size=(48, 48))
    train = load_dataset("fer2013", tmp_path, validation=0)
    assert [s.label for s in train] == [
        "Anger",
        "Disgust",
        "Fear",
        "Happiness",
        "Neutral",
        "Sadness",
        "Surprise",
    ]
    assert "PublicTest and PrivateTest" in train.remarks[0]


def test_numbered_folders_need_an_order(tmp_path: Path, draw) -> None:
    draw(*(f"train/{i}/im{i}.png" for i in range(7)))
    with pytest.raises(DatasetError, match="the labels are numbers; say whose with order="):
        load_dataset("folder", tmp_path)
    by_table = load_dataset("folder", tmp_path, order="fer2013", validation=0)
    by_folder = load_dataset("folder", tmp_path, order="fer2013-folders", validation=0)
    assert (by_table[4].label, by_folder[4].label) == ("Sadness", "Neutral")


HEAD = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
VOTES = [
    *("Training,fer0000000.png,8,0,0,2,0,0,0,0,0,0", "Training,fer0000001.png,0,0,0,5,4,0,0,0,0,0"),
    *("PublicTest,fer0000002.png,0,10,0,0,0,0,0,0,0,0", "PrivateTest,,0,0,0,0,0,0,0,0,0,10"),
    *("Training,fer0000004.png,0,0,0,0,0,0,0,0,9,1", "Training,fer0000004.png,3,3,0,0,0,0,0,0,3,1"),
]


def test_votes_from_the_table_with_fer2013(tmp_path: Path, write) -> None:
    write("fer2013new.csv", HEAD + "\n".join(VOTES) + "\n")
    with pytest.raises(DatasetError, match=r"put fer2013.csv next to"):
        load_dataset("ferplus", tmp_path)
    fer2013(write)
    train = load_dataset("ferplus", tmp_path)
    assert [(s.name, s.label) for s in train] == [("fer0000000", "Neutral"), ("fer0000001", "Sadness")]
    assert train[0].votes["Neutral"] == pytest.approx(0.8)
    assert train[1].votes["Sadness"] == pytest.approx(5 / 9)  # the row that sums to 9
    assert int(train[1].image[0, 0, 0]) == 20
    assert dict(train.listing.left_out) == {
        "the line names no image": 1,
        "the majority says unknown": 1,
        "no expression has the majority": 1,
    }
    assert load_dataset("ferplus", tmp_path, "validation")[0].label == "Happiness"
    with pytest.raises(DatasetError, match="no test split"):
        load_dataset("ferplus", tmp_path, "test")


def test_votes_from_folders_with_pictures_or_the_table(tmp_path: Path, draw, write) -> None:
    write(
        "plus/data/FER2013Train/label.csv",
        'fer0000001.png,"(0, 0, 48, 48)",0,0,0,9,1,0,0,0,0,0\nfer0000002.png,1\n',
    )
    draw("plus/data/FER2013Train/fer0000001.png", red=99)
    train = load_dataset("ferplus", tmp_path / "plus", validation=0, limit=0.5)
    assert train[0].label == "Sadness"
    assert int(train[0].image[0, 0, 0]) == 99
    assert np.array_equal(train[0].box, [0, 0, 48, 48])
    assert "2 cells" in train.problems[0].what
    (tmp_path / "plus/data/FER2013Train/fer0000001.png").unlink()
    fer2013(write)
    table = tmp_path / "fer2013.csv"
    joined = load_dataset("ferplus", tmp_path / "plus", validation=0, limit=0.5, fer2013_csv=table)
    assert int(joined[0].image[0, 0, 0]) == 20
    assert joined[0].path == table


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        ([8, 0, 0, 2, 0, 0, 0, 0, 0, 0], "Neutral"),
        ([5, 5, 0, 0, 0, 0, 0, 0, 0, 0], None),
        ([4, 1, 1, 1, 1, 1, 1, 0, 0, 0], "Neutral"),  # single votes are dropped
        ([4, 2, 2, 0, 0, 0, 0, 0, 0, 0], None),
        ([0, 0, 0, 0, 0, 0, 0, 6, 2, 2], "Contempt"),
        ([0, 0, 0, 0, 0, 0, 0, 0, 2, 8], "no face"),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], None),
    ],
)
def test_majority(votes, label) -> None:
    assert majority(votes) == label
