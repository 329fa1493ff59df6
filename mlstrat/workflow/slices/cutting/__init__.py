"""Columns cut into values: what kind a column is of, where to cut it, what to leave out."""
