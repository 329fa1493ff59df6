"""Where do the errors concentrate? Slices, and what a mismatch is made of."""
