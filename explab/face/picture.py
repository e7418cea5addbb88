"""Any picture source to upright 8-bit RGB pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import numpy as np
from numpy.typing import NDArray

from explab.face.errors import EmptyFolderError, PictureError

if TYPE_CHECKING:
    from PIL import Image


MAX_PIXELS = 120_000_000
"""Larger pictures are refused before they are decoded (a decompression bomb fills the memory)."""

SUFFIXES = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jfif",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".jp2",
        ".avif",
    )
)
"""Endings that count as pictures when a folder is read."""


@dataclass(frozen=True)
class Picture:
    """An upright picture.

    Attributes:
        rgb: (H, W, 3) uint8, red first.
        name: the path as given, or a word in angle brackets for sources without one.
    """

    rgb: NDArray[np.uint8]
    name: str


PictureSource = Union[str, "PathLike[str]", bytes, "Image.Image", NDArray[Any], Picture]
"""What can be read as a picture; strings are paths."""


def sample_photo() -> Picture:
    """The portrait of Eileen Collins (NASA, public domain) that scikit-image carries; 512 x 512 px."""
    from skimage import data

    return Picture(np.asarray(data.astronaut(), np.uint8), "astronaut.png (sample photo of scikit-image)")


def load_picture(source: PictureSource, name: str | None = None) -> Picture:
    """Read a path, encoded bytes, a PIL image or an array as upright 8-bit RGB.

    EXIF orientation is applied; grey, palette, RGBA (on white), CMYK and 16-bit pictures are converted; of an
    animation or a multi-page TIFF the first frame is taken. Arrays are (H, W), (H, W, 1), (H, W, 3) RGB or
    (H, W, 4) RGBA; uint8 in 0-255, uint16 in 0-65535, bool, or float in [0, 1].

    Raises:
        PictureError: missing, a folder, empty, truncated, not a picture, too large, or of a wrong shape.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return Picture(_from_array(source, name or "<array>"), name or "<array>")
    from PIL import Image

    if isinstance(source, Image.Image):
        name = name or str(getattr(source, "filename", "") or "<PIL image>")
        return Picture(_decode(source, name), name)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Picture(_open(bytes(source), name or "<bytes>"), name or "<bytes>")
    try:
        path = Path(source)
    except TypeError:
        raise PictureError(
            f"{type(source).__name__}: not a picture source; give a path, bytes, a PIL image or an array"
        ) from None
    named = str(source)
    if named.startswith(("http://", "https://")):
        raise PictureError(f"{named}: addresses are not fetched; download the picture first")
    if not named:
        raise PictureError("'': an empty path; give the path of a picture")
    return Picture(_open(_read(path), named), named)


def picture_files(folder: Path) -> list[Path]:
    """All pictures below a folder, sorted by path; hidden files and other endings are passed over.

    Raises:
        EmptyFolderError: the folder holds no picture.
    """
    pictures = sorted(
        p
        for p in folder.rglob("*")
        if p.suffix.lower() in SUFFIXES and p.is_file() and not p.name.startswith(".")
    )
    if not pictures:
        raise EmptyFolderError(folder)
    return pictures


def expand(sources: PictureSource | Iterable[PictureSource]) -> Iterator[PictureSource | EmptyFolderError]:
    """Single sources, folders and iterables of both, flattened; an error in place of a folder without pictures."""
    if _is_folder(sources):
        try:
            yield from picture_files(Path(sources))  # type: ignore[arg-type]
        except EmptyFolderError as error:
            yield error
    elif isinstance(sources, Iterable) and not isinstance(sources, (str, bytes, bytearray, np.ndarray)):
        for item in sources:
            yield from expand(item)
    else:
        yield sources


def _is_folder(source: object) -> bool:
    try:
        return isinstance(source, (str, PathLike)) and str(source) != "" and Path(source).is_dir()
    except ValueError:  # a NUL in a path
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ValueError):  # ValueError: a NUL in the path
        raise PictureError(f"{path}: no such file; check the path") from None
    except IsADirectoryError:
        raise PictureError(f"{path}: is a folder; read_faces reads folders, read_face one picture") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise PictureError(f"{path}: cannot be read ({reason}); check the file and its permissions") from None


def _open(data: bytes, name: str) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise PictureError(f"{name}: the file is empty; get it again from where it came from")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and of odd metadata; the size is judged in _decode, before decoding.
            warnings.simplefilter("ignore")
            image = Image.open(BytesIO(data))
    except UnidentifiedImageError:
        raise PictureError(
            f"{name}: not a picture, or damaged; open it in a picture program and save it again"
        ) from None
    except Image.DecompressionBombError:
        raise PictureError(_too_large(name, "its size")) from None
    except (OSError, ValueError, SyntaxError, MemoryError) as error:
        raise PictureError(f"{name}: damaged picture ({error}); save or fetch it again") from None
    return _decode(image, name)


def _decode(image: Image.Image, name: str) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    if image.width * image.height > MAX_PIXELS:
        raise PictureError(_too_large(name, f"{image.width} x {image.height} px"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd EXIF blocks are no reason to leave a picture out
            image.load()
            image = ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise PictureError(
            f"{name}: damaged or truncated picture ({error}); save or fetch it again"
        ) from None
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _from_array(_wide(np.asarray(image), name), name)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return _from_array(np.asarray(image.convert("RGB")), name)


def _wide(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Pillow's I and F pictures hold any number: 16-bit files come as I, float files as 0-1, 0-255 or 0-65535.

    -> (H, W) float64 in [0, 1].
    """
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 65535):  # also where they are NaN
        raise PictureError(f"{name}: values from {low:.3g} to {high:.3g}; expected 0-1, 0-255 or 0-65535")
    top = 65535 if high > 255 else 255 if high > 1 or np.issubdtype(values.dtype, np.integer) else 1
    return values.astype(np.float64) / top


def _from_array(values: NDArray[Any], name: str) -> NDArray[np.uint8]:
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim != 3 or values.shape[2] not in (1, 3, 4) or 0 in values.shape:
        raise PictureError(
            f"{name}: an array of shape {values.shape}; expected (H, W), (H, W, 3) RGB or (H, W, 4) RGBA"
        )
    if values.shape[0] * values.shape[1] > MAX_PIXELS:
        raise PictureError(_too_large(name, f"{values.shape[1]} x {values.shape[0]} px"))
    if values.dtype == np.uint8:
        pixels = values
    elif values.dtype == np.uint16:
        pixels = (values >> 8).astype(np.uint8)
    elif values.dtype == np.bool_:
        pixels = values.astype(np.uint8) * 255
    elif np.issubdtype(values.dtype, np.floating):
        low, high = values.min(), values.max()
        if not (low >= 0 and high <= 1):  # also where they are NaN
            raise PictureError(
                f"{name}: a float array with values from {low:.3g} to {high:.3g}; expected finite values in [0, 1]"
            )
        pixels = (values.astype(np.float64) * 255 + 0.5).astype(np.uint8)
    else:
        raise PictureError(f"{name}: an array of {values.dtype}; expected uint8, uint16, bool or float")
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float64) / 255
        pixels = (pixels[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(pixels)


def _too_large(name: str, size: str) -> str:
    return f"{name}: {size} is more than the {MAX_PIXELS // 1_000_000} million pixels allowed; scale it down first"
