"""Contact sheets of synthetic faces: `python assets/contact_sheets.py FOLDER`.

expressions.jpg   7 expressions of 6 people, each by its prototype in the codebook (the README shows it)
units.jpg         every unit that can be acted at 0, 0.5 and 1
tones.jpg         ten skin tones in five kinds of light
series.jpg        a series as `faces` draws it
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import explab as xl
from explab.facs import EXPRESSIONS, UNITS, codebook, parse
from explab.synth.appearance import person
from explab.synth.appearance.person import HairStyle, Looks
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import shot
from explab.synth.render.shot import Lighting, Shot

PAPER, INK = (255, 255, 255), (40, 40, 40)
Cell = tuple[str, NDArray[np.uint8]]
SEEDS = range(3000)
LIGHTS = (Lighting.SOFT, Lighting.SIDE, Lighting.HARD, Lighting.TOP, Lighting.FLASH)


def everybody() -> tuple[Looks, Shot]:
    """How the people of `face(seed=...)` look and how they are taken, for choosing among them."""
    draws = Draws(np.concatenate([face_seeds(seed, 1) for seed in SEEDS]))
    return person.sample(draws), shot.sample(draws)


def six_people() -> list[int]:
    """Seeds from light to dark, each of another style of hair, in clean colour pictures, one of them with glasses."""
    who, taken = everybody()
    clean = (taken.noise < 0.006) & ~taken.monochrome & (taken.lighting <= Lighting.SIDE) & (taken.blur == 0)
    styles = [
        HairStyle.LONG,
        HairStyle.SHORT,
        HairStyle.BUN,
        HairStyle.MEDIUM,
        HairStyle.CURLY,
        HairStyle.BALD,
    ]
    found = []
    for k, style in enumerate(styles):
        wanted = clean & (who.hair_style == style) & (np.abs(who.tone - (1.5 + 1.6 * k)) < 0.6)
        wanted &= (who.glasses > 0) == (k == 3)
        wanted &= (who.age > 25 + 7 * k) & (who.age < 40 + 7 * k)
        found.append(int(np.flatnonzero(wanted)[0]))
    return found


def sheet(rows: list[list[Cell]], columns: list[str], path: Path) -> None:
    """Pictures in rows, each with its caption below, under a row of column heads."""
    size = rows[0][0][1].shape[0]
    gap, text, head = 6, 18, 22 if columns else 0
    wide, high = len(rows[0]) * (size + gap) + gap, len(rows) * (size + gap + text) + gap + head
    page = Image.new("RGB", (wide, high), PAPER)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(13)
    for c, name in enumerate(columns):
        draw.text((gap + c * (size + gap) + size / 2, 6), name, INK, font, anchor="ma")
    for r, row in enumerate(rows):
        for c, (caption, image) in enumerate(row):
            x, y = gap + c * (size + gap), head + gap + r * (size + gap + text)
            page.paste(Image.fromarray(image), (x, y))
            draw.text((x + 2, y + size + 1), caption, INK, font)
    page.save(path, quality=88)
    print(f"{path}: {wide} x {high} px")


def expressions(folder: Path) -> None:
    book = codebook("prototypes")
    names = [name for name in EXPRESSIONS if name != "Contempt"]
    rows = [
        [("", xl.synth.face(seed=seed, size=192, **book.weights(name)).image) for name in names]
        for seed in six_people()
    ]
    sheet(rows, names, folder / "expressions.jpg")


def units(folder: Path) -> None:
    bare = list(dict.fromkeys(parse(code)[0] for code in xl.synth.ACTS))
    cells: list[Cell] = []
    person = six_people()[1]
    for unit in bare:
        code = unit if UNITS[unit].sides != "either" else unit + "L"
        for level in (0.0, 0.5, 1.0):
            image = xl.synth.face(seed=person, size=160, yaw=-18, **{code: level}).image
            cells.append((f"{code} {UNITS[unit].name}"[:24] if level == 0 else f"{level:g}", image))
    cells += [("", np.full_like(cells[0][1], 255))] * (-len(cells) % 9)
    sheet([cells[i : i + 9] for i in range(0, len(cells), 9)], [], folder / "units.jpg")


def tones(folder: Path) -> None:
    who, taken = everybody()
    clean = (taken.noise < 0.008) & ~taken.monochrome & (taken.blur == 0) & (who.glasses == 0)
    rows = []
    for kind in LIGHTS:
        row: list[Cell] = []
        for step in range(1, 11):
            wanted = clean & (taken.lighting == kind) & (np.abs(who.tone - step) < 0.2)
            seed = int(np.flatnonzero(wanted)[0])
            row.append((kind.name.lower(), xl.synth.face(seed=seed, size=160).image))
        rows.append(row)
    sheet(rows, [f"tone {step}" for step in range(1, 11)], folder / "tones.jpg")


def series(folder: Path) -> None:
    cells = [(str(f.truth.expression), f.image) for f in xl.synth.faces(48, seed=5, size=160, roll=None)]
    sheet([cells[i : i + 8] for i in range(0, 48, 8)], [], folder / "series.jpg")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for make in (expressions, units, tones, series):
        make(target)
