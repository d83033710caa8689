"""One explorer per module: its controls, its numbers, its picture, and the sentence below it."""
