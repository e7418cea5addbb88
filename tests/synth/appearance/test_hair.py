"""Hair: over the scalp and never over brows or eyes, as long and as high on the forehead as looks say."""

from dataclasses import replace

import numpy as np
import pytest

from explab.face.align import CANONICAL
from explab.synth.anatomy.head import head_points, head_surface
from explab.synth.appearance.bun import bun_part, bun_points, has_bun
from explab.synth.appearance.curls import curls_part, curls_points, has_curls
from explab.synth.appearance.hair import hair_part, hair_points, has_hair, shows_ears
from explab.synth.appearance.person import HairStyle, Looks

SHELL_STYLES = (HairStyle.SHORT, HairStyle.MEDIUM, HairStyle.LONG, HairStyle.BUN)


def _with(looks: Looks, **changed: float) -> Looks:
    n = len(looks.age)
    return replace(looks, **{k: np.full(n, v, getattr(looks, k).dtype) for k, v in changed.items()})


def _all_hair(neutral, looks, levels=1):
    """Vertices and cover of whatever hair these people wear."""
    if has_curls(looks).all():
        return curls_points(neutral, looks, levels)
    return hair_points(neutral, looks, levels)


def test_shapes_fit(crowd) -> None:
    neutral, looks = crowd
    for levels in (1, 2):
        for part, placed in (
            (hair_part(levels), hair_points(neutral[:2], _few(looks, 2), levels)),
            (curls_part(levels), curls_points(neutral[:2], _few(looks, 2), levels)),
        ):
            points, cover = placed
            assert points.shape == (2, len(part.attributes), 3)
            assert cover.shape == points.shape[:2]
            assert cover.min() >= 0
            assert cover.max() <= 1
            assert part.triangles.max() == len(part.attributes) - 1
    assert bun_points(neutral[:2], _few(looks, 2), 1).shape == (2, len(bun_part(1).attributes), 3)


def _few(looks: Looks, n: int) -> Looks:
    return Looks(**{k: v[:n] for k, v in vars(looks).items()})


@pytest.mark.parametrize("style", [*SHELL_STYLES, HairStyle.CURLY])
def test_brows_and_eyes_stay_free(crowd, style) -> None:
    neutral, looks = crowd
    for parting in (-1.0, 0.0, 1.0):
        points, cover = _all_hair(
            neutral, _with(looks, hair_style=style, parting=parting, hair_line=-0.1, recession=0.0)
        )
        x, y, z = np.moveaxis(points, -1, 0)
        before_face = (z < 0.45) & (np.abs(x) < 0.85)
        assert y[before_face & (cover > 0.02)].max() < -0.5


@pytest.mark.parametrize("style", [*SHELL_STYLES, HairStyle.CURLY])
@pytest.mark.parametrize("levels", [1, 2])
def test_the_scalp_stays_below_dense_hair(crowd, style, levels) -> None:
    neutral, looks = crowd
    neutral, looks = neutral[:6], _with(_few(looks, 6), hair_style=style, hair_length=0.0, hair_volume=0.0)
    points, cover = _all_hair(neutral, looks, levels)
    part = curls_part(levels) if style == HairStyle.CURLY else hair_part(levels)
    skin = head_surface(levels).fine(head_points(neutral, neutral)).astype(float)
    centre = np.array([0, -0.45, 1.25])
    for i in range(6):
        directions = skin[i] - centre
        # The scalp's vertices above the ears, as seen from the middle of the head.
        on_top = directions[(skin[i][:, 1] < -0.7) & (skin[i][:, 2] > 0.6)]
        outside = 0
        dense = (cover[i][part.triangles] > 0.9).all(1)
        corner = points[i][part.triangles[dense]] - centre
        for ray in on_top[::7]:
            u = np.stack([np.cross(corner[:, k - 2], corner[:, k - 1]) @ ray for k in range(3)], 1)
            volume = np.einsum("ti,ti->t", corner[:, 0], np.cross(corner[:, 1], corner[:, 2]))
            hit = (u * np.sign(volume)[:, None] >= 0).all(1) & (np.abs(volume) > 1e-12)
            reach = (volume[hit] / u[hit].sum(1)).max() if hit.any() else 0.0
            outside += 0 < reach < 1  # 0 where the hairline lies further back
        assert outside <= 0.02 * len(on_top[::7])


def test_length_line_and_recession_are_obeyed(crowd) -> None:
    neutral, looks = crowd
    long, longer = (
        hair_points(neutral, _with(looks, hair_style=HairStyle.LONG, hair_length=length), 1)
        for length in (0.1, 0.9)
    )
    lowest = [(p[..., 1] * (c > 0.3)).max(1) for p, c in (long, longer)]
    assert (lowest[1] > lowest[0] + 0.5).all()
    bob = hair_points(neutral, _with(looks, hair_style=HairStyle.MEDIUM, hair_length=0.5), 1)
    assert (bob[0][..., 1] * (bob[1] > 0.1)).max() < 2

    def forehead(**changed: float) -> np.ndarray:
        """How much of the hair's vertices before the forehead is dense."""
        looks_so = _with(looks, hair_style=HairStyle.SHORT, parting=0.0, **changed)
        points, cover = hair_points(neutral, looks_so, 2)
        return (cover * ((points[..., 2] < 0.6) & (points[..., 1] < -0.5))).sum(1)

    assert (forehead(hair_line=0.0, recession=0.0) > 1.1 * forehead(hair_line=0.3, recession=0.0)).all()
    assert (forehead(hair_line=0.1, recession=0.0) > 1.05 * forehead(hair_line=0.1, recession=1.0)).all()


def test_a_parting_on_the_other_side_mirrors_hair() -> None:
    neutral = CANONICAL[None]
    base = _canonical_looks()
    for style in SHELL_STYLES:
        left, right = (
            hair_points(neutral, _with(base, hair_style=style, parting=side), 1)[0][0] for side in (0.6, -0.6)
        )
        mirrored = right * [-1, 1, 1]
        distance = np.linalg.norm(left[:, None] - mirrored, axis=-1).min(1)
        assert distance.max() < 1e-3


def _canonical_looks() -> Looks:
    from explab.synth.appearance import person
    from explab.synth.randomness import Draws, face_seeds

    return person.sample(Draws(face_seeds(1, 1)))


def test_who_wears_what(crowd) -> None:
    _, looks = crowd
    for style in HairStyle:
        worn = _with(looks, hair_style=style)
        kinds = has_hair(worn).any() + has_curls(worn).any()
        assert kinds == (style != HairStyle.BALD)
        assert has_bun(worn).all() == (style == HairStyle.BUN)
        assert shows_ears(worn).all() == (style not in (HairStyle.MEDIUM, HairStyle.LONG))


def test_faces_do_not_depend_on_the_batch(crowd) -> None:
    neutral, looks = crowd
    three = Looks(**{k: v[3:4] for k, v in vars(looks).items()})
    for place in (hair_points, curls_points):
        together, alone = place(neutral, looks, 1), place(neutral[3:4], three, 1)
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_allclose(a[3:4], b, atol=1e-5)
