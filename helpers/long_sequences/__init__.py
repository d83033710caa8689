"""Long sequences: cut into windows, or with few stored states (lesson 07)."""
