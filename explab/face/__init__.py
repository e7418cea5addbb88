"""Pixels to `Face`: find, align and measure every face in a picture."""

from explab.face.errors import BackendError, FaceError, FaceWarning, NoFaceError, PictureError
from explab.face.face import Face, Pose, Remark, Source, Truth
from explab.face.picture import load_picture
from explab.face.read import read_face, read_faces

__all__ = [
    "BackendError",
    "Face",
    "FaceError",
    "FaceWarning",
    "NoFaceError",
    "PictureError",
    "Pose",
    "Remark",
    "Source",
    "Truth",
    "load_picture",
    "read_face",
    "read_faces",
]
