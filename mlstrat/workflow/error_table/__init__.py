"""Why are the errors wrong? A sheet of errors, read by a person, and its tally with ceilings."""
