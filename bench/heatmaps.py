"""How fast AU maps are drawn: `python bench/heatmaps.py`.

224 px, 64 faces, the paper's 20 units, on the CPU. Four ways to maps of one size:

    explab     the `face` profile: soft blobs on the mesh, both sides of a unit in one map
    bare cv2   the least that drawing with OpenCV can cost: the paper's hard ellipses, one cv2.ellipse call
               per unit, side and face, straight into the output; no softness at all
    soft cv2   the same ellipses made soft as explab's blobs are, at full size: one cv2.ellipse call per unit, side
               and face, then one cv2.GaussianBlur a map; merged maps are their maximum
    published  the authors' procedure per face and unit: canvases, ellipses, down to 28x28, blur, back up

A stack of 64 x 20 maps is 257 MB, and writing that much takes its time whoever draws. It is measured in
memory that was used before, which all sides fill anew, and in fresh memory: np.zeros, whose pages are given
out lazily as they are touched, for OpenCV and the published way; np.empty, filled by the kernel, in explab.
One map a face is what training reads, often at the size of an attention map, which explab draws directly.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs.codebooks import codebook
from explab.facs.mesh import IBUG68
from explab.heatmaps import PAPER_UNITS, expression_maps, render
from explab.heatmaps.paper import MARKS, Canvas, place

SIDE, FACES = 224, 64


def faces(count: int) -> NDArray[np.float64]:
    """(count, 478, 2) turned, rolled and scaled copies of the canonical face."""
    rng = np.random.default_rng(0)
    yaw, roll = np.deg2rad(rng.uniform(-30, 30, count)), np.deg2rad(rng.uniform(-15, 15, count))
    zero, one = np.zeros(count), np.ones(count)
    turn = np.array([[np.cos(yaw), zero, -np.sin(yaw)], [zero, one, zero], [np.sin(yaw), zero, np.cos(yaw)]])
    tilt = np.array(
        [[np.cos(roll), -np.sin(roll), zero], [np.sin(roll), np.cos(roll), zero], [zero, zero, one]]
    )
    matrix = np.einsum("ikb,kjb->bij", tilt, turn)[:, :2]
    scale = rng.uniform(0.3, 0.42, (count, 1, 1))
    return (np.einsum("vj,bij->bvi", CANONICAL, matrix) * scale + [0.5, 0.42]) * SIDE


def ellipses(face: Canvas, unit: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Centres and semi-axes, worked out beforehand so that only drawing is timed."""
    placed = (mark.ellipse(face) for mark in MARKS[unit])
    return [((x, y), (across, along)) for x, y, across, along in placed]


def bare(stack: NDArray[np.float32], plan: list[list[list]]) -> None:
    """One cv2.ellipse call per unit, side and face, into cleared maps."""
    for maps, units in zip(stack, plan, strict=True):
        for canvas, marks in zip(maps, units, strict=True):
            for centre, axes in marks:
                cv2.ellipse(canvas, centre, axes, 0, 0, 360, 1, cv2.FILLED)


def soft(stack: NDArray[np.float32], plan: list[list[list]]) -> None:
    """Ellipses in full size, each map blurred by about a tenth of the inter-ocular distance."""
    for maps, units in zip(stack, plan, strict=True):
        for canvas, marks in zip(maps, units, strict=True):
            canvas.fill(0)
            for centre, axes in marks:
                cv2.ellipse(canvas, centre, axes, 0, 0, 360, 1, cv2.FILLED)
            cv2.GaussianBlur(canvas, (0, 0), 0.036 * SIDE, dst=canvas)


def soft_merged(merged: NDArray[np.float32], plan: list[list[list]]) -> None:
    for one, units in zip(merged, plan, strict=True):
        stack = np.empty((len(units), SIDE, SIDE), np.float32)
        soft(stack[None], [units])
        stack.max(0, out=one)


def published(stack: NDArray[np.float32], plan: list[list[list]]) -> None:
    """The authors' procedure, step by step as `build_all_action_units` does it for every face and unit."""
    for maps, units in zip(stack, plan, strict=True):
        for one, marks in zip(maps, units, strict=True):
            canvas = np.zeros((SIDE, SIDE)) + 1e-4
            empty = canvas.copy()
            for centre, axes in marks:
                cv2.ellipse(canvas, centre, axes, 0, 0, 360, (255, 255, 255), cv2.FILLED)
            if (canvas - empty).sum() > 0:
                one[:] = cv2.resize(cv2.blur(cv2.resize(canvas, (28, 28)), (3, 3)), (SIDE, SIDE))


def published_merged(merged: NDArray[np.float32], plan: list[list[list]]) -> None:
    """The same, then the maximum over the units and min-max, face by face."""
    for one, units in zip(merged, plan, strict=True):
        stack = np.zeros((len(units), SIDE, SIDE), np.float32)
        published(stack[None], [units])
        high = stack.max(0)
        one[:] = (high - high.min()) / (high.max() - high.min())


def median_ms(run: Callable[[], object], repeats: int) -> float:
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repeats", type=int, default=9, help="timed repetitions of each row (default 9)")
    repeats = options.parse_args().repeats

    points = faces(FACES).astype(np.float32)
    canvases = [place(face[IBUG68], (SIDE, SIDE)) for face in points]
    plan = [[ellipses(face, unit) for unit in PAPER_UNITS] for face in canvases]
    calls = sum(len(marks) for units in plan for marks in units)
    shape = (FACES, len(PAPER_UNITS), SIDE, SIDE)
    used, used_too = np.ones(shape, np.float32), np.ones(shape, np.float32)

    names = list(codebook("paper"))
    labels = [names[i % len(names)] for i in range(FACES)]
    units_of = [codebook("paper").units(name) for name in labels]
    merged_plan = [[ellipses(face, u) for u in units] for face, units in zip(canvases, units_of, strict=True)]
    generic_flat, merged_flat = (
        [[[mark for marks in units for mark in marks]] for units in todo] for todo in (plan, merged_plan)
    )
    ours, theirs = (np.ones((FACES, SIDE, SIDE), np.float32) for _ in range(2))
    small = np.ones((FACES, 28, 28), np.float32)

    def cleared(target: NDArray[np.float32], todo: list[list[list]]) -> None:
        target.fill(0)
        bare(target, todo)

    rows = [
        (
            "20 maps a face, memory used before",
            lambda: render(points, PAPER_UNITS, (SIDE, SIDE), out=used),
            lambda: cleared(used_too, plan),
            lambda: soft(used_too, plan),
            lambda: published(used_too, plan),
        ),
        (
            "20 maps a face, fresh memory",
            lambda: render(points, PAPER_UNITS, (SIDE, SIDE)),
            lambda: bare(np.zeros(shape, np.float32), plan),
            lambda: soft(np.empty(shape, np.float32), plan),
            lambda: published(np.zeros(shape, np.float32), plan),
        ),
        (
            "20 units merged to 1 map a face",
            lambda: render(points, PAPER_UNITS, (SIDE, SIDE), merged=True, stretched=True, out=ours[:, None]),
            lambda: cleared(theirs[:, None], generic_flat),
            lambda: soft_merged(theirs, plan),
            lambda: published_merged(theirs, plan),
        ),
        (
            "1 expression map a face",
            lambda: expression_maps(points, labels, (SIDE, SIDE), codebook="paper", out=ours),
            lambda: cleared(theirs[:, None], merged_flat),
            lambda: soft_merged(theirs, merged_plan),
            lambda: published_merged(theirs, merged_plan),
        ),
        (
            "1 expression map a face, at 28 px",
            lambda: expression_maps(
                points, labels, (28, 28), image_size=(SIDE, SIDE), codebook="paper", out=small
            ),
            None,
            lambda: soft_merged(theirs, merged_plan),
            lambda: published_merged(theirs, merged_plan),
        ),
    ]
    print(
        f"{FACES} faces, {len(PAPER_UNITS)} units, {SIDE} px, {calls} ellipses; {os.cpu_count()} cores, "
        f"{platform.machine()}, OpenCV {cv2.__version__} with {cv2.getNumThreads()} threads; "
        f"median of {repeats}, milliseconds"
    )
    heads = "".join(f"{head:>10}{'ratio':>8}" for head in ("bare cv2", "soft cv2", "published"))
    print(f"{'':36}{'explab':>9}{'faces/s':>10}{heads}")
    for name, *ways in rows:
        times = [median_ms(run, repeats) if run else None for run in ways]
        mine = times[0]
        cells = "".join(
            f"{'-':>{w}}{'-':>8}" if t is None else f"{t:{w}.1f}{t / mine:7.1f}x"
            for t, w in zip(times[1:], (10, 10, 10), strict=True)
        )
        print(f"{name:36}{mine:9.1f}{FACES / mine * 1000:10.0f}{cells}")


if __name__ == "__main__":
    main()
