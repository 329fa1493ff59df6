"""Runs out of what Python holds: arrays, dicts, estimators, datasets, and frames of odd cells."""
