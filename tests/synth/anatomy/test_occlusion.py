"""Hidden sky, against cases that can be worked out."""

import numpy as np

from explab.synth.anatomy.occlusion import hidden


def _square(y: float, half: float) -> np.ndarray:
    """Two triangles, level, `y` down, reaching `half` to each side."""
    a, b, c, d = (np.array([x, y, z]) for x in (-half, half) for z in (-half, half))
    return np.array([[a, b, c], [b, d, c]])


UP = np.array([[0.0, -1.0, 0.0]])
HERE = np.zeros((1, 3))


def test_a_roof_hides_the_sky_and_a_floor_does_not() -> None:
    assert hidden(HERE, UP, _square(-0.3, 1.4))[0] > 0.95
    assert hidden(HERE, UP, _square(0.3, 1.4))[0] == 0


def test_a_small_roof_hides_a_part_and_a_distant_one_nothing() -> None:
    part = hidden(HERE, UP, _square(-0.5, 0.4))[0]
    assert 0.2 < part < 0.8
    assert hidden(HERE, UP, _square(-3.0, 5.0))[0] == 0


def test_what_is_above_counts_more_than_what_is_beside() -> None:
    forward = np.array([[0.0, 0.0, -1.0]])
    half = np.array(
        [[[-1, 0, -0.5], [1, 0, -0.5], [0, -1, -0.5]], [[-1, 0, -0.5], [1, 0, -0.5], [0, 1, -0.5]]]
    )
    above, below = hidden(HERE, forward, half[:1]), hidden(HERE, forward, half[1:])
    assert above[0] > 2 * below[0] > 0
