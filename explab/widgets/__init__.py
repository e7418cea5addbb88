"""The view layer: cards drawn in the browser, and the report page that holds them."""
