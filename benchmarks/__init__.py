"""What is fast, measured side by side with what people use instead: ``python -m benchmarks``."""
