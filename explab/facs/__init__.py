"""The Facial Action Coding System as data: units, sides, muscles, expressions, codebooks and label schemes.

    from explab.facs import AUs, unit, codebook

    unit("AU12").muscle                            # "Zygomaticus major"
    aus = AUs({"AU6": 0.5, "AU12L": 0.8, "AU12R": 0.7})
    aus["AU12"], aus.letter("AU12"), aus.flip()    # 0.75, "D", left and right exchanged
    AUs.from_scheme("rafau", "4+9+L10")            # labels of a dataset
    codebook("prototypes").weights("happy")        # {"AU6": 0.6, "AU12": 0.8}

To add or reword a unit edit `data/units.csv`; to change a crosswalk edit `data/feafa24.csv` or
`data/blendshapes52.csv`; to try another codebook pass the path of your own table to `codebook`.
Left is always the subject's left. Nothing here needs more than numpy.
"""

from explab.facs.aus import LETTERS, AUs, NotMeasured, letter
from explab.facs.codebooks import CODEBOOKS, Codebook, CodebookError, NotInCodebook, codebook
from explab.facs.crosswalk import lost, read_tokens, write_tokens
from explab.facs.expressions import (
    ALIASES,
    COMPOUNDS,
    EXPRESSIONS,
    LABEL_ORDERS,
    compound,
    expression,
    from_label,
    to_label,
)
from explab.facs.schemes import SCHEMES, Scheme, scheme
from explab.facs.units import (
    CODES,
    UNITS,
    ActionUnit,
    UnknownUnit,
    mirrored,
    numbered,
    parse,
    sided,
    unit,
)

__all__ = [
    "ALIASES",
    "CODEBOOKS",
    "CODES",
    "COMPOUNDS",
    "EXPRESSIONS",
    "LABEL_ORDERS",
    "LETTERS",
    "SCHEMES",
    "UNITS",
    "AUs",
    "ActionUnit",
    "Codebook",
    "CodebookError",
    "NotInCodebook",
    "NotMeasured",
    "Scheme",
    "UnknownUnit",
    "codebook",
    "compound",
    "expression",
    "from_label",
    "letter",
    "lost",
    "mirrored",
    "numbered",
    "parse",
    "read_tokens",
    "scheme",
    "sided",
    "to_label",
    "unit",
    "write_tokens",
]
