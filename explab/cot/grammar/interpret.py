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
    known_absent = _known_absent(description, aus)
    text = ""
    for draft in range(12):
        voice = Voice(f"{key} {draft}", [description])
        text = _prose(label, ranking, aus, known_absent, room, 3 - draft // 4, voice)
        if count_words(text) <= room:
            break
    return Interpretation(label, text, ranking, aus)


def described(description: str) -> AUs:
    """The units as a description tells them: what its claims say is there, all others 0."""
    values = {code: 0.0 for cue in CUES if not cue.endswith(UNEVEN) for code in sided(cue)}
    for claim in _told(description):
        side = claim.side if claim.side and UNITS[claim.au].paired else ""
        for code in sided(claim.au + side):
            intensity = (_UNSAID if claim.intensity is None else claim.intensity) if claim.present else 0.0
            values[code] = max(values.get(code, 0.0), intensity)
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
    evidence = supporting(name, aus)
    unsure = ranking.get(name, 1.0) < SURE
    if name == "Neutral":
        kind = "conclude neutral" + (" low" if evidence and unsure else " some" if evidence else "")
    else:
        kind = "conclude" + (" faint" if not evidence else " low" if unsure else "")
    return _single(kind, name, evidence, f"conclude {name} {seed} {aus!r}")


def unsupported(label: str, read: Interpretation, aus: AUs, seed: int) -> tuple[str, str]:
    """Interpretation and conclusion for a face whose units do not support the label that was given with it.

    Both say so, and where the units point instead; the conclusion names that expression first.
    """
    label_given, name = expression(label), read.label
    evidence = supporting(name, aus)
    key = f"unsupported {label_given} {seed} {read.text}"
    text = ""
    for draft in range(12):
        voice = Voice(f"{key} {draft}")
        doubt = voice.tell(frames("unsupported read")).replace("{G}", label_given.lower())
        text = f"{_lead(name, evidence[: 3 - draft // 4], voice)} {sentence(doubt)}"
        if count_words(text) <= _LOW:
            break
    kind = "unsupported conclude" if evidence and name != "Neutral" else "unsupported nothing"
    return text, _single(kind, name, evidence, key, label_given)


def supporting(name: str, aus: AUs) -> list[Item]:
    """The present units that speak for an expression, strongest first; for Neutral whatever there is, up to three."""
    present = sorted(items(aus), key=lambda item: -item.intensity)
    if name == "Neutral":
        return present[:3]
    suggestion = _suggested(aus)
    speak = suggestion.support if suggestion.best == name else codebook("prototypes").weights(name)
    bases = {parse_code(code)[0] for code in speak}
    return [item for item in present if item.units[0] in bases]


@lru_cache(maxsize=64)  # a face is asked about several times in a row
def _suggested(aus: AUs) -> Suggestion:
    return codebook_expression(AUs(aus))


# -- prose


def _prose(
    label: str,
    ranking: Mapping[str, float],
    aus: AUs,
    known_absent: Sequence[str],
    room: int,
    max_units: int,
    voice: Voice,
) -> str:
    """The lead with up to `max_units` units, and what else has room."""
    evidence = supporting(label, aus)
    sentences = [_lead(label, evidence[:max_units], voice)]
    room_left = room - count_words(sentences[0])
    comment, counter = (
        _comment(label, aus, known_absent, voice),
        _counter(label, ranking, aus, known_absent, evidence, voice),
    )
    further = [comment, counter]
    if ranking[label] < 1 - CLOSE or voice.chance(0.3):
        further.reverse()
    for words in filter(None, further):
        if count_words(words) <= room_left:
            sentences.append(words)
            room_left -= count_words(words)
    return " ".join(sentences)


def _lead(label: str, evidence: Sequence[Item], voice: Voice) -> str:
    number = "many" if len(evidence) > 1 else "one"
    if label == "Neutral":
        kind = f"lead neutral {number}" if evidence else "lead nothing"
    else:
        kind = f"lead {number}" if evidence else "lead faint"
    return _filled(voice.tell(frames(kind)), label, evidence, voice)


def _comment(label: str, aus: AUs, known_absent: Sequence[str], voice: Voice) -> str:
    """What the combination means: of the rows that apply one with many units, or a general one."""
    applicable = [row for row in _meanings() if row.expression == label and row.applies(aus, known_absent)]
    best = max(len(row.needs) for row in applicable)
    specific = [row for row in applicable if len(row.needs) >= best - 1]
    row = (
        specific[voice.number(0, len(specific) - 1)]
        if voice.chance(0.8)
        else applicable[voice.number(0, len(applicable) - 1)]
    )
    present = {item.units[0]: item for item in items(aus)}

    def phrase(slot: re.Match[str]) -> str:
        codes = slot[1].split("+")
        return listed(
            [present[code].say("noun", voice, degree=False, article="the", acts=True).words for code in codes]
        )

    return sentence(re.sub(r"\{([^}]+)\}", phrase, voice.spell(row.words)))


def _counter(
    label: str,
    ranking: Mapping[str, float],
    aus: AUs,
    known_absent: Sequence[str],
    evidence: Sequence[Item],
    voice: Voice,
) -> str:
    """The expression that comes second and why it is not first, or what does not fit; "" for nothing to say."""
    second = max((name for name in ranking if name != label), key=lambda name: ranking[name])
    core = codebook("prototypes").weights(second)
    lacks = [code for code in (parse_code(cue)[0] for cue in core) if code in known_absent]
    lacks = absent(aus, dict.fromkeys(lacks))
    shared = [item for item in items(aus) if item.units[0] in {parse_code(cue)[0] for cue in core}]
    odd = [item for item in items(aus) if item not in evidence and item.intensity >= 0.2]
    if second != "Neutral" and lacks:
        patterns = [row.replace("{F}", second.lower()) for row in frames("counter missing")]
        return deny(lacks[: 2 if voice.chance(0.3) else 1], voice, patterns)
    if second != "Neutral" and ranking[second] >= CLOSE:
        fitting = [row for row in frames("counter close") if shared or "{U}" not in row]
        return _filled(voice.tell(fitting).replace("{F}", second.lower()), label, shared[:2], voice)
    if odd and label != "Neutral":
        return _filled(voice.tell(frames("counter odd")), label, odd[:1], voice)
    return ""


def _single(kind: str, name: str, evidence: Sequence[Item], key: str, label_given: str = "") -> str:
    """One sentence of a kind that fits CONCLUSION_LIMIT, with as many of the units as it can hold."""
    text = ""
    for max_units in (3, 2, 1):
        for draft in range(6):
            voice = Voice(f"{key} {max_units} {draft}")
            frame = voice.tell(frames(kind)).replace("{G}", label_given.lower())
            text = _filled(frame, name, evidence[:max_units], voice)
            if count_words(text) <= CONCLUSION_LIMIT:
                return text
    return text


def _filled(frame: str, label: str, evidence: Sequence[Item], voice: Voice) -> str:
    """A frame with the expression and the units in it, as a list ({U}) or one ({N}) with its verb agreeing."""
    article = "the" if voice.chance(0.5) else "a"
    phrases = [
        item.say("noun", voice, degree=item.intensity != _UNSAID and voice.chance(0.6), article=article)
        for item in evidence
    ]
    nouns = Said(
        listed([phrase.words for phrase in phrases]),
        len(phrases) > 1 or any(phrase.plural for phrase in phrases),
    )
    return sentence(fitted(frame.replace("{E}", label.lower()), [nouns] if evidence else []))


@dataclass(frozen=True)
class _Meaning:
    """A row of `data/interpretations.csv`."""

    expression: str
    needs: tuple[str, ...]
    words: str

    def applies(self, aus: AUs, known_absent: Sequence[str]) -> bool:
        """Does the description have what the row needs, and lack what it must not have?"""
        sides: dict[str, str] = {}
        for item in items(aus):
            sides[item.units[0]] = sides.get(item.units[0], "") + (item.side or "LR")
        tests = {"": lambda code: code in sides, "one": lambda code: sides.get(code) in ("L", "R")}
        for need in self.needs:
            code, _, how = need.lstrip("!").partition(":")
            if not (code in known_absent if need.startswith("!") else tests[how](code)):
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
