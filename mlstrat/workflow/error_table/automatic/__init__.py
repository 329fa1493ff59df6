"""What a run tells of its errors by itself: kinds that its task tells apart, parts of a chain."""
