"""Synthetic faces read like photographs, so that what a reader measures can be held against the truth."""

from __future__ import annotations

from dataclasses import replace

from explab.face import Face, read_face
from explab.face.align import apply
from explab.synth.make import SYNTHETIC


def measured(face: Face, backend: str = "facemesh") -> Face:
    """The face as `read_face` sees its picture: landmarks, AUs and pose measured, the truth kept.

    Args:
        face: a face from `face` or `faces`.
        backend: as in `read_face`.

    Returns:
        A Face of the same size; `truth.landmarks` lie in px of its image, which is a crop of the picture given.

    Raises:
        NoFaceError: MediaPipe finds no face in the picture.
        ValueError: a face without a truth.
    """
    truth = face.truth
    if truth is None or truth.landmarks is None:
        raise ValueError(
            f"{face.source.name}: nothing is known of this face that a reading could be held against"
        )
    read = read_face(face.image, backend, size=face.image.shape[0], name=face.source.name)
    moved = replace(truth, landmarks=apply(read.transform, truth.landmarks), recipe=None)
    return replace(read, truth=moved, remarks=(SYNTHETIC, *read.remarks))
