"""A picture of a case: a bar for each contender's figure, as long as its median, which its label says."""

from xml.etree import ElementTree as ET

from pygal import Config, HorizontalBar
from pygal.style import Style

from benchmarks.results import Results
from benchmarks.table import number

_STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    font_family="system-ui, sans-serif",
    colors=("#1f6f54", "#c2571a", "#2f5d9b", "#8a5a9e", "#7a7a7a"),
    label_font_size=13,
    major_label_font_size=13,
    title_font_size=17,
    guide_stroke_color="#dddddd",
    major_guide_stroke_color="#dddddd",
    opacity="1",
)
_SVG = "http://www.w3.org/2000/svg"

_BAR_PIXELS, _FRAME_PIXELS = 34, 130


def drawn(results: Results) -> bytes:
    """Return the picture as SVG that asks nobody for anything."""
    case, names = results.case, list(reversed(results.contenders))  # pygal begins at the bottom
    config = Config(
        js=(),  # pygal's own would be loaded from elsewhere
        title=case.title,
        show_legend=len(case.figures) > 1,
        legend_at_bottom=True,
        show_minor_y_labels=False,
        y_labels_major_count=5,
        value_formatter=number,
        height=_FRAME_PIXELS + _BAR_PIXELS * len(names) * len(case.figures),
        width=820,
        style=_STYLE,
        x_labels=[_label(results, name) for name in names],
        disable_xml_declaration=False,
        explicit_size=True,
    )
    chart = HorizontalBar(config)
    for figure, unit in case.figures.items():
        middle = [results.spread(name, figure).middle if figure in results.figures_of(name) else None for name in names]
        chart.add(f"{figure}, {unit}", middle)
    chart.uuid = case.name  # the same figures give the same file
    return _without_scripts(chart.render())


def _label(results: Results, name: str) -> str:
    middles = (number(results.spread(name, figure).middle) for figure in results.figures_of(name))
    return f"{name}: {' · '.join(middles)}"


def _without_scripts(svg: bytes) -> bytes:
    """Take out what would only move the picture in a browser: a page shows it as a plain image."""
    ET.register_namespace("", _SVG)
    picture = ET.fromstring(svg)  # noqa: S314  (made a moment ago)
    for parent in picture.iter():
        for script in parent.findall(f"{{{_SVG}}}script"):
            parent.remove(script)
    return bytes(ET.tostring(picture, encoding="utf-8", xml_declaration=True)) + b"\n"
