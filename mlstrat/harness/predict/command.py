"""What `predict` can be asked."""

from mlstrat.core.asked import Argument, Command, Output, Roles


class Asked(Roles, total=False):
    """The keywords of `predict`."""


PREDICT = Command(
    "Predict the rows of a table with a trained model.",
    ("predict churn_run new.csv --output predictions.csv",),
    (
        Argument("run", "RUN", "Folder of a run that `train` wrote with its weights."),
        Argument("source", "TABLE", "Table with the columns that the model was trained on."),
    ),
    Asked,
    (Output,),
)
