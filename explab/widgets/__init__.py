"""The view layer: cards drawn in the browser, and the report page that holds them."""

from explab.widgets.card import card
from explab.widgets.view import View

__all__ = ["View", "card"]
