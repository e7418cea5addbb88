"""Des2Exp and the conclusion: what a description means, from its words and nothing else."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from explab.cot.grammar.items import Item, absent, items
from explab.cot.grammar.observe import LIMIT, deny
from explab.cot.grammar.phrases import Said, fitted, frames, with_names
from explab.cot.grammar.wording import Voice, count_words, listed, sentence
from explab.cot.parser.claims import claims
from explab.cot.reasoning import Claim
from explab.cot.truth import PRESENT
from explab.face.expression import CUES, UNEVEN, Suggestion, codebook_expression
from explab.facs import AUs, codebook, expression
from explab.facs.units import UNITS, sided
from explab.facs.units import parse as parse_code

CONCLUSION_LIMIT = 28
"""Words of the conclusion at most."""

TOTAL_LIMIT = 124
"""Words of all three sections at most; with the five of the headings these are the paper's 130."""

SURE, CLOSE = 0.5, 0.1
"""A reading less probable than SURE is told as uncertain; a second expression from CLOSE up is a close one."""

_LOW, _HIGH = TOTAL_LIMIT - CONCLUSION_LIMIT - LIMIT, 60
_UNSAID = 0.4
"""What a unit counts whose strength the words do not tell: FACS letter B."""

_LEFT_OUT = re.compile(r"(?i)\belsewhere\b|\brest of the face\b|\bremainder\b|\bother (?:units|movements)\b")


@dataclass(frozen=True)
class Interpretation:
    """A description, read.

    Attributes:
        label: the expression, a name from EXPRESSIONS.
        text: the Overall Emotional Interpretation.
        ranking: expression -> probability, for all expressions; the sum is 1.
        aus: what the description says of the units; those it does not mention are 0.
    """

    label: str
    text: str
    ranking: dict[str, float]
    aus: AUs


def interpret(description: str, *, seed: int) -> Interpretation:
    """What a description of a face means; the text is all that decides.

    Args:
        description: the key observations, in any words that `explab.cot.parser.parse` understands.
        seed: of the wording.

    Returns:
        The expression that the codebook reads off the units of the description (`explab.codebook_expression`), and up
        to 60 words that say which units point there and what speaks for and against the one that comes second. What
        they say of units is true of the description.
    """
    aus = described(description)
    suggestion = _suggested(aus)
    label, ranking = suggestion.best, dict(suggestion)
    key = f"read {seed} {description}"
    room = min(_HIGH, max(_LOW, TOTAL_LIMIT - CONCLUSION_LIMIT - count_words(description)))
    known = _known_absent(description, aus)
    told = ""
    for draft in range(12):
        voice = Voice(f"{key} {draft}", [description])
        told = _prose(label, ranking, aus, known, room, 3 - draft // 4, voice)
        if count_words(told) <= room:
            break
    return Interpretation(label, told, ranking, aus)


def described(description: str) -> AUs:
    """The units as a description tells them: what its claims say is there, all others 0."""
    values = {code: 0.0 for cue in CUES if not cue.endswith(UNEVEN) for code in sided(cue)}
    for claim in _told(description):
        side = claim.side if claim.side and UNITS[claim.au].paired else ""
        for code in sided(claim.au + side):
            said = (_UNSAID if claim.intensity is None else claim.intensity) if claim.present else 0.0
            values[code] = max(values.get(code, 0.0), said)
    return AUs(values, source="")


@lru_cache(maxsize=64)
def _told(description: str) -> tuple[Claim, ...]:
    return tuple(claims(description, "observations"))


def _known_absent(description: str, aus: AUs) -> list[str]:
    """Units that the description leaves no room for: none where it says that it leaves something out."""
    if _LEFT_OUT.search(description):
        return []
    meant = {code for claim in _told(description) if claim.present for code in claim.also}
    return [code for code in aus if aus[code] < PRESENT and code not in meant]


def conclude(label: str, ranking: Mapping[str, float], aus: AUs, *, seed: int) -> str:
    """The conclusion: one sentence of up to CONCLUSION_LIMIT words that names the expression once, with its units.

    Args:
        label: an expression, by its name or an alias.
        ranking: expression -> probability; below SURE the sentence says that the reading is uncertain.
        aus: the units that may be named: those measured, or those of an interpretation.
        seed: of the wording.
    """
    name = expression(label)
    told = supporting(name, aus)
    unsure = ranking.get(name, 1.0) < SURE
    if name == "Neutral":
        kind = "conclude neutral" + (" low" if told and unsure else " some" if told else "")
    else:
        kind = "conclude" + (" faint" if not told else " low" if unsure else "")
    return _single(kind, name, told, f"conclude {name} {seed} {aus!r}")


def unsupported(label: str, read: Interpretation, aus: AUs, seed: int) -> tuple[str, str]:
    """Interpretation and conclusion for a face whose units do not support the label that was given with it.

    Both say so, and where the units point instead; the conclusion names that expression first.
    """
    given, name = expression(label), read.label
    told = supporting(name, aus)
    key = f"unsupported {given} {seed} {read.text}"
    first = ""
    for draft in range(12):
        voice = Voice(f"{key} {draft}")
        doubt = voice.tell(frames("unsupported read")).replace("{G}", given.lower())
        first = f"{_lead(name, told[: 3 - draft // 4], voice)} {sentence(doubt)}"
        if count_words(first) <= _LOW:
            break
    kind = "unsupported conclude" if told and name != "Neutral" else "unsupported nothing"
    return first, _single(kind, name, told, key, given)


def supporting(name: str, aus: AUs) -> list[Item]:
    """The present units that speak for an expression, strongest first; for Neutral whatever there is, up to three."""
    there = sorted(items(aus), key=lambda item: -item.intensity)
    if name == "Neutral":
        return there[:3]
    suggestion = _suggested(aus)
    speak = suggestion.support if suggestion.best == name else codebook("prototypes").weights(name)
    bases = {parse_code(code)[0] for code in speak}
    return [item for item in there if item.units[0] in bases]


@lru_cache(maxsize=64)  # a face is asked about several times in a row
def _suggested(aus: AUs) -> Suggestion:
    return codebook_expression(AUs(aus))


# -- prose


def _prose(
    label: str,
    ranking: Mapping[str, float],
    aus: AUs,
    known: Sequence[str],
    room: int,
    most: int,
    voice: Voice,
) -> str:
    """The lead with up to `most` units, and what else has room."""
    told = supporting(label, aus)
    said = [_lead(label, told[:most], voice)]
    left = room - count_words(said[0])
    comment, counter = _comment(label, aus, known, voice), _counter(label, ranking, aus, known, told, voice)
    further = [comment, counter]
    if ranking[label] < 1 - CLOSE or voice.chance(0.3):
        further.reverse()
    for words in filter(None, further):
        if count_words(words) <= left:
            said.append(words)
            left -= count_words(words)
    return " ".join(said)


def _lead(label: str, told: Sequence[Item], voice: Voice) -> str:
    many = "many" if len(told) > 1 else "one"
    if label == "Neutral":
        kind = f"lead neutral {many}" if told else "lead nothing"
    else:
        kind = f"lead {many}" if told else "lead faint"
    return _filled(voice.tell(frames(kind)), label, told, voice)


def _comment(label: str, aus: AUs, known: Sequence[str], voice: Voice) -> str:
    """What the combination means: of the rows that apply one with many units, or a general one."""
    able = [row for row in _meanings() if row.expression == label and row.applies(aus, known)]
    best = max(len(row.needs) for row in able)
    near = [row for row in able if len(row.needs) >= best - 1]
    row = near[voice.number(0, len(near) - 1)] if voice.chance(0.8) else able[voice.number(0, len(able) - 1)]
    there = {item.units[0]: item for item in items(aus)}

    def phrase(slot: re.Match[str]) -> str:
        codes = slot[1].split("+")
        return listed(
            [there[code].say("noun", voice, degree=False, article="the", acts=True).words for code in codes]
        )

    return sentence(re.sub(r"\{([^}]+)\}", phrase, voice.spell(row.words)))


def _counter(
    label: str,
    ranking: Mapping[str, float],
    aus: AUs,
    known: Sequence[str],
    told: Sequence[Item],
    voice: Voice,
) -> str:
    """The expression that comes second and why it is not first, or what does not fit; "" for nothing to say."""
    second = max((name for name in ranking if name != label), key=lambda name: ranking[name])
    core = codebook("prototypes").weights(second)
    lacks = [code for code in (parse_code(one)[0] for one in core) if code in known]
    lacks = absent(aus, dict.fromkeys(lacks))
    shared = [item for item in items(aus) if item.units[0] in {parse_code(one)[0] for one in core}]
    odd = [item for item in items(aus) if item not in told and item.intensity >= 0.2]
    if second != "Neutral" and lacks:
        patterns = [row.replace("{F}", second.lower()) for row in frames("counter missing")]
        return deny(lacks[: 2 if voice.chance(0.3) else 1], voice, patterns)
    if second != "Neutral" and ranking[second] >= CLOSE:
        able = [row for row in frames("counter close") if shared or "{U}" not in row]
        return _filled(voice.tell(able).replace("{F}", second.lower()), label, shared[:2], voice)
    if odd and label != "Neutral":
        return _filled(voice.tell(frames("counter odd")), label, odd[:1], voice)
    return ""


def _single(kind: str, name: str, told: Sequence[Item], key: str, given: str = "") -> str:
    """One sentence of a kind that fits CONCLUSION_LIMIT, with as many of the units as it can hold."""
    found = ""
    for most in (3, 2, 1):
        for draft in range(6):
            voice = Voice(f"{key} {most} {draft}")
            frame = voice.tell(frames(kind)).replace("{G}", given.lower())
            found = _filled(frame, name, told[:most], voice)
            if count_words(found) <= CONCLUSION_LIMIT:
                return found
    return found


def _filled(frame: str, label: str, told: Sequence[Item], voice: Voice) -> str:
    """A frame with the expression and the units in it, as a list ({U}) or one ({N}) with its verb agreeing."""
    article = "the" if voice.chance(0.5) else "a"
    said = [
        item.say("noun", voice, degree=item.intensity != _UNSAID and voice.chance(0.6), article=article)
        for item in told
    ]
    nouns = Said(listed([one.words for one in said]), len(said) > 1 or any(one.plural for one in said))
    return sentence(fitted(frame.replace("{E}", label.lower()), [nouns] if told else []))


@dataclass(frozen=True)
class _Meaning:
    """A row of `data/interpretations.csv`."""

    expression: str
    needs: tuple[str, ...]
    words: str

    def applies(self, aus: AUs, known: Sequence[str]) -> bool:
        """Does the description have what the row needs, and lack what it must not have?"""
        sides: dict[str, str] = {}
        for item in items(aus):
            sides[item.units[0]] = sides.get(item.units[0], "") + (item.side or "LR")
        tests = {"": lambda code: code in sides, "one": lambda code: sides.get(code) in ("L", "R")}
        for need in self.needs:
            code, _, how = need.lstrip("!").partition(":")
            if not (code in known if need.startswith("!") else tests[how](code)):
                return False
        return True


@cache
def _meanings() -> tuple[_Meaning, ...]:
    text = (files("explab.cot") / "data" / "interpretations.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        _Meaning(row["expression"], tuple(filter(None, row["units"].split("+"))), with_names(row["words"]))
        for row in rows
    )
