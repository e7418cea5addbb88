"""Text -> sentences of chunks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from explab.cot.parser.chunking.chunks import Chunk, Sentence, from_entries, from_token
from explab.cot.parser.chunking.kept import DROPPED, ELSEWHERE, SIDES, VIEWERS, Words
from explab.cot.parser.chunking.kinds import Kind, any_of, pattern
from explab.cot.parser.chunking.lexicon import lexicon
from explab.cot.parser.chunking.owners import disown
from explab.cot.parser.chunking.quotations import quotations, within
from explab.cot.parser.chunking.sides import attach, completed
from explab.cot.parser.chunking.tokens import stem, tokens

_LONGEST = 150  # words of a sentence; a longer one is cut there, so that time stays linear
_TO_SIDE = ["to", stem("side")]
_PULL = stem("pull")
_DIRECTED = [
    [stem(word)]
    for word in ("down", "downward", "in", "inward", "aside", "sideways", "tight", "straight", "taut")
]
_NOUNS = frozenset({"hood", "hoods", "scar", "scars"})  # whose stems are those of "hooded" and "scared"
_RANGE = pattern("intensity preposition intensity")  # "slight to moderate"


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[Sentence]:
    """The sentences of text[start:end]; places refer to the whole text."""
    words = Words(text)
    quoted = quotations(text, start, len(text) if end is None else end)
    for token in tokens(text, start, end):
        if token.kind == "end" or len(words.tokens) == _LONGEST:
            if words.tokens:
                asked = token.kind == "end" and "?" in text[token.start : token.end]
                yield _sentence(words, quoted, question=asked)
            words = Words(text)
        if token.kind == "end":
            continue
        if token.word in SIDES and not words.remains(token):
            words.side(token)
        elif token.word in VIEWERS:
            if words.tokens and words.tokens[-1].word in ELSEWHERE:  # "the previous picture"
                words.keep(token)
            words.viewer = token
        elif token.word not in DROPPED:
            words.keep(token)
            words.viewer = None
        else:
            words.drop(token)
    if words.tokens:
        yield _sentence(words, quoted)


def _sentence(kept_words: Words, quoted: list[tuple[int, int]], *, question: bool = False) -> Sentence:
    kept_words.seen_from_the_front()
    text, kept = kept_words.text, kept_words.tokens
    words = [token.word if token.kind == "word" else "" for token in kept]
    chunks, first, last = [], [], []
    at = 0
    while at < len(kept):
        length, entries = lexicon().longest(words, at)
        if words[at : at + length] == _TO_SIDE and any(side.before == at + 1 for side in kept_words.sides):
            length, entries = lexicon().longest(words[: at + 1], at)  # "to the left side" is a place
        if (
            length > 1
            and words[at + length - 1] == _PULL
            and words[at + length : at + length + 1] in _DIRECTED
        ):
            length, entries = lexicon().longest(words[: at + length - 1], at)  # "lip corners | pulled | down"
        run = kept[at : at + max(length, 1)]
        chunk = from_entries(run, entries) if length else from_token(run[0])
        chunk.word = text[chunk.start : chunk.end].lower()
        chunk.article, chunk.subject = kept_words.articles[at], kept_words.subject[at]
        if chunk.kind == Kind.INTENSITY and chunk.word in ("mark", "marks"):
            chunk.kind, chunk.value = Kind.OTHER, None  # a mark is nothing marked
        if chunk.word in _NOUNS:
            chunk.kind, chunk.actions, chunk.emotion = Kind.THING, (), ""
        if chunk.article == "a" and chunk.word in ("little", "bit"):  # "a little" is more than "little"
            chunk.start = text.rindex("a", 0, chunk.start) if chunk.word != "" else chunk.start
            chunk.word, chunk.value = f"a {chunk.word}", 0.12
        chunk.quoted = within(quoted, chunk.start)
        chunk.plural = chunk.kind == Kind.FEATURE and chunk.word.endswith("s")
        chunks.append(chunk)
        first.append(at)
        at += len(run)
        last.append(at)
    _reconsider(chunks, text)
    sentence = Sentence(chunks, question)
    unnamed = [side for side in kept_words.sides if not attach(sentence, side, first, last)]
    return completed(sentence, unnamed, first)


def _reconsider(chunks: list[Chunk], text: str) -> None:
    """Give chunks the kind that their neighbours show: "have dropped", "slight to moderate", "barely any"."""
    for low, to, high in zip(chunks, chunks[1:], chunks[2:], strict=False):
        if _RANGE.fullmatch(low.kind + to.kind + high.kind) and to.word == "to":
            low.kind = to.kind = Kind.OTHER
            high.start, high.word = low.start, text[low.start : high.end].lower()
            high.value = ((low.value or 0) + (high.value or 0)) / 2
            low.value = None
    for have, moved, behind in zip(chunks, chunks[1:], [*chunks[2:], None], strict=False):
        ends = behind is None or behind.kind not in any_of("feature thing")
        if (
            have.word in ("has", "have", "had")
            and moved.kind in any_of("action manner")
            and not moved.article
            and ends
        ):
            have.kind = Kind.COPULA  # "have dropped" is said as "are dropped"
    for part, break_, moved in zip(chunks, chunks[1:], chunks[2:], strict=False):
        inside = part.kind == Kind.FEATURE and moved.kind in any_of("action manner copula")
        if inside and break_.word in ("however", "though"):
            break_.kind = Kind.OTHER  # "the brows however rise"
    disown(chunks)
    for few, noun in pairwise(chunks):
        if few.word in ("barely", "scarcely", "hardly") and noun.article == "any":
            few.kind, few.value = Kind.NO, None
