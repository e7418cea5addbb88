"""Datasets on disk, read into one shape: a `Sample` with a picture and whatever else is known of it.

    from explab.data import load_dataset

    train = load_dataset("raf-db", "RAF-DB")                  # lazy: nothing is decoded yet
    train.rule, train.counts(), train[0].label                # the layout recognised, samples for each class
    for i, image in train.images(): ...                       # damaged pictures are skipped, counted and listed
    load_dataset("synth", n=1000, size=112, cache="faces")    # explab's own faces, everything about them known

Labels that come in by number go through the label order of their release (explab.facs.LABEL_ORDERS), which the layout
of the files tells. To add a dataset, write a module in `readers` with LAYOUTS as the others have it, and name it there.
"""

from explab.data.check import Checkup, check
from explab.data.dataset import Dataset
from explab.data.errors import DatasetError
from explab.data.landmarks import Landmarks, landmarks
from explab.data.listing import Problem
from explab.data.load import NAMES, Splits, load_dataset, load_splits
from explab.data.sample import Sample

__all__ = [
    "NAMES",
    "Checkup",
    "Dataset",
    "DatasetError",
    "Landmarks",
    "Problem",
    "Sample",
    "Splits",
    "check",
    "landmarks",
    "load_dataset",
    "load_splits",
]
