"""What does that mean? Findings and terms, with their sources; documents read again."""
