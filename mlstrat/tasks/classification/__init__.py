"""One label an example: the contingency table as the fast path behind what every task measures."""
