"""Charts as SVG without script, without ids and without a time: the same figures, the same bytes.

They are drawn by pygal, whose own style, comments and script are taken out: an image of a page
runs nothing, and what it looks like stands here, for day and night.
"""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, tostring

import pygal
from pygal.style import Style

# pygal hooks itself into all imports, for plug-ins that Wren has none of, in a way that Python
# warns of at each import from then on.
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]

WIDTH = 420
_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif"
_COLOURS = (
    ("#0b6870", "#67ccc6"),
    ("#b45309", "#ffc861"),
    ("#6d3fa0", "#c9a6f0"),
    ("#a3211a", "#f2938b"),
    ("#4a5a63", "#aebdc4"),
)
"""Of each series, by day and by night: those of the console, apart also without colour."""

MOST = len(_COLOURS)
"""How many lines a chart has at most."""

_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 4")


def bars(counts: Mapping[str, int]) -> str:
    """A bar for each name, from the top; its count stands with the name."""
    chart = pygal.HorizontalBar(_config(40 + 26 * len(counts), values=False))
    rows = list(counts.items())[::-1]
    chart.x_labels = [f"{_short(name, 22)}  {count}" for name, count in rows]
    chart.add("", [count for _, count in rows])
    return _drawn(chart)


def columns(counts: Mapping[str, int | None]) -> str:
    """A column for each name, in order; none where nothing is known."""
    chart = pygal.Bar(_config(210, values=True))
    _over(chart, list(counts))
    chart.add("", list(counts.values()))
    return _drawn(chart)


def lines(over: Sequence[str], series: Mapping[str, Sequence[int | None]]) -> str:
    """A line for each name, over these times in order; a gap where nothing is known."""
    shown = list(series.items())[:MOST]
    config = _config(210 + 22 * len(shown), values=False)
    config.show_legend = True
    chart = pygal.Line(config)
    _over(chart, over)
    for name, counts in shown:
        chart.add(_short(name, 48), list(counts), allow_interruptions=True)
    return _drawn(chart)


def _over(chart: Any, times: Sequence[str]) -> None:
    """Names of times below; where they are many, some of them."""
    chart.x_labels = list(times)
    chart.x_labels_major_every = 1 + (len(times) - 1) // 5
    chart.show_minor_x_labels = False


def as_address(svg: str) -> str:
    """The chart as a `data:` address, for an image."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _config(height: int, *, values: bool) -> pygal.Config:
    config = pygal.Config()
    config.js = []
    config.style = Style(
        font_family=_FONT, label_font_size=12, major_label_font_size=12, value_font_size=12,
        legend_font_size=12,
    )  # fmt: skip
    config.width, config.height, config.explicit_size = WIDTH, height, True
    config.show_legend, config.legend_at_bottom = False, True
    config.legend_at_bottom_columns = 1
    config.print_values, config.print_values_position = values, "top"
    config.min_scale, config.max_scale = 3, 6
    config.truncate_label = config.truncate_legend = -1
    config.formatter = config.value_formatter = lambda one: "" if one is None else f"{one:g}"
    config.disable_xml_declaration = config.no_prefix = True
    config.margin, config.margin_right, config.dots_size = 8, 30, 3
    config.range, config.include_x_axis = (0, None), True
    return config


def _drawn(chart: Any) -> str:
    chart.add_xml_filter(_plain)
    svg = chart.render(is_unicode=True)
    return re.sub(r">\s+<", "><", str(svg))


def _plain(root: Element) -> Element:
    """Without comments, script, ids and what only a script would read."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in ("script", "desc", "title"):
                parent.remove(child)
            elif child.tag == "style":
                child.text = _STYLE
        for name in ("id", "onclick"):
            parent.attrib.pop(name, None)
    tostring(root)  # raises where something is left that is no XML
    return root


def _style() -> str:
    series = "".join(
        f".color-{at}{{fill:light-dark({day},{night});stroke:light-dark({day},{night})}}"
        f".serie-{at} .line{{stroke-dasharray:{dash}}}"
        for at, ((day, night), dash) in enumerate(zip(_COLOURS, _DASHES, strict=True))
    )
    return (
        ":root{color-scheme:light dark}"
        f"text{{font:12px {_FONT};fill:light-dark(#17262d,#e9eff1);stroke:none}}"
        ".axis.x text,.value{text-anchor:middle}.axis.y text{text-anchor:end}"
        ".background{fill:none}"
        ".axis .line{stroke:light-dark(#dad9d4,#2d3c44);fill:none}"
        f"{series}"
        ".line{fill:none;stroke-width:2}"
        ".text-overlay text,.legend text{fill:light-dark(#17262d,#e9eff1);stroke:none}"
        ".tooltip,.no_data{display:none}"
    )


_STYLE = _style()
