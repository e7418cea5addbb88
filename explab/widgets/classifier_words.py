"""What a card says of a classifier in a teacher's words: its answer, whether the AUs support it, where it looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from explab.face import Face, Suggestion
from explab.lab import Attribution, Explanation, Judged
from explab.lab.against_truth import synthetic
from explab.lab.explanation import ELSEWHERE
from explab.widgets.check_words import FLOORS, percent
from explab.widgets.words import SURE, chance, reason, suggested, trust
from explab.words import join

OUTSIDE = "This photograph lies outside of what it was trained on: no figure says how far to trust it here."


MEANS = {
    "cam": "What the last layer counts for {target}, place by place, and below 0 against it.",
    "gradcam": (
        "Where the network found what speaks for {target}: its maps, each weighted by how much it raises the score of "
        "{target}."
    ),
    "gradcam++": (
        "Where the network found what speaks for {target}: as Grad-CAM, but places that raise the score count for more."
    ),
    "xgradcam": (
        "Where the network found what speaks for {target}: as Grad-CAM, but each map weighs what it gains where it is "
        "strong."
    ),
    "hirescam": "Where the network’s maps, place by place, add to the score of {target}.",
    "layercam": (
        "Where the network found what speaks for {target}: its maps, weighted at each place by how much they raise the "
        "score of {target} there."
    ),
    "scorecam": (
        "Where the network’s maps are strong that score highest for {target} when only what they light up is shown."
    ),
    "ablationcam": "Where those of the network’s maps are strong without which the score of {target} falls most.",
    "eigencam": (
        "What the network’s maps have most in common. It knows no class: it would be the same for any expression."
    ),
    "attention": (
        "Where the network’s maps are strongest on average. Attention knows no class: it would be the same for any "
        "expression."
    ),
    "rollout": (
        "Which places the network’s attention gathers from, layer by layer. It knows no class: it would be the same "
        "for any expression."
    ),
    "gradient_rollout": "Which places the network’s attention gathers from where that raises the score of {target}.",
    "saliency": "Which pixels would change the score of {target} most, up or down, if they changed a little.",
    "inputxgradient": "How much each pixel adds to the score of {target} or, below 0, takes from it: a first estimate.",
    "integrated_gradients": (
        "How much each pixel adds to the score of {target} or, below 0, takes from it, on the way from a grey picture "
        "to this one."
    ),
    "occlusion": "How far the score of {target} falls when a grey square hides a place; below 0 it rises.",
    "gradientshap": (
        "How much each pixel adds to the score of {target} or, below 0, takes from it, on average over plain pictures "
        "to start from."
    ),
    "au_ablation": (
        "How far the network’s trust in {target} falls when the region of an action unit is hidden; below 0 it rises."
    ),
}
"""What a map shows, by method."""


def means(seen: Attribution) -> str:
    """What a map shows, in one or two sentences."""
    default = (
        "What speaks for {target}."
        if seen.target
        else "What the network responds to, whatever the expression."
    )
    return MEANS.get(seen.method, default).format(target=seen.target)


def nowhere(seen: Attribution) -> str:
    """Why a map rests on no part of the face."""
    if np.isfinite(seen.map).all():
        return f"On this face {seen.label} is the same everywhere: it points nowhere."
    return f"On this face {seen.label} cannot be computed."


def opening(explanation: Explanation, judged: Judged, suggestion: Suggestion | None) -> list[str]:
    """The first sentences of a card: what the classifier says, whether AUs support it, where it looked, the truth."""
    return [
        *_said(explanation, judged),
        *_support(explanation.face, suggestion, judged.prediction.label),
        *_attention(judged),
        *_truth(explanation, judged, suggestion),
    ]


def _said(explanation: Explanation, judged: Judged) -> list[str]:
    (best, p), *runners_up = judged.prediction.ranked()
    model = judged.prediction.model
    if judged.card.get("synthetic") and not synthetic(explanation.face):
        model += ", which knows synthetic faces only"
    if p >= SURE or not runners_up:
        return [f"{best} ({chance(p)}), says {model}."]
    second, q = runners_up[0]
    return [
        f"{best} ({chance(p)}) or {second} ({chance(q)}): {model}{',' if ',' in model else ''} does not decide."
    ]


def _support(face: Face, suggestion: Suggestion | None, label: str) -> list[str]:
    if suggestion is None:
        return ["No AUs were measured that could support it."] if face.aus else []
    first, *counterevidence = suggested(suggestion)
    best, p = suggestion.best, suggestion[suggestion.best]
    if p < SURE:
        return [first, *trust(face, suggestion)]
    if best == label:
        return [f"The AUs support it: {reason(suggestion)}.", *counterevidence, *trust(face, suggestion)]
    contradiction = f"The AUs do not support it; they suggest {best} ({chance(p)}): {reason(suggestion)}."
    return [contradiction, *trust(face, suggestion)]


def _attention(judged: Judged) -> list[str]:
    attention = next((drawn for drawn in judged.attributions if drawn.method == "attention"), None)
    if attention is None:
        return []
    agreement = attention.agreement(judged.prediction.label)
    where = f"Attention {rests(attention)}"
    if agreement is None:
        return [f"{where}."]
    floor = FLOORS[agreement.hardest]
    fits = f"{where} and fits the AU map of {agreement.expression} by {agreement.value:.2f}"
    if agreement.better:
        return [f"{fits}, where {floor} would get {agreement.floor:.2f}."]
    return [f"{fits}, no better than {floor} ({agreement.floor:.2f})."]


def rests(seen: Attribution) -> str:
    """Where a map is high: "rests on the lips and mouth corners"."""
    if not seen.parts:
        return "is the same everywhere"
    parts = [part for part in seen.top if part != ELSEWHERE]
    if seen.top[0] == ELSEWHERE:
        return "rests beside the parts of the face that move"
    return f"rests on the {join(parts)}"


def _truth(explanation: Explanation, judged: Judged, suggestion: Suggestion | None) -> list[str]:
    true = explanation.truth
    if true is None:
        return []
    second = explanation.face.truth.second if explanation.face.truth else ""
    trace = f" with a trace of {second}" if second else ""
    is_synthetic = synthetic(explanation.face)
    says = (
        f"The face was made to show {true}{trace}" if is_synthetic else f"By its label the face shows {true}"
    )
    aus = None if suggestion is None else suggestion.best == true
    if true not in judged.prediction.classes:
        aus_clause = "" if aus is None else f"; the AUs are {'right' if aus else 'wrong'}"
        return [f"{says}, which {judged.prediction.model} does not know{aus_clause}."]
    right = judged.prediction.label == true
    word = {True: "right", False: "wrong"}
    if aus is None:
        return [f"{says}, so it is {word[right]}."]
    if aus == right:
        return [f"{says}, so both are {word[right]}."]
    return [f"{says}, so {judged.prediction.model} is {word[right]} and the AUs are {word[aus]}."]


def training(judged: Judged) -> str:
    """What is known of a classifier's training, and its figures on test data beside their floors."""
    card, classes = judged.card, judged.prediction.classes
    if "data" not in card:
        return "Nothing is known of its training."
    kind = "Trained on synthetic faces alone" if card.get("synthetic") else "Trained"
    text = f"{kind}: {card['data']['train']}."
    test = card.get("test", {})
    if "score" in test:
        tested = f" ({card['data']['test']})" if "test" in card["data"] else ""
        floor = (
            f"always naming the most frequent expression would be for {percent(test['floor'])}"
            if "floor" in test
            else f"guessing would be for {percent(1 / len(classes))}"
        )
        text += f" Right for {percent(test['score'])} of its test data{tested}; {floor}."
    if "recall" in test:
        floor = (
            f"always naming the same one would give {percent(test['recall floor'])}"
            if "recall floor" in test
            else f"guessing would give {percent(1 / len(classes))}"
        )
        text += f" Mean recall over the expressions {percent(test['recall'])}; {floor}."
    return text


def origin(judged: Judged) -> str:
    """The classifier's provenance: name, layer of its maps, day and data of its training."""
    card = judged.card
    where = [f"layer {judged.attributions[0].layer}"] if judged.attributions else []
    when = [f"trained {card['made']}"] if "made" in card else []
    return ", ".join([judged.prediction.model, *where, *when])


def unseen(name: str, card: Mapping[str, Any], seed: int) -> str:
    """Whether synthetic faces of a series may have been in a classifier's training."""
    if not card.get("synthetic"):
        return f"As far as is known, {name} was not trained on synthetic faces: these lie outside of what it knows."
    if f"seed {seed}" in (part.rpartition(", ")[2] for part in card["data"].values()):
        return f"{name} was trained or chosen on faces of this seed, {seed}: its figures here are too good."
    train = card["data"]["train"]
    return f"{name} was trained on {train}; these have seed {seed}, so that it has met none of these people."
