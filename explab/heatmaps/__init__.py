"""Where on a face the action units of an expression show.

    au_maps(face)                     AUMaps: one map per unit of one face
    AUMaps.merge("Anger")             their maximum, the map of an expression
    render, expression_maps           the same for batches, in numpy or torch, at any resolution
    expression_map, unit_map          the published ellipses, exact to the bit

Two profiles draw the maps. `face` (the default) defines every unit on the face mesh, so that maps scale, turn
and mirror with the face. `paper` repeats Belharbi et al. (FG 2024) with all its faults, for comparison.
"""

from explab.heatmaps.errors import HeatmapError
from explab.heatmaps.face import FACE_UNITS, places, render
from explab.heatmaps.maps import AUMaps, au_maps, expression_maps
from explab.heatmaps.paper import PAPER_UNITS, expression_map, unit_map

__all__ = [
    "FACE_UNITS",
    "PAPER_UNITS",
    "AUMaps",
    "HeatmapError",
    "au_maps",
    "expression_map",
    "expression_maps",
    "places",
    "render",
    "unit_map",
]
