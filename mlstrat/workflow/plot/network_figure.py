"""What a trained network is made of: learnt kernels beside edge filters, what moves its units."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.wording import count
from mlstrat.harness.predict.inside import Inside, Kernels, Seen, Unit, edge_filters
from mlstrat.show.canvas import BLUE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.plot.of_task import RUN, Samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_KERNELS, ACROSS = 32, 6
GAP = (0.6, 0.8, 0.95)
ALIKE = 0.7
"""Correlation from which a kernel is called an edge: half of its variance (mlstrat's choice)."""

WIDTH, LINE = 7.2, 60


def filters_picture(kernels: Kernels) -> Picture:
    """Return the kernels of the first convolution, the most like an edge first."""
    order = np.argsort(-np.nan_to_num(kernels.edges), kind="stable")[:MOST_KERNELS].tolist()
    weights = kernels.weights
    flat = weights.ndim == 4
    rows = math.ceil((len(order) + 2 * flat) / ACROSS)
    title = _title(kernels)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(rows, ACROSS, squeeze=False).ravel()
        for panel in panels:
            panel.set_axis_off()
        free = iter(panels)
        if flat:
            for name, edge in zip(("vertical edge", "horizontal edge"),
                                  edge_filters(*weights.shape[2:]), strict=True):  # fmt: skip
                _kernel(next(free), edge[None], name, BLUE)
        for i in order:
            angle = f"\n{kernels.edges[i]:.2f} at {kernels.angles[i]:.0f}°"
            text = f"{i + 1}{'' if np.isnan(kernels.edges[i]) else angle}"
            _kernel(next(free), weights[i], text, "black")
        conclusion(figure, title)

    told = "; ".join(
        f"{i + 1}: {kernels.edges[i]:.2f} with an edge at {kernels.angles[i]:.0f}°"
        for i in order if not np.isnan(kernels.edges[i])
    )  # fmt: skip
    size = "×".join(map(str, weights.shape[2:]))
    channels = f"{count(weights.shape[1])} channel{'' if weights.shape[1] == 1 else 's'}"
    text = f"{count(len(weights))} kernels of {size} over {channels}"
    text += f"{', beside two edge filters' if flat else ''}; {count(len(order))} are drawn."
    if told:
        text += f" Correlation with the nearest edge: {told}."
    return Picture("filters", title, text, draw, 0.9 + 0.98 * rows, WIDTH if rows > 2 else 6.2)


def _kernel(panel: Axes, kernel: Any, text: str, color: str) -> None:
    """Draw one kernel: colours where it has three channels, a line where it has one axis."""
    panel.set_axis_on()
    panel.set_xticks([])
    panel.set_yticks([])
    panel.set_title(text, fontsize=7, color=color)
    for spine in panel.spines.values():
        spine.set_visible(True)
        spine.set_color("0.7")
    most = float(np.abs(kernel).max()) or 1.0
    if kernel.ndim == 2:  # of a signal
        panel.plot(kernel.mean(axis=0), color="black", linewidth=1)
        panel.axhline(0, color="0.7", linewidth=0.6)
        return
    if len(kernel) == 3:
        drawn = panel.imshow(0.5 + kernel.transpose(1, 2, 0) / most / 2)
    else:
        drawn = panel.imshow(kernel.mean(axis=0), cmap="gray", vmin=-most, vmax=most)
    drawn.set_gid(f"kernel-{text.split(maxsplit=1)[0]}")  # else two that are alike have one id


def _title(kernels: Kernels) -> str:
    n, edges = len(kernels.weights), kernels.edges
    known = edges[~np.isnan(edges)]
    if not len(known):
        return f"The first convolution has {count(n)} kernels; edges need two axes."
    alike, first = int((known >= ALIKE).sum()), int(np.nanargmax(edges))
    which = f"{count(alike) if alike else 'None'} of the {count(n)} kernels"
    return (
        f"{which} of the first convolution look like an edge (correlation "
        f"from {ALIKE:g} on); kernel {first + 1} most: {edges[first]:.2f}."
    )


def patches_picture(inside: Inside) -> Picture:
    """Return, by layer, the patches of pictures that move some units most."""
    layers, across = inside.layers, max(len(x.units) for x in inside.layers)
    title = _purest(inside)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(len(layers), across, squeeze=False)
        for layer, row in zip(layers, panels, strict=True):
            for panel in row:
                panel.set_axis_off()
            for panel, unit in zip(row, layer.units, strict=False):
                panel.imshow(mosaic(unit.patches)).set_gid(f"unit-{layer.place}-{unit.number}")
                told = _label(unit)
                panel.set_title(f"unit {unit.number + 1}{f': {told}' if told else ''}", fontsize=7)
            row[0].set_axis_on()
            row[0].set_xticks([])
            row[0].set_yticks([])
            row[0].set_ylabel(f"layer {layer.place}\n{shown(layer.title, 22)}\nsees {layer.field}",
                              fontsize=7)  # fmt: skip
            for spine in row[0].spines.values():
                spine.set_visible(False)
        conclusion(figure, title)

    told = "; ".join(_words(x) for x in layers)
    text = (
        f"The strongest patches of up to {across} units a layer, in {count(inside.pictures)} "
        f"pictures of {shown(inside.of, 40)}, one patch a picture: {told}."
    )
    return Picture("patches", title, text, draw, 0.8 + 1.55 * len(layers), WIDTH)


def mosaic(patches: Any) -> Any:
    """Return patches as one picture, in as many rows as columns, with light blue between them."""
    side = math.ceil(math.sqrt(len(patches)))
    if patches.ndim == 3:
        patches = np.repeat(patches[..., None], 3, axis=3)
    height, width = patches.shape[1:3]
    out = np.empty((side * (height + 1) - 1, side * (width + 1) - 1, 3), np.float32)
    out[:] = GAP
    for k, patch in enumerate(patches):
        i, j = divmod(k, side)
        out[i * (height + 1) :, j * (width + 1) :][:height, :width] = patch
    return np.clip(out, 0, 1)


def _most(unit: Unit) -> tuple[str, int]:
    return Counter(unit.labels).most_common(1)[0] if unit.labels else ("", 0)


def _label(unit: Unit) -> str:
    label, n = _most(unit)
    return f"{shown(label, 12)}, {n} of {len(unit.labels)}" if n else ""


def _words(layer: Seen) -> str:
    units = ", ".join(
        f"unit {u.number + 1}{f' ({_label(u)})' if u.labels else ''}" for u in layer.units
    )
    return f"layer {layer.place}, {shown(layer.title, 40)}, sees {layer.field} pixels: {units}"


def _purest(inside: Inside) -> str:
    """Return the conclusion: which unit answers to one class, and in which layer."""
    last = inside.layers[-1]
    fields = f"units see {inside.layers[0].field} pixels in layer {inside.layers[0].place} and " \
             f"{last.field} in layer {last.place}"  # fmt: skip
    unit = max(last.units, key=lambda u: _most(u)[1])
    label, n = _most(unit)
    if not n:
        return f"{fields[0].upper()}{fields[1:]}."
    return (
        f"In layer {last.place} unit {unit.number + 1} answers most to {shown(label, 20)}, "
        f"{n} of its {len(unit.labels)} strongest patches; {fields}."
    )


def samples_picture(made: Samples) -> Picture:
    """Return what a language model wrote, and documents whose letters are shaded by their cost."""
    new = made.runs - made.known
    title = (
        f"The network wrote {count(made.runs)} runs of {RUN} letters; {count(new)} "
        f"{'is' if new == 1 else 'are'} in no document of train."
    )
    rows: list[tuple[str, str, Any]] = [("sampled", made.sampled, None)]
    rows += [(f"dev {k}", *x) for k, x in enumerate(made.documents, 1)]
    wide = max(min(max(len(text) for _, text, _ in rows), LINE), 20)
    lines = [(name if not i else "", text[i : i + wide], costs and costs[i : i + wide])
             for name, text, costs in rows
             for i in range(0, min(len(text), 2 * wide), wide)]  # fmt: skip
    most = max((c for _, _, costs in lines for c in costs or ()), default=1.0) or 1.0

    def draw(figure: Figure) -> None:
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        panel = figure.subplots()
        shades = colormaps["Oranges"]
        for y, (name, text, costs) in enumerate(lines):
            panel.text(-1, y, name, ha="right", va="center", fontsize=8)
            for x, letter in enumerate(text):
                ground = "none" if costs is None else shades(0.7 * costs[x] / most)
                panel.text(x + 0.5, y, shown(letter, 1) if letter != " " else " ", ha="center",
                           va="center", family="monospace", fontsize=8,
                           bbox={"facecolor": ground, "edgecolor": "none", "pad": 1.2})  # fmt: skip
        panel.set_xlim(-8, wide)
        panel.set_ylim(len(lines) - 0.4, -0.7)
        panel.set_axis_off()
        scale = ScalarMappable(Normalize(0, most / 0.7), shades)
        bar = figure.colorbar(scale, ax=panel, label="cost of a letter, nats", pad=0.01)
        bar.ax.set_ylim(0, most)
        conclusion(figure, title)

    text = (
        f"The network wrote {shown(made.sampled, 80)!r}: train has {count(made.known)} of its "
        f"{count(made.runs)} runs of {RUN} letters. Beside it {len(made.documents)} documents of "
        f"dev, whose letters are shaded by their cost, at most {most:.2f} nats."
    )
    return Picture("samples", title, text, draw, 1.2 + 0.27 * len(lines), WIDTH)
