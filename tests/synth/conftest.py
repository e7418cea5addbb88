"""What all tests of parts of the head share: some people, and a z-buffer that says which part is seen where."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from explab.synth.anatomy import shape
from explab.synth.anatomy.ears import ears_part, ears_points
from explab.synth.anatomy.eyes import eyes_part, eyes_points, socket_part, socket_points
from explab.synth.anatomy.head import head_part, head_points, head_surface
from explab.synth.anatomy.motion import move
from explab.synth.anatomy.mouth import mouth_part, mouth_points, teeth_part, teeth_points
from explab.synth.anatomy.parts import Motion, Part
from explab.synth.anatomy.units import ACTS, columns
from explab.synth.appearance import person
from explab.synth.appearance.person import Looks
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import camera
from explab.synth.render.rasteriser import FAR, NOTHING, rasterise

Placed = list[tuple[Part, NDArray[np.float64]]]


@pytest.fixture(scope="session")
def crowd() -> tuple[NDArray[np.float64], Looks]:
    """24 faces at rest (24, 478, 3) and their looks."""
    draws = Draws(face_seeds(77, 24))
    who = person.sample(draws)
    return shape.neutral(draws, who.age), who


@pytest.fixture(scope="session")
def acted(crowd: tuple[NDArray[np.float64], Looks]) -> Callable[..., Motion]:
    """`acted(AU12=1.0)` -> the crowd doing so."""

    def act(**intensities: float) -> Motion:
        acts = np.zeros((len(crowd[0]), len(ACTS)))
        for code, intensity in intensities.items():
            acts[:, columns(code)] = intensity
        return move(crowd[0], acts)

    return act


@pytest.fixture(scope="session")
def whole() -> Callable[[Motion, int], Placed]:
    """`whole(motion, i)` -> skin, eyes, flesh of the eyes, teeth, mouth and ears of face i, coarse."""

    def place(motion: Motion, i: int) -> Placed:
        one = Motion(
            *(getattr(motion, name)[i : i + 1] for name in ("neutral", "points", "jaw", "gaze", "tongue"))
        )
        skin = head_surface(1).fine(head_points(one.points, one.neutral))
        return [
            (head_part(1), skin[0].astype(float)),
            (eyes_part(1), eyes_points(one, 1)[0]),
            (socket_part(1), socket_points(one, 1)[0]),
            (teeth_part(1), teeth_points(one, 1)[0]),
            (mouth_part(1), mouth_points(one, 1)[0]),
            (ears_part(1), ears_points(one.neutral, 1)[0]),
        ]

    return place


@pytest.fixture(scope="session")
def seen() -> Callable[..., NDArray[np.str_]]:
    """`seen(placed, ...)` -> (size, size) names of the parts in view, "" for nothing, "behind" for skin from inside.

    Orthographic, straight at `middle` (x, y) and `half` inter-ocular units to each side, the head turned first.
    """

    def look(
        placed: Placed,
        middle: tuple[float, float] = (0.0, 0.6),
        half: float = 2.0,
        size: int = 200,
        yaw: float = 0.0,
        pitch: float = 0.0,
    ) -> NDArray[np.str_]:
        turn = camera.rotation(np.array([yaw]), np.array([pitch]))[0]
        points, triangles, name = [], [], []
        start = 0
        for part, vertices in placed:
            points.append(vertices @ turn.T)
            triangles.append(part.triangles + start)
            name += [part.name] * len(part.triangles)
            start += len(vertices)
        flat = np.concatenate(points)
        scale = size / (2 * half)
        flat = (flat - [middle[0] - half, middle[1] - half, 0]) * scale
        mesh = np.concatenate(triangles)
        depth = np.full((size, size), FAR, np.float32)
        triangle = np.full((size, size), NOTHING, np.int32)
        ones = np.ones(len(mesh), np.uint8)
        rasterise(
            flat.astype(np.float32),
            mesh.astype(np.int32),
            ones,
            ones,
            np.ones(len(flat), np.float32),
            np.zeros((len(flat), 3), np.float32),
            depth,
            triangle,
            np.zeros((size, size, 2), np.float32),
        )
        corner = flat[mesh]
        away = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2] > 0
        names = np.array(name)
        names[away & np.isin(names, ["head", "eyes", "ears"])] = "behind"
        return np.asarray(np.where(triangle == NOTHING, "", names[np.maximum(triangle, 0)]))

    return look
