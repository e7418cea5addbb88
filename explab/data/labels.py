"""From the words and numbers of folders and tables to labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from explab.data.errors import DatasetError
from explab.data.listing import SEVEN, numbers, whole
from explab.facs import ALIASES, COMPOUNDS, EXPRESSIONS, LABEL_ORDERS, compound, expression
from explab.words import near

_BESIDES = frozenset(
    ("face", "faces", "expression", "expressions", "emotion", "emotions", "class", "label", "images", "img")
)
"""Words that go with the name of an expression and say nothing: "1_happy_faces"."""
_ACCEPTED = f"accepted are {', '.join(EXPRESSIONS)}, and words such as happy, sad, angry"


def labeller(words: Iterable[str], order: str | None, where: str) -> Callable[[str], str | None]:
    """A function from a word or number to a label, or to None.

    Raises:
        DatasetError: an unknown order, or numbers without one: 4 is Sadness in one order and Neutral in another.
    """
    if order is not None:
        if order not in LABEL_ORDERS:
            raise DatasetError(
                f"order={order!r}: there are {', '.join(LABEL_ORDERS)}{near(order, LABEL_ORDERS)}"
            )
        labels: Mapping[str, str] = numbers(order)
        return lambda word: labels.get(whole(word))
    used_words = {whole(word) for word in words}
    if used_words and all(word.isdecimal() for word in used_words):
        raise DatasetError(
            f"{where}: the labels are numbers; say whose with order=, one of {_fitting(used_words)}"
        )
    return word_label


def _fitting(used_numbers: set[str]) -> str:
    """The orders that have just these numbers, with what they stand for, else those that have these and others, else
    all."""
    fitting = {order: names for order in LABEL_ORDERS if used_numbers <= set(names := numbers(order))}
    exactly = {order: names for order, names in fitting.items() if len(names) == len(used_numbers)}
    legends = [
        f"{order} ({', '.join(f'{number} {name}' for number, name in names.items())})"
        for order, names in exactly.items()
    ]
    return "; ".join(legends) or ", ".join(fitting or LABEL_ORDERS)


def word_label(word: str) -> str | None:
    """The expression or compound expression of a word, or None: of "1_happy_faces" as of "happy"."""
    bare = [part for part in re.findall(r"[a-z]+", word.lower()) if part not in _BESIDES]
    for read, name in ((expression, word), (compound, word), (expression, bare[0] if len(bare) == 1 else "")):
        try:
            return read(name)
        except ValueError:
            pass
    return None


def no_class(word: str, order: str | None = None) -> str:
    """What is wrong with a word that is no label: what is accepted, and near words."""
    if order is not None:
        legend = ", ".join(f"{number} {name}" for number, name in numbers(order).items())
        return f"{word!r} is no label of order={order!r}; accepted are {legend}"
    return f"{word!r} is no class; {_ACCEPTED}{near(word, (*ALIASES, *EXPRESSIONS, *COMPOUNDS))}"


def used(labels: Iterable[str | None]) -> tuple[str, ...]:
    """The classes that some labels belong to: seven expressions, eight, or the compounds."""
    present = {label for label in labels if label}
    if not present & set(COMPOUNDS):
        return EXPRESSIONS if "Contempt" in present else SEVEN
    return (*(EXPRESSIONS if present & set(EXPRESSIONS) else ()), *COMPOUNDS)
