"""People before the camera: seeds and actions in, pictures and their landmarks out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face.align import EYE_LINE
from explab.synth.anatomy import shape
from explab.synth.anatomy.ears import ears_part, ears_points
from explab.synth.anatomy.eyes import eyes_part, eyes_points, socket_part, socket_points
from explab.synth.anatomy.head import head_part, head_points, head_surface
from explab.synth.anatomy.motion import move
from explab.synth.anatomy.mouth import mouth_part, mouth_points, teeth_part, teeth_points
from explab.synth.anatomy.parts import Material, Motion, Part
from explab.synth.appearance import skin, wrinkles
from explab.synth.appearance.bun import bun_part, bun_points, has_bun
from explab.synth.appearance.curls import curls_part, curls_points, has_curls
from explab.synth.appearance.glasses import glasses_part, glasses_points, has_glasses
from explab.synth.appearance.hair import hair_part, hair_points, has_hair, shows_ears
from explab.synth.appearance.person import Beard, Looks
from explab.synth.appearance.person import sample as sample_looks
from explab.synth.appearance.torso import torso_part, torso_points
from explab.synth.randomness import Draws
from explab.synth.render import camera, shot
from explab.synth.render.exposure import develop
from explab.synth.render.material import LAYERS, Coat, Light
from explab.synth.render.picture import Heads, Mesh, Textures, render
from explab.synth.render.shot import Shot

Array = NDArray[np.float64]

FINE_FROM = 50
"""Inter-ocular distance in px from which the finer mesh is worth its time."""


@dataclass(frozen=True, eq=False)
class People:
    """n people in action before n cameras: all that decides their pictures, before a pixel is drawn."""

    draws: Draws
    looks: Looks
    shot: Shot
    motion: Motion
    acts: Array

    def __len__(self) -> int:
        return len(self.acts)


def people(seeds: NDArray[np.uint64], acts: Array, taken: Shot | None = None) -> People:
    """(n,) seeds and (n, len(ACTS)) intensities -> n people; `taken` says how, by default drawn from the seeds."""
    draws = Draws(seeds)
    who = sample_looks(draws)
    motion = move(shape.neutral(draws, who.age), acts)
    return People(draws, who, taken or shot.sample(draws), motion, acts)


def parts(levels: int) -> tuple[Part, ...]:
    """The parts of a head in the order of `_placed`."""
    makers = (
        *(head_part, ears_part, eyes_part, socket_part, teeth_part, mouth_part),
        *(hair_part, curls_part, bun_part, glasses_part, torso_part),
    )
    return tuple(make(levels) for make in makers)


def _placed(who: People, levels: int) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Vertices (n, V, 3) of all parts in the head's frame, their cover (n, V), and which parts are worn (n, parts)."""
    motion, rest, looks = who.motion, who.motion.neutral, who.looks
    cage = head_points(motion.points, rest)
    always, every = np.ones(len(who), bool), np.ones((len(who), 1))
    found = (
        (head_surface(levels).fine(cage), every, always),
        (ears_points(rest, levels), every, shows_ears(looks)),
        (eyes_points(motion, levels), every, always),
        (socket_points(motion, levels), every, always),
        (teeth_points(motion, levels), every, always),
        (mouth_points(motion, levels), every, always),
        (*hair_points(rest, looks, levels), has_hair(looks)),
        (*curls_points(rest, looks, levels), has_curls(looks)),
        (bun_points(rest, looks, levels), every, has_bun(looks)),
        (glasses_points(rest, looks, levels), every, has_glasses(looks)),
        (_body(who, levels), every, always),
    )
    points, cover, worn = zip(*found, strict=True)
    everywhere = [np.broadcast_to(c, p.shape[:2]) for p, c in zip(points, cover, strict=True)]
    return np.concatenate(points, 1), np.concatenate(everywhere, 1), np.stack(worn, 1)


_NECK = np.array([0.0, 2.6, 1.5])
"""The root of the neck, about which the head turns against the body."""


def _body(who: People, levels: int) -> Array:
    """The torso in the head's frame: it turns half as far."""
    half = camera.rotation(who.shot.yaw / 2, who.shot.pitch / 2)
    back = _turn(who).transpose(0, 2, 1) @ half
    points = torso_points(who.motion.neutral, who.looks, levels)
    return np.asarray((points - _NECK) @ back.transpose(0, 2, 1) + _NECK)


@cache
def _mesh(levels: int) -> tuple[Mesh, NDArray[np.int64]]:
    """All parts as one mesh, and the part of each triangle."""
    triangles, material, attributes, number = [], [], [], []
    start = 0
    for i, part in enumerate(parts(levels)):
        triangles.append(part.triangles + start)
        material.append(np.full(len(part.triangles), part.material, np.uint8))
        attributes.append(part.attributes)
        number.append(np.full(len(part.triangles), i))
        start += len(part.attributes)
    kinds = np.concatenate(material)
    two_sided = np.isin(
        kinds, [Material.HAIR, Material.MOUTH, Material.FRAME, Material.SOCKET, Material.CLOTH]
    )
    mesh = Mesh(
        np.ascontiguousarray(np.concatenate(triangles), np.int32),
        kinds,
        two_sided.astype(np.uint8),
        np.ascontiguousarray(np.concatenate(attributes), np.float32),
    )
    return mesh, np.concatenate(number)


@cache
def _textures(resolution: int) -> Textures:
    if resolution == COARSEST:  # averaged, as thin lines drawn at this resolution would break up
        layers, folds = _textures(2 * COARSEST)
        return Textures(_halved(layers), _halved(folds))
    order = [skin.LAYERS.index(name) for name in LAYERS]
    layers = np.ascontiguousarray(skin.layers(resolution)[..., order])
    return Textures(layers, np.ascontiguousarray(wrinkles.layers(resolution)))


COARSEST = 256


def _resolution(iod: float) -> int:
    """The texture whose pixels are about as large as the picture's, or a little smaller."""
    return COARSEST if iod < 45 else 2 * COARSEST if iod < 90 else 4 * COARSEST


def _halved(stack: NDArray[Any]) -> NDArray[Any]:
    size = len(stack) // 2
    blocks = stack.reshape(size, 2, size, 2, *stack.shape[2:])
    return np.ascontiguousarray(np.rint(blocks.mean((1, 3))).astype(stack.dtype))


def _coat(who: Looks) -> Coat:
    f = np.float32
    beard = [(who.beard == kind) * who.beard_density for kind in Beard]
    bearded = sum(beard[kind] for kind in (Beard.MOUSTACHE, Beard.GOATEE, Beard.FULL))
    return Coat(
        skin=who.skin_rgb.astype(f),
        lip=who.lip_rgb.astype(f),
        brow=who.brow_rgb.astype(f),
        hair=who.hair_rgb.astype(f),
        beard=who.beard_rgb.astype(f),
        iris=who.iris_rgb.astype(f),
        sclera=who.sclera_rgb.astype(f),
        frame=who.frame_rgb.astype(f),
        cloth=who.cloth_rgb.astype(f),
        redness=who.redness.astype(f),
        freckles=who.freckles.astype(f),
        under_eye=who.under_eye.astype(f),
        brow_density=who.brow_density.astype(f),
        stubble=(beard[Beard.STUBBLE] + 0.5 * bearded).astype(f),
        moustache=(beard[Beard.MOUSTACHE]).astype(f),
        goatee=beard[Beard.GOATEE].astype(f),
        full_beard=beard[Beard.FULL].astype(f),
        gloss=who.gloss.astype(f),
    )


def _light(taken: Shot, turn: Array) -> Light:
    f = np.float32
    return Light(
        key=taken.key.astype(f),
        key_rgb=taken.key_rgb.astype(f),
        sky_rgb=taken.sky_rgb.astype(f),
        ground_rgb=taken.ground_rgb.astype(f),
        rim=taken.rim.astype(f),
        rim_rgb=taken.rim_rgb.astype(f),
        up=(turn @ np.array([0.0, -1.0, 0.0])).astype(f),
    )


@dataclass(frozen=True, eq=False)
class Placement:
    """Where n heads come to lie in pictures of `size` px.

    scale: (n,) px per inter-ocular distance. shift: (n, 2) px where the canonical frame's origin comes to
    lie. middle: (2,) px around which the picture is rolled.
    """

    size: int
    scale: Array
    shift: Array
    middle: Array


def in_crop(who: People, size: int) -> Placement:
    """Each head laid into its picture as `read_face` lays a face into its crop, but for the roll.

    By the face at rest: what the muscles do must not move the picture.
    """
    seen = camera.seen(camera.turned(who.motion.neutral, _turn(who)), who.shot.distance)
    scale, shift = camera.crop_placement(seen, size)
    return Placement(size, scale, shift, np.array([size / 2, size * EYE_LINE]))


def _turn(who: People) -> Array:
    return camera.rotation(who.shot.yaw, who.shot.pitch)


def portray(
    who: People, where: Placement, backdrop: Array
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw n heads.

    Args:
        who: n people.
        where: n places.
        backdrop: (n, h, w, 3) linear RGB, stretched over the whole background; black where only the heads are wanted.

    Returns:
        (n, size, size, 4) linear RGB and the share of each pixel that is a head, and the landmarks (n, 478, 3) in px.
    """
    f = np.float32
    taken = who.shot

    def pictured(points: Array) -> Array:
        seen = camera.seen(camera.turned(points, _turn(who)), taken.distance)
        return camera.placed(seen, where.scale, where.shift, taken.roll, where.middle)

    largest = float(where.scale.max())
    levels = 2 if largest >= FINE_FROM else 1
    points, cover, worn = _placed(who, levels)
    mesh, number = _mesh(levels)
    heads = Heads(
        points=pictured(points).astype(f),
        cover=cover.astype(f),
        shown=np.ascontiguousarray(worn[:, number], np.uint8),
        folds=wrinkles.weights(who.acts, who.looks.wrinkles, who.draws).astype(f),
        iod=where.scale.astype(f),
    )
    light = _light(taken, camera.rotation(taken.yaw, taken.pitch, taken.roll))
    linear = render(
        mesh, heads, _textures(_resolution(largest)), _coat(who.looks), light, backdrop.astype(f), where.size
    )
    return linear, pictured(who.motion.points).astype(f)


@dataclass(frozen=True, eq=False)
class Photographs:
    """n pictures (n, S, S, 3) uint8 RGB and the landmarks (n, 478, 3) float32 px of the faces in them."""

    images: NDArray[np.uint8]
    landmarks: NDArray[np.float32]


def photograph(who: People, size: int, *, clean: bool = False) -> Photographs:
    """Pictures of n people, one each.

    Args:
        who: n people.
        size: side of the pictures in px.
        clean: leave out blur, noise and JPEG.
    """
    linear, landmarks = portray(who, in_crop(who, size), shot.backdrop(who.shot))
    exposure = shot.exposure(who.shot, who.looks.skin_rgb)
    return Photographs(develop(linear, who.shot, exposure, clean=clean), landmarks)
