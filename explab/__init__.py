"""explab."""
