"""Charts as SVG text: the only module that knows matplotlib, which it loads when it draws.

Words stay text, in the reader's own fonts, and never reach matplotlib: it places stand-ins that
are replaced afterwards. Colours are classes, so a page decides what `f-chart-1` looks like; the
same chart gives the same bytes.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livereview.model import text
from livereview.report import axis_charts, heat_map, palette, row_charts
from livereview.report.plots import columns_of, number, read, rows_of
from livereview.report.sheet import SMALL, Box, Dot, Label, Line, Mark, Sheet, fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from livereview.model import Chart, Frame
    from livereview.report.words import Words

MOST_SPOTS = 1200

_SVG = "{http://www.w3.org/2000/svg}"
_FONT = "system-ui,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ink:
    """How colours are put on: as classes of a page, or in a drawing that stands alone."""

    standalone: bool
    accent: str | None

    def painted(self, kind: str, colour: str) -> dict[str, str]:
        """Return the class of a colour, and for a drawing on its own the colour itself too."""
        own = {"class": f"{kind}-{colour}"}
        if not self.standalone:
            return own
        return own | {"fill" if kind == "f" else "stroke": palette.light(self.accent)[colour]}

    def style(self) -> str:
        """Return the rules that a drawing of its own needs on a dark screen."""
        rules = "".join(
            f".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}"
            for name, value in palette.dark(self.accent).items()
        )
        return f"@media (prefers-color-scheme:dark){{{rules}}}"


def draw(
    chart: Chart,
    frame: Frame,
    words: Words,
    *,
    prefix: str = "",
    standalone: bool = False,
    accent: str | None = None,
) -> str:
    """Return the chart as SVG text, or an empty string when its frame has nothing to show.

    `prefix` keeps ids apart where several charts share a page (default: the chart's name).
    A page gives the colours by the classes `f-NAME` (fill) and `s-NAME` (stroke) of the palette;
    a `standalone` drawing carries them itself, for light and dark and around the `accent`, and
    shows its title.
    """
    sheet = _sheet(chart, frame, words)
    if sheet is None:
        return ""
    title = words.say(chart.title)
    ink = _Ink(standalone=standalone, accent=accent)
    return _svg(sheet, title, _slug(prefix or chart.name), ink)


def _sheet(chart: Chart, frame: Frame, words: Words) -> Sheet | None:
    if chart.kind == "scatter":
        return _scatter(chart, frame, words)
    plot = read(chart, frame, words)
    if plot is None:
        return None
    match chart.kind:
        case "bars":
            sheet = row_charts.bars(plot, words)
        case "bullet":
            sheet = row_charts.bullet(plot, words)
        case "funnel":
            sheet = row_charts.funnel(plot, words)
        case "waterfall":
            sheet = row_charts.waterfall(plot, words)
        case "columns":
            sheet = axis_charts.columns(plot, chart.unit, words)
        case "lines":
            sheet = axis_charts.lines(plot, chart.unit, words)
        case "heat":
            sheet = heat_map.heat(plot, chart.unit, words)
    _say_first(sheet, plot.shown, plot.total, words)
    return sheet


def _say_first(sheet: Sheet, shown: int, total: int, words: Words) -> None:
    """Write below a chart how much of its frame it shows, when that is not all."""
    if total > shown:
        said = words.say(
            text("The first {shown} of {total}; the rest is in the data.", shown=shown, total=total)
        )
        sheet.label(0, sheet.height + 10, said, size=SMALL, fill="faint", room=sheet.width)
        sheet.height += 20


def _scatter(chart: Chart, frame: Frame, words: Words) -> Sheet | None:
    columns = columns_of(frame)
    across, upward = columns[chart.x], columns[chart.y[0]]
    names = [one for one in frame.columns if one.type == "text" and one.name != chart.by]
    naming = next((one for one in names if one.name.endswith("_name")), names[0] if names else None)
    groups: dict[str, list[tuple[float, float, str]]] = {}
    rows = rows_of(chart, frame)
    for row in rows[:MOST_SPOTS]:
        x, y = number(row[chart.x]), number(row[chart.y[0]])
        group = words.cell(row[chart.by], columns[chart.by]) if chart.by else ""
        if x is not None and y is not None:
            name = words.cell(row[naming.name], naming) if naming else ""
            groups.setdefault(group, []).append((x, y, name))
    if not groups:
        return None
    axes = (words.say(across.label), words.say(upward.label))
    sheet = axis_charts.scatter(list(groups.items()), (across.unit, chart.unit), axes, words)
    _say_first(sheet, min(len(rows), MOST_SPOTS), len(rows), words)
    return sheet


def _svg(sheet: Sheet, title: str, prefix: str, ink: _Ink) -> str:
    top = 30.0 if ink.standalone else 0.0
    drawn = _plain(sheet)
    root = ET.Element(
        "svg",
        {
            "xmlns": _SVG[1:-1],
            "class": "chart",
            "viewBox": f"0 {0 - top:g} {sheet.width:g} {round(sheet.height + top, 1):g}",
            "width": f"{sheet.width:g}",
            "height": f"{round(sheet.height + top, 1):g}",
            "role": "img",
            "aria-labelledby": f"{prefix}-title {prefix}-desc",
        },
    )
    ET.SubElement(root, "title", {"id": f"{prefix}-title"}).text = title
    said = [mark.title for mark in sheet.marks if not isinstance(mark, Label) and mark.title]
    described = "; ".join(said[:24]) + ("…" if len(said) > 24 else "")
    ET.SubElement(root, "desc", {"id": f"{prefix}-desc"}).text = described
    if ink.standalone:
        root.set("font-family", _FONT)
        ET.SubElement(root, "style").text = ink.style()
        paper = {"x": "0", "y": f"{0 - top:g}", "width": "100%", "height": "100%"}
        ET.SubElement(root, "rect", paper | ink.painted("f", "paper"))
        heading = Label(x=0, y=-12, words=fit(title, sheet.width, 15), size=15, bold=True)
        root.append(_words(heading, {"x": "0", "y": "-12"}, ink))
    for index, mark in enumerate(sheet.marks):
        root.append(_element(mark, drawn[f"m{index}"], ink))
    return ET.tostring(root, encoding="unicode")


def _plain(sheet: Sheet) -> dict[str, ET.Element]:
    """Return what matplotlib draws of each mark, by the mark's place in the sheet."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "livereview"}):
        figure = Figure(figsize=(sheet.width / 72, sheet.height / 72), dpi=72, frameon=False)
        flip = Affine2D().scale(1, -1).translate(0, sheet.height)
        for index, mark in enumerate(sheet.marks):
            _place(figure, mark, flip, f"m{index}")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - matplotlib's own output
    return {group.get("id", ""): group for group in root.iter(f"{_SVG}g")}


def _place(figure: Figure, mark: Mark, flip: Any, gid: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon, Rectangle

    artist: Any
    match mark:
        case Label():
            artist = figure.text(mark.x, mark.y, "x", transform=flip, parse_math=False)
        case Box():
            artist = Rectangle((mark.x, mark.y), mark.width, mark.height)
        case Dot():
            artist = Line2D([mark.x], [mark.y], marker="o")
        case Line(filled=True):
            artist = Polygon(mark.points)
        case Line():
            artist = Line2D([x for x, _ in mark.points], [y for _, y in mark.points])
    artist.set_gid(gid)
    if not isinstance(mark, Label):
        artist.set_transform(flip)
        figure.add_artist(artist)


def _element(mark: Mark, drawn: ET.Element, ink: _Ink) -> ET.Element:
    """Return the mark as a small element, its geometry as matplotlib drew it."""
    if isinstance(mark, Label):
        spot = drawn.find(f"{_SVG}text")
        return _words(mark, spot.attrib if spot is not None else {}, ink)
    if isinstance(mark, Dot):
        spot = drawn.find(f".//{_SVG}use")
        at = spot.attrib if spot is not None else {}
        element = ET.Element("circle", {"cx": _short(at["x"]), "cy": _short(at["y"])})
        element.set("r", f"{mark.radius:g}")
        element.attrib.update(ink.painted("f", mark.fill))
    else:
        path = drawn.find(f"{_SVG}path")
        element = ET.Element("path", {"d": _short(path.get("d", "") if path is not None else "")})
        if isinstance(mark, Box):
            element.attrib.update(ink.painted("f", mark.fill))
        elif mark.filled:
            element.attrib.update(ink.painted("f", mark.colour))
        else:
            element.attrib.update(ink.painted("s", mark.colour))
            element.set("stroke-width", f"{mark.width:g}")
            element.set("fill", "none")
            if mark.dashed:
                element.set("stroke-dasharray", "5 4")
    if mark.title:
        ET.SubElement(element, "title").text = mark.title
    return element


def _words(mark: Label, at: Mapping[str, str], ink: _Ink) -> ET.Element:
    element = ET.Element("text", {"x": _short(at["x"]), "y": _short(at["y"])})
    element.set("font-size", f"{mark.size:g}")
    if mark.anchor != "start":
        element.set("text-anchor", mark.anchor)
    if mark.bold:
        element.set("font-weight", "600")
    element.attrib.update(ink.painted("f", mark.fill))
    element.text = mark.words
    if mark.title:
        ET.SubElement(element, "title").text = mark.title
    return element


def _short(geometry: str) -> str:
    """Return coordinates with at most one decimal and no needless blanks."""
    rounded = re.sub(
        r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), geometry
    )
    return re.sub(r"\s*([MLCZz])\s*", r"\1", rounded.replace("\n", " ")).strip()


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)
