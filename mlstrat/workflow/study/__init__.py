"""Which knob moves which gap? Trained variants against a base."""
