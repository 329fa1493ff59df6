"""Which model, under constraints? Satisficing and optimizing metrics over candidates."""
