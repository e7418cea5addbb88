"""Is a map right? Plausible to a person, faithful to the model, true of the face: each figure with its floors.

    evaluate("cosine", maps, au_maps, labels=names)          Score: value, floors, paired difference, verdict
    evaluate(["cosine", "road"], maps, au_maps, module=model, x=x)          Scores: a table

Every metric is also a function of its own with one value for each face, NaN where there is none:

    plausible  cosine, attention_cosine, attention_cosine_layer, pearson, class_margin, pointing_game,
               relevance_mass, relevance_rank, iou, auc     against AU maps
    faithful   road, road_logits, insertion, deletion, comprehensiveness, sufficiency, infidelity, randomisation
                                                            against the module
    true       truth                                        against the pixels that made a synthetic expression

A plausible map need not be faithful: training a model to point at AUs makes maps prettier, and only the second group
can tell whether it also made them truer. Logits have no unit, so networks are compared by `road` and by
`evaluate(["deletion_margin", ...])`, whose unit is the spread of each network's own logits; see `trial`.
"""

from explab.attribution.metrics.curves import deletion, insertion
from explab.attribution.metrics.evaluation import evaluate
from explab.attribution.metrics.fidelity import infidelity
from explab.attribution.metrics.floors import class_maps
from explab.attribution.metrics.ground_truth import evidence, truth
from explab.attribution.metrics.maps import MetricError
from explab.attribution.metrics.randomise import Cascade, cascade, randomisation
from explab.attribution.metrics.regions import (
    auc,
    binarised,
    iou,
    pointing_game,
    relevance_mass,
    relevance_rank,
)
from explab.attribution.metrics.registry import METRICS, Metric, metric
from explab.attribution.metrics.remove_and_debias import RoadCurves, road, road_curves, road_logits
from explab.attribution.metrics.score import Difference, Score, Scores
from explab.attribution.metrics.similarity import (
    attention_cosine,
    attention_cosine_layer,
    class_margin,
    cosine,
    pearson,
    spearman,
)
from explab.attribution.metrics.trial import logit_scale
from explab.attribution.metrics.unit_removal import comprehensiveness, sufficiency

__all__ = [
    "METRICS",
    "Cascade",
    "Difference",
    "Metric",
    "MetricError",
    "RoadCurves",
    "Score",
    "Scores",
    "attention_cosine",
    "attention_cosine_layer",
    "auc",
    "binarised",
    "cascade",
    "class_maps",
    "class_margin",
    "comprehensiveness",
    "cosine",
    "deletion",
    "evaluate",
    "evidence",
    "infidelity",
    "insertion",
    "iou",
    "logit_scale",
    "metric",
    "pearson",
    "pointing_game",
    "randomisation",
    "relevance_mass",
    "relevance_rank",
    "road",
    "road_curves",
    "road_logits",
    "spearman",
    "sufficiency",
    "truth",
]
