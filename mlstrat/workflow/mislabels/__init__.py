"""Are the labels worth correcting? Errors due to wrong labels."""
