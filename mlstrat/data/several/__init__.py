"""Several files that make one run: each with its split, or labels beside predictions."""
