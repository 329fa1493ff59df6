"""Counts, figures, intervals, metrics and findings: numpy and nothing heavier."""
