"""What people look like: even over skin tones, plausible together, the same in any batch."""

from dataclasses import fields

import numpy as np
import pytest

from explab.synth.appearance import person
from explab.synth.appearance.person import Beard, Glasses, HairStyle
from explab.synth.randomness import Draws, face_seeds

N = 4000
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture(scope="module")
def people():
    return person.sample(Draws(face_seeds(8, N)))


def test_a_person_is_the_same_in_any_batch(people):
    alone = person.sample(Draws(face_seeds(8, 3, first=10)))
    for field in fields(person.Looks):
        np.testing.assert_array_equal(
            getattr(alone, field.name), getattr(people, field.name)[10:13], field.name
        )


def test_every_quantity_is_one_per_person_and_in_range(people):
    wide = {
        "tone": (0.5, 10.5),
        "age": (18, 80),
        "parting": (-1, 1),
        "brow_thickness": (0.4, 1.6),
        "hair_line": (-0.2, 0.5),
    }
    kinds = {"hair_style": HairStyle, "beard": Beard, "glasses": Glasses, "collar": person.Collar}
    for field in fields(person.Looks):
        values = getattr(people, field.name)
        assert values.shape == ((N, 3) if field.name.endswith("_rgb") else (N,)), field.name
        if field.name in kinds:
            assert set(np.unique(values)) == set(kinds[field.name]), field.name
            continue
        low, high = wide.get(field.name, (0, 1))
        assert values.min() >= low, field.name
        assert values.max() <= high, field.name
        assert np.ptp(values) > 0.1, field.name


def test_skin_tones_are_evenly_frequent_and_evenly_spaced(people):
    steps = np.bincount(np.round(people.tone).astype(int), minlength=11)[1:]
    assert len(steps) == 10
    assert steps.min() > 0.8 * N / 10
    # Lightness falls step by step by about the same amount.
    light = 116 * np.cbrt(people.skin_rgb @ LUMINANCE) - 16
    means = np.array([light[np.round(people.tone) == step].mean() for step in range(1, 11)])
    falls = -np.diff(means)
    assert falls.min() > 0.7 * falls.mean()
    assert falls.max() < 1.4 * falls.mean()
    assert means[0] > 72
    assert means[-1] < 32


def test_skin_is_always_redder_than_green_and_greener_than_blue(people):
    red, green, blue = people.skin_rgb.T
    assert (red > green).all()
    assert (green > blue).all()


def test_skin_of_one_tone_has_many_undertones(people):
    some = people.skin_rgb[np.abs(people.tone - 5) < 0.25]
    assert (some[:, 0] / some[:, 2]).std() > 0.1


def test_lips_are_redder_than_the_skin_around_them(people):
    ratio = people.lip_rgb[:, 0] / people.lip_rgb[:, 1]
    assert (ratio > people.skin_rgb[:, 0] / people.skin_rgb[:, 1]).mean() > 0.99
    assert (people.lip_rgb @ LUMINANCE < people.skin_rgb @ LUMINANCE).mean() > 0.98


def test_dark_skin_goes_mostly_with_dark_eyes_and_hair(people):
    dark, light = people.tone > 8, people.tone < 3
    young = people.age < 40
    iris, hair = people.iris_rgb @ LUMINANCE, people.hair_rgb @ LUMINANCE
    assert np.median(iris[dark]) < 0.5 * np.median(iris[light])
    assert np.median(hair[dark & young]) < 0.5 * np.median(hair[light & young])
    # Never a rule: each has a share of the other.
    assert (iris[light] < 0.05).mean() > 0.1
    assert (people.hair_style[dark] == HairStyle.CURLY).mean() > (
        people.hair_style[light] == HairStyle.CURLY
    ).mean()


def test_age_shows(people):
    old, young = people.age > 65, people.age < 30
    assert people.wrinkles[young].max() < 0.25
    assert people.wrinkles[old].mean() > 0.5
    grey = np.ptp(people.hair_rgb, axis=1) < 0.35 * people.hair_rgb.max(1)
    grey &= people.hair_rgb.max(1) > 0.15
    assert grey[old].mean() > 0.5
    assert grey[young].mean() < 0.03


def test_beards_go_with_a_masculine_shape(people):
    assert (people.beard[people.masculine < 0.4] == Beard.NONE).all()
    assert 0.35 < (people.beard[people.masculine > 0.85] != Beard.NONE).mean() < 0.75
    np.testing.assert_array_equal(people.beard_density > 0, people.beard != Beard.NONE)


def test_frequencies_are_those_of_a_crowd(people):
    assert 0.15 < (people.glasses != Glasses.NONE).mean() < 0.35
    assert 0.02 < (people.hair_style == HairStyle.BALD).mean() < 0.12
    for style in HairStyle:
        assert (people.hair_style == style).mean() > 0.02


@pytest.mark.parametrize(
    ("lab", "rgb"), [((100, 0, 0), (1, 1, 1)), ((0, 0, 0), (0, 0, 0)), ((53.24, 80.09, 67.20), (1, 0, 0))]
)
def test_lab_becomes_linear_rgb(lab, rgb):
    np.testing.assert_allclose(person.linear_from_lab(np.array([lab])), [rgb], atol=2e-3)
