"""Pictures that are in two splits."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from explab import synth
from explab.data import DatasetError, check, load_splits
from explab.data.duplicates import search, signature
from explab.data.duplicates.signature import Signatures, difference_hash

CLASSES = ("angry", "happy", "sad")


def picture(seed: int, side: int = 64) -> Image.Image:
    """Soft spots, as unlike each other as photographs are."""
    spots = gaussian_filter(np.random.default_rng(seed).normal(size=(side, side, 3)), (5, 5, 0))
    spots = (spots - spots.min()) / np.ptp(spots)
    return Image.fromarray((255 * spots).astype(np.uint8))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """6 training and 3 test pictures of each of three classes, all different."""
    for i, (split, name, k) in enumerate(
        (split, name, k) for split, n in (("train", 6), ("test", 3)) for name in CLASSES for k in range(n)
    ):
        path = tmp_path / split / name / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(i).save(path)
    return tmp_path


def leaks(root: Path) -> list[tuple[str, str, str]]:
    return [(problem.name, problem.split, problem.what) for problem in check(root).problems]


def test_different_pictures_are_none(tree: Path) -> None:
    assert check(tree).good
    assert load_splits("folder", tree).remarks == ()


def test_each_kind_is_found_and_named(tree: Path) -> None:
    shutil.copy(tree / "test/angry/0.png", tree / "train/angry/file.png")
    first = Image.open(tree / "test/happy/1.png")
    first.save(tree / "train/sad/pixels.bmp")  # under another label, in another format
    again = Image.open(tree / "test/sad/2.png").resize((150, 150))
    again.save(tree / "train/sad/near.jpg", quality=60)
    assert leaks(tree) == [
        ("train/angry/file.png", "train", "the same file as test test/angry/0.png"),
        ("train/sad/near.jpg", "train", "nearly the same picture as test test/sad/2.png"),
        ("train/sad/pixels.bmp", "train", "the same pixels as test test/happy/1.png"),
    ]
    line = next(
        line for line in check(tree).lines() if "note: 3 of 21 pictures in train are in test too" in line
    )
    assert (
        "(1 the same file, 1 the same pixels and 1 nearly the same picture; the first: train/angry/file.png"
        in line
    )
    assert check(tree).counts["train"]["Sadness"] == 8
    assert check(tree, duplicates="drop").counts["train"]["Sadness"] == 6
    assert check(tree, duplicates="drop").counts["test"]["Sadness"] == 3
    assert check(tree, duplicates="ignore").good
    with pytest.raises(DatasetError, match="duplicates='delete': there are report, drop, ignore"):
        check(tree, duplicates="delete")


def test_splits_without_them(tree: Path) -> None:
    shutil.copy(tree / "test/angry/0.png", tree / "train/angry/file.png")
    found = load_splits("folder", tree, validation=0.3)
    train = [row.name for part in (found.train, found.validation) for row in part.rows]
    assert "train/angry/file.png" in train
    assert len(found.remarks) == 1
    assert "duplicates='drop' leaves them out of" in found.remarks[0]
    dropped = load_splits("folder", tree, validation=0.3, duplicates="drop")
    left = [row.name for part in (dropped.train, dropped.validation) for row in part.rows]
    assert set(train) - set(left) == {"train/angry/file.png"}
    assert len(dropped.test) == 9, "what a score is taken on stays as it is"
    assert ": left out of " in dropped.remarks[0]
    assert load_splits("folder", tree, validation=0.3, duplicates="ignore").remarks == ()


def test_splits_that_explab_carves_share_nothing_either(tmp_path: Path) -> None:
    for name in CLASSES:
        (tmp_path / name).mkdir()
        for k in range(12):
            picture(k % 6 + 6 * CLASSES.index(name)).save(tmp_path / name / f"{k}.png")  # each picture twice
    found = load_splits("folder", tmp_path, validation=0.2, duplicates="drop")
    pixels = [
        {sample.image.tobytes() for sample in part} for part in (found.train, found.validation, found.test)
    ]
    assert not pixels[0] & pixels[1]
    assert not pixels[0] & pixels[2]
    assert not pixels[1] & pixels[2]


def test_tables_of_pixels_are_compared_too(tmp_path: Path, write) -> None:
    grey = [np.asarray(picture(i, 48).convert("L")).ravel() for i in range(4)]
    cells = [" ".join(map(str, values)) for values in (*grey, grey[1])]
    usages = ("Training", "Training", "PublicTest", "PrivateTest", "PrivateTest")
    write(
        "fer2013.csv",
        "emotion,pixels,Usage\n" + "".join(f"3,{c},{u}\n" for c, u in zip(cells, usages, strict=True)),
    )
    assert [what for _, _, what in leaks(tmp_path)] == ["the same pixels as test fer0000004"]


def test_faces_of_different_people_are_not_taken_for_one_another(tmp_path: Path) -> None:
    """Aligned faces are alike in their outlines, those of one renderer even more."""
    for i, one in enumerate(synth.faces(60, seed=5, size=96, expressions=["Happiness", "Anger"])):
        assert one.truth is not None
        path = tmp_path / ("test" if i % 3 == 0 else "train") / str(one.truth.expression).lower() / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one.image).save(path)
    assert check(tmp_path).good


def made(pictures: list[Image.Image]) -> Signatures:
    n = len(pictures)
    hashes, thumbs = zip(*(difference_hash(np.asarray(p.convert("RGB"))) for p in pictures), strict=True)
    nothing = np.zeros((n, 16), np.uint8)
    return Signatures(np.ones(n, bool), nothing, nothing, np.array(hashes), np.array(thumbs))


def test_near_pictures_against_every_pair_by_hand(monkeypatch) -> None:
    originals = [picture(i) for i in range(40)]
    changed = []
    for i, one in enumerate(originals[:20]):
        saved = io.BytesIO()
        one.resize((40 + i, 40 + i)).save(saved, "JPEG", quality=50 + 2 * i)
        changed.append(Image.open(saved))
    here, there = made([*changed, *(picture(i) for i in range(100, 130))]), made(originals)
    bits = [np.unpackbits(each.hash, axis=1) for each in (here, there)]
    far = (bits[0][:, None] != bits[1][None]).sum(2)
    like = np.corrcoef(np.vstack([here.thumb, there.thumb]))[: len(far), len(far) :]
    near = np.where((far <= search.FAR) & (like >= search.ALIKE), like, -1)
    expected = np.where(near.max(1) > 0, near.argmax(1), -1)
    assert expected[:20].tolist() == list(range(20))
    assert search.alike(here, there).tolist() == expected.tolist()
    monkeypatch.setattr(search, "AT_ONCE", 100)  # blocks of two
    assert search.alike(here, there).tolist() == expected.tolist()


def test_the_difference_hash_by_hand() -> None:
    grey = np.tile(np.linspace(0, 255, 90).astype(np.uint8), (80, 1))
    rising, falling = (np.repeat(each[..., None], 3, 2) for each in (grey, grey[:, ::-1]))
    assert difference_hash(rising)[0].tolist() == [255] * 8
    assert difference_hash(falling)[0].tolist() == [0] * 8
    assert difference_hash(rising)[1][:3] == pytest.approx([8, 23, 39], abs=2)


def test_flat_pictures_say_nothing() -> None:
    flat = made([Image.new("RGB", (32, 32), (value, value, value)) for value in (10, 200)])
    assert search.alike(flat, flat).tolist() == [-1, -1]


def test_what_was_measured_is_kept(tree: Path, tmp_path_factory, monkeypatch) -> None:
    monkeypatch.setenv("EXPLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(signature, "KEPT_FROM", 5)
    shutil.copy(tree / "test/angry/0.png", tree / "train/angry/file.png")
    first = leaks(tree)
    read = []
    kept = signature.difference_hash
    monkeypatch.setattr(signature, "difference_hash", lambda rgb: read.append(1) or kept(rgb))
    assert leaks(tree) == first
    assert read == []
    picture(0).save(tree / "test/sad/new.png")  # train/angry/0.png shows it too
    assert len(leaks(tree)) == 2
    assert len(read) == 1
    next((Path(signature.cache_folder()) / "duplicates").glob("*.npz")).write_bytes(b"damaged")
    assert len(leaks(tree)) == 2
