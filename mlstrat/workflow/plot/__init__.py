"""What does it look like? Figures of any document."""
