"""The skin of the whole head: the face's 468 vertices, and round their rim cranium, nape, neck and under-chin.

One cage, closed but for eyes, mouth and the neck's lower end, so the surface is smooth across the face oval. The
vertices beyond the face were modelled for the canonical face (`data/head_points.csv`, `data/head_triangles.csv`; a head
155 mm wide and 195 mm long on eyes 63 mm apart). They follow every other face by linear maps that are as smooth as the
mesh lets them be, found by minimising the surface's bending energy (Botsch and Sorkine 2008, section III).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.synth.anatomy.occlusion import hidden
from explab.synth.anatomy.parts import Material, Part
from explab.synth.anatomy.surface import CORNERS, N_SKIN, TRIANGLES, Subdivision, unrolled


def _table(name: str) -> NDArray[np.float64]:
    with (files("explab.synth") / "data" / name).open(encoding="utf-8") as lines:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(lines))[1:]])


_BEYOND = _table("head_points.csv")[:, 1:]
HEAD: NDArray[np.float64] = np.concatenate([CANONICAL[:N_SKIN], _BEYOND])
"""(N_HEAD, 3) cage of the canonical head; vertices from 468 on lie beyond the face oval."""
N_HEAD = len(HEAD)
HEAD_TRIANGLES: NDArray[np.int32] = np.concatenate([TRIANGLES, _table("head_triangles.csv").astype(np.int32)])
"""(T, 3) triangles of the cage, the face's 852 first; normals point out of the head."""


@cache
def _bending() -> NDArray[np.float64]:
    """(N_HEAD, N_HEAD) how far each vertex lies from the mean of its neighbours, nearer ones counting more."""
    edges = np.unique(np.sort(HEAD_TRIANGLES[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), 1), axis=0)
    weights = 1 / np.linalg.norm(HEAD[edges[:, 0]] - HEAD[edges[:, 1]], axis=1)
    matrix = np.zeros((N_HEAD, N_HEAD))
    matrix[edges[:, 0], edges[:, 1]] = matrix[edges[:, 1], edges[:, 0]] = weights
    matrix /= matrix.sum(1, keepdims=True)
    return np.eye(N_HEAD) - matrix


def _spread(stiffness: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N_HEAD - 468, 468) displacements of the face -> beyond it: bent least, and held back by `stiffness`."""
    bend = _bending()
    energy = bend.T @ bend + np.diag(stiffness)
    return np.asarray(-np.linalg.solve(energy[N_SKIN:, N_SKIN:], energy[N_SKIN:, :N_SKIN]))


@cache
def _identity_map() -> NDArray[np.float64]:
    return _spread(np.full(N_HEAD, 3e-4))


@cache
def _action_map() -> NDArray[np.float64]:
    """Bone holds the skin of cranium and nape; the floor of the mouth and the throat go with the jaw."""
    _, y, z = HEAD.T
    soft = np.clip((y - 0.9) / 0.8, 0, 1) * np.clip((1.5 - z) / 0.8, 0, 1)
    neck = np.clip((y - 2.1) / 0.5, 0, 1)
    return _spread(np.where(soft > 0, 0.004 + 0.3 * (1 - soft) ** 2 + 0.5 * neck, 0.3))


def head_points(skin: NDArray[np.float64], neutral: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cage of n heads in action.

    Args:
        skin: (n, 468 or more, 3) faces in action.
        neutral: (n, 468 or more, 3) the same faces at rest; they decide where the cranium is.

    Returns:
        (n, N_HEAD, 3); the first 468 are `skin`.
    """
    skin, rest = skin[:, :N_SKIN], neutral[:, :N_SKIN]
    beyond = fitted(_BEYOND, rest)
    beyond = beyond + _identity_map() @ (rest - fitted(HEAD[:N_SKIN], rest))
    beyond = beyond + _action_map() @ (skin - rest)
    return np.concatenate([skin, beyond], 1)


# Temples and cheek bones tell how broad a head is, the angles of the jaw how broad a neck.
_SIDES = np.array([[127, 356], [234, 454], [162, 389], [21, 251], [93, 323]])
_JAW = np.array([[132, 361], [58, 288], [172, 397]])


def _breadth(points: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean distance of the pairs, as a share of the canonical face's: (n, 468 or more, 3) -> (n,)."""
    apart = (points[:, pairs[:, 1], 0] - points[:, pairs[:, 0], 0]).mean(1)
    return np.asarray(apart / (HEAD[pairs[:, 1], 0] - HEAD[pairs[:, 0], 0]).mean())


def fitted(points: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """What belongs to the canonical head, made as broad as each face and set back as far as its temples.

    (V, 3) or (n, V, 3) points, (n, 468 or more, 3) faces at rest -> (n, V, 3).
    """
    broad, jaw = _breadth(rest, _SIDES)[:, None], _breadth(rest, _JAW)[:, None]
    low = np.clip((points[..., 1] - 1.2) / 0.8, 0, 1)
    placed = np.broadcast_to(points, (len(rest), *points.shape[-2:])).copy()
    placed[..., 0] *= broad + low * (broad * (jaw / broad) ** 1.4 - broad)
    placed[..., 2] += (rest[:, _SIDES, 2].mean((1, 2)) - HEAD[_SIDES, 2].mean())[:, None]
    return placed


@cache
def head_surface(levels: int) -> Subdivision:
    """The smooth skin: `matrix` (n_fine, N_HEAD) turns a cage into its fine vertices, the cage's own first."""
    return Subdivision(HEAD_TRIANGLES, N_HEAD, levels, CORNERS)


@cache
def _hidden() -> NDArray[np.float64]:
    """(N_HEAD,) share of the sky that the head hides; 0 on the face, whose own texture tells."""
    corners = HEAD[HEAD_TRIANGLES]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((N_HEAD, 3))
    np.add.at(normals, HEAD_TRIANGLES, across[:, None])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found = np.zeros(N_HEAD)
    found[N_SKIN:] = hidden(HEAD[N_SKIN:], normals[N_SKIN:], corners)
    return found


@cache
def head_part(levels: int) -> Part:
    """Skin of face, cranium and neck, subdivided `levels` times."""
    surface = head_surface(levels)
    uv = np.clip(unrolled(surface.matrix @ HEAD), 0, 1)
    attributes = np.concatenate([uv, (surface.matrix @ _hidden())[:, None].clip(0, 1)], 1)
    return Part("head", Material.SKIN, surface.triangles, attributes.astype(np.float32))


@cache
def rim(loop: tuple[int, ...], levels: int) -> NDArray[np.float32]:
    """The edge of an opening of the smooth skin: (m, len(loop)) weights of its coarse vertices, in the loop's order.

    The edge of the subdivided skin depends on the vertices along it alone, so what is joined to
    `rim(loop, levels) @ points[loop]` leaves no gap. m = len(loop) * 2**levels; the first is `loop[0]` itself.
    """
    matrix = head_surface(levels).matrix
    others = np.setdiff1d(np.arange(N_HEAD), loop)
    edge = matrix[~matrix[:, others].any(1)][:, loop]
    turn = np.exp(2j * np.pi * np.arange(len(loop)) / len(loop))
    return np.asarray(edge[np.argsort(np.angle(edge @ turn * np.exp(1e-6j)) % (2 * np.pi))])
