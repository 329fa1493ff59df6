"""Runs whose rows Spark holds."""
