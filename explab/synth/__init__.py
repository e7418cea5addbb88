"""Synthetic faces whose AUs, landmarks and pose are known: a muscle model, people, a renderer.

    import explab as xl
    face = xl.synth.face(AU12=0.9, AU6=0.6, seed=3)
    many = xl.synth.faces(100)
    other, evidence = xl.synth.counterfactual(face, AU12=0)
    picture, records = xl.synth.scene(n_faces=4)

The muscles follow Waters, "A muscle model for animating three-dimensional facial expression" (SIGGRAPH 1987).
"""

from explab.synth.anatomy.units import ACTS
from explab.synth.counterfactual import counterfactual
from explab.synth.make import face, faces
from explab.synth.reread import measured
from explab.synth.scene import Record, scene

__all__ = ["ACTS", "Record", "counterfactual", "face", "faces", "measured", "scene"]
