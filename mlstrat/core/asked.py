# Over 300 lines: the declarations are data, one option after another.
"""What a command can be asked: each option's type, help, docstring line and flag, once.

A question's ``command.py`` puts these together; the command line makes its parameters from them,
and `asks` gives the public function its signature and the lines of its docstring.
"""

# No postponed annotations here and in the files command.py: they are the declarations.
import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, ParamSpec, TypedDict, TypeVar, get_args, get_origin

from mlstrat.core.record import Record

Rate = str | float | None
"""``"8%"``, ``0.08`` or counts ``"80/1000"``."""

File = str | Path | None

FIRST = "Most used"

PANELS = OWN, INPUT, TASK, KNOBS, FIGURE, INTERVALS, OUTPUT, CLUSTER = (
    "Options", "Input", "Task", "Knobs", "Figure", "Intervals", "Output", "Cluster",
)  # fmt: skip
"""The panels of a command's help, in their order."""


class Option(Record):
    """One option of a command, and keyword of its function."""

    help: str
    """A noun phrase or an imperative that stands without the option's name."""
    metavar: str = ""
    """What stands for its value; a flag has none."""
    flag: str = ""
    """Its names on the command line, where they are not ``--name``."""
    doc: str = ""
    """The docstring's lines, where they say more than the help."""
    panel: str = OWN
    default: Any = None
    """What holds without it, where that is neither None nor an empty sequence nor no."""
    complete: str = ""
    """What a shell completes: a function of `mlstrat.cli.build`."""
    run: bool = False
    """Whether it names a run, whose rows an engine may count."""
    python: bool = False
    """Whether it is a keyword of the function alone, such as an array."""

    def flags(self, name: str) -> list[str]:
        """Return its names on the command line, given that of the keyword."""
        return (self.flag or f"--{name.replace('_', '-')}").split()

    def typed_as(self, name: str) -> str:
        """Return the name by which messages call it."""
        return self.flags(name)[0].partition("/")[0]


class Roles(TypedDict, total=False):
    """Which columns a table has."""

    columns: Annotated[Mapping[str, str] | None, Option(
        "Column of a role, where its name does not say it; repeatable.", "ROLE=COLUMN", "--map",
        'Which column has which role, where the names do not say it: ``{"label": "churned"}``; '
        "a blank column for none.",
        panel=INPUT)]  # fmt: skip


class SplitAs(TypedDict, total=False):
    """Which splits a table has."""

    split_as: Annotated[Mapping[str, str] | None, Option(
        "Split that an unknown split value stands for, '*' for all others; repeatable.",
        "VALUE=SPLIT",
        doc='What an unknown split value is: ``{"hans": "dev", "*": "train"}``.',
        panel=INPUT)]  # fmt: skip


class ReadAs(TypedDict, total=False):
    """Which rows are read, and what values of labels, predictions and answers mean."""

    label_as: Annotated[Mapping[str, str] | None, Option(
        "Label that a value of labels, predictions or answers stands for; repeatable.",
        "VALUE=LABEL",
        doc='What a value of labels, predictions or answers stands for: ``{"0": "cat"}``.',
        panel=INPUT)]  # fmt: skip
    ignore: Annotated[Sequence[str], Option(
        "Label whose rows are left out, such as a filler -100; repeatable.", "VALUE",
        doc="Labels whose rows are left out; as an answer of a person, none.",
        panel=INPUT)]  # fmt: skip
    filter: Annotated[str | None, Option(
        "Condition that a row must meet to be looked at: \"model == b and n >= 3\".", "CONDITION",
        panel=INPUT)]  # fmt: skip
    labels: Annotated[Any | None, Option(
        "Table with the labels of the predictions, joined by id.", "FILE",
        doc="A table with the labels, where a run holds predictions alone; joined by id.",
        panel=INPUT)]  # fmt: skip
    labels_in_order: Annotated[bool, Option(
        "Join labels by the order of rows; there are as many.", panel=INPUT)]  # fmt: skip
    ignore_case: Annotated[bool, Option(
        "Take Cat and cat for one label, written cat.", panel=INPUT)]  # fmt: skip
    classes: Annotated[str | Sequence[Any] | None, Option(
        "Names of the indices 0, 1, … in labels, predictions or probabilities.", "NAME,NAME",
        doc="Names of the indices 0, 1, … in labels, predictions or columns of probabilities.",
        panel=INPUT)]  # fmt: skip
    shift_predictions: Annotated[int | None, Option(
        "Number added to predictions that are whole numbers: -1 where they count classes from 1, "
        "labels from 0.", "NUMBER", panel=INPUT)]  # fmt: skip
    any_of: Annotated[bool, Option(
        "A label cat|lynx names several right ones: any of them is a right answer.",
        doc="Whether a label ``cat|lynx`` names several right ones, any of which is right.",
        panel=INPUT)]  # fmt: skip


class Columns(Roles, SplitAs, ReadAs, total=False):
    """Which columns, splits and labels a table has."""


class Split(TypedDict, total=False):
    """Which split is looked at."""

    split: Annotated[Any | None, Option(
        "Split of the single number (dev; test beside train alone).", "NAME",
        doc="The split of the single number; without it dev, test beside train alone, or the "
        "only one. Beside arrays an array of the split of each row, or the split of all.",
        panel=INPUT)]  # fmt: skip


class Arrays(TypedDict, total=False):
    """What goes with arrays of labels and predictions, one value an example."""

    score: Annotated[Any | None, Option(
        "Scores of the positive class, where labels are an array.", panel=INPUT, python=True,
        )]  # fmt: skip
    probabilities: Annotated[Any | None, Option(
        "Probabilities, where labels are an array: a row an example, a column a class.",
        panel=INPUT, python=True)]  # fmt: skip
    group: Annotated[Any | None, Option(
        "Group of each row of arrays: rows of one are not independent.", panel=INPUT, python=True,
        )]  # fmt: skip
    weight: Annotated[Any | None, Option(
        "Weight of each row of arrays.", panel=INPUT, python=True)]  # fmt: skip
    id: Annotated[Any | None, Option(
        "Id of each row of arrays.", panel=INPUT, python=True)]  # fmt: skip


class ArraySplits(Arrays, total=False):
    """What goes with arrays, where no one split is looked at."""

    split: Annotated[Any | None, Option(
        "Split of each row of arrays, or of all.", panel=INPUT, python=True)]  # fmt: skip


class Classes(TypedDict, total=False):
    """How classes are predicted."""

    positive: Annotated[str | None, Option(
        "Positive class of a binary task.", "LABEL", panel=FIGURE)]  # fmt: skip
    threshold: Annotated[float | None, Option(
        "Score from which the positive class is predicted.", "0.5", panel=FIGURE)]  # fmt: skip


class Choosing(TypedDict, total=False):
    """How a threshold is chosen."""

    choose_threshold: Annotated[str | None, Option(
        "Rule by which dev chooses the threshold of scores.", 'f1|"recall >= 0.9"|cost',
        doc="The rule by which dev chooses the threshold of scores, kept for every other split: "
        '``"f1"``, ``"recall >= 0.9"``, ``"precision >= 0.9"``, ``"far <= 0.01"``, ``"cost"`` or '
        '``"cost label=spam:10"``. Dev itself is cross-fitted.',
        panel=FIGURE)]  # fmt: skip


class Averaging(TypedDict, total=False):
    """How a metric counts classes."""

    average: Annotated[str | None, Option(
        "Average over the classes.", "binary|macro|weighted|micro", panel=FIGURE)]  # fmt: skip
    beta: Annotated[float | None, Option(
        "Beta of f_beta: above 1 recall weighs more.", "1", panel=FIGURE)]  # fmt: skip


class Metric(Averaging, total=False):
    """The single number."""

    metric: Annotated[str | None, Option(
        "Metric to rank by; with it, gaps are of its loss.", "NAME",
        doc="The single number; with a metric given, levels and gaps are of its loss, else of "
        "error.", panel=FIGURE, complete="metrics")]  # fmt: skip


class Task(TypedDict, total=False):
    """What is predicted."""

    task: Annotated[str | None, Option(
        "What the run predicts, where the files do not tell: classification, tagging, …", "NAME",
        doc="What the run predicts; without it what the files tell, or classification. "
        '``"ratio"`` reads num and den by example.', panel=TASK)]  # fmt: skip


class Truth(Task, total=False):
    """What is predicted, and what is right."""

    truth: Annotated[Any | None, Option(
        "What is right, where the run holds predictions of one split alone.", "FILE",
        doc="What is right, where the run holds the predictions of one split (``split``, else "
        "dev) alone.", panel=TASK)]  # fmt: skip


OF_TASKS: dict[str, Any] = {"truth": Truth.__annotations__["truth"]}
"""The options that belong to single tasks, by name: those of the tasks that are loaded."""

FURTHER: list[Callable[[], None]] = []
"""Load the options of every task; `mlstrat.tasks.asked` says how."""


class Confidence(TypedDict, total=False):
    """The level of the intervals."""

    confidence: Annotated[float | None, Option(
        "Confidence level of the intervals.", "0.95", panel=INTERVALS)]  # fmt: skip


class Sampling(Confidence, total=False):
    """How intervals are found."""

    seed: Annotated[int | None, Option(
        "Random seed.", "0", panel=INTERVALS)]  # fmt: skip
    resamples: Annotated[int | None, Option(
        "Number of resamples.", "10000", panel=INTERVALS)]  # fmt: skip


class Settings(TypedDict, total=False):
    """Where settings stand."""

    config: Annotated[File, Option(
        "Settings file; without it mlstrat.toml in this folder.", "FILE",
        doc="A TOML file; without it ``mlstrat.toml`` in the current folder, if there is one, "
        "over the config beside the run.", panel=INPUT)]  # fmt: skip


class Checksum(TypedDict, total=False):
    """What is hashed."""

    checksum: Annotated[bool, Option("Hash inputs above 64 MiB too.", panel=INPUT)]


class SkipBroken(TypedDict, total=False):
    """What happens with damaged shards."""

    skip_broken: Annotated[bool, Option(
        "Leave out truncated shards, and list them.",
        doc="Leave out shards of a glob or a folder that are truncated or damaged, and list them.",
        panel=INPUT)]  # fmt: skip


class Keeping(TypedDict, total=False):
    """What is kept from one call to the next."""

    no_cache: Annotated[bool, Option(
        "History: count every run again, and keep nothing.",
        doc="Of a history: count runs that did not change again, too, and keep nothing in the "
        "cache folder of the platform.", panel=INPUT)]  # fmt: skip


class Reading(Columns, Split, Classes, Settings, Checksum, SkipBroken, total=False):
    """How a run is read."""


class Gaps(TypedDict, total=False):
    """What gaps are made of."""

    different_distributions: Annotated[bool | None, Option(
        "Whether train and dev come from different distributions.",
        flag="--different-distributions/--same-distribution", panel=INPUT)]  # fmt: skip


class Tolerance(TypedDict, total=False):
    """Which gaps count."""

    tolerance: Annotated[Rate, Option(
        "Gap above which a level is worth attention.", "0.01",
        doc="A gap above it is worth attention (default 0.01).", panel=FIGURE)]  # fmt: skip


class Human(TypedDict, total=False):
    """What people reach."""

    human_error: Annotated[Rate, Option(
        "Human error: 8%, 0.08, or counts 80/1000, which bring an interval.", "RATE",
        doc='The human level, as ``"1%"``, ``0.01`` or counts ``"5/500"``.')]  # fmt: skip
    human: Annotated[Any | None, Option(
        "Output of `mlstrat human -f json`, instead.", "FILE",
        doc="A file that ``mlstrat human -f json`` printed, or what ``human`` returned, instead.",
        )]  # fmt: skip


class By(TypedDict, total=False):
    """What is told by column."""

    by: Annotated[Sequence[str], Option(
        "Column whose values are reported too; repeatable.", "COLUMN",
        doc="Columns whose values are reported too.", complete="columns")]  # fmt: skip


class Force(TypedDict, total=False):
    """What happens with a file that is there."""

    force: Annotated[bool, Option("Replace a file that is there.", panel=OUTPUT)]


class Cluster(TypedDict, total=False):
    """What counts the rows; the command line's alone."""

    engine: Annotated[str | None, Option(
        "What counts the rows (polars).", "polars|spark", panel=CLUSTER)]  # fmt: skip
    master: Annotated[str | None, Option(
        "Spark master URL; without it $SPARK_REMOTE, $SPARK_MASTER, or this machine.", "URL",
        panel=CLUSTER)]  # fmt: skip


class Drawing(TypedDict, total=False):
    """A picture beside the report; the command line's alone."""

    figure: Annotated[File, Option(
        "Figure to draw too: an .svg or a .png.", "FILE", panel=OUTPUT)]  # fmt: skip


class Format(TypedDict, total=False):
    """How is reported; the command line's alone."""

    format_: Annotated[str | None, Option(
        "Report format; without it text, or what the ending of --output says.",
        "text|markdown|json|csv", "--format -f", panel=OUTPUT)]  # fmt: skip


class Output(Format, total=False):
    """Where and how is reported; the command line's alone."""

    output: Annotated[File, Option(
        "File for the report, written whole or not at all; or -.", "FILE", "--output -o",
        panel=OUTPUT)]  # fmt: skip


class Log(TypedDict, total=False):
    """Where a result is logged, too; the command line's alone."""

    log: Annotated[str | None, Option(
        "Tracking store that the result is logged to, too: mlflow:, mlflow:EXPERIMENT, mlflow:URI.",
        "mlflow:", panel=OUTPUT)]  # fmt: skip


FULL = "full text"
"""How a document is rendered whose text is one screen otherwise."""


class Full(TypedDict, total=False):
    """How much is shown; the command line's alone."""

    full: Annotated[bool, Option(
        "Show everything: every table, finding and next step.", panel=OUTPUT)]  # fmt: skip


class ShowConfig(TypedDict, total=False):
    """The way to ask for the settings; the command line's alone."""

    show_config: Annotated[bool, Option(
        "Show each setting and where it comes from, and exit.", panel=OUTPUT)]  # fmt: skip


class Argument(Record):
    """A positional argument of a command, and parameter of its function."""

    name: str
    metavar: str = "RUN"
    help: str = (
        "CSV, TSV, Parquet, JSON, Arrow, .xlsx, a glob, a partitioned folder, or -; or a file a "
        "split: train=a.csv dev=b.csv."
    )
    required: bool = True
    several: bool = False
    by_split: bool = False
    by_seed: bool = False
    complete: str = ""


class Nothing(TypedDict):
    """The keywords of a function that has none."""


class TypedOption(NamedTuple):
    """An option as the command line takes it: ``kind`` is the type of what is typed."""

    name: str
    option: Option
    flags: list[str]
    help: str
    kind: Any


class Command(Record):
    """A command: what its help says, and what it can be asked.

    ``asked`` is the TypedDict of the function's keywords, ``typed`` those of options that only the
    command line has; ``notes`` say what a shared option means here, where that is special, and
    ``first`` are the five options that people use first, which help shows before all others.
    """

    help: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...]
    asked: type = Nothing
    typed: tuple[type, ...] = (Output,)
    notes: Mapping[str, str] | None = None
    first: tuple[str, ...] = ()
    every: bool = True
    """Whether with the options of single tasks, which are loaded for that."""

    def options(self) -> dict[str, tuple[Any, Option]]:
        """Return the type and the declaration of every option of the command line by its name."""
        every = declared(self.asked, *self.typed, every=self.every)
        return {name: one for name, one in every.items() if not one[1].python}

    def note(self, name: str, said: str) -> str:
        """Return what an option is here."""
        return (self.notes or {}).get(name, said)

    def typed_options(self) -> list[TypedOption]:
        """Return every option of the command line, and what may be typed for it."""
        every = self.options()
        if "config" in every:
            every |= declared(ShowConfig)
        return [
            TypedOption(name, one, one.flags(name), self.note(name, one.help), _as_typed(kind))
            for name, (kind, one) in every.items()
        ]


def _as_typed(kind: Any) -> Any:
    if kind is bool:
        return bool
    if is_sequence(kind) or is_mapping(kind):
        return list[str] | None
    kinds = (kind, *get_args(kind))
    return next((x for x in (bool, int, float) if x in kinds and str not in kinds), str) | None


def declared(*asked: type, every: bool = True) -> dict[str, tuple[Any, Option]]:
    """Return type and declaration of the options of TypedDicts, panel by panel.

    Without `every` no option that a single task declares, so that no task is loaded.
    """
    hints = {name: hint for one in asked for name, hint in one.__annotations__.items()}
    if every and "truth" in hints:
        for load in FURTHER:
            load()
        hints |= OF_TASKS
    found = {name: (hint.__origin__, hint.__metadata__[0]) for name, hint in hints.items()}
    return dict(sorted(found.items(), key=lambda item: PANELS.index(item[1][1].panel)))


def default_of(kind: Any, option: Option) -> Any:
    """Return what holds where an option is not given."""
    if option.default is not None:
        return option.default
    return False if kind is bool else () if is_sequence(kind) and type(None) not in get_args(
        kind) else None  # fmt: skip


def is_sequence(kind: Any) -> bool:
    """Tell whether an option may be repeated, and its values stand in a sequence."""
    return any(get_origin(x) is Sequence for x in (kind, *get_args(kind)))


def is_mapping(kind: Any) -> bool:
    """Tell whether the values of an option are pairs."""
    return any(get_origin(x) is Mapping for x in (kind, *get_args(kind)))


P = ParamSpec("P")
R = TypeVar("R")


def asks(command: Command) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Call a function that takes ``**asked`` with every option, at its default if not given.

    Those of single tasks are there where one of them is given.
    """
    options = declared(command.asked, every=False)

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        plain = _with(inspect.signature(function), options)

        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            known = kwargs.keys() <= plain.parameters.keys()
            bound = (plain if known else signature_of(called)).bind(*args, **kwargs)
            bound.apply_defaults()
            return function(*bound.args, **bound.kwargs)

        # The command is for errors, which name keywords as flags.
        vars(called).update(__signature__=plain, command=command)
        return called

    return declare


def _with(own: inspect.Signature, options: Mapping[str, tuple[Any, Option]]) -> inspect.Signature:
    parameters = [
        p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD and p.name not in options
    ]
    parameters += [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default_of(*option), annotation=option[0]
        )
        for name, option in options.items()
    ]
    return own.replace(parameters=parameters)


@functools.cache
def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a function with the options of every task."""
    command: Command | None = getattr(function, "command", None)
    own = inspect.signature(function)
    return own if command is None else _with(own, declared(command.asked))


def with_options(text: str, command: Command) -> str:
    """Return a docstring in whose Parameters every option stands."""
    lines = "".join(
        f"\n{name}\n" + textwrap.fill(
            command.note(name, option.doc or option.help), 96,
            initial_indent="    ", subsequent_indent="    ",
        )
        for name, (_, option) in declared(command.asked).items()
    )  # fmt: skip
    if "Parameters\n---" not in text:
        head, _, rest = text.partition("\n\nRaises\n")
        return f"{head}\n\nParameters\n----------{lines}\n\nRaises\n{rest}"
    at = text.index("Parameters\n---")
    end = re.compile(r"\n\n\w[\w ]*\n---").search(text, at)
    place = len(text) if end is None else end.start()
    return text[:place] + lines + text[place:]
