# Over 300 lines: the two pictures of a diagnosis stand together.
"""The ladder as a waterfall, each gap a step with its interval; and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.intervals import Interval
from mlstrat.core.record import Record
from mlstrat.core.wording import GAP_TITLES, Scale, count
from mlstrat.show.canvas import BLUE, COLUMN, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap, Level
from mlstrat.workflow.diagnose.layout import mark, title, verdict
from mlstrat.workflow.diagnose.run import SplitFigures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

LEVEL_LOOK: dict[str, Any] = {"facecolor": "0.82", "edgecolor": "black", "linewidth": 0.8}
GAP_LOOK: dict[str, Any] = {"facecolor": "white", "edgecolor": BLUE, "hatch": "////"}
FOCUS_LOOK: dict[str, Any] = {"facecolor": ORANGE, "edgecolor": "black", "linewidth": 0.8}
OPEN_LOOK: dict[str, Any] = {"facecolor": "white", "edgecolor": BLUE, "linestyle": (0, (3, 2))}

Row = Level | Gap


def ladder_picture(
    result: Decomposition, scale: Scale, loss: str = "error", confidence: float = 0.95
) -> Picture:
    """Return the waterfall of a ladder."""
    rows = _rows(result)
    headline = verdict(result, scale).text

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        _draw_ladder(panel, result, rows, scale)
        unit = ", %" if scale.share else ""
        panel.set_xlabel(f"{shown(loss, 40)}{unit}  (├─┤ {100 * confidence:g}% interval)")
        conclusion(figure, headline)

    return Picture("ladder", headline, _alt_text(rows, scale, loss), draw, 1.15 + 0.24 * len(rows))


def _rows(result: Decomposition) -> list[Row]:
    """Return levels and gaps from top to bottom, each gap before the level that it leads to."""
    out: list[Row] = []
    shown_gaps = {g.end: g for g in result.gaps}
    for level in result.levels:
        if level.name in shown_gaps:
            out.append(shown_gaps[level.name])
        out.append(level)
    return out


def _draw_ladder(panel: Axes, result: Decomposition, rows: list[Row], scale: Scale) -> None:
    unit = 100.0 if scale.share else 1.0
    levels = {level.name: level.value for level in result.levels}
    names, figures = [], []
    for y, row in enumerate(rows):
        if isinstance(row, Level):
            panel.barh(y, unit * row.value, height=0.72, **LEVEL_LOOK)
            _whisker(panel, y, row.value, row.estimate.ci, unit)
            names.append(row.name)
            figures.append(scale.value(row.value))
            continue
        low, high, look = _step(row, levels, _leads(row, result))
        panel.barh(y, unit * (high - low), left=unit * low, height=0.42, **look)
        if row.ci is not None and row.value is not None:
            start = levels.get(row.start, 0.0)
            moved = (start + row.ci[0], start + row.ci[1])
            _whisker(panel, y, start + row.value, moved, unit)
        names.append(f"{title(row, result)} {mark(row, result)[:1]}".rstrip())
        figures.append(_gap_text(row, scale))
    _connect(panel, rows, levels, unit)
    panel.set_yticks(range(len(rows)), names)
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    for y, (label, row, text) in enumerate(
        zip(panel.get_yticklabels(), rows, figures, strict=True)
    ):
        bold = isinstance(row, Gap) and _leads(row, result)
        weight = "bold" if bold else "normal"
        label.set_fontweight(weight)
        label.set_color("black" if isinstance(row, Level) or bold else "0.25")
        panel.annotate(
            text, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontweight=weight
        )
    low, high = _reach(rows, levels)
    room = 0.04 * (high - low) or 0.01
    panel.set_xlim(unit * (low - room if low < 0 else 0.0), unit * (high + room))
    if low < 0:
        panel.axvline(0, color="black", linewidth=0.8, zorder=2)
        panel.spines["left"].set_visible(False)


def _leads(gap: Gap, result: Decomposition) -> bool:
    """Tell whether a gap is one to work on, and not one that only may be larger."""
    return mark(gap, result).startswith("◀")


def _reach(rows: list[Row], levels: dict[str, float]) -> Interval:
    ends = [0.0, *levels.values()]
    for row in rows:
        if isinstance(row, Level):
            ends += row.estimate.ci or ()
        elif row.ci is not None and row.value is not None:
            ends += [levels.get(row.start, 0.0) + end for end in row.ci]
    return min(ends), max(ends)


def _step(gap: Gap, levels: dict[str, float], focus: bool) -> tuple[float, float, dict[str, Any]]:
    if gap.only_bounded or gap.value is None:
        low, high = gap.bounds or (0.0, 0.0)
        return low, high, OPEN_LOOK
    start = levels.get(gap.start, 0.0)
    look = FOCUS_LOOK if focus else OPEN_LOOK if gap.bounds is not None else GAP_LOOK
    return min(start, start + gap.value), max(start, start + gap.value), look


def _connect(panel: Axes, rows: list[Row], levels: dict[str, float], unit: float) -> None:
    """Lead the eye from the end of each bar to the step below it."""
    for y, row in enumerate(rows):
        if isinstance(row, Level) and y + 1 < len(rows):
            at = unit * row.value
            panel.plot([at, at], [y + 0.36, y + 1.3], color="0.4", linewidth=0.7, zorder=1)
        elif isinstance(row, Gap):
            at = unit * levels[row.end]
            panel.plot([at, at], [y - 0.21, y + 0.64], color="0.4", linewidth=0.7, zorder=1)


def _whisker(panel: Axes, y: float, value: float, ci: Interval | None, unit: float) -> None:
    if ci is None:
        return
    low, high = ci
    panel.errorbar(
        unit * value, y, xerr=[[unit * max(value - low, 0.0)], [unit * max(high - value, 0.0)]],
        fmt="none", ecolor="black", elinewidth=1.0, capsize=2.5, zorder=4,
    )  # fmt: skip


def _gap_text(gap: Gap, scale: Scale) -> str:
    if gap.only_bounded and gap.bounds is not None:
        low, high = (scale.points(x).removesuffix(" points") for x in gap.bounds)
        return f"{low} to {high}{' points' if scale.share else ''}"
    return scale.points(gap.value, sign=True)


def _alt_text(rows: list[Row], scale: Scale, loss: str) -> str:
    parts = []
    for row in rows:
        if isinstance(row, Level):
            found = scale.interval(row.estimate.ci)
            around = "" if row.estimate.ci is None else f" ({found})"
            parts.append(f"{row.name} {scale.value(row.value)}{around}")
        else:
            parts.append(f"{GAP_TITLES[row.gap]} {_gap_text(row, scale)}")
    return shown(f"Waterfall of the {loss}, from level to level: {', '.join(parts)}.", 1500)


MOST_CLASSES = 10
"""Classes that a column of a page shows; those with the most errors stay, others are joined."""

DARK = 0.55
"""Share of a row from which the count stands in white on its cell."""


class Matrix(Record):
    """Counts as they are drawn: rows are true labels, columns predicted ones.

    The first `named` rows and columns are classes; the next are of all others, and of blank
    predictions. ``worst`` is the cell that the title speaks of.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    named: int
    worst: tuple[int, int] | None


NOTHING = "∅"
"""What a task calls the last row and column of its confusion: nothing is there, or is said."""


class Confused(Record):
    """How often each label of a split was taken for which.

    ``full`` are the counts that are not 0; the column after the last label is of blank predictions.
    ``what`` is counted; ``errors`` are what is wrong of it, ``wrong`` how many; ``nothing`` is the
    place of the label that stands for nothing, of a task that has one.
    """

    labels: Sequence[str]
    full: Mapping[tuple[int, int], int]
    split: str
    what: str
    wrong: int
    errors: str = "errors"
    nothing: int | None = None

    @classmethod
    def of_rows(cls, split: SplitFigures, labels: Sequence[str], name: str) -> Confused:
        """Return that of rows with one label each."""
        rows = f"{count(split.n)} rows"
        return cls(labels, _full(split, labels), name, rows, split.errors or 0)

    @classmethod
    def of_json(cls, told: Mapping[str, Any], name: str, what: str) -> Confused:
        """Return that which the JSON of a task has: a whole table, or its filled cells alone."""
        table = enumerate(told["counts"] or ())
        cells = told.get("cells") or [(i, j, n) for i, row in table for j, n in enumerate(row)]
        full = {(i, j): n for i, j, n in cells if n}
        wrong = sum(n for (i, j), n in full.items() if i != j)
        last = len(told["labels"]) - 1
        nothing = last if told["labels"][last:] == [NOTHING] else None
        errors = f"{what} off the diagonal"
        return cls(told["labels"], full, name, what, wrong, errors, nothing)

    def title(self) -> str:
        """Return the conclusion: the most frequent error."""
        worst = _worst(self.full)
        if worst is None:
            rows = self.errors == "errors"
            return f"No {self.errors} {f'in the {self.what} of' if rows else 'on'} {self.split}."
        n, part = self.full[worst], Scale().value(self.full[worst] / (self.wrong or 1))
        return (
            f"{self._taken(*worst)} is {count(n)} of the {count(self.wrong)} {self.errors} on "
            f"{self.split} ({part})."
        )

    def _taken(self, i: int, j: int) -> str:
        truth = shown(self.labels[i], 24)
        if j == len(self.labels):
            return f"{truth} left blank"
        if j == self.nothing:
            return f"a missed {truth}"
        taken = f"taken for {shown(self.labels[j], 24)}"
        return f"nothing {taken}" if i == self.nothing else f"{truth} {taken}"


def confusion_picture(confused: Confused) -> Picture:
    """Return the confusion matrix of one split."""
    matrix = _matrix(confused.full, confused.labels)
    title = confused.title()
    size = len(matrix.rows)

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        _draw_confusion(panel, matrix)
        conclusion(figure, title)

    none = "" if confused.nothing is None else f", {NOTHING} is nothing"
    text = (
        f"Confusion matrix of {confused.what} of {confused.split}, rows are labels{none}. "
        f"{_pairs(matrix)}"
    )
    return Picture("confusion", title, text, draw, min(COLUMN + 0.4, 1.6 + 0.27 * size))


def _full(split: SplitFigures, labels: Sequence[str]) -> Mapping[tuple[int, int], int]:
    """Return the counts that are not 0; the column after the last one is of blank predictions."""
    out = {(i, j): n for i, j, n in split.cells}
    called = [0] * len(labels)
    for i, _, n in split.cells:
        called[i] += n
    for i, (figures, n) in enumerate(zip(split.per_class, called, strict=True)):
        if figures.support > n:
            out[i, len(labels)] = figures.support - n
    return out


def _worst(full: Mapping[tuple[int, int], int]) -> tuple[int, int] | None:
    """Return the most frequent error: the label and what it is taken for."""
    wrong = [(-n, pair) for pair, n in full.items() if pair[0] != pair[1]]
    return min(wrong)[1] if wrong else None


def _matrix(full: Mapping[tuple[int, int], int], labels: Sequence[str]) -> Matrix:
    """Return the counts with the classes that have the most errors, the others joined."""
    wrong = [0] * len(labels)
    seen = [0] * len(labels)
    for (i, j), n in full.items():
        for k in {i, j} - {len(labels)}:
            seen[k] += n
            wrong[k] += n * (i != j)
    here = [k for k in range(len(labels)) if seen[k]]
    kept = here
    if len(here) > MOST_CLASSES:
        # The two of the error that the title names are there whatever else is.
        first = set(_worst(full) or ())
        kept = sorted(sorted(here, key=lambda k: (k not in first, -wrong[k]))[: MOST_CLASSES - 1])
    joined = len(here) - len(kept)
    place = {k: i for i, k in enumerate(kept)}
    names = [shown(labels[k], 14) for k in kept] + ([f"{joined} others"] if joined else [])
    has_blank = any(j == len(labels) for _, j in full)
    columns = [*names, *(["(blank)"] if has_blank else [])]
    counts = [[0] * len(columns) for _ in names]
    for (i, j), n in full.items():
        column = len(names) if j == len(labels) else place.get(j, len(kept))
        counts[place.get(i, len(kept))][column] += n
    mark = _worst(full)
    if mark is not None:
        mark = place[mark[0]], len(names) if mark[1] == len(labels) else place[mark[1]]
    return Matrix(tuple(names), tuple(columns), tuple(map(tuple, counts)), len(kept), mark)


def _draw_confusion(panel: Axes, matrix: Matrix) -> None:
    shares = [[n / max(sum(row), 1) for n in row] for row in matrix.counts]
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    letters = 8.0 if len(matrix.columns) <= 6 else 6.5
    for i, row in enumerate(matrix.counts):
        for j, n in enumerate(row):
            if not n:
                continue
            dark = shares[i][j] > DARK
            mark = (i, j) == matrix.worst
            panel.text(
                j, i, _short(n), ha="center", va="center", fontsize=letters,
                color="white" if dark else "black", fontweight="bold" if mark else "normal",
            )  # fmt: skip
            if mark:
                panel.add_patch(_frame(i, j))
    long = max(map(len, matrix.columns)) > 4
    panel.set_xticks(
        range(len(matrix.columns)), matrix.columns, rotation=90 if long else 0, fontsize=letters
    )
    panel.set_yticks(range(len(matrix.rows)), matrix.rows, fontsize=letters)
    panel.set_xticks([j - 0.5 for j in range(1, len(matrix.columns))], minor=True)
    panel.set_yticks([i - 0.5 for i in range(1, len(matrix.rows))], minor=True)
    panel.grid(which="minor", color="0.8", linewidth=0.6)
    panel.tick_params(which="both", length=0)
    panel.set_xlabel("prediction")
    panel.set_ylabel("label")


def _frame(i: int, j: int) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, fill=False, edgecolor=ORANGE, linewidth=1.8)


def _short(n: int) -> str:
    for limit, unit, name in ((1e10, 1e9, "G"), (1e7, 1e6, "M"), (1e4, 1e3, "k")):
        if n >= limit:
            return f"{n / unit:.0f}{name}"
    return str(n)


def _pairs(matrix: Matrix) -> str:
    wrong = sorted(
        (-n, i, j)
        for i, row in enumerate(matrix.counts[: matrix.named])
        for j, n in enumerate(row)
        if n and i != j and (j < matrix.named or j >= len(matrix.rows))
    )
    if not wrong:
        return "No errors."
    said = [f"{matrix.rows[i]} as {matrix.columns[j]}: {count(-n)}" for n, i, j in wrong[:5]]
    return f"Largest errors: {'; '.join(said)}."
