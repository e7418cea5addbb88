"""From a text to sentences of chunks, each of a named kind (shallow parsing); `data/*.csv` hold the words.

tokens < kept, quotations, lexicon < chunks of named `kinds` < sides < sentences.
"""
