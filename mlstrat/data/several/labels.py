"""Labels that lie in another file than the predictions: joined by id, or by the order of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mlstrat.data.asked.read_as import BESIDE, HEEDED, IN_ORDER
from mlstrat.data.columns import ALIASES, PROBABILITY, find_column, find_roles, named
from mlstrat.data.several.composed import Composed, composed
from mlstrat.data.table import Table
from mlstrat.data.values import shown
from mlstrat.errors import InputError, UsageError


def with_labels(table: Table, opened: Callable[[Any], Table]) -> Table:
    """Return a table with the labels that the call names; `opened` opens their file, in Polars."""
    beside = BESIDE.get()
    if beside is None:
        return table
    if table.on_spark:
        raise UsageError("--engine spark joins no labels", accepted="labels in the run itself")
    HEEDED.get(set()).add("--labels")
    labels = opened(beside.source)
    return join_labels(table, labels, in_order=beside.in_order, columns=beside.columns)


def join_labels(
    table: Table, labels: Table, *, in_order: bool = False, columns: Mapping[str, str] | None = None
) -> Composed:
    """Return predictions with the labels, and the other columns, of another table.

    Rows of both stand in one order, or are joined by id; `columns` has roles in lower case.

    Examples
    --------
    >>> import polars as pl
    >>> from mlstrat.data.opening import open_table
    >>> run = open_table(pl.DataFrame({"id": ["30.0", "7"], "prediction": ["a", "b"]}))
    >>> truth = open_table(pl.DataFrame({"id": [7, 30], "label": ["b", "a"]}))
    >>> join_labels(run, truth).frame.collect().rows()
    [('a', '30.0', 'a'), ('b', '7', 'b')]
    """
    said = columns or {}
    ids = _id_of(table, said), _id_of(labels, said)
    label = _label_of(labels, said, ids[1])
    base = _without_label(composed(table), said)
    name = label if label in ALIASES["label"] or label in said.values() else "label"
    taken = {x.lower() for x in base.header}
    more = {label: name} | {
        x: x for x in labels.header if x not in (label, ids[1]) and x.lower() not in taken
    }
    own = {x: f"l{i}" for i, x in enumerate(more)}
    labels.check_rows()
    if in_order:
        frames, rows = _in_order(base, labels, own, ids)
    else:
        frames, rows = _by_id(base, labels, own, ids)
    asked = ids[1] if ids[1] is not None and ids[1] == said.get("id") else ids[0]
    header = tuple(str(asked) if x == ids[0] else x for x in base.header)  # as the call names it
    return replace(
        base,
        header=(*more.values(), *header),
        names=(*own.values(), *base.names),
        frames=frames,
        given=(*more.values(), *(base.given or base.header)),
        text=base.text and labels.text,
        beside=(*base.beside, (labels, rows)),
    )


def _id_of(table: Table, said: Mapping[str, str]) -> str | None:
    name = said.get("id")
    if name is not None and name.lower() in {x.lower() for x in table.header}:
        return find_column(table.header, name, file=table.name, option="--map id")
    return find_roles(table.header, {}, file=table.name, roles=["id"]).get("id")


def _label_of(labels: Table, said: Mapping[str, str], key: str | None) -> str:
    """Return the column of labels: said, by its name, or the only one beside the ids."""
    name = said.get("label")
    if name is not None:
        return find_column(labels.header, name, file=labels.name, option="--map label")
    found = find_roles(labels.header, {}, file=labels.name, roles=["label"]).get("label")
    others = [x for x in labels.header if x != key]
    if found is None and len(others) == 1:
        return others[0]
    if found is None:
        raise InputError(
            f"no label column; the columns found are {', '.join(map(repr, labels.header))}",
            file=labels.name, accepted=", ".join(ALIASES["label"]),
            hint="name it: --map label=COLUMN",
        )  # fmt: skip
    return found


def _without_label(base: Composed, said: Mapping[str, str]) -> Composed:
    """Return predictions of which no column is a label: one that is called so is what they are."""
    own = named(base.header, "label", weak=False)
    predicts = [x for role in ("prediction", "score") for x in named(base.header, role)]
    predicts += [x for x in base.header if x.lower().startswith(PROBABILITY)]
    predicts += [said[role] for role in ("prediction", "score") if role in said]
    if not predicts:
        own = own or named(base.header, "label")
    if not own:
        return base
    if predicts:
        raise InputError(
            f"the predictions have labels of their own, {own[0]!r}", file=base.name,
            column=own[0], accepted="labels in one of the two",
            hint="leave --labels out, or the column",
        )  # fmt: skip
    header = tuple("prediction" if x == own[0] else x for x in base.header)
    return replace(base, header=header)


def _key(table: Table, column: str) -> Any:
    return table.plain_text(column).fill_null("").alias("key")


def _by_id(
    base: Composed, labels: Table, own: Mapping[str, str], ids: tuple[str | None, str | None]
) -> tuple[tuple[Any, ...], int]:
    """Return the frames with the columns of the labels of the same ids, and how many these are."""
    import polars as pl

    here, there = ids
    for table, column in ((base, here), (labels, there)):
        if column is None:
            raise InputError(
                "no id column, by which labels find their predictions", file=table.name,
                accepted=", ".join(ALIASES["id"]),
                hint=f"name it: --map id=COLUMN; or {IN_ORDER}, where both files have the same "
                "rows in the same order",
            )  # fmt: skip
    here, there = str(here), str(there)
    cells = [labels.column(x).alias(name) for x, name in own.items()]
    right = labels.collect(lambda frame: frame.select(_key(labels, there), *cells)).frame
    left = base.collect(lambda frame: frame.select(_key(base, here))).frame
    _check_key(labels, there, right["key"], once=True)
    _check_key(base, here, left["key"], once=False)
    for table, column, keys, others, what in (
        (base, here, left["key"], right["key"], f"without a label in {labels.name}"),
        (labels, there, right["key"], left["key"], f"without a prediction in {base.name}"),
    ):
        lost = keys.filter(~keys.is_in(others.implode())).unique(maintain_order=True)
        if len(lost):
            file, row, _ = table.first_row(
                table.plain_text(column) == lost[0], table.column(column)
            )
            ids_lost = f"{len(lost):,} id{'s' if len(lost) > 1 else ''}"
            raise InputError(
                f"{ids_lost} {what}: {shown(lost.to_list(), 3)}; the first is here",
                file=file, row=row, column=column, accepted="the same ids in both",
            )  # fmt: skip
    frames = tuple(
        frame.with_columns(_key(base, here))
        .join(right.lazy(), on="key", how="left", maintain_order="left")
        .select(*(pl.col(x) for x in (*own.values(), *base.names)))
        for frame in base.frames
    )
    return frames, len(right)


def _check_key(table: Table, column: str, keys: Any, *, once: bool) -> None:
    wrong, what = keys == "", "blank id"
    if not wrong.any():
        if not once:
            return
        wrong, what = ~keys.is_first_distinct(), "repeated id"
    if not (n := int(wrong.sum())):
        return
    value = keys.filter(wrong)[0]
    cells = table.plain_text(column).fill_null("")
    file, row, _ = table.first_row(cells == value, table.column(column))
    shown_value = "" if value == "" else f", {value[:40]!r} first"
    raise InputError(
        f"{n:,} {what}{'s' if n > 1 else ''}{shown_value}", file=file, row=row, column=column,
        accepted="one label for one id",
    )  # fmt: skip


def _in_order(
    base: Composed, labels: Table, own: Mapping[str, str], ids: tuple[str | None, str | None]
) -> tuple[tuple[Any, ...], int]:
    """Return the frames with the columns of the labels in the same rows, and how many these are."""
    import polars as pl

    cells = [labels.column(x).alias(name) for x, name in own.items()]
    here, there = ids
    keys = [] if here is None or there is None else [_key(labels, there)]
    right = labels.collect(lambda frame: frame.select(*cells, *keys)).frame
    kept = pl.lit(value=True) if base.keep is None else base.keep.fill_null(value=False)
    masks = [
        frame.with_row_index("row").select("row", kept.alias("kept")).collect()["kept"]
        for frame in base.frames
    ]
    rows = sum(int(mask.sum()) for mask in masks)
    if rows != len(right):
        raise InputError(
            f"{len(right):,} labels, and {rows:,} predictions in {base.name}", file=labels.name,
            accepted=f"with {IN_ORDER} as many rows as predictions",
        )  # fmt: skip
    if keys and here is not None:
        found = base.collect(lambda frame: frame.select(_key(base, here))).frame["key"]
        _check_same(base, labels, found, right["key"])
    frames, begin = [], 0
    for frame, mask in zip(base.frames, masks, strict=True):
        places = pl.select(
            pl.when(mask).then(mask.cast(pl.Int64).cum_sum() - 1 + begin)
        ).to_series()
        begin += int(mask.sum())
        found = right.select(own.values())[places] if mask.all() else right.select(
            pl.col(x).gather(places) for x in own.values()
        )  # fmt: skip
        frames.append(pl.concat([found.lazy(), frame], how="horizontal"))
    return tuple(frames), len(right)


def _check_same(base: Table, labels: Table, keys: Any, others: Any) -> None:
    """Refuse rows in one order whose ids say that they are not."""
    differ = keys != others
    if differ.any():
        first = int(differ.arg_true()[0])
        raise InputError(
            f"row {first + 1:,} is id {keys[first]!r}, and in {labels.name} {others[first]!r}",
            file=base.name, accepted=f"with {IN_ORDER} the same rows in the same order",
            hint=f"both have ids: leave {IN_ORDER} out, and they are joined by id",
        )  # fmt: skip
