"""Files and frames, tables, columns, values, config: the only home of Polars and narwhals."""
