"""Training: data, splits, knobs, estimators, the run that is written."""
