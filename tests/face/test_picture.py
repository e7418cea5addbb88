"""Every kind of picture becomes upright 8-bit RGB, and every bad file gives one clear line."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explab.face import PictureError, load_picture
from explab.face.picture import picture_files

RED, BLUE = (200, 30, 30), (30, 30, 200)


def two_halves() -> Image.Image:
    """Red above blue, 12 wide, 8 high."""
    image = Image.new("RGB", (12, 8), BLUE)
    image.paste(RED, (0, 0, 12, 4))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_path_bytes_pil_and_array_agree(tmp_path: Path) -> None:
    image = two_halves()
    path = tmp_path / "halves.png"
    image.save(path)
    expected = np.asarray(image)
    for source in (path, str(path), path.read_bytes(), image, expected):
        assert (load_picture(source).rgb == expected).all()
    assert load_picture(path).name == str(path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    upright = two_halves()
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = load_picture(encoded(stored, "PNG", exif=exif)).rgb
    assert (rgb == np.asarray(upright)).all()


def test_grey_palette_cmyk_and_alpha() -> None:
    grey = load_picture(encoded(Image.new("L", (4, 4), 77))).rgb
    assert grey.shape == (4, 4, 3)
    assert (grey == 77).all()
    palette = load_picture(encoded(two_halves().convert("P", palette=Image.Palette.ADAPTIVE))).rgb
    assert np.abs(palette.astype(int) - np.asarray(two_halves())).max() <= 4
    cmyk = load_picture(encoded(two_halves().convert("CMYK"), "TIFF")).rgb
    assert np.abs(cmyk.astype(int) - np.asarray(two_halves())).max() <= 4
    clear = load_picture(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 0)))).rgb
    assert (clear == 255).all(), "what is transparent is white"
    half = load_picture(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 128)))).rgb
    assert np.abs(half[0, 0].astype(int) - (255, 127, 127)).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_is_scaled_not_clipped(kind: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    rgb = load_picture(encoded(Image.fromarray(ramp), kind)).rgb
    assert np.abs(rgb[..., 0].astype(int).ravel() - np.arange(256)).max() <= 1
    assert (load_picture(ramp).rgb == rgb).all()


@pytest.mark.parametrize("top", [1, 255, 65535])
def test_float_pictures_keep_their_brightness(top: int) -> None:
    values = np.full((4, 4), 0.5 * top, np.float32)
    for source in (Image.fromarray(values), encoded(Image.fromarray(values), "TIFF")):
        assert np.abs(load_picture(source).rgb.astype(int) - 127).max() <= 1


def test_float_pictures_with_nonsense_are_refused() -> None:
    for value in (-3.0, 1e6, np.nan):
        with pytest.raises(PictureError, match="values from"):
            load_picture(Image.fromarray(np.full((4, 4), value, np.float32)))


def test_arrays_of_other_kinds() -> None:
    assert (load_picture(np.full((3, 5), 0.5)).rgb == 128).all()
    assert (load_picture(np.ones((3, 5), bool)).rgb == 255).all()
    assert load_picture(np.zeros((3, 5, 1), np.uint8)).rgb.shape == (3, 5, 3)
    assert (load_picture(np.zeros((3, 5, 4), np.uint8)).rgb == 255).all()


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.zeros((3, 5, 2), np.uint8), "shape"),
        (np.zeros(7, np.uint8), "shape"),
        (np.zeros((0, 5, 3), np.uint8), "shape"),
        (np.full((3, 5), 200.0), r"\[0, 1\]"),
        (np.full((3, 5), np.nan), "finite"),
        (np.zeros((3, 5), np.int64), "int64"),
    ],
)
def test_wrong_arrays(array: np.ndarray, word: str) -> None:
    with pytest.raises(PictureError, match=word):
        load_picture(array)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims a size, with no pixels behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"Dear diary, today I was happy.", "not a picture"),
        (encoded(two_halves().resize((400, 400)), "JPEG")[:900], "truncated"),
        (encoded(two_halves().resize((400, 400)))[:200], "truncated|damaged"),
        (png_claiming(50_000, 50_000), "million pixels"),
        (png_claiming(12_000, 12_000), "million pixels"),
    ],
    ids=["empty", "text", "truncated jpeg", "truncated png", "bomb", "large"],
)
def test_bad_files_give_one_line(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=word) as caught:
        load_picture(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert ";" in message, "says what to do"


def test_missing_file_folder_and_nonsense(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        load_picture(tmp_path / "nowhere.jpg")
    with pytest.raises(PictureError, match="folder"):
        load_picture(tmp_path)
    with pytest.raises(PictureError, match="not a picture source"):
        load_picture(3.14)  # type: ignore[arg-type]
    with pytest.raises(PictureError, match="no pictures"):
        picture_files(tmp_path)


@pytest.mark.parametrize(
    ("source", "word"), [("", "empty path"), ("a\0b.jpg", "no such file"), ("https://x.y/a.jpg", "download")]
)
def test_odd_paths(source: str, word: str) -> None:
    with pytest.raises(PictureError, match=word):
        load_picture(source)


def test_folder_listing_is_sorted_and_deep(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "sub/c.webp", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [p.name for p in picture_files(tmp_path)] == ["a.jpg", "b.PNG", "c.webp"]
