"""Datasets of action units: CK+, DISFA, BP4D and EmotioNet."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from explab.data import DatasetError, load_dataset
from explab.data.formats import video
from explab.face import PictureError

CK = "S005/001"


def ck(
    draw, write, emotion="   3.0000000e+00\n", facs="   9.0000000e+00   3.0000000e+00\n   1.7e+01   0.0e+00\n"
) -> None:
    draw(*(f"cohn-kanade-images/{CK}/S005_001_0000000{i}.png" for i in (1, 2, 3)))
    draw("cohn-kanade-images/S010/002/S010_002_00000009.png")
    write(f"Emotion/{CK}/S005_001_00000003_emotion.txt", emotion)
    write(f"FACS/{CK}/S005_001_00000003_facs.txt", facs)
    write(
        f"Landmarks/{CK}/S005_001_00000003_landmarks.txt",
        "".join(f"   {i}.5e+00   2.0e+00\n" for i in range(68)),
    )


def test_ck_plus_labels_the_last_picture(tmp_path: Path, draw, write) -> None:
    ck(draw, write)
    (tmp_path / "Emotion/S010/002").mkdir(parents=True)  # sequences without a label have an empty folder
    labelled, bare = load_dataset("ck+", tmp_path, validation=0)
    assert (labelled.name, labelled.label, labelled.subject) == ("S005_001_00000003", "Disgust", "S005")
    assert labelled.landmarks.shape == (68, 2)
    assert np.array_equal(labelled.landmarks[2], [2.5, 2])
    assert (bare.name, bare.label, bare.aus, bare.landmarks) == ("S010_002_00000009", None, None, None)


def test_ck_plus_a_line_is_presence_and_intensity_0_is_uncoded(tmp_path: Path, draw, write) -> None:
    ck(draw, write)
    present = load_dataset("ck+", tmp_path, validation=0)[0].aus
    assert present["AU9"] == present["AU17"] == 1
    assert present["AU12"] == 0
    coded = load_dataset("ck+", tmp_path, validation=0, intensity=True)[0].aus
    assert coded["AU9"] == pytest.approx(0.6)
    assert "AU17" not in coded
    assert coded["AU12"] == 0


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"emotion": " 9.0e+00"}, "'9' is not among"),
        ({"emotion": "x"}, "'x'"),
        ({"facs": " 9.0 7.0"}, "from 0 to 5"),
    ],
)
def test_ck_plus_damaged(tmp_path: Path, draw, write, files, says) -> None:
    ck(draw, write, **files)
    with pytest.raises(DatasetError, match=says):
        load_dataset("ck+", tmp_path)


UNITS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)


def disfa(write, subject: str, frames: range, **changed: str) -> None:
    for k, unit in enumerate(UNITS):
        text = "".join(f"{frame},{(frame + k) % 6}\n" for frame in frames)
        write(f"ActionUnit_Labels/{subject}/{subject}_au{unit}.txt", changed.get(f"au{unit}", text))


def film(path: Path, n: int) -> None:
    """n frames, each of one grey: 8 times its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, (64, 48))
    for i in range(n):
        writer.write(np.full((48, 64, 3), 8 * i, np.uint8))
    writer.release()


@pytest.mark.parametrize("folder", ["Videos_LeftCamera", "Video_LeftCamera"])
def test_disfa_from_the_video(tmp_path: Path, write, folder) -> None:
    disfa(write, "SN001", range(1, 11))
    film(tmp_path / folder / "LeftVideoSN001_comp.avi", 10)
    frames = load_dataset("disfa", tmp_path, validation=0)
    assert [s.name for s in frames] == [f"SN001/{i}" for i in range(1, 11)]
    aus = frames[3].aus  # frame 4: AU1 4, AU2 5, AU4 0
    assert (aus["AU1"], aus["AU2"], aus["AU4"]) == pytest.approx((0.8, 1.0, 0.0))
    assert frames[3].subject == "SN001"
    for i in (5, 6, 9, 2, 2, 0, 7):
        assert abs(int(frames[i].image[0, 0, 0]) - 8 * i) <= 2
    assert frames[0].image.shape == (48, 64, 3)


@pytest.mark.parametrize("first", [0, 1])
def test_disfa_from_frames_numbered_from_0_or_1(tmp_path: Path, draw, write, first) -> None:
    disfa(write, "SN001", range(1, 4))
    for i in range(3):
        draw(f"img/SN001/{i + first}.png", red=50 * i)
    frames = load_dataset("disfa", tmp_path, validation=0)
    assert [int(s.image[0, 0, 0]) for s in frames] == [0, 50, 100]
    assert frames[1].aus["AU1"] == pytest.approx(0.4)


def test_disfa_gaps(tmp_path: Path, write) -> None:
    disfa(write, "SN002", range(1, 6), au4="1,0\n2,9\n4,3\n5,3\n", au26="")
    (tmp_path / "ActionUnit_Labels/SN002/SN002_au26.txt").unlink()
    disfa(write, "SN032", range(3, 5))
    film(tmp_path / "Videos_LeftCamera/LeftVideoSN002_comp.avi", 4)
    film(tmp_path / "Videos_LeftCamera/LeftVideoSN032_comp.avi", 4)
    frames = load_dataset("disfa", tmp_path, validation=0, limit=0.5)
    assert [s.name for s in frames] == ["SN002/1", "SN002/3", "SN002/4", "SN032/3", "SN032/4"]
    assert "AU26" not in frames[0].aus
    assert "AU4" not in frames[1].aus  # frame 3 has no line
    assert frames[2].aus["AU4"] == pytest.approx(0.6)
    assert [str(p).split(":")[0] for p in frames.problems] == ["SN002/2", "SN002/5"]
    assert "it takes 0 to 5" in frames.problems[0].what
    assert "has 4 frames" in frames.problems[1].what
    assert frames.listing.left_out == {"the frame has no labels": 2}
    assert any("AU26 of SN002 is not measured" in remark for remark in frames.remarks)
    people = [
        load_dataset("disfa", tmp_path, split, validation=0.4, limit=0.5) for split in ("train", "validation")
    ]
    assert not {s.subject for s in people[0]} & {s.subject for s in people[1]}


def test_a_video_that_ends_early_or_is_none(tmp_path: Path) -> None:
    film(tmp_path / "a.avi", 3)
    with pytest.raises(PictureError, match="ends before frame 3"):
        video.frame(tmp_path / "a.avi", 3)
    assert abs(int(video.frame(tmp_path / "a.avi", 1)[0, 0, 0]) - 8) <= 2
    (tmp_path / "b.avi").write_bytes(b"no video")
    with pytest.raises(PictureError, match="no video that OpenCV can open"):
        video.frame(tmp_path / "b.avi", 0)
    assert video.frame_count(tmp_path / "b.avi") == 0


CODED = (1, 2, 3, 4, 5, 6, 7, 10, 12, 14, 15, 17, 23, 24)
OCCURRENCE = (
    ",".join(map(str, (0, *CODED)))
    + "\n"
    + "".join(f"{frame},{','.join(str(v) for v in values)}\n" for frame, values in (
        (2440, [1, 0, 9, 9, 0, 1, *[0] * 8]), (2441, [0] * 14), (2442, [0] * 14),
    ))
)  # fmt: skip


@pytest.mark.parametrize("folder", ["AUCoding/AU_OCC", "AUCoding"])
def test_bp4d_occurrence(tmp_path: Path, draw, write, folder) -> None:
    write(f"{folder}/F001_T1.csv", OCCURRENCE)
    draw("F001/T1/2440.jpg", "F001/T1/02441.jpg", "F001/T1/2442.jpg")
    frames = load_dataset("bp4d", tmp_path, validation=0)
    assert [(s.name, s.subject) for s in frames] == [(f"F001/T1/{i}", "F001") for i in (2440, 2441, 2442)]
    aus = frames[0].aus
    assert (aus["AU1"], aus["AU2"], aus["AU6"]) == (1, 0, 1)
    assert "AU4" not in aus  # 9 is unknown
    assert frames[1].path.name == "02441.jpg"


def test_bp4d_intensity(tmp_path: Path, draw, write) -> None:
    for unit in (6, 10, 12, 14):
        write(f"AUCoding/AU_INT/AU{unit:02}/F001_T1_AU{unit:02}.csv", f"2440,{unit % 5}\n2441,9\n")
    write("AUCoding/AU_INT/AU17/F001_T1_AU17.csv", "2440,5\n2442,7\n")
    draw(*(f"img/F001/T1/{i}.jpg" for i in (2440, 2441, 2442)))
    frames = load_dataset("bp4d", tmp_path, validation=0, limit=0.5)
    assert frames.rule.startswith("intensity")
    aus = frames[0].aus
    assert (aus["AU6"], aus["AU10"], aus["AU12"], aus["AU17"]) == pytest.approx((0.2, 0, 0.4, 1))
    assert len(frames[1].aus) == 0
    assert "2442,7" in frames.problems[0].what
    write("AUCoding/AU_OCC/F001_T1.csv", OCCURRENCE)
    assert "AU1" in load_dataset("bp4d", tmp_path, validation=0)[0].aus
    assert "AU1" not in load_dataset("bp4d", tmp_path, validation=0, intensity=True, limit=0.5)[0].aus


def test_bp4d_damaged(tmp_path: Path, draw, write) -> None:
    draw("F001/T1/2440.jpg")
    write("AUCoding/AU_OCC/F001_T1.csv", OCCURRENCE.replace("2441,0", "2441,4"))
    with pytest.raises(DatasetError, match=r"(?s)values are 0, 1 or 9.*no picture of frame 2442"):
        load_dataset("bp4d", tmp_path)
    write("AUCoding/AU_OCC/F001_T1.csv", "0,1,2\n1,0,0\n")
    with pytest.raises(DatasetError, match="no column for AU4, AU6"):
        load_dataset("bp4d", tmp_path)


EMOTIONET = """URL,URL orig,'AU 1','AU 2','AU 3', 'AU 12','AU 60'
'http://x.org/N_1/N_1_1.jpg','http://a/b',1,0,0,1,999
'http://x.org/N_1/N_1_2.jpg','http://a/b',999,1,0,0,0
'http://x.org/N_1/N_1_3.jpg','http://a/b',999,1,0,0,0
'http://x.org/N_1/N_1_4.jpg','http://a/b',2,1,0,0,0
"""


def test_emotionet(tmp_path: Path, draw, write) -> None:
    write("EmotioNet_FACS_aws_2020_24600.csv", EMOTIONET)
    with pytest.raises(DatasetError, match="fetch them into this folder, or name another one with images="):
        load_dataset("emotionet", tmp_path)
    draw("images/N_1_1.jpg", "images/N_1_2.jpg")
    first, second = every = load_dataset("emotionet", tmp_path, validation=0, limit=0.4)
    assert (first.name, first.aus["AU1"], first.aus["AU2"], first.aus["AU12"]) == ("N_1_1", 1, 0, 1)
    assert "AU1" not in second.aus  # 999 is not visible
    assert every.listing.left_out == {"the picture was not fetched": 1}
    assert "'2'; values are 0, 1, 999" in every.problems[0].what
    write(
        "EmotioNet_FACS_aws_2020_24600.csv",
        EMOTIONET + "'http://y.org/other/N_1_1.jpg','http://a/c',0,0,0,0,0\n",
    )
    with pytest.raises(DatasetError, match=r"2 addresses end in N_1_1.jpg"):
        load_dataset("emotionet", tmp_path)


def test_emotionet_older_list_and_spreadsheet(tmp_path: Path, draw, write, monkeypatch) -> None:
    draw("images/a.jpg")
    write("EmotioNet_old.txt", "\t".join(["http://x.org/a.jpg", "http://o", "0", "1", *["0"] * 58]) + "\n")
    assert load_dataset("emotionet", tmp_path, validation=0)[0].aus["AU2"] == 1
    import pandas

    table = pandas.DataFrame([line.split(",") for line in EMOTIONET.splitlines()[:2]])
    table.iloc[1, 0] = "'http://x.org/N_1/a.jpg'"
    write("EmotioNet_FACS_aws_2020_24600.xlsx", "stands for a spreadsheet")
    monkeypatch.setattr(pandas, "read_excel", lambda path, **options: table)  # noqa: ARG005
    assert load_dataset("emotionet", tmp_path, validation=0)[0].aus["AU12"] == 1

    def missing(*_, **__):
        raise ImportError

    monkeypatch.setattr(pandas, "read_excel", missing)
    with pytest.raises(DatasetError, match="install openpyxl to read it, or save it as csv"):
        load_dataset("emotionet", tmp_path)
