"""The view layer: cards, galleries and faces that move, drawn in the browser, and the report page that holds them."""

from explab.widgets.card import card
from explab.widgets.gallery import Gallery, gallery
from explab.widgets.studio import studio
from explab.widgets.view import View

__all__ = ["Gallery", "View", "card", "gallery", "studio"]
