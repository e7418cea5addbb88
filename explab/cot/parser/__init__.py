"""From words to claims; `lexicon` and `data/*.csv` hold what it knows of English.

tokens < chunks of named `kinds` < ellipsis, clauses < scope, reality, reader, strength < claims < parse.
"""
