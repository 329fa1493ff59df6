"""May this run be merged? Checks against bounds and a baseline."""
