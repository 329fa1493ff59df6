"""What `explain` and `schema` can be asked."""

from mlstrat.core.asked import Argument, Command

EXPLAIN = Command(
    "What a finding, term or metric means: rule, checklist, source.",
    ("explain MLS102", "explain avoidable bias"),
    (
        Argument("code", "CODE|TERM|METRIC", "As MLS102, avoidable bias, or f1; without it, the "
                 "list.", required=False, several=True, complete="explained"),
    ),
)  # fmt: skip

SCHEMA = Command(
    "The JSON schema of what a command writes with --format json.",
    ("schema", "schema diagnose -o diagnose.schema.json"),
    (
        Argument("command", "COMMAND", "Whose document; without it, the list.", required=False,
                 complete="schemas"),
    ),
)  # fmt: skip
