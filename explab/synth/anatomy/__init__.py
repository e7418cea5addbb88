"""What a face is made of and how it moves: head, muscles, lids, lips, eyes, mouth; `units` names what can move."""
