"""What there is to train: recipes, models and knobs by name."""
