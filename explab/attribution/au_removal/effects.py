"""What happens to a prediction when the region of one action unit after another is hidden.

An intervention, not a correlation: the network answers again for a face without its mouth corners, without its brows.
Regions overlap (AU12 and AU25 share the mouth), so effects are those of places, each on its own, and do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explab.attribution.au_removal.fill import FILLS, backdrop, covered
from explab.attribution.au_removal.regions import UNITS, hidden
from explab.attribution.errors import AttributionError
from explab.attribution.outputs import CHUNK, ask
from explab.heatmaps import render
from explab.words import near


@dataclass(frozen=True, eq=False)
class UnitEffects:
    """What hiding each region takes from the target; positive where the region spoke for it.

    Attributes:
        log_odds: (B, n_units) float32 log(p / (1 - p)) before, minus after; NaN where the unit is not valid.
        probability: (B, n_units) float32 p before, minus after, in [-1, 1]; NaN alike.
        regions: (B, n_units, H, W) float32 in [0, 1], peak 1; 0 where not valid.
        valid: (B, n_units) bool, whether the unit has a place in the picture.
    """

    log_odds: Tensor
    probability: Tensor
    regions: Tensor
    valid: Tensor

    def maps(self) -> Tensor:
        """(B, H, W) float32: at every pixel the sum over the units of log-odds lost times region, divided by the sum
        of the regions where that is above 1.

        So a pixel of many units shows their mean effect instead of counting the same loss several times, and the map
        fades where a lone region does. It stays within the effects. Units that are not valid take no part; a face
        without a valid one was not asked about, and its map is NaN.
        """
        effects = torch.where(self.valid, self.log_odds, 0)
        laid = torch.einsum("bu,buhw->bhw", effects, self.regions) / self.regions.sum(1).clamp(min=1)
        return torch.where(self.valid.any(1)[:, None, None], laid, torch.nan)


def unit_effects(
    module: nn.Module,
    x: Tensor,
    logits: Tensor,
    landmarks: NDArray[Any],
    targets: Tensor,
    units: Sequence[str] = UNITS,
    fill: str = "inpaint",
    multi_label: bool = False,
    chunk: int = CHUNK,
) -> UnitEffects:
    """Hide the region of each unit and let the network answer again, all faces and units in batches.

    How far each pixel is replaced says `hidden`.

    Args:
        module: (N, C, H, W) -> logits, of two classes or more unless `multi_label`; as it is, so in evaluation
            mode where
            that matters.
        x: (B, C, H, W) pictures as the network takes them.
        logits: (B, n_classes) its answer to them.
        landmarks: (B, 478, 2 or 3) px of the pictures.
        targets: (B,) int64 classes.
        units: codes as of `explab.heatmaps.render`.
        fill: "inpaint", "blur" or "mean"; see `covered`.
        multi_label: whether a class's probability is the sigmoid of its logit, not its share of a softmax.
        chunk: pictures that the network is asked about at once.

    Raises:
        AttributionError: an unknown fill, or a softmax over one logit.
        UnknownUnit, HeatmapError: a unit that does not exist or has no place on the face.
    """
    if fill not in FILLS:
        raise AttributionError(f"no fill {fill!r}; there are {', '.join(FILLS)}{near(fill, FILLS)}")
    if logits.shape[1] < 2 and not multi_label:
        raise AttributionError("the network has one logit; the effect on a class needs at least two classes")
    size = (x.shape[2], x.shape[3])
    drawn, placed = render(landmarks, tuple(units), size)
    regions, valid = torch.from_numpy(drawn).to(x.device), torch.from_numpy(placed).to(x.device)
    with torch.no_grad():
        behind = None if fill == "inpaint" else backdrop(x, fill)
        face, unit = valid.nonzero(as_tuple=True)
        before = scores(logits.float(), targets, multi_label)
        after = torch.full((2, *valid.shape), torch.nan, device=x.device)
        for rows, columns in zip(torch.split(face, chunk), torch.split(unit, chunk), strict=True):
            shown, mask = x[rows], hidden(regions[rows, columns])[:, None].to(x.dtype)
            changed = covered(shown, mask, fill, None if behind is None else behind[rows])
            answer = ask(module, changed).float()
            after[:, rows, columns] = scores(answer, targets[rows], multi_label)
    log_odds, probability = before[:, :, None] - after
    return UnitEffects(log_odds, probability, regions, valid)


def scores(logits: Tensor, targets: Tensor, multi_label: bool = False) -> Tensor:
    """(B, n) logits -> (2, B): log-odds and probability of each target, by softmax or each logit's own sigmoid."""
    at = targets[:, None]
    if multi_label:
        odds = logits.gather(1, at)[:, 0]
        return torch.stack([odds, odds.sigmoid()])
    others = logits.scatter(1, at, -torch.inf).logsumexp(1)
    odds = logits.gather(1, at)[:, 0] - others
    return torch.stack([odds, odds.sigmoid()])
