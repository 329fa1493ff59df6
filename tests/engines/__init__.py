"""Engines other than Polars."""
