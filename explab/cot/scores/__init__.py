"""What of a text is true: `reasoning` scores one, `corpus` many with floors and intervals, `judge` asks a model."""
