"""What is to be trained: examples with their splits, and a model; whoever put them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.harness.datasets import Examples, load_examples
from mlstrat.harness.recipes.models import describe_model
from mlstrat.harness.recipes.recipe import SPLITS, HumanLevel, Model, Recipe, SplitDesign
from mlstrat.harness.train.knobs import turned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.core.findings import Finding
    from mlstrat.core.schema_parts import Input
    from mlstrat.harness.datasets.reading import TableReading
    from mlstrat.harness.recipes.recipe import Fitted
    from mlstrat.harness.train.prepared import Prepared, Words

    Rows = dict[str, NDArray[np.intp]]


def make_splits(
    design: SplitDesign,
    seed: int,
    sources: NDArray[np.str_] | None = None,
    *,
    growing: bool = False,
) -> Rows:
    """Draw disjoint splits: split to row numbers, ascending; a split of size 0 is left out.

    Train and train-dev are drawn from one distribution, dev and test from one: the same for all
    four, or the sources. Where rows are independent draws and more may come (``growing``), what
    is held out comes first, so that it stays when train grows.

    Source: the course on bias and variance with mismatched data distributions.
    """
    import numpy as np

    random = np.random.default_rng([seed, 0])
    total = sum(design.sizes)
    if design.target is not None:
        return _by_source(design, random, sources, growing=growing)
    if growing:
        return _cut(np.arange(total), design.sizes)
    parts = np.split(random.permutation(total), np.cumsum(design.sizes)[:-1])
    return {split: np.sort(rows) for split, rows in zip(SPLITS, parts, strict=True) if len(rows)}


def _cut(order: NDArray[np.intp], sizes: tuple[int, ...]) -> Rows:
    train, train_dev, dev, test = sizes
    dev_rows, test_rows = order[:dev], order[dev : dev + test]
    rest = order[dev + test :]
    rows = (rest[train_dev : train_dev + train], rest[:train_dev], dev_rows, test_rows)
    return dict(zip(SPLITS, rows, strict=True))


def _by_source(
    design: SplitDesign,
    random: np.random.Generator,
    sources: NDArray[np.str_] | None,
    *,
    growing: bool,
) -> Rows:
    import numpy as np

    train, train_dev, dev, test = design.sizes
    if sources is None:
        raise ValueError(f"no sources, and the target is {design.target!r}")
    ours, others = (
        np.flatnonzero(sources == design.target),
        np.flatnonzero(sources != design.target),
    )
    added, taken = design.target_in_train, train + train_dev - design.target_in_train
    spare = len(ours) - dev - test
    if added > spare >= 0:
        raise UsageError(f"--target-in-train is {added}", accepted=f"a whole number, 0 to {spare}")
    if spare < 0 or len(others) < taken:
        raise ValueError(
            f"{len(ours)} rows of {design.target!r} and {len(others)} others do not fill {design}"
        )
    if not growing:
        ours, others = random.permutation(ours), random.permutation(others)
    held = {"dev": ours[:dev], "test": ours[dev : dev + test]}
    mine = ours[dev + test : dev + test + added]
    # Train-dev is of the mixture of train.
    mine_held = round(added * train_dev / (train + train_dev))
    other_held = train_dev - mine_held
    rows = {
        "train": np.concatenate([others[other_held:taken], mine[mine_held:]]),
        "train-dev": np.concatenate([others[:other_held], mine[:mine_held]]),
        **held,
    }
    return {split: np.sort(rows[split]) for split in SPLITS}


class Task(Record, eq=False):
    """Examples with their splits, and the model to train on them."""

    name: str
    title: str
    design: str
    examples: Examples
    splits: Mapping[str, NDArray[np.intp]]
    """Split to rows of the examples, in the order of the ladder."""
    model: Model
    shown: str
    command: str | None
    """The command that makes the run again; None where data came from memory."""
    repeated: NDArray[np.intp] | None = None
    """The rows that are trained on, where some count more than once; None: those of train."""
    fit: Callable[[], Fitted] | None = None
    """What trains instead of the one model: several models that work together."""
    build: Callable[[int], Any] | None = None
    """Makes the scikit-learn model of own data from a seed; None: the architecture's own."""
    prepare: Callable[[Any], Prepared | Words] | None = None
    """Learns what stands before a network from the features of train; None for nothing."""
    reading: TableReading | None = None
    """How other rows of own data are read; None where they are no table."""
    reserved: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    """Splits that are there and are not predicted: nothing has looked at them."""
    recipe: Recipe | None = None
    human: HumanLevel | None = None
    positive: str | None = None
    mismatched: bool = False
    """Whether dev and test are of another distribution than train."""
    tolerance: float = 0.01
    probabilities: bool = True
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the config says besides, as the columns that were read."""
    remarks: tuple[str, ...] = ()
    """What was done to own data: columns and pictures that were left out or changed, and why."""
    findings: tuple[Finding, ...] = ()
    """What is odd about own data, said before it is trained on."""
    inputs: tuple[Input, ...] = ()
    """Path, bytes, SHA-256 and rows of the user's files."""

    @property
    def training(self) -> NDArray[np.intp]:
        """The rows that are trained on, each as often as it counts."""
        return self.splits["train"] if self.repeated is None else self.repeated


def without_test(task: Task) -> Task:
    """Return the task with its test rows reserved: no prediction is made of them."""
    if "test" not in task.splits:
        return task
    kept = {name: rows for name, rows in task.splits.items() if name != "test"}
    return replace(task, splits=kept, reserved={"test": task.splits["test"]})


def recipe_task(recipe: Recipe, knobs: Mapping[str, Any], seed: int, *, small: bool) -> Task:
    """Return a recipe, its knobs turned, with its examples loaded and split."""
    from mlstrat.harness.train.learning_table import check_train

    made = turned(recipe.smaller() if small else recipe, knobs)
    examples = load_examples(made.dataset, seed)
    splits = make_splits(made.splits, seed, examples.sources, growing=made.dataset.generated)
    if "n" in knobs:
        splits["train"] = first_rows(splits["train"], knobs["n"], seed)
        check_train(examples.labels[splits["train"]], None, made.name)
    return Task(
        name=made.name,
        title=made.dataset.title,
        design=made.splits.title,
        examples=examples,
        splits=splits,
        repeated=_repeated(made, examples, splits["train"]),
        model=made.model,
        shown=describe_model(made.model),
        command=command_of(made.name, knobs, seed, small=small),
        recipe=made,
        human=made.human or examples.human,
        positive=made.dataset.positive,
        mismatched=made.splits.mismatched,
        tolerance=made.tolerance,
        probabilities=made.probabilities,
    )


def first_rows(rows: NDArray[np.intp], n: int, seed: int) -> NDArray[np.intp]:
    """Return n of the rows, drawn so that those of a smaller n are among those of a larger."""
    import numpy as np

    return np.sort(np.random.default_rng([seed, 4]).permutation(rows)[:n])


def _repeated(
    recipe: Recipe, examples: Examples, rows: NDArray[np.intp]
) -> NDArray[np.intp] | None:
    import numpy as np

    design = recipe.splits
    if design.target_weight == 1 or examples.sources is None:
        return None
    return np.repeat(
        rows, np.where(examples.sources[rows] == design.target, design.target_weight, 1)
    )


def command_of(what: str, knobs: Mapping[str, Any], seed: int, *, small: bool = False) -> str:
    """Return the command line that trains the same again."""
    import shlex

    words = ["mlstrat", "train", what, *(["--small"] if small else [])]
    for name, value in knobs.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif isinstance(value, tuple):
            words += [word for one in value for word in (f"--{option}", str(one))]
        else:
            # All digits, so that the number is the same when it is read back.
            text = str(value).removesuffix(".0") if isinstance(value, float) else str(value)
            words += [f"--{option}", text]
    return shlex.join([*words, "--seed", str(seed)])
