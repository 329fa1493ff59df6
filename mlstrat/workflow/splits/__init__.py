"""Are dev and test fit to show it? Sizes, cuts and checks of the splits."""
