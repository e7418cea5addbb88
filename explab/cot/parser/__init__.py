"""From words to claims; `chunking` and `data/*.csv` hold what it knows of English.

chunking < ellipsis, clauses < scope, reality, reader, strength < cues < claims < parse.
"""
