"""Lines over logarithmic axes, drawn by matplotlib without a display."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matcalc.errors import MissingExtra

SMALLEST = 1e-17
"""What is drawn for an error of zero, which a logarithmic axis does not have."""


@dataclass(frozen=True)
class Line:
    """One line of a plot: what it is called, its points, what it shares its colour with."""

    label: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    group: str
    dashed: bool = False


def figure(lines: Iterable[Line], across: str, up: str) -> Any:
    """A matplotlib figure with both axes logarithmic.

    Parameters
    ----------
    lines : iterable of Line
        What is drawn; lines of one group have one colour.
    across, up : str
        What the axes show.

    Raises
    ------
    MissingExtra
        Without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib is missing: pip install 'matcalc[plot]'") from error
    drawn = Figure(figsize=(7.5, 4), layout="constrained")
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel=across, ylabel=up)
    colours: dict[str, str] = {}
    for line in lines:
        colour = colours.setdefault(line.group, f"C{len(colours)}")
        ys = [max(y, SMALLEST) for y in line.ys]
        style = "--" if line.dashed else "-"
        axes.plot(line.xs, ys, style, color=colour, label=line.label, marker=".", markersize=4)
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return drawn


def svg(drawn: Any) -> str:
    """A figure as the text of an SVG file, the same for the same figure."""
    from matplotlib import rc_context

    out = io.StringIO()
    with rc_context({"svg.hashsalt": "matcalc"}):
        drawn.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
