"""Which gap do we work on? The ladder human, train, train-dev, dev, test."""
