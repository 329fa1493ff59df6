"""The operating point: which threshold to choose, by what rule, and what that flatters."""
