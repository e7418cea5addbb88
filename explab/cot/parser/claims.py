"""What a text says about action units: every statement with its words, side, strength, and whether it denies.

    claims("The left brow is not lowered, but the lips are slightly parted (0.15).", "observations")
    # AU4 L absent; AU25 "slightly" 0.15

A movement finds the part of the face that moves by the order of the words: "the brows are raised", "raised brows", "a
raise of the brows", "brows, lids and cheeks are raised". Which pairs mean what stands in `data/lexicon.csv`.

Conventions: words that may mean several units give one claim with `also`; such a claim is true of a face with any of
them, and where it denies, of a face with none. A number overrules an intensity word; 0 denies. Claims that deny
carry no strength. "One brow" has no side, since the words do not say which.
"""

from __future__ import annotations

from collections.abc import Iterator

from explab.cot.parser.chunking.chunks import Chunk, Sentence
from explab.cot.parser.chunking.kinds import Kind, pattern
from explab.cot.parser.chunking.sentences import sentences
from explab.cot.parser.cues import is_cue, settled
from explab.cot.parser.ellipsis import completed
from explab.cot.parser.reader import Hit, Reader
from explab.cot.parser.reality import Standing, standings
from explab.cot.parser.scope import scopes
from explab.cot.parser.strength import weigh
from explab.cot.reasoning import Claim, Section

_BEFORE = 30  # chunks of the sentence before that a pronoun may mean


def claims(text: str, section: Section, start: int = 0, end: int | None = None) -> list[Claim]:
    """The claims of text[start:end], in the order of the text; their spans refer to the whole text."""
    found: list[Claim] = []
    before: list[Chunk] = []
    last: list[Claim] = []
    for read in sentences(text, start, end):
        sentence = completed(read, before)
        hits = list(Reader(sentence).hits())
        words = text[sentence.chunks[0].start : sentence.chunks[-1].end].lower()
        last = settled(_claims(sentence, hits, section), words, last)
        before = sentence.chunks[-_BEFORE:]
        found.extend(last)
    return sorted(found, key=lambda claim: claim.span[0])


def _claims(sentence: Sentence, hits: list[Hit], section: Section) -> Iterator[tuple[Claim, bool]]:
    """The claims of a sentence, and whether each is about a cue of its unit."""
    if not hits:
        return
    weigh(sentence, hits)
    (denied, doubtful), standing = scopes(sentence), standings(sentence)
    for hit in _once(sentence, hits, denied, standing):
        if standing[hit.anchor] == Standing.UNREAL:
            continue
        present = hit.meaning.present
        if denied[hit.anchor] or hit.denied:
            several = sum(other.anchor == hit.anchor and not other.meaning.present for other in hits) > 1
            if not present and several:
                continue  # "brows are not relaxed": something moves, the words do not say what
            present = not present
        elif not present and hit.value is not None and hit.value < 0.5:
            continue  # "eyes slightly open" is no statement that they are not closed
        if hit.value == 0:
            present = False
        chunks = [sentence.chunks[i] for i in hit.parts]
        span = (min(chunk.start for chunk in chunks), max(chunk.end for chunk in chunks))
        claim = Claim(
            au=hit.meaning.au,
            side=hit.side or None,
            present=present,
            intensity=hit.value if present else None,
            span=span,
            section=section,
            also=hit.meaning.also,
            word=hit.word if present else "",
            hedged=doubtful[hit.anchor] or standing[hit.anchor] == Standing.DOUBTFUL,
        )
        yield claim, is_cue(hit.meaning, chunks)


def _once(sentence: Sentence, hits: list[Hit], denied: list[bool], standing: list[Standing]) -> list[Hit]:
    """Readings without repeats: "pulled back and up" of one part, and "AU12 (lip corner puller)"."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: min(hit.parts)):
        twin = next(
            (
                o
                for o in kept
                if (denied[o.anchor] == denied[hit.anchor] or standing[o.anchor] == Standing.REAL)
                and _same(sentence, o, hit)
            ),
            None,
        )
        if twin is None:
            kept.append(hit)
            continue
        if hit.anchor in twin.parts or len(hit.meaning.also) < len(twin.meaning.also):
            twin.meaning = hit.meaning
        twin.parts = (*twin.parts, *hit.parts)
        twin.word, twin.side = twin.word or hit.word, twin.side or hit.side
        twin.value = hit.value if twin.value is None else twin.value
    return kept


_RESTATED = pattern("[comma colon intensity]{0,2}")  # "AU12 (lip corner puller)"


def _same(sentence: Sentence, one: Hit, two: Hit) -> bool:
    """Whether two readings are one statement."""
    if one.meaning.au != two.meaning.au or one.meaning.present != two.meaning.present:
        return False
    line = sentence.kinds
    if (line[one.anchor] == Kind.CODE) != (line[two.anchor] == Kind.CODE):
        low = max(min(one.parts), min(two.parts)), min(max(one.parts), max(two.parts))
        gap = line[low[1] + 1 : low[0]]
        return _RESTATED.fullmatch(gap) is not None
    return one.parts[0] == two.parts[0] and line[one.parts[0]] == Kind.FEATURE
