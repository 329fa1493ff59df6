"""How many examples: planned before anything is measured, and what would settle what was."""
