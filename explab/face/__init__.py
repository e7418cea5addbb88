"""Pixels to `Face`: find, align and measure every face in a picture."""

from explab.face.align import Pose
from explab.face.errors import BackendError, FaceError, FaceWarning, NoFaceError, PictureError
from explab.face.expression import Suggestion, codebook_expression
from explab.face.face import Face, Remark, Source, Truth
from explab.face.measure import Measured, measure_aus
from explab.face.picture import Picture, load_picture, sample_photo
from explab.face.read import Reading, read_each, read_face, read_faces

__all__ = [
    "BackendError",
    "Face",
    "FaceError",
    "FaceWarning",
    "Measured",
    "NoFaceError",
    "Picture",
    "PictureError",
    "Pose",
    "Reading",
    "Remark",
    "Source",
    "Suggestion",
    "Truth",
    "codebook_expression",
    "load_picture",
    "measure_aus",
    "read_each",
    "read_face",
    "read_faces",
    "sample_photo",
]
