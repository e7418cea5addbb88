"""Training, one loop for everything.

    from explab.training import train_guided
    train_guided("synth", "runs/guided", guidance=4.0, seed=0)      # stopped? call it again, it goes on

A task says what is learned (`GuidedTask`), a `Recipe` how, and `train` does it. `Alignment` is the term that guides
attention, usable in anybody's loop.
"""

from explab.training.alignment import Alignment
from explab.training.augment import Augment
from explab.training.errors import Stopped, TrainingError
from explab.training.guided import GuidedTask
from explab.training.history import History
from explab.training.loop import train
from explab.training.pictures import Pictures
from explab.training.presets import PRESETS, Preset
from explab.training.recipe import Recipe
from explab.training.run import Trained, train_guided

__all__ = [
    "PRESETS",
    "Alignment",
    "Augment",
    "GuidedTask",
    "History",
    "Pictures",
    "Preset",
    "Recipe",
    "Stopped",
    "Trained",
    "TrainingError",
    "train",
    "train_guided",
]
