"""Expression names, and the label orders of the datasets as their documentation states them."""

import pytest

from explab.facs import (
    ALIASES,
    COMPOUNDS,
    EXPRESSIONS,
    LABEL_ORDERS,
    compound,
    expression,
    from_label,
    to_label,
)

# Typed from the datasets' own files, as abbreviations in their order; the second value is the first number.
ORDERS = {
    "explab": ("Neu Hap Sad Sur Fea Dis Ang Con", 0),
    "raf-db": ("Sur Fea Dis Hap Sad Ang Neu", 1),
    "raf-db-efficientface": ("Neu Hap Sad Sur Fea Dis Ang", 0),
    "raf-ml": ("Sur Fea Dis Hap Sad Ang", 0),
    "affectnet": ("Neu Hap Sad Sur Fea Dis Ang Con", 0),
    "affectnet-sample": ("Neu Hap Sad Sur Fea Dis Ang Con", 1),
    "affectnet-folders": ("Ang Con Dis Fea Hap Neu Sad Sur", 0),
    "fer2013": ("Ang Dis Fea Hap Sad Sur Neu", 0),
    "fer2013-folders": ("Ang Dis Fea Hap Neu Sad Sur", 0),
    "ferplus": ("Neu Hap Sur Sad Ang Dis Fea Con", 0),
    "sfew-folders": ("Ang Dis Fea Hap Neu Sad Sur", 0),
    "ck+": ("Neu Ang Con Dis Fea Hap Sad Sur", 0),
    # FER2013's numbers and contempt last: 45, 59, 25, 69, 28, 83, 593 and 18 pictures in its description
    "ckextended": ("Ang Dis Fea Hap Sad Sur Neu Con", 0),
    "au-cues": ("Neu Hap Sur Fea Ang Dis Sad", 0),
}


def test_the_one_order() -> None:
    assert EXPRESSIONS == (
        "Neutral",
        "Happiness",
        "Sadness",
        "Surprise",
        "Fear",
        "Disgust",
        "Anger",
        "Contempt",
    )


@pytest.mark.parametrize("order", ORDERS)
def test_label_orders(order: str) -> None:
    names, first = ORDERS[order]
    assert [(number, name[:3]) for number, name in LABEL_ORDERS[order].items()] == list(
        enumerate(names.split(), start=first)
    )


def test_every_order_is_checked_here() -> None:
    assert set(LABEL_ORDERS) == {*ORDERS, "raf-db-compound"}


def test_known_traps() -> None:
    assert LABEL_ORDERS["fer2013"][4] == "Sadness"
    assert LABEL_ORDERS["fer2013-folders"][4] == "Neutral"
    assert from_label("raf-db", 5) == "Sadness"
    assert from_label("raf-db-efficientface", 5) == "Disgust"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *(("happy", "Happiness"), ("joy", "Happiness"), ("Happiness", "Happiness"), ("sad", "Sadness")),
        *(("ANGRY", "Anger"), ("surprised", "Surprise"), ("fearful", "Fear"), ("disgusted", "Disgust")),
        *(("contemptuous", "Contempt"), (" neutral ", "Neutral")),
    ],
)
def test_aliases(word: str, name: str) -> None:
    assert expression(word) == name


def test_aliases_reach_every_expression_and_nothing_else() -> None:
    assert set(ALIASES.values()) == set(EXPRESSIONS)
    assert all(word == word.lower().strip() for word in ALIASES)


def test_unknown_expression() -> None:
    with pytest.raises(ValueError, match=r"'hapy'.*did you mean 'happy'"):
        expression("hapy")
    with pytest.raises(ValueError, match="explab has Neutral"):
        expression("xyzzy")


def test_compounds_of_raf_db() -> None:
    assert len(COMPOUNDS) == 11
    order = LABEL_ORDERS["raf-db-compound"]
    assert (order[1], order[3], order[8], order[11]) == (
        "Happily Surprised",
        "Sadly Fearful",
        "Fearfully Surprised",
        "Disgustedly Surprised",
    )
    for name, parts in COMPOUNDS.items():
        assert tuple(expression(word) for word in name.split()) == parts
    assert compound("happily_surprised") == "Happily Surprised"
    assert to_label("raf-db-compound", "sadly angry") == 4
    with pytest.raises(ValueError, match="'Sadly Angry'"):
        compound("sadly angrie")


@pytest.mark.parametrize("order", LABEL_ORDERS)
def test_labels_round_trip(order: str) -> None:
    for label in LABEL_ORDERS[order]:
        assert to_label(order, from_label(order, label)) == label


def test_label_errors() -> None:
    with pytest.raises(ValueError, match="label 8 is no expression of affectnet"):
        from_label("affectnet", 8)
    with pytest.raises(ValueError, match="raf-db has no Contempt"):
        to_label("raf-db", "contempt")
    with pytest.raises(ValueError, match="'raf-db'"):
        from_label("rafdb", 1)
