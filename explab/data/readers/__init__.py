"""What reads a dataset as it was published, one module each, and own folders and tables.

Each module has `LAYOUTS`, the ways in which its dataset is found on disk, except `synth`, which lies in no folder.
"""

from explab.data.layout import Layout
from explab.data.readers import (
    affectnet,
    affectnet_kaggle,
    bp4d,
    ck_plus,
    disfa,
    emotionet,
    fer2013,
    ferplus,
    own,
    raf_au,
    raf_db,
    sfew,
)

_PUBLISHED = (
    *(raf_db, raf_au, affectnet, affectnet_kaggle, ferplus, fer2013, sfew, ck_plus, disfa, bp4d, emotionet),
)

PUBLISHED: tuple[Layout, ...] = tuple(layout for reader in _PUBLISHED for layout in reader.LAYOUTS)
"""Layouts of published datasets, the telling ones first: a folder may fit several."""
OWN: tuple[Layout, ...] = own.LAYOUTS
"""Layouts of own data."""
LAYOUTS: tuple[Layout, ...] = (*PUBLISHED, *OWN)
"""All layouts; own data last, because nearly every folder fits them."""
