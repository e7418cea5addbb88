"""Hiding the regions of action units: where they lie, what they are filled with, what becomes of the answer.

    regions    which units compete, and how far each pixel of a region is replaced
    fill       what hidden pixels show: the surroundings continued inwards, a blur, the mean colour
    effects    the network asked again for every unit, as `UnitEffects`
    faces      the same for a classifier and faces: `explab.attribution.au_effects`

The method `au_ablation` and the metrics `comprehensiveness` and `sufficiency` stand on these.
"""
