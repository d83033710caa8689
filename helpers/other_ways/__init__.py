"""Other ways to the same gradient, and what they cost (lesson 09)."""
