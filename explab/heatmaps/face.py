"""The `face` profile: AU maps defined on the face instead of on the picture.

Every unit and side has a place on the mesh (`explab.facs.regions`). Its map is a soft blob fitted to the
landmarks there: centre and covariance of the vertices, widened by SPREAD and by a floor in units of the
inter-ocular distance. So the map follows the face's size, roll and turn, and the mesh's expression; left and
right are mirror images; a one-sided action lights one side. The blob is a compact bell, (1 - d²/6)³ for
Mahalanobis distance d: near the Gaussian exp(-d²/2), but exactly 0 from 2.45 sigma on, and a polynomial,
which makes it quick.

Maps are drawn at the size asked for, never resized. Landmarks are continuous: a picture W wide spans x from 0
to W, and the centre of pixel column j lies at j + 0.5 (the same for rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import LEFT_EYE_CORNERS, N_POINTS, RIGHT_EYE_CORNERS
from explab.facs.regions import REGIONS
from explab.facs.units import UNITS, parse, unit
from explab.heatmaps.errors import HeatmapError, check_size
from explab.scaling import min_max

if TYPE_CHECKING:
    import torch

SPREAD = 1.5
"""Sigma of a blob over the standard deviation of its vertices: half height falls near their outline."""

FLOOR = 0.08
"""Least sigma, in inter-ocular distances: a lid is a thin line of vertices, but what it shows is not."""

PIXEL = 1 / 12
"""Variance of a square pixel, added so that a blob never slips between pixel centres at any size."""

REACH = 6.0
"""Squared Mahalanobis distance at which the bell ends: twice its exponent, as for the Gaussian it is near."""

FACE_UNITS = tuple(code for code in UNITS if code in REGIONS)
"""Every unit with a place on the face, in FACS order."""


def places(units: Sequence[str]) -> tuple[str, ...]:
    """The places that units are drawn at, in drawing order: ("AU12", "AU25") -> ("AU12L", "AU12R", "AU25").

    A code with a side stands for that side alone. Raises `UnknownUnit` for a code that is no FACS unit and
    `HeatmapError` for a unit that has no place on the face.
    """
    return _layout(tuple(units)).places


@dataclass(frozen=True, eq=False)
class Layout:
    """How a list of units is laid out as blobs.

    `means` (n_places, 478) averages the landmarks of each place; the places of unit i are `starts[i]` to
    `starts[i + 1]`.
    """

    units: tuple[str, ...]
    places: tuple[str, ...]
    starts: NDArray[np.int64]
    means: NDArray[np.float64]

    @property
    def owner(self) -> NDArray[np.int64]:
        """(n_places,) index of the unit that each place belongs to."""
        return np.repeat(np.arange(len(self.units)), np.diff(self.starts))


def _places_of(code: str) -> dict[str, tuple[int, ...]]:
    base, side = parse(code)
    if base not in REGIONS:
        raise HeatmapError(
            f"{base} ({unit(base).name}) has no place on the face, so it has no map; "
            "head positions and the neck lie outside the mesh"
        )
    region = REGIONS[base]
    return {base + half.replace("M", ""): ids for half, ids in region.items() if side in ("", half)}


@lru_cache(maxsize=64)
def _layout(units: tuple[str, ...]) -> Layout:
    if not units:
        raise HeatmapError("no units were asked for; leave `units` out for all of them")
    if len(set(units)) < len(units):
        raise HeatmapError(f"a unit is asked for twice in {units}")
    by_unit = [_places_of(code) for code in units]
    vertices = [ids for places in by_unit for ids in places.values()]
    means = np.zeros((len(vertices), N_POINTS))
    for row, ids in zip(means, vertices, strict=True):
        row[list(ids)] = 1 / len(ids)
    return Layout(
        units=units,
        places=tuple(place for places in by_unit for place in places),
        starts=np.cumsum([0, *map(len, by_unit)]),
        means=means,
    )


def _fit(
    landmarks: Any, layout: Layout, size: tuple[int, int], image_size: tuple[float, float], xp: Any
) -> tuple[Any, Any]:
    """Blobs (B, n_places, 5) = centre x, y and the form a dx² + 2b dx dy + c dy² <= 1, in pixels of the map,
    and whether each centre lies in the picture (B, n_places). Written for numpy and torch alike (`xp`)."""
    x, y = landmarks[..., 0], landmarks[..., 1]
    finite = (xp.isfinite(x) & xp.isfinite(y)).all(-1)
    x, y = (xp.where(finite[:, None], axis, xp.zeros_like(axis)) for axis in (x, y))
    (right_x, left_x), (right_y, left_y) = (
        (axis[:, list(RIGHT_EYE_CORNERS)].mean(1), axis[:, list(LEFT_EYE_CORNERS)].mean(1)) for axis in (x, y)
    )
    eyes = (left_x - right_x) ** 2 + (left_y - right_y) ** 2
    if landmarks.shape[-1] == 3:
        # The distance in space: blobs keep their size when a turned face brings its eyes together in the picture.
        depth = landmarks[..., 2]
        apart = depth[:, list(LEFT_EYE_CORNERS)].mean(1) - depth[:, list(RIGHT_EYE_CORNERS)].mean(1)
        eyes = eyes + xp.where(xp.isfinite(apart), apart, xp.zeros_like(apart)) ** 2
    eyes = eyes**0.5
    usable = finite & (eyes > 0)
    eyes = xp.where(usable, eyes, xp.ones_like(eyes))[:, None]
    # Moments are taken in inter-ocular units about the eyes: float32 then suffices on every device.
    x0, y0 = (right_x + left_x)[:, None] / 2, (right_y + left_y)[:, None] / 2
    x, y = (x - x0) / eyes, (y - y0) / eyes
    means = layout.means.T if xp is np else xp.as_tensor(layout.means.T, dtype=x.dtype, device=x.device)
    mx, my = x @ means, y @ means
    wide, tall = size[1] / image_size[1], size[0] / image_size[0]
    xx = ((x * x) @ means - mx * mx) * SPREAD**2 + FLOOR**2
    yy = ((y * y) @ means - my * my) * SPREAD**2 + FLOOR**2
    xy = ((x * y) @ means - mx * my) * SPREAD**2
    xx = xx * (eyes * wide) ** 2 + PIXEL
    yy = yy * (eyes * tall) ** 2 + PIXEL
    xy = xy * (eyes**2 * wide * tall)
    cx = (mx * eyes + x0) * wide
    cy = (my * eyes + y0) * tall
    scale = REACH * (xx * yy - xy * xy)
    inside = usable[:, None] & (cx >= 0) & (cx < size[1]) & (cy >= 0) & (cy < size[0])
    # A vertex far beyond the picture can overflow: such a blob becomes a speck outside.
    sound = xp.isfinite(scale) & (scale > 0)
    ones = xp.ones_like(cx)
    cx, cy, xx, yy, xy, scale = (
        xp.where(sound, value, ones * instead)
        for value, instead in ((cx, -9), (cy, -9), (xx, 1), (yy, 1), (xy, 0), (scale, 1))
    )
    return xp.stack([cx, cy, yy / scale, -xy / scale, xx / scale], -1), inside & sound


def _units_inside(inside: Any, layout: Layout, xp: Any) -> Any:
    """(B, n_places) -> (B, n_units): at least one place of the unit lies in the picture."""
    slots = _slots(layout.starts)
    padded = xp.concatenate([inside, xp.zeros_like(inside[:, :1])], -1)
    return padded[:, slots if xp is np else xp.as_tensor(slots, device=inside.device)].any(1)


def _slots(starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n_slots, n_maps) place drawn in each round; -1 where a map has no place left."""
    counts = np.diff(starts)
    rounds = np.arange(counts.max())[:, None]
    return np.where(rounds < counts, starts[:-1] + rounds, -1)


def _draw_dense(
    blobs: Any,
    starts: NDArray[np.int64],
    size: tuple[int, int],
    out: torch.Tensor | None = None,
    *,
    stretch: bool = False,
) -> torch.Tensor:
    """The kernel's job in plain torch, for accelerators: (B, n_places, 6) -> (B, n_maps, height, width)."""
    import torch

    height, width = size
    columns = torch.arange(width, device=blobs.device, dtype=blobs.dtype) + 0.5
    rows = torch.arange(height, device=blobs.device, dtype=blobs.dtype)[:, None] + 0.5
    blobs = torch.cat([blobs, torch.zeros_like(blobs[:, :1])], 1)
    blobs[:, -1, 3:] = 1  # a round without a place: strength 0, any form
    shape = (len(blobs), len(starts) - 1, height, width)
    maps = torch.zeros(shape, device=blobs.device) if out is None else out.zero_()
    for places_now in _slots(starts):
        now = blobs[:, torch.as_tensor(places_now, device=blobs.device)]
        strength, cx, cy, a, b, c = now[..., None, None].unbind(2)
        dy = rows - cy
        bell = (columns - (cx - b * dy / a)).square_().mul_(-a).add_(1 - (c - b * b / a) * dy * dy)
        torch.maximum(maps, bell.clamp_(min=0).pow_(REACH / 2).mul_(strength), out=maps)
    if stretch:
        maps.copy_(min_max(maps))
    return maps


def _strengths(given: Any, inside: Any, layout: Layout, xp: Any) -> Any:
    """Intensities (B, n_places) float32, checked; 1 where none are given."""
    shape = tuple(inside.shape)
    if given is None:
        return xp.ones_like(inside, dtype=xp.float32)
    if xp is np:
        given = np.asarray(given, dtype=np.float32)
    else:
        given = xp.as_tensor(given, dtype=xp.float32, device=inside.device)
    if tuple(given.shape) != shape:
        raise HeatmapError(
            f"intensities have shape {tuple(given.shape)}; expected {shape}, one for each face and place: "
            f"{', '.join(layout.places[:4])}, ..."
        )
    if not bool(((given >= 0) & (given <= 1)).all()):
        raise HeatmapError("an intensity lies outside [0, 1]; give 0 to a unit that was not measured")
    return given


def _blobs(
    landmarks: Any,
    layout: Layout,
    xp: Any,
    *,
    size: tuple[int, int],
    image_size: tuple[float, float],
    intensities: Any,
    merged: bool,
) -> tuple[Any, Any]:
    """Blobs (B, n_places, 6), strength first, and which maps are valid (B, n_maps)."""
    forms, inside = _fit(landmarks, layout, size, image_size, xp)
    strength = _strengths(intensities, inside, layout, xp)
    units = _units_inside(inside, layout, xp)
    owner = layout.owner if xp is np else xp.as_tensor(layout.owner, device=inside.device)
    strength = strength * units[:, owner]
    valid = (inside & (strength > 0)).any(-1)[:, None] if merged else units
    return xp.concatenate([strength[..., None], forms], -1), valid


@overload
def render(
    landmarks: torch.Tensor,
    units: Sequence[str],
    size: tuple[int, int] = ...,
    *,
    image_size: tuple[float, float] | None = ...,
    intensities: Any = ...,
    merged: bool = ...,
    stretched: bool = ...,
    out: torch.Tensor | None = ...,
) -> tuple[torch.Tensor, torch.Tensor]: ...


@overload
def render(
    landmarks: NDArray[np.floating[Any]],
    units: Sequence[str],
    size: tuple[int, int] = ...,
    *,
    image_size: tuple[float, float] | None = ...,
    intensities: Any = ...,
    merged: bool = ...,
    stretched: bool = ...,
    out: NDArray[np.float32] | None = ...,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]: ...


def render(
    landmarks: Any,
    units: Sequence[str],
    size: tuple[int, int] = (224, 224),
    *,
    image_size: tuple[float, float] | None = None,
    intensities: Any = None,
    merged: bool = False,
    stretched: bool = False,
    out: Any = None,
) -> tuple[Any, Any]:
    """Draw the maps of a batch of faces.

    Args:
        landmarks: (B, 478, 2 or 3) array or tensor, x right and y down in pixels; z, on the scale of x, only
            tells how far apart the eyes of a turned face are.
        units: codes of the maps, with a side ("AU12L") or without.
        size: (height, width) of the maps.
        image_size: (height, width) that the landmarks refer to; left out, it is `size`.
        intensities: (B, n_places) in [0, 1], in the order of `places(units)`: the peak of each blob; left
            out, 1.
        merged: True gives the pixel-wise maximum over all units as one map, without drawing the units apart.
        stretched: True stretches every map to [0, 1] by min-max; a constant map becomes 0.
        out: contiguous float32 array or tensor to draw into, of the shape returned: in a loop it saves asking
            the operating system for fresh memory, which costs more than the drawing.

    Returns:
        maps: (B, n_units, height, width) float32 in [0, 1], or (B, 1, height, width) when merged.
        valid: (B, n_units) bool, or (B, 1): False, and the map 0, when a landmark is not finite, the eyes
            coincide, or no place of the unit has its centre in the picture; merged, also when no intensity
            is above 0.
        Arrays for arrays; for tensors, tensors on the same device, without gradient.

    Raises:
        UnknownUnit: a code is no FACS unit.
        HeatmapError: a unit without a place, or a shape, size or intensity that does not fit.
    """
    if landmarks.ndim != 3 or landmarks.shape[1] != N_POINTS or landmarks.shape[2] not in (2, 3):
        raise HeatmapError(
            f"landmarks have shape {tuple(landmarks.shape)}; "
            f"expected (faces, {N_POINTS}, 2 or 3), the points of the face mesh"
        )
    size = check_size(size)
    layout = _layout(tuple(units))
    starts = np.array([0, len(layout.places)]) if merged else layout.starts
    _check_out(out, (len(landmarks), len(starts) - 1, *size))
    frame: dict[str, Any] = {"size": size, "image_size": image_size or size, "merged": merged}
    if isinstance(landmarks, np.ndarray):
        return _render_array(landmarks, layout, starts, out, stretched, intensities=intensities, **frame)
    import torch

    with torch.no_grad():
        if landmarks.device.type == "cpu":
            points, given, target = (
                x.detach().numpy() if isinstance(x, torch.Tensor) else x
                for x in (landmarks, intensities, out)
            )
            maps, valid = _render_array(points, layout, starts, target, stretched, intensities=given, **frame)
            return torch.from_numpy(maps), torch.from_numpy(valid)
        blobs, valid = _blobs(landmarks.float(), layout, torch, intensities=intensities, **frame)
        return _draw_dense(blobs, starts, size, out, stretch=stretched), valid


def _check_out(out: Any, shape: tuple[int, ...]) -> None:
    if out is None:
        return
    contiguous = out.flags.c_contiguous if isinstance(out, np.ndarray) else out.is_contiguous()
    if tuple(out.shape) != shape or not str(out.dtype).endswith("float32") or not contiguous:
        raise HeatmapError(f"out is {out.dtype} {tuple(out.shape)}; expected contiguous float32 {shape}")


def _render_array(
    landmarks: NDArray[np.floating[Any]],
    layout: Layout,
    starts: NDArray[np.int64],
    out: Any,
    stretched: bool,
    **frame: Any,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    from explab.heatmaps._kernel import draw

    blobs, valid = _blobs(landmarks.astype(np.float64), layout, np, **frame)
    return draw(blobs.astype(np.float32), starts, frame["size"], out, stretch=stretched), valid
