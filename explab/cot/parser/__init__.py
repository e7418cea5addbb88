"""From words to claims; `lexicon` and `data/*.csv` hold what it knows of English.

tokens < kept, quotations < chunks of named `kinds` < sides < sentences < ellipsis, clauses < scope, reality, reader,
strength < cues < claims < parse.
"""
