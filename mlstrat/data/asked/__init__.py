"""What a call asks of every run that it reads: rows, labels, spellings."""
