"""The figure of a study: knobs by gaps, errors over sizes or by condition, gradients over lags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure as Number
from mlstrat.core.wording import Scale, count
from mlstrat.show.canvas import BLUE, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.study.compute import Change, Levels, Study
from mlstrat.workflow.study.findings import change_text, quantity_title
from mlstrat.workflow.study.gradients import TITLES, CellFindings, Shares
from mlstrat.workflow.study.tables import columns_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALE = Scale()

WIDE = 7.2
"""Width of a figure over both columns of a page, inches."""

ROW = 0.27

SERIES: Sequence[dict[str, Any]] = (
    {"marker": "o", "color": BLUE, "linestyle": "-"},
    {"marker": "D", "color": ORANGE, "linestyle": (0, (4, 2))},
    {"marker": "s", "color": "0.25", "linestyle": (0, (1, 1.5)), "markerfacecolor": "white"},
    {"marker": "^", "color": "#009E73", "linestyle": (0, (5, 1, 1, 1)), "markerfacecolor": "white"},
)
"""One look a line: markers and strokes tell them apart in grey, too."""

LEVELS: Mapping[str, dict[str, Any]] = {
    "train": {"marker": "s", "color": "0.35", "markerfacecolor": "white"},
    "train-dev": {"marker": "^", "color": "0.35"},
    "dev": {"marker": "o", "color": BLUE},
    "test": {"marker": "D", "color": ORANGE, "markerfacecolor": "white"},
}


def study_picture(kind: str, study: Study, title: str) -> Picture:
    """Return the figure of a study."""
    if kind == "knobs":
        return _matrix(study, title)
    if any(x.condition.size is not None for x in study.conditions):
        return _lines(kind, study, title)
    return _levels(kind, study, title)


def _matrix(study: Study, title: str) -> Picture:
    columns = columns_of(study)
    knobs = list(dict.fromkeys(x.asked.of for x in study.changes))
    titles = [_wrapped(study.condition(knob).condition.title) for knob in knobs]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(columns), sharey=True, sharex=True, squeeze=False)[0]
        for panel, quantity in zip(panels, columns, strict=True):
            changes = {x.asked.of: x for x in study.changes if x.asked.quantity == quantity}
            _changes(panel, [changes.get(knob) for knob in knobs])
            panel.set_title(_column_title(study, quantity), loc="left", fontsize=9)
        panels[0].set_yticks(range(len(knobs)), titles)
        panels[0].set_ylim(len(knobs) - 0.4, -0.6)
        figure.supxlabel(
            f"change against the recipe as it is, points  (├─┤ {100 * study.confidence:g}% "
            "interval; filled: a change that was seen)", fontsize=9,
        )  # fmt: skip
        conclusion(figure, title)

    told = []
    for quantity in columns:
        parts = ", ".join(
            f"{study.condition(x.asked.of).condition.title} {_change(x)}"
            for x in study.changes if x.asked.quantity == quantity
        )  # fmt: skip
        told.append(f"{quantity_title(quantity).capitalize()}: {parts}")
    text = shown(f"Change of each gap with each knob. {'; '.join(told)}.", 1500)
    return Picture("knobs", title, text, draw, 1.5 + 1.25 * ROW * len(knobs), WIDE)


def _column_title(study: Study, quantity: str) -> str:
    base = study.conditions[0]
    now = base.gaps.get(quantity, base.levels.get(quantity))
    name = {"dev": "error on dev", "variance_or_mismatch": "variance\nor mismatch",
            "avoidable_bias": "avoidable\nbias", "data_mismatch": "data\nmismatch",
            "dev_overfit": "overfitting\nto dev"}.get(quantity, quantity)  # fmt: skip
    name = (
        name if "\n" in name else name.replace(" on ", "\non ") if " on " in name else f"\n{name}"
    )
    if now is None or now.value is None:
        return name
    return f"{name} (now {100 * now.value:.1f})"


def _changes(panel: Axes, changes: Sequence[Change | None]) -> None:
    panel.axvline(0, color="0.4", linewidth=0.8, zorder=1)
    for y, x in enumerate(changes):
        if x is None or x.figure.value is None:
            continue
        color = ORANGE if x.outcome == "rose" else BLUE if x.outcome == "fell" else "0.45"
        face = color if x.moved else "white"
        marker = {"rose": ">", "fell": "<"}.get(x.outcome, "o")
        _whisker(panel, x.figure, y, color)
        panel.plot(
            100 * x.figure.value, y, marker=marker, markersize=6, color=color,
            markerfacecolor=face, markeredgewidth=1.0, linestyle="none", zorder=3,
        )  # fmt: skip
    panel.grid(axis="x", color="0.92", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(axis="y", length=0)


def _whisker(panel: Axes, figure: Number, y: float, color: str) -> None:
    if figure.ci is None or figure.value is None:
        return
    _error(panel, 100 * figure.value, y, [100 * end for end in figure.ci], color, across=True)


def _error(
    panel: Axes, x: float, y: float, ends: Sequence[float], color: str, *, across: bool = False,
    width: float = 1.0,
) -> None:  # fmt: skip
    middle = x if across else y
    reach = [[max(middle - ends[0], 0.0)], [max(ends[1] - middle, 0.0)]]
    panel.errorbar(x, y, fmt="none", ecolor=color, elinewidth=width, capsize=2, zorder=2,
                   **{"xerr" if across else "yerr": reach})  # type: ignore[arg-type]  # fmt: skip


def _wrapped(title: str) -> str:
    return shown(title, 60).replace(" (", "\n(", 1) if len(title) > 26 else shown(title, 60)


def _lines(kind: str, study: Study, title: str) -> Picture:
    sized = [x for x in study.conditions if x.condition.size is not None and "dev" in x.levels]
    series = list(dict.fromkeys(x.condition.series for x in sized))

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        for number, name in enumerate(series):
            points = sorted((x for x in sized if x.condition.series == name), key=_size)
            _line(panel, points, name, SERIES[number % len(SERIES)], _shift(number, len(series)))
        sizes = sorted({_size(x) for x in sized})
        panel.set_xscale("log")
        panel.set_xlim(sizes[0] / 1.5, 1.5 * sizes[-1])
        panel.set_xticks(sizes, [count(n) for n in sizes])
        panel.set_xticks([], minor=True)
        panel.set_ylim(bottom=0)
        panel.set_xlabel("training examples")
        panel.set_ylabel(f"error on dev, %  (├─┤ {100 * study.confidence:g}%)")
        panel.grid(color="0.92", linewidth=0.6)
        panel.set_axisbelow(True)
        figure.legend(loc="outside lower center", ncols=2, handlelength=3)
        conclusion(figure, title)

    parts = [
        f"{x.condition.series} with {count(x.condition.size)} examples {_level(x.levels['dev'])}"
        for x in sized
    ]
    text = shown(f"Error on dev by training examples. {'; '.join(parts)}.", 1500)
    return Picture(kind, title, text, draw, 3.6, 5.0)


def _size(x: Levels) -> int:
    return x.condition.size or 0


def _shift(number: int, many: int) -> float:
    return float(1.04 ** (number - (many - 1) / 2))


def _line(
    panel: Axes, points: Sequence[Levels], name: str, look: Mapping[str, Any], shift: float
) -> None:
    across = [shift * _size(x) for x in points]
    up = [100 * (x.levels["dev"].value or 0.0) for x in points]
    panel.plot(across, up, label=shown(name, 40), markersize=5.5, linewidth=1.3, zorder=3,
               markeredgewidth=1.0, **look)  # fmt: skip
    for x, y, point in zip(across, up, points, strict=True):
        ci = point.levels["dev"].ci
        if ci is not None:
            _error(panel, x, y, [100 * end for end in ci], look["color"], width=0.9)


def _levels(kind: str, study: Study, title: str) -> Picture:
    names = [name for name in LEVELS if any(name in x.levels for x in study.conditions)]
    if kind == "mismatch" and "test" in names:
        names.remove("test")  # it is of the distribution of dev

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        for y, x in enumerate(study.conditions):
            panel.axhline(y, color="0.92", linewidth=0.6, zorder=0)
            for number, name in enumerate(n for n in names if n in x.levels):
                at = y + 0.16 * (number - (len(names) - 1) / 2)
                one = x.levels[name]
                _whisker(panel, one, at, str(LEVELS[name]["color"]))
                panel.plot(100 * (one.value or 0.0), at, linestyle="none", markersize=5.5,
                           markeredgewidth=1.0, zorder=3, label=name if y == 0 else None,
                           **LEVELS[name])  # fmt: skip
        titles = [_wrapped(x.condition.title) for x in study.conditions]
        panel.set_yticks(range(len(titles)), titles)
        panel.set_ylim(len(titles) - 0.4, -0.6)
        panel.set_xlim(left=0)
        panel.tick_params(axis="y", length=0)
        panel.set_xlabel(f"error, %  (├─┤ {100 * study.confidence:g}% interval)")
        figure.legend(loc="outside lower center", ncols=4, handlelength=1.2)
        conclusion(figure, title)

    parts = [
        f"{x.condition.title}: {', '.join(f'{n} {_level(x.levels[n])}' for n in x.levels)}"
        for x in study.conditions
    ]
    text = shown(f"Errors by condition. {'; '.join(parts)}.", 1500)
    return Picture(kind, title, text, draw, 1.5 + 1.7 * ROW * len(study.conditions), 5.6)


def _level(one: Number) -> str:
    text = SCALE.value(one.value)
    return text if one.ci is None else f"{text} ({SCALE.interval(one.ci)})"


def _change(x: Change) -> str:
    return change_text({"value": x.figure.value, "ci": x.figure.ci}, SCALE)


LOWEST = 1e-10
"""Where the axis ends at the latest: what is below is as good as nothing, and stands on it."""

PANELS = {"untrained": "before training", "trained": "trained", "clipped": "trained, clipped"}


def gradient_picture(
    cells: Sequence[CellFindings], lags: Sequence[int], title: str, confidence: float
) -> Picture:
    """Return the figure of a study of gradients."""
    ends = [getattr(x, state).by_lag[-1].value or LOWEST for x in cells for state in PANELS]
    bottom = max(min(ends) / 10, LOWEST)

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import FuncFormatter

        panels = figure.subplots(1, len(PANELS), sharey=True)
        for panel, (state, name) in zip(panels, PANELS.items(), strict=True):
            for number, x in enumerate(cells):
                look = SERIES[number % len(SERIES)]
                shift = 0.12 * (number - (len(cells) - 1) / 2)
                label = TITLES[x.cell] if state == "untrained" else None
                _lags(panel, [lag + shift for lag in lags], getattr(x, state), look, label)
            panel.set_title(name, loc="left", fontsize=9)
            panel.set_xlabel("steps back")
            panel.grid(color="0.92", linewidth=0.6)
            panel.set_axisbelow(True)
        panels[0].set_yscale("log")
        panels[0].set_ylim(bottom, 5)
        panels[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
        panels[0].set_ylabel(f"share of the gradient  (├─┤ {100 * confidence:g}%)")
        figure.legend(loc="outside lower center", ncols=len(cells), handlelength=3)
        conclusion(figure, title)

    told = [
        f"{TITLES[x.cell]} {name} {_told(getattr(x, state).by_lag[-1])}"
        for x in cells for state, name in PANELS.items()
    ]  # fmt: skip
    text = shown(
        f"Share of the gradient that reaches {lags[-1]} steps back. {'; '.join(told)}.", 1500
    )
    return Picture("gradients", title, text, draw, 3.4, WIDE)


def _lags(
    panel: Axes, across: Sequence[float], found: Shares, look: dict[str, object], label: str | None
) -> None:
    up = [max(one.value or 0.0, LOWEST) for one in found.by_lag]
    panel.plot(across, up, label=label, markersize=4.5, linewidth=1.2, zorder=3, clip_on=False,
               **look)  # type: ignore[arg-type]  # fmt: skip
    for x, y, one in zip(across, up, found.by_lag, strict=True):
        if one.ci is not None:
            ends = [max(end, LOWEST) for end in one.ci]
            _error(panel, x, y, ends, str(look["color"]), width=0.8)


def _told(one: Number) -> str:
    text = f"{one.value or 0:.2g}"
    return text if one.ci is None else f"{text} ({one.ci[0]:.2g} to {one.ci[1]:.2g})"
