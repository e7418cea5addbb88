"""SFEW: folders by word, two alignments, a test split without labels."""

from pathlib import Path

import pytest

from explab.data import DatasetError, load_dataset


def test_sfew(tmp_path: Path, draw) -> None:
    words = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
    draw(*(f"Train/Train_Aligned_Faces/{w}/Airheads_{i}.png" for i, w in enumerate(words)))
    draw("Val/Val_Aligned_Faces/Sad/a.png", red=1)
    draw("Val/Val_Aligned_Faces_new/Sad/a.png", red=2)
    draw("Test/Test_Aligned_Faces/t.png")
    train = load_dataset("sfew", tmp_path)
    assert [s.label for s in train] == [
        "Anger",
        "Disgust",
        "Fear",
        "Happiness",
        "Neutral",
        "Sadness",
        "Surprise",
    ]
    assert train[0].name == "Train/Angry/Airheads_0"
    for options, red in (({}, 1), ({"validation_faces": "Val_Aligned_Faces_new"}, 2)):
        valid = load_dataset("sfew", tmp_path, "validation", **options)
        assert (valid[0].label, int(valid[0].image[0, 0, 0])) == ("Sadness", red)
    test = load_dataset("sfew", tmp_path, "test")
    assert [(s.name, s.label) for s in test] == [("Test/t", None)]
    with pytest.raises(DatasetError, match="has Val_Aligned_Faces and Val_Aligned_Faces_new"):
        load_dataset("sfew", tmp_path, validation_faces="Val")
