"""From action units to words, without a model: `compose` writes, `observe` and `interpret` are its two halves."""
