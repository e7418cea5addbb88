"""The Exp-CoT Engine: `steps` ask, check and ask again, `loop` runs them for many faces, `corpus` keeps the result."""
