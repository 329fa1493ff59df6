"""What can be kept instead of the rows? Counts."""
