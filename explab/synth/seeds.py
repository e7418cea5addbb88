"""Whose series of synthetic people is whose: what something was fitted to must not be where it is shown or checked.

A seed names a series (`explab.synth.faces`); different seeds share nobody. Blocks of seeds:

    0 to 99          FITTED_TO: explab's networks, the estimator of AU intensities and the scores of expressions were
                     fitted, chosen or calibrated on some of them, or keep them as their test series
    100              DEFAULT: what a user sees who names no seed
    101 to 999       free: nothing in explab uses them
    1000 to 9999     CHECKED: what `explab bench` measures on and what galleries show; nothing may be fitted to them

Within FITTED_TO: 1, 2 and 3 train, validate and test the networks (`explab.training.parts`), and fit, choose and test
the estimator of AU intensities at `--seed 0` (`explab.training.calibration.aus`); from EXPRESSION_SCORES on, three each
fit, temper and test the scores of expressions (`explab.training.calibration.expressions`; 0, 1 and 2 before).
"""

from __future__ import annotations

FITTED_TO = range(100)
EXPRESSION_SCORES = 40
DEFAULT = 100
CHECKED = range(1000, 10_000)
REGION_CHECK = 9009
"""The people of `explab bench regions`."""
