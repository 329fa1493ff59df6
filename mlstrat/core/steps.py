"""The course, computed: counts and numbers in, frozen results out. numpy and nothing heavier."""

STEPS = (
    ("Set up", "What is the target, and are dev and test fit to show it?"),
    ("Measure", "Where does the error come from?"),
    ("Read the errors", "What are the errors like?"),
    ("Decide", "Which model, and is it really better?"),
    ("Report", "What do the others need to know?"),
    ("Harness", "Where do runs come from?"),
)
"""The panels of the workflow, in order, each with the question that it answers."""
