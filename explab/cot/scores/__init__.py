"""What of a text is true, beside what is true without looking at the face.

`claims` counts, `norms` and `floors` know what is had for nothing (`constant` seeks it), `reasoning` scores one text,
`entries` reads many and `corpus` scores them with intervals and verdicts, `judge` asks a model.
"""
