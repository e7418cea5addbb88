"""Make the canonical face: `python -m explab.face.canonical PHOTO...` with frontal, neutral photographs.

The meshes are laid over each other (generalised Procrustes), averaged with their mirror images and scaled to the
inter-ocular distance. Pitch 0 is by definition the mean pitch of the photographs given.

`data/canonical_mesh.csv` is the mean of the five neutral portraits 002, 004, 005, 006 and 008 of the Face Research Lab
London Set (DeBruine and Jones 2017, doi 10.6084/m9.figshare.5047666, CC BY 4.0).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explab.face.align import eye_centres, similarity
from explab.face.backends import get_backend
from explab.face.picture import load_picture
from explab.facs.mesh import mirror_points


def canonical_mesh(meshes: list[NDArray[np.float32]]) -> NDArray[np.float64]:
    """n meshes (478, 3) in px -> (478, 3) symmetric mean; unit = inter-ocular distance, origin between the eyes."""
    all_meshes = [m.astype(np.float64) for m in meshes]
    # With every mesh comes its mirror image: their mean is symmetric, so its yaw and roll are 0.
    all_meshes += [mirror_points(m, 0) for m in all_meshes]
    mean = np.mean([(m - m.mean(0)) / m.std() for m in all_meshes], axis=0)
    for _ in range(20):
        laid = []
        for mesh in all_meshes:
            matrix, _ = similarity(mesh, mean)
            laid.append(mesh @ matrix[:, :3].T + matrix[:, 3])
        mean = np.mean(laid, axis=0)
        mean = (mean - mean.mean(0)) / mean.std()
    mean = (mean + mirror_points(mean, 0)) / 2
    right, left = eye_centres(mean)
    return np.asarray((mean - (right + left) / 2) / np.linalg.norm(left - right))


def main(photos: list[str]) -> None:
    """Write `data/canonical_mesh.csv` from the first face of each photograph."""
    backend = get_backend("facemesh")
    meshes = [backend.find(load_picture(p).rgb, 1, 0.5)[0].points for p in photos]
    target = Path(__file__).parent / "data" / "canonical_mesh.csv"
    rows = [",".join(f"{value:.4f}" for value in row) for row in canonical_mesh(meshes)]
    target.write_text("\n".join(["x,y,z", *rows]) + "\n", encoding="utf-8")
    print(f"{target}: mean of {len(meshes)} photographs")


if __name__ == "__main__":
    main(sys.argv[1:])
