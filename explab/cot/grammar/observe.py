"""AU2Des: the observations of a face, written from its action units and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from explab.cot.grammar.items import Item, absent, items, joined
from explab.cot.grammar.phrases import fitted, frames, missed, slots
from explab.cot.grammar.wording import Voice, count_words, sentence
from explab.facs import AUs
from explab.facs.units import parse

LIMIT = 66
"""Words of the observations at most."""

_MOST, _HOPELESS = 16, 12
"""More units than these never fit; a draft this much too long is not worth another try with as many."""

_SHORT = 20
"""Fewer words than this are filled up with what is not there."""

_NUMBERS = 0.18
"""Share of the texts that give the intensities as numbers too, as in the corpus of Lan et al. (2025)."""

_UPPER, _LOWER = ("brows", "eyes"), ("middle", "mouth", "jaw")
_FORMS = {"C": "clause", "A": "with", "N": "noun"}


def describe(aus: AUs, *, seed: int, attempt: int = 0, focus: Sequence[str] = ()) -> str:
    """The key observations: every unit that is there, with side and intensity; nothing that is not, and no emotion.

    Args:
        aus: one face's units. Only they, the seed, the attempt and the focus decide what is written; the mirrored face
            gets the same text with left and right exchanged.
        seed: of the wording; the same seed and units give the same text everywhere.
        attempt: another number is another wording.
        focus: units that must not be left out; those of them that are absent are said to be absent.

    Returns:
        At most LIMIT words. Units from PRESENT up are named; where there are too many, the weakest are left out and the
        text says that there is more.

    Raises:
        UnknownUnit: a focus that is no unit.
        ValueError: AUs that hold no unit at all.
    """
    if not aus:
        raise ValueError("these AUs hold no unit: nothing was measured, so there is nothing to describe")
    focus_codes = tuple(parse(code)[0] for code in focus)
    key = f"{seed} {attempt} {' '.join(focus_codes)} {min(_spelt(aus), _spelt(aus.flip()))}"
    present = sorted(items(aus), key=lambda item: (item.units[0] not in focus_codes, -item.intensity))
    for n_named in range(min(len(present), _MOST), 0, -1):
        for draft in range(8):
            voice = Voice(f"{key} {n_named} {draft}")
            text = _write(present[:n_named], present[n_named:], aus, focus_codes, voice)
            if count_words(text) <= LIMIT:
                return text
            if count_words(text) > LIMIT + _HOPELESS:
                break
    return _write([], present, aus, focus_codes, Voice(key))


def _spelt(aus: AUs) -> str:
    return " ".join(f"{code}={aus[code]:.4f}" for code in aus.codes)


def _write(
    named: Sequence[Item], dropped: Sequence[Item], aus: AUs, focus_codes: Sequence[str], voice: Voice
) -> str:
    sentences: list[str] = []
    if named:
        sentences += _sentences(joined(named, voice), voice)
        if sum(map(count_words, sentences)) < 40 and voice.chance(0.6):
            sentences.insert(0, sentence(voice.tell(frames(f"opening {_where(named)}"))))
    elif not dropped:
        sentences.append(sentence(voice.tell(frames("rest"))))
    if dropped:
        kind = "traces" if max(item.intensity for item in dropped) < 0.1 else "weaker"
        sentences.append(sentence(voice.tell(frames(kind))))
    missing = _worth_denying(named, aus, focus_codes, voice)
    room = LIMIT - sum(map(count_words, sentences))
    short = sum(map(count_words, sentences)) < _SHORT
    while missing and room > 14 and (short or set(missing) & set(focus_codes) or voice.chance(0.7)):
        n_denied = min(len(missing), 3 if short else voice.number(1, 2))
        sentences.append(deny(missing[:n_denied], voice))
        missing = missing[n_denied:] if not named and voice.chance(0.5) else []
        room -= count_words(sentences[-1])
    return " ".join(sentences)


def _where(named: Sequence[Item]) -> str:
    """Which opening is true of the items."""
    sums = [sum(item.intensity for item in named if item.area in areas) for areas in (_UPPER, _LOWER)]
    if sum(sums) < 0.35:
        return "quiet"
    if max(sums) > 2 * min(sums):
        return "upper" if sums[0] > sums[1] else "lower"
    return "whole"


def _sentences(named: Sequence[Item], voice: Voice) -> list[str]:
    """The items in sentences of up to four, an area or neighbouring areas in each."""
    upper = [item for item in named if item.area in _UPPER]
    lower = [item for item in named if item.area in _LOWER]
    elsewhere = [item for item in named if item.area not in _UPPER + _LOWER]
    halves = [lower, upper] if voice.chance(0.3) else [upper, lower]
    numbers = voice.chance(_NUMBERS)
    sentences: list[str] = []
    for half in (*halves, elsewhere):
        left = list(half)
        while left:
            size = min(len(left), voice.number(1, 3) if len(named) < 8 else voice.number(2, 4))
            size = len(left) if len(left) - size == 1 and size < 4 else size
            sentences.append(_sentence(left[:size], numbers, voice))
            left = left[size:]
    return sentences


def _sentence(named: Sequence[Item], numbers: bool, voice: Voice) -> str:
    """One sentence that says these items, in a frame in which each of them has a form for its slot."""
    patterns = [row for row in frames("see") if _holds(row, named)]
    frame = voice.tell(patterns)
    if "{place}" in frame:
        frame = frame.replace("{place}", voice.tell(frames(f"place {_area(named)}")))
    forms = [_FORMS[slot] for slot in slots(frame) if slot in _FORMS]
    phrases = [item.say(form, voice, number=numbers) for item, form in zip(named, forms, strict=True)]
    return sentence(fitted(frame, phrases))


def _holds(frame: str, named: Sequence[Item]) -> bool:
    if "{place}" in frame and not _area(named):
        return False
    forms = [_FORMS[slot] for slot in slots(frame) if slot in _FORMS]
    return len(forms) == len(named) and all(item.ways(form) for form, item in zip(forms, named, strict=True))


def _area(named: Sequence[Item]) -> str:
    """The area that all items lie in, "upper" or "lower" for several of that half, "" for a mixture."""
    areas = {item.area for item in named}
    if len(areas) == 1:
        return areas.pop()
    return "upper" if areas <= set(_UPPER) else "lower" if areas <= set(_LOWER) else ""


def _worth_denying(named: Sequence[Item], aus: AUs, focus_codes: Sequence[str], voice: Voice) -> list[str]:
    """Absent units that a reader may miss, the most telling first."""
    strong = sorted(named, key=lambda item: -item.intensity)
    telling = [code for item in strong for unit in item.units for code in missed(unit)]
    common = sorted(missed("any"), key=lambda _: voice.number(0, 10**6))
    return list(dict.fromkeys(absent(aus, [*focus_codes, *telling, *common[:4]])))


def deny(codes: Sequence[str], voice: Voice, patterns: Sequence[str] | None = None) -> str:
    """One sentence that says that the units are not there; `patterns`: frames with slots {B} to say it in."""
    fitting = [pattern for pattern in patterns or frames("absent") if len(_denials(pattern)) == len(codes)]
    frame = voice.tell(fitting)
    articles = {"B": "", "D": "a"}
    phrases = [
        Item((code,), "", 0.0).say("noun", voice, degree=False, article=articles[slot])
        for code, slot in zip(codes, _denials(frame), strict=True)
    ]
    return sentence(fitted(frame, phrases))


def _denials(frame: str) -> list[str]:
    return [slot for slot in slots(frame) if slot in ("B", "D")]
