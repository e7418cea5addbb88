"""From words to claims: tokens < chunks < claims < parse; `lexicon` and `data/*.csv` hold what it knows of English."""
