"""Conditions and expressions over columns: one grammar for all who take them."""
