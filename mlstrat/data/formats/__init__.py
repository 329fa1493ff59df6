"""What the bytes of a file are: delimited text, JSON lines, Parquet, or something else."""
