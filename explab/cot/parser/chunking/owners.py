"""Parts and smiles that are no face's: "the mouth of the river", "the frown of the building", "a scar above the lip".

A noun with an article behind "of" owns the part; where it is no person and no part of a body, the part is a thing's.
A noun with an article before a place in the face ("the ring on her lip is wide") is what the sentence speaks of.
"""

from __future__ import annotations

from collections.abc import Sequence

from explab.cot.parser.chunking.chunks import Chunk
from explab.cot.parser.chunking.kinds import Kind, any_of

_PERSONS = frozenset({
    "lady", "ladies", "guy", "guys", "model", "bride", "groom", "king", "queen", "nurse", "youth", "couple", "chef",
    "champion", "star", "hero", "pope", "human", "adult", "infant", "kid", "kids", "toddler", "prince", "monk", "nun",
    "male", "female", "student", "coach", "guard", "monarch", "teen", "people", "faces", "someone", "witness", "guest",
    "fan", "judge", "mayor", "pilot", "clown", "politician", "captain", "individual", "patient", "president", "client",
})  # fmt: skip
_AGENTS = ("er", "or", "ist", "ess", "ian", "eer", "ant", "man", "woman", "men", "women", "person", "people")
_NO_AGENTS = frozenset({
    "river", "paper", "tower", "computer", "water", "flower", "summer", "winter", "mirror", "door", "floor", "counter",
    "letter", "poster", "cover", "power", "number", "container", "drawer", "ladder", "trailer", "printer", "crater",
    "locker", "elevator", "motor", "tractor", "colour", "harbor", "restaurant", "plant", "elephant", "monitor",
    "projector", "hammer", "slipper", "banner", "boiler", "glacier", "layer", "plaster", "jumper", "sweater",
})  # fmt: skip
_NEUTRAL = frozenset({
    "skin", "muscle", "muscles", "area", "region", "part", "parts", "side", "sides", "space", "tissue", "flesh", "zone",
    "half", "tension", "expression", "look", "line", "lines", "movement", "movements", "contraction", "change",
    "activity", "activation", "emotion", "attention", "focus", "gap", "distance", "action", "kind", "sort", "type",
    "frame", "sequence", "series", "scene", "moment", "pair", "portrait", "photograph", "image", "upper", "lower",
    "muscular", "corners", "corner", "centre", "center", "middle", "edge", "edges", "ends", "rest", "work", "strain",
    "effect", "pattern", "most", "only", "strongest", "main", "clearest",
})  # fmt: skip


def disown(chunks: Sequence[Chunk]) -> None:
    """Make things of the parts that belong to things, and of nouns that stand beside a part."""
    for thing, act, part in zip(chunks, chunks[1:], chunks[2:], strict=False):
        if thing.kind == Kind.THING and part.kind == Kind.FEATURE and _acts(thing, act):
            part.kind, part.features = Kind.THING, ()  # "a scar pulls the lip corner down"
    for i, chunk in enumerate(chunks):
        behind = chunks[i + 1] if i + 1 < len(chunks) else None
        if behind is None or behind.kind != Kind.PREPOSITION:
            continue
        named = chunk.kind in any_of("feature phrase") or (
            chunk.units is not None and chunk.word in ("frown", "scowl")
        )
        if named and behind.word == "of" and _is_of_a_thing(chunk, chunks[i + 2 :]):
            chunk.kind = Kind.THING if chunk.kind == Kind.FEATURE else Kind.OTHER
            chunk.features, chunk.actions, chunk.units = (), (), None
        elif behind.word not in ("of", "to") and _is_beside_a_part(chunk, chunks[i + 2 : i + 4]):
            chunk.kind = Kind.THING


def _acts(thing: Chunk, act: Chunk) -> bool:
    """ "The scar | pulls", "her fingers | stretch"."""
    finite = act.word.endswith("s") or (
        thing.word.endswith("s") and not act.word.endswith(("ed", "ing", "n", "t"))
    )
    return act.kind in any_of("action manner") and not act.article and finite


def _is_of_a_thing(part: Chunk, owner: Sequence[Chunk]) -> bool:
    if not owner or not owner[0].article or owner[0].subject:
        return False
    if owner[0].kind == Kind.COPULA:  # "the corners of the picture are": pictures are not kept
        return part.word in ("corner", "corners")
    words: list[Chunk] = []
    for chunk in owner[:3]:
        if chunk.subject:
            return False  # "of the older man"
        if chunk.kind not in any_of("other thing") or (words and chunk.article):
            break
        words.append(chunk)
    return bool(words) and not any(_is_no_thing(chunk) for chunk in words)


def _is_no_thing(chunk: Chunk) -> bool:
    word = chunk.word.removesuffix("'s")
    return (
        word in _NEUTRAL
        or is_person(word)
        or not {"someone", "relative", "here", "elsewhere", "depiction"}.isdisjoint(chunk.roles)
    )


def is_person(word: str) -> bool:
    """Whether a noun names a person: "singer", "lady"."""
    single = word.removesuffix("s")
    return word in _PERSONS or single in _PERSONS or (single.endswith(_AGENTS) and single not in _NO_AGENTS)


def _is_beside_a_part(noun: Chunk, place: Sequence[Chunk]) -> bool:
    """ "The ring (on her lip is)"."""
    located = len(place) > 1 and place[0].kind == Kind.FEATURE and place[1].kind == Kind.COPULA
    plain = noun.kind == Kind.OTHER and bool(noun.article) and not noun.roles and not noun.subject
    return located and plain and not _is_no_thing(noun)
