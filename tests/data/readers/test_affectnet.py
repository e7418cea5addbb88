"""AffectNet in its five forms."""

from pathlib import Path

import numpy as np
import pytest

from explab.data import DatasetError, load_dataset
from explab.data.readers.affectnet import COLUMNS, read_array
from explab.data.tree import Tree

POINTS = ";".join(f"{x + 0.5}" for x in range(136))
EIGHT = ["Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger", "Contempt"]


def line(name: str, code: int | str, points: str = POINTS) -> str:
    return f"1/{name}.jpg,10,20,30,40,{points},{code},-0.1,0.3\n"


def tables(draw, write, header: bool = True) -> None:
    head = ",".join(COLUMNS) + "\n"
    write("training.csv", head + "".join(line(f"a{code}", code) for code in range(11)))
    write("validation.csv", (head if header else "") + line("v0", 3) + line("v1", 7))
    draw(*(f"Manually_Annotated_Images/1/a{code}.jpg" for code in range(11)))
    draw("Manually_Annotated_Images/1/v0.jpg", "Manually_Annotated_Images/1/v1.jpg")


@pytest.mark.parametrize("header", [True, False])
def test_tables_with_and_without_header(tmp_path: Path, draw, write, header) -> None:
    tables(draw, write, header)
    train = load_dataset("affectnet", tmp_path)
    assert [s.label for s in train] == EIGHT
    assert dict(train.listing.left_out) == {"code 8, None": 1, "code 9, Uncertain": 1, "code 10, No-Face": 1}
    sample = train[2]
    assert sample.name == "1/a2"
    assert np.array_equal(sample.box, [10, 20, 40, 60])
    assert sample.landmarks.shape == (68, 2)
    assert np.allclose(sample.landmarks[[0, 67]], [[0.5, 1.5], [134.5, 135.5]])
    assert [s.label for s in load_dataset("affectnet", tmp_path, "validation")] == ["Surprise", "Contempt"]
    with pytest.raises(DatasetError, match=r"no test split here, only train and validation.*never released"):
        load_dataset("affectnet", tmp_path, "test")


def test_wrong_lines_are_listed_never_mended(tmp_path: Path, draw, write) -> None:
    tables(draw, write)
    with (tmp_path / "training.csv").open("a") as file:
        file.write(line("a1", 12) + line("a2", 1, POINTS.replace("135.5", "nan")) + line("a3", 1, "1;2"))
        file.write(line("gone", 1) + "1/a4.jpg,1,2\n")
    train = load_dataset("affectnet", tmp_path, limit=0.5)
    assert len(train) == 8
    texts = [str(problem) for problem in train.problems]
    for text, part in zip(
        texts, ("'12' is not among", "68 pairs", "68 pairs", "1/gone.jpg is missing", "3 cells"), strict=True
    ):
        assert part in text
    assert len(load_dataset("affectnet", tmp_path, "validation").problems) == 0


def npy(draw, folder: str, root: Path, codes: list[object]) -> None:
    notes = root / folder / "annotations"
    notes.mkdir(parents=True)
    for i, code in enumerate(codes):
        draw(f"{folder}/images/{i}.jpg")
        np.save(notes / f"{i}_exp.npy", np.array(code))
        np.save(notes / f"{i}_val.npy", np.array("0.1"))
        np.save(notes / f"{i}_lnd.npy", np.arange(136.0))


def test_npy_release(tmp_path: Path, draw) -> None:
    npy(draw, "train_set", tmp_path, ["0", "7", 2, np.int64(6), *"3333333"])
    npy(draw, "val_set", tmp_path, ["1"])
    train = load_dataset("affectnet", tmp_path)
    assert train.rule.startswith("npy")
    assert [s.label for s in train[:4]] == ["Neutral", "Contempt", "Sadness", "Anger"]
    assert [s.name for s in train][-1] == "train_set/10"  # by number, not by word
    assert np.array_equal(train[0].landmarks[1], [2, 3])
    assert load_dataset("affectnet", tmp_path, "validation")[0].label == "Happiness"


def test_damaged_npy_files(tmp_path: Path, draw) -> None:
    npy(draw, "train_set", tmp_path, ["0", "1", "2"])
    notes = tmp_path / "train_set/annotations"
    (notes / "0_exp.npy").write_bytes(b"")
    np.save(notes / "1_lnd.npy", np.full(136, np.nan))
    train = load_dataset("affectnet", tmp_path, validation=0, limit=0.7)
    assert [p.name for p in train.problems] == ["train_set/0"]
    with pytest.raises(DatasetError, match=r"train_set/1: .*1_lnd.npy does not hold 68 pairs"):
        train[0]
    assert [i for i, _ in train.images()] == [1]
    assert [p.name for p in train.problems] == ["train_set/0", "train_set/1"]


@pytest.mark.parametrize("value", ["7", "10", 3, 2.5, np.arange(4.0), np.array(["-0.25"])])
def test_small_npy_files_are_read_as_numpy_does(tmp_path: Path, value) -> None:
    np.save(tmp_path / "x.npy", value)
    assert np.array_equal(read_array(tmp_path / "x.npy"), np.load(tmp_path / "x.npy").reshape(-1))


@pytest.mark.parametrize("cut", [0, 5, 60, 100])
def test_npy_files_that_are_cut_off(tmp_path: Path, cut) -> None:
    np.save(tmp_path / "x.npy", np.arange(3.0))
    raw = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(raw[:cut])
    with pytest.raises(ValueError, match=r"."):
        read_array(tmp_path / "x.npy")[0]


WORDS = ("anger", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def test_kaggle_table_counts_where_the_folder_disagrees(tmp_path: Path, draw, write) -> None:
    draw(*(f"{word}/image0.jpg" for word in WORDS), "anger/image6.jpg")
    lines = [f"{i},{word}/image0.jpg,{word},0.9" for i, word in enumerate(WORDS)]
    write("labels.csv", "\n".join([",pth,label,relFCs", *lines, "8,anger/image6.jpg,surprise,0.87"]))
    train = load_dataset("affectnet", tmp_path, validation=0)
    assert train.rule.startswith("kaggle table")
    assert [s.label for s in train[:2]] == ["Anger", "Contempt"]
    assert train[8].label == "Surprise"
    assert train[8].path.parent.name == "anger"
    assert "1 image in the folder of another class" in " ".join(train.remarks)


def test_kaggle_sample_is_code_plus_one(tmp_path: Path, draw, write) -> None:
    path = "../input/affectnetsample/{}_class/class00{}/image{}.jpg"
    write(
        "train-sample-affectnet.csv",
        f"image,emotion\n{path.format('train', 1, 1)},1\n{path.format('train', 1, 2)},8\n",
    )
    write(
        "valid-sample-affectnet.csv",
        f"image,emotion\n{path.format('val', 3, 3)},4\n{path.format('val', 3, 4)},0\n",
    )
    draw(
        "train_class/class001/image1.jpg", "train_class/class001/image2.jpg", "val_class/class003/image3.jpg"
    )
    train = load_dataset("affectnet", tmp_path)
    assert [s.label for s in train] == ["Neutral", "Contempt"]
    valid = load_dataset("affectnet", tmp_path, "validation", limit=0.5)
    assert [s.label for s in valid] == ["Surprise"]
    assert "'0' is not among" in str(valid.problems[0])


def test_kaggle_folders_are_affectnets_codes(tmp_path: Path, draw) -> None:
    for folder in ("train", "val", "test"):
        draw(*(f"{folder}/{code}/{folder}{code}.png" for code in range(8)))
    for split in ("train", "validation", "test"):
        assert [s.label for s in load_dataset("affectnet", tmp_path, split)] == EIGHT


def test_two_hundred_thousand_lines(tmp_path: Path, write, monkeypatch) -> None:
    n = 200_000
    text = ",".join(COLUMNS) + "\n" + "".join(line(f"a{i}", i % 8) for i in range(n))
    write("training.csv", text)
    (tmp_path / "Manually_Annotated_Images/1").mkdir(parents=True)
    listed = {f"a{i}.jpg": False for i in range(n)}
    names = Tree.names
    monkeypatch.setattr(
        Tree, "names", lambda self, folder="": listed if folder.endswith("/1") else names(self, folder)
    )
    assert len(load_dataset("affectnet", tmp_path)) == n * 0.9
