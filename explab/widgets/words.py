"""What a card says in a teacher's words: the verdict line, and how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence

from explab.face import Face, Suggestion
from explab.facs import UNITS, AUs, letter, parse, unit
from explab.lab.against_truth import synthetic
from explab.words import join

LOPSIDED = 0.2
SIDES = {"L": "left", "R": "right"}
FEW = 0.6
"""A suggestion from a smaller share of the units that tell an expression is called a hint."""
SURE = 0.5
NAMED = 3
STRONG = 1.0
"""Nats from which what speaks against a suggestion is worth a sentence: it makes the odds 2.7 times worse."""


def lower(text: str) -> str:
    """With a small first letter."""
    return text[:1].lower() + text[1:]


def two(value: float) -> float:
    """To the two decimals that are shown; the mean of two rounded sides may end in 5."""
    return round(value + 1e-9, 2)


def chance(p: float) -> str:
    """A probability as it is written: never 0 and never 1."""
    return ">0.99" if p > 0.995 else "<0.01" if p < 0.005 else f"{p:.2f}"


def named(code: str) -> str:
    """ "AU12 lip corner puller", "AU14R dimpler (right)"."""
    base, side = parse(code)
    return f"{code} {lower(UNITS[base].name)}" + (f" ({SIDES[side]})" if side else "")


def verdict(
    face: Face, suggestion: Suggestion | None, missing: Sequence[str], opening: Sequence[str] = ()
) -> str:
    """The first line of a card: what the AUs suggest and why, whether that is known to be right, what to be wary of.

    Args:
        face: its AUs rounded to two decimals, as they are shown.
        suggestion: of `codebook_expression`, or None where nothing that tells an expression was measured.
        missing: units that were not measured.
        opening: said first, in place of what the AUs suggest, how far to trust it and whether it is right.
    """
    sentences = [*opening]
    if suggestion is None:
        sentences += (
            _strongest(face) if face.aus else ["Its landmarks are measured, its action units are not."]
        )
    elif not opening:
        sentences += [*suggested(suggestion), *_known(face, suggestion), *trust(face, suggestion)]
    sentences += _remarks(face, missing)
    where = f"A face seen {face.pose.words()}." if face.pose.frontal else f"Head {face.pose.words()}."
    warnings = [lower(remark.text) for remark in face.remarks if remark.level == "warn"]
    if warnings:
        where += f" Read with care: {'; '.join(warnings)}."
    return " ".join([*sentences, where] if suggestion or opening else [where, *sentences])


def suggested(suggestion: Suggestion) -> list[str]:
    """What the AUs suggest, with the evidence: "The AUs suggest Happiness (0.91): AU6 ... and AU12 ..."."""
    best, p = suggestion.best, suggestion[suggestion.best]
    second = sorted(suggestion, key=lambda name: -suggestion[name])[1]
    why = evidence(suggestion)
    if p >= SURE:
        lines = [f"The AUs suggest {best} ({chance(p)}): {reason(suggestion)}."]
    else:
        lines = [f"The AUs do not decide: {best} ({chance(p)}) or {second} ({chance(suggestion[second])})."]
        if why:
            lines.append(f"For {best}: {join([named(code) for code in why])}.")
    against = [code for code, score in suggestion.against.items() if score <= -STRONG][:2]
    present = [named(code) for code in against if not code.startswith("no ")]
    absent = [named(code.removeprefix("no ")) for code in against if code.startswith("no ")]
    if present:
        lines.append(f"Against it: {join(present)}.")
    if absent:
        lines.append(f"Missing: {join(absent)}.")
    return lines


def reason(suggestion: Suggestion) -> str:
    """What speaks for the best expression: "AU6 cheek raiser and AU12 lip corner puller"."""
    absent = "no unit stands out" if suggestion.best == "Neutral" else "mainly what is absent"
    return join([named(code) for code in evidence(suggestion)]) or absent


def evidence(suggestion: Suggestion) -> list[str]:
    """The units that speak loudest for the best expression, at most three, in FACS order."""
    if suggestion.best == "Neutral":
        return []
    enough = 0.15 * max(suggestion.support.values(), default=0.0)
    loud = [code for code, score in suggestion.support.items() if score >= enough][:NAMED]
    return sorted(loud, key=lambda code: unit(code).number)


def _known(face: Face, suggestion: Suggestion) -> list[str]:
    truth = face.truth
    if truth is None or truth.expression is None:
        return []
    agrees = truth.expression == suggestion.best
    if not synthetic(face):
        return [f"The label says {truth.expression}, {'too' if agrees else 'which disagrees'}."]
    trace = f" with a trace of {truth.second}" if truth.second else ""
    judged = "so this is right" if agrees else "so this is wrong"
    return [f"The face was made to show {truth.expression}{trace}, {judged}."]


def trust(face: Face, suggestion: Suggestion) -> list[str]:
    """How far to trust what the AUs suggest, where that has to be said."""
    lines = []
    measured, of = suggestion.measured
    if measured < FEW * of:
        lines.append(
            f"Only {measured} of the {of} signs that tell expressions apart were measured: take it as a hint."
        )
    bases = {parse(code)[0] for code in face.unreliable}
    weak = [code for code in evidence(suggestion) if parse(code)[0] in bases]
    if face.aus and bases >= set(face.aus):
        reason = join(sorted(set(face.unreliable.values())))
        lines.append(f"This picture cannot be measured well ({reason}): take it as a guess.")
    elif weak:
        be = "is" if len(weak) == 1 else "are"
        lines.append(f"{join(weak)}, on which this rests, {be} not reliable here.")
    return lines


def _strongest(face: Face) -> list[str]:
    words = [f"{named(code)} ({_strength(face.aus, code)})" for code in face.aus.strongest(4)]
    if not words:
        return ["No measured action unit is above a trace."]
    return [f"Strongest: {join(words)}."] if len(words) > 1 else [f"Only {words[0]} is above a trace."]


def _remarks(face: Face, missing: Sequence[str]) -> list[str]:
    lines = []
    strong = face.aus.strongest(4)
    if "AU64" in face.aus and "AU43" in strong and face.aus["AU64"] >= face.aus["AU43"]:
        lines.append(f"The eyes look down (AU64 {face.aus['AU64']:.2f}), which lowers the lids.")
    if "AU12" in strong and "AU6" in missing:
        lines.append("AU6, which goes with a felt smile, was not measured.")
    return lines


def _strength(aus: AUs, code: str) -> str:
    sides = aus.sides(code)
    if "L" in sides and "R" in sides and abs(sides["L"] - sides["R"]) > LOPSIDED:
        return f"left {sides['L']:.2f}, right {sides['R']:.2f}"
    value = two(aus[code])
    return f"{value:.2f}, {letter(value)}"
