"""The review sheet: how it was drawn, its columns and cells."""
