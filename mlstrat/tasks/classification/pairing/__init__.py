"""Two runs on the same examples, joined by their ids."""
