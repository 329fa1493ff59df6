"""Is B really better than A? Two models on the same examples."""
