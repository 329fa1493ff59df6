"""Harness: where do runs come from?"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from mlstrat.cli import options as opt
from mlstrat.cli import progress
from mlstrat.errors import UsageError
from mlstrat.places import check_places


def train(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT", help="A recipe of --list, a table, or a folder of pictures."
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Show recipes, models and knobs, and exit.")
    ] = False,
    describe: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Show a network's layers, and exit.")
    ] = None,
    full_size: Annotated[
        bool, typer.Option("--full-size", help="With --describe: the network as published.")
    ] = False,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What to predict, of a table.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For own data: of --list, or an import path."),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", metavar="N", help="Training examples.")] = None,
    width: Annotated[
        float | None, typer.Option(metavar="W", help="Units a layer; of networks a factor.")
    ] = None,
    depth: Annotated[
        int | None, typer.Option(metavar="N", help="Layers; levels of a tree.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="Passes over train; rounds of boosting.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(metavar="N", help="Examples a step.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="R", help="Of the optimizer, or of boosting.")
    ] = None,
    decay: Annotated[
        str | None, typer.Option(metavar="NAME", help="How the learning rate falls.")
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="NAME", help="sgd, momentum, rmsprop or adam.")
    ] = None,
    l2: Annotated[
        float | None, typer.Option("--l2", metavar="L", help="Penalty on large weights.")
    ] = None,
    dropout: Annotated[
        float | None, typer.Option(metavar="P", help="Share of units left out in a step.")
    ] = None,
    batch_norm: Annotated[
        bool | None,
        typer.Option("--batch-norm/--no-batch-norm", help="Of networks.", show_default=False),
    ] = None,
    augment: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Changes of training pictures; repeatable."),
    ] = None,
    early_stopping: Annotated[
        int | None, typer.Option(metavar="N", help="Epochs without gain until it stops.")
    ] = None,
    class_weights: Annotated[
        bool | None,
        typer.Option(
            "--class-weights/--no-class-weights",
            help="Rare classes count as much as common ones.",
            show_default=False,
        ),
    ] = None,
    neighbours: Annotated[
        int | None, typer.Option(metavar="K", help="Of nearest neighbours.")
    ] = None,
    init_from: Annotated[
        str | None, typer.Option(metavar="RUN", help="Begin with the weights of this run's folder.")
    ] = None,
    freeze: Annotated[
        str | None, typer.Option(metavar="NAME", help="What of these weights stays as it is.")
    ] = None,
    ensemble: Annotated[
        int | None, typer.Option(metavar="K", help="Average so many models.")
    ] = None,
    crops: Annotated[
        int | None, typer.Option(metavar="K", help="Average so many crops of a picture.")
    ] = None,
    clip: Annotated[
        float | None, typer.Option(metavar="NORM", help="Largest norm of the gradient.")
    ] = None,
    target_in_train: Annotated[
        int | None, typer.Option(metavar="N", help="Examples of dev's source added to train.")
    ] = None,
    target_weight: Annotated[
        int | None, typer.Option(metavar="K", help="How often each of these counts.")
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="A recipe's variant of at most ten seconds.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="0", help="The same seed gives the same run.")] = 0,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FOLDER", help="Where the run goes (named after WHAT)."),
    ] = None,
    weights: Annotated[
        bool | None,
        typer.Option(
            "--weights/--no-weights",
            help="Keep the weights, too (of networks).",
            show_default=False,
        ),
    ] = None,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Leave out pictures that do not decode.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a run that is there.")] = False,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """Train a recipe, or a model on own data, and write its run.

    \b
    Examples:
      mlstrat train data_mismatch --out my_run
      mlstrat train churn.csv --target churned --model hist_gradient_boosting
    """
    given: dict[str, Any] = dict(locals())
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    if list_:
        _refuse_others("list_", given)
        opt.emit(public.list_recipes(), how, output)
        return
    if describe is not None:
        _refuse_others("describe", given, "full_size")
        opt.emit(public.describe_network(describe, full_size=full_size), how, output)
        return
    if full_size:
        raise UsageError("--full-size is for --describe")
    if what is None:
        raise UsageError("nothing to train", accepted="a recipe that `mlstrat train --list` shows")
    from mlstrat.harness.train.knobs import KNOBS
    from mlstrat.harness.train.run_files import files_of

    knobs = {name: given[name] for name in KNOBS if given[name] not in (None, [])}
    if augment:
        knobs["augment"] = tuple(augment)
    folder = out or _folder(what)
    check_places([output, *files_of(Path(folder))])
    document = public.train(
        what,
        target=target,
        model=model,
        seed=seed,
        out=folder,
        force=force,
        small=small,
        weights=weights,
        skip_broken=skip_broken,
        progress=progress.tell,
        **knobs,
    )
    opt.emit(document, how, output)


def _refuse_others(shown: str, given: dict[str, Any], *also: str) -> None:
    """Refuse what does nothing where a table is only shown."""
    fit = {shown, *also, "format_", "output"}
    defaults = inspect.signature(train).parameters
    said = [name for name, value in given.items()
            if name not in fit and value not in ([], defaults[name].default)]  # fmt: skip
    if said:
        names = ["WHAT" if name == "what" else _option(name) for name in said]
        raise UsageError(f"{', '.join(names)}: not with {_option(shown)}, which trains nothing")


def _option(name: str) -> str:
    return f"--{name.strip('_').replace('_', '-')}"


def _folder(what: str) -> str:
    """Return where a run goes that is given no place: the recipe's name, or after own data."""
    from mlstrat.harness import list_recipes

    if what in {recipe.name for recipe in list_recipes()}:
        return what
    return f"{Path(what).name.partition('.')[0] or 'own'}_run"


COMMANDS = (train,)
