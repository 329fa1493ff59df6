"""What is the best that people reach? Annotators, groups, teams, and the proxy for Bayes error."""
