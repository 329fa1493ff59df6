"""What do the others need to know? One document for a pull request."""
