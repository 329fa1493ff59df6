"""Intervals where information is scarce: few groups, heavy rows, few positives, many classes."""
