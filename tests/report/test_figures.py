"""Charts as SVG: well-formed, stable, true to the figures, and indifferent to what names hold."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.analysis import column, frame
from livereview.model import Chart, Column, Frame, text
from livereview.report import palette
from livereview.report.axis_charts import ticks
from livereview.report.figures import draw
from livereview.report.sheet import extent, fit
from livereview.report.words import Words

from .awkward import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import ChartKind, Unit

SVG = "{http://www.w3.org/2000/svg}"
EN = Words("en", "CNY")


def framed(columns: tuple[str | Column, ...], rows: Sequence[tuple[Any, ...]]) -> Frame:
    schema = frame(*columns)
    named = {one.name: [row[place] for row in rows] for place, one in enumerate(schema)}
    return Frame(name="shown", columns=schema, rows=pl.DataFrame(named, strict=False))


def chart(kind: ChartKind, x: str, *y: str, unit: Unit = "money", **rest: Any) -> Chart:
    return Chart(
        name=f"{kind}-chart", kind=kind, frame="shown", x=x, y=y,
        title=text("What it shows"), unit=unit, **rest,
    )  # fmt: skip


def drawn(picture: Chart, figures: Frame, words: Words = EN, **rest: Any) -> ET.Element:
    return ET.fromstring(draw(picture, figures, words, **rest))


def words_of(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def boxes(root: ET.Element) -> dict[str, tuple[float, float, float, float]]:
    """Return left, top, width and height of every titled box, by its title."""
    found = {}
    for element in root.iter(f"{SVG}path"):
        title = element.findtext(f"{SVG}title")
        if title and "stroke" not in element.get("class", "") and element.get("fill") != "none":
            numbers = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", element.get("d", ""))]
            xs, ys = numbers[::2], numbers[1::2]
            found[title] = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return found


DAYS = [date(2026, 11, 1) + timedelta(days=place) for place in range(5)]
BY_DAY = framed(
    ("day", "gmv", "target:money"),
    [(day, 1e6 * place, 1.2e6 * place) for place, day in enumerate(DAYS, 1)],
)
TIERS = framed(
    ("tier", "gmv", "gmv_per_hour"),
    [("head", 540e6, 3e6), ("mid", 420e6, 1e6), ("tail", 240e6, 4e5)],
)
KPIS = framed(
    ("metric", "actual", "target"),
    [("gmv", 1.2e9, 1.4e9), ("refund_rate", 0.25, 0.20), ("gmv_net", 9e8, None)],
)
STEPS = framed(
    ("step", "users", "yardstick_rate"),
    [("room_impressions", 1000, None), ("viewers", 400, 0.5), ("buyers", 20, 0.04)],
)
EFFECTS = framed(
    ("metric", column("effect", "money", text("Effect"))),
    [("viewers_uv", 50e6), ("aov", -20e6), ("orders_per_buyer", 5e6)],
)
GRID = framed(
    ("tier", "hour", "gmv"),
    [("head", 20, 1e6), ("head", 21, 6e6), ("tail", 20, None), ("tail", 21, 3e6)],
)
KINDS: dict[str, tuple[Chart, Frame, tuple[str, ...]]] = {
    "bars": (chart("bars", "tier", "gmv"), TIERS, ("head", "¥540M", "tail")),
    "columns": (chart("columns", "day", "gmv", "target"), BY_DAY, ("Nov 1", "GMV", "Target")),
    "lines": (chart("lines", "day", "gmv", "target"), BY_DAY, ("Nov 1", "GMV", "Target")),
    "bullet": (chart("bullet", "metric", "actual", "target"), KPIS, ("GMV", "¥1.20B of ¥1.40B")),
    "funnel": (
        chart("funnel", "step", "users", "yardstick_rate", unit="persons"), STEPS,
        ("Shown the room", "1,000", "↓ 40.0\N{NO-BREAK SPACE}%, yardstick 50.0\N{NO-BREAK SPACE}%"),
    ),
    "heat": (chart("heat", "hour", "gmv", by="tier"), GRID, ("head", "20", "21")),
    "waterfall": (chart("waterfall", "metric", "effect"), EFFECTS, ("−¥20.0M", "Sum", "+¥35.0M")),
    "scatter": (
        chart("scatter", "gmv_per_hour", "gmv", by="tier"), TIERS,
        ("head", "GMV per hour", "GMV"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_its_labels_and_figures(kind: str) -> None:
    picture, figures, expected = KINDS[kind]
    root = drawn(picture, figures)
    assert set(expected) <= set(words_of(root))
    assert root.get("role") == "img"
    labelled = {element.get("id"): element for element in root.iter() if element.get("id")}
    named = [labelled[one].text for one in (root.get("aria-labelledby") or "").split()]
    assert named[0] == "What it shows"
    assert named[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("standalone", [False, True])
def test_two_draws_are_equal(kind: str, standalone: bool) -> None:
    picture, figures, _ = KINDS[kind]
    first = draw(picture, figures, EN, standalone=standalone)
    assert first == draw(picture, figures, Words("en", "CNY"), standalone=standalone)


@pytest.mark.parametrize("kind", KINDS)
def test_every_colour_is_in_the_palette_and_no_font_is_fixed(kind: str) -> None:
    picture, figures, _ = KINDS[kind]
    svg = draw(picture, figures, EN)
    used = set(re.findall(r'class="[fs]-([a-z0-9-]+)"', svg))
    assert used
    assert used <= set(palette.light())
    assert "font-family" not in svg
    assert "#" not in svg


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_charts_has_no_id_twice(kind: str) -> None:
    picture, figures, _ = KINDS[kind]
    ids = [
        element.get("id")
        for prefix in ("goals-a", "anchors-a")
        for element in drawn(picture, figures, prefix=prefix).iter()
        if element.get("id")
    ]
    assert len(ids) == len(set(ids)) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_show_gives_no_drawing(kind: str) -> None:
    picture, figures, _ = KINDS[kind]
    none = Frame(name="shown", columns=figures.columns, rows=figures.rows.clear())
    assert draw(picture, none, EN) == ""
    y = picture.y[0]
    unknown = figures.rows.with_columns(pl.lit(None, figures.rows[y].dtype).alias(y))
    assert draw(picture, Frame(name="shown", columns=figures.columns, rows=unknown), EN) == ""


@pytest.mark.parametrize("kind", ["bars", "bullet", "funnel", "waterfall", "lines", "columns"])
def test_hostile_names_stay_words(kind: ChartKind) -> None:
    rows = [
        (name, 100.0 + place, 90.0) for place, name in enumerate((*NAMES, "$x^2$ \\frac{1}{2}"))
    ]
    figures = framed(("anchor_name", "gmv", "target:money"), rows)
    y = ("gmv", "target") if kind == "bullet" else ("gmv",)
    root = drawn(chart(kind, "anchor_name", *y, limit=99), figures)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "text", "path", "circle",
    }  # fmt: skip
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    everything = " ".join(root.itertext())
    if kind in {"bars", "bullet", "funnel"}:
        assert "<script>alert(1)</script>" in everything
        assert "$x^2$ \\frac{1}{2}" in everything
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", everything)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), None])
def test_what_is_no_number_is_a_gap(number: float | None) -> None:
    figures = framed(("tier", "gmv"), [("head", 10.0), ("mid", number), ("tail", 5.0)])
    root = drawn(chart("bars", "tier", "gmv"), figures)
    assert len(boxes(root)) == 2
    assert "–" in words_of(root)


def test_bars_are_as_long_as_their_figures_from_one_zero() -> None:
    figures = framed(("tier", "gmv"), [("head", 400e6), ("mid", -100e6), ("tail", 200e6)])
    found = list(boxes(drawn(chart("bars", "tier", "gmv"), figures)).values())
    (head, mid, tail) = found
    assert head[2] / tail[2] == pytest.approx(2, rel=0.01)
    assert head[2] / mid[2] == pytest.approx(4, rel=0.01)
    assert head[0] == pytest.approx(tail[0], abs=0.2) == pytest.approx(mid[0] + mid[2], abs=0.2)


def test_a_line_breaks_where_a_figure_is_missing() -> None:
    values = [1.0, 2.0, None, 4.0, 5.0]
    figures = framed(("day", "gmv"), list(zip(DAYS, values, strict=True)))
    root = drawn(chart("lines", "day", "gmv"), figures)
    lines = [one for one in root.iter(f"{SVG}path") if one.get("class") == "s-chart-1"]
    assert [one.get("d", "").count("L") + 1 for one in lines] == [2, 2]
    assert len(list(root.iter(f"{SVG}circle"))) == 4


def test_days_stand_in_their_order_and_distance() -> None:
    days = [DAYS[4], DAYS[0], DAYS[1]]
    figures = framed(("day", "gmv"), list(zip(days, [5.0, 1.0, 2.0], strict=True)))
    root = drawn(chart("lines", "day", "gmv"), figures)
    xs = [float(dot.get("cx", "0")) for dot in root.iter(f"{SVG}circle")]
    assert (xs[2] - xs[0]) / (xs[1] - xs[0]) == pytest.approx(4, rel=0.02)


def test_columns_grow_from_zero_to_both_sides() -> None:
    figures = framed(("hour", "gmv"), [(20, 300.0), (21, -100.0), (22, None)])
    (up, down) = boxes(drawn(chart("columns", "hour", "gmv"), figures)).values()
    assert up[3] / down[3] == pytest.approx(3, rel=0.02)
    assert up[1] + up[3] == pytest.approx(down[1], abs=0.2)


def test_bullets_of_unlike_metrics_share_their_target() -> None:
    root = drawn(chart("bullet", "metric", "actual", "target", unit="number"), KPIS)
    ticks_at = [
        min(float(one) for one in re.findall(r"[ML](-?[\d.]+)", path.get("d", "")))
        for path in root.iter(f"{SVG}path")
        if path.get("class") == "f-ink"
    ]
    assert len(ticks_at) == 2, "a metric without a target has no row"
    assert ticks_at[0] == pytest.approx(ticks_at[1], abs=0.2)
    passed = [path for path in root.iter(f"{SVG}path") if path.get("class") == "f-fall"]
    assert len(passed) == 1, "only refunds are beyond what they should be"


def test_bullets_of_groups_say_the_group() -> None:
    figures = framed(
        ("scope_type", "scope", "gmv", "target:money"),
        [("platform", "Douyin", 7.0, 8.0), ("anchor_tier", "head", 5.0, 6.0)],
    )
    said = words_of(drawn(chart("bullet", "scope", "gmv", "target", by="scope_type"), figures))
    assert [one for one in said if "of" not in one] == ["platform", "Douyin", "anchor tier", "head"]


def test_funnel_bars_keep_the_proportion_of_their_steps() -> None:
    found = list(boxes(drawn(*KINDS["funnel"][:2])).values())
    assert [round(one[2] / found[0][2], 2) for one in found] == [1.0, 0.4, 0.02]


def test_waterfall_steps_begin_where_the_last_ended() -> None:
    (viewers, aov, orders, total) = boxes(drawn(*KINDS["waterfall"][:2])).values()
    assert viewers[0] + viewers[2] == pytest.approx(aov[0] + aov[2], abs=0.2)
    assert aov[0] == pytest.approx(orders[0], abs=0.2)
    assert total[0] == pytest.approx(viewers[0], abs=0.2)
    assert total[2] / viewers[2] == pytest.approx(35 / 50, rel=0.02)


def test_heat_is_stronger_where_more_is_and_empty_where_nothing_is_known() -> None:
    root = drawn(*KINDS["heat"][:2])
    shade = {
        (path.findtext(f"{SVG}title") or "").split(":")[0]: path.get("class", "")
        for path in root.iter(f"{SVG}path")
        if path.findtext(f"{SVG}title")
    }
    assert shade == {"head · 20": "f-heat-2", "head · 21": "f-heat-6", "tail · 21": "f-heat-4"}


def test_heat_below_zero_has_the_other_colour() -> None:
    figures = framed(("tier", "hour", "gmv"), [("head", 20, -9.0), ("head", 21, 9.0)])
    root = drawn(chart("heat", "hour", "gmv", by="tier"), figures)
    shades = [path.get("class") for path in root.iter(f"{SVG}path") if len(path)]
    assert shades == ["f-cold-3", "f-heat-5"]


def test_an_interval_is_drawn_and_the_figure_stands_beyond_it() -> None:
    figures = framed(
        ("step", "loss_gmv", "low:money", "high:money"),
        [("viewers", -30e6, -45e6, -15e6), ("buyers", -90e6, None, None)],
    )
    root = drawn(chart("bars", "step", "loss_gmv", "low", "high"), figures)
    strokes = [path for path in root.iter(f"{SVG}path") if path.get("class") == "s-ink"]
    assert len(strokes) == 3
    ends = [float(one) for one in re.findall(r"[ML](-?[\d.]+)", strokes[0].get("d", ""))]
    (label,) = [one for one in root.iter(f"{SVG}text") if one.text == "−¥30.0M"]
    assert float(label.get("x", "0")) < min(ends)


def test_series_by_group_are_named_and_references_dashed() -> None:
    rows = [(hour, tier, hour * 1.0) for hour in (1, 2, 3) for tier in ("head", "mid")]
    figures = framed(("hour", "tier", "gmv"), rows)
    root = drawn(chart("lines", "hour", "gmv", by="tier"), figures)
    assert {"head", "mid"} <= set(words_of(root))
    dashed = drawn(chart("lines", "day", "gmv", "target"), BY_DAY)
    styles = [path.get("stroke-dasharray") for path in dashed.iter(f"{SVG}path")]
    assert styles.count("5 4") == 1


def test_rows_beyond_the_limit_are_counted() -> None:
    said = words_of(drawn(chart("bars", "tier", "gmv", limit=2), TIERS))
    assert "The first 2 of 3; the rest is in the data." in said
    assert "tail" not in said


def test_where_keeps_only_its_rows() -> None:
    said = words_of(drawn(chart("bars", "tier", "gmv", where=(("tier", "mid"),)), TIERS))
    assert "mid" in said
    assert "head" not in said


def test_a_long_name_is_shortened_and_whole_in_its_title() -> None:
    name = "周晓彤的美妆护肤超级品牌日官方旗舰店直播间第二场返场加播专场特别版本"
    figures = framed(("anchor_name", "gmv"), [(name, 1e6)])
    root = drawn(chart("bars", "anchor_name", "gmv"), figures, Words("zh-CN", "CNY"))
    (label,) = [one for one in root.iter(f"{SVG}text") if (one.text or "").endswith("…")]
    assert label.findtext(f"{SVG}title") == name
    assert extent(label.text or "") <= 400


def test_standing_alone_it_carries_title_and_colours_for_light_and_dark() -> None:
    svg = draw(KINDS["bars"][0], TIERS, EN, standalone=True)
    root = ET.fromstring(svg)
    assert "What it shows" in words_of(root)
    assert palette.light()["chart-1"] in svg
    assert f".f-chart-1{{fill:{palette.dark()['chart-1']}}}" in svg
    assert "prefers-color-scheme:dark" in svg
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_matplotlib_waits_until_something_is_drawn() -> None:
    code = "import sys, livereview.report.figures; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_ticks_are_even_few_and_cover_zero_and_the_figures(low: float, high: float) -> None:
    found = ticks(min(low, high), max(low, high))
    assert 2 <= len(found) <= 7
    assert 0 in found
    slack = (found[-1] - found[0]) * 1e-6
    assert found[0] <= min(low, high) + slack
    assert found[-1] >= max(low, high) - slack
    steps = [after - before for before, after in pairwise(found)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-6)


@given(st.text(max_size=60), st.floats(20, 300))
def test_fitted_words_fit(words: str, room: float) -> None:
    shown = fit(words, room)
    assert extent(shown) <= room
    assert shown == words or shown == "" or shown.endswith("…")


def luminance(colour: str) -> float:
    """Return WCAG 2 relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return WCAG 2 contrast of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [palette.light(), palette.dark()], ids=["light", "dark"])
def test_colours_can_be_told_from_the_paper(colours: Mapping[str, str]) -> None:
    for name in ("ink", "soft", "faint", "accent", "good", "watch", "act"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for name in ("ink", "act"):
        assert contrast(colours[name], colours["act-wash"]) >= 4.5, name
    marks = [name for name in colours if name.startswith("chart-") or name.endswith("-fill")]
    for name in (*marks, "compare", "rise", "fall", "rule"):
        assert contrast(colours[name], colours["paper"]) >= 3, name
    for pale in ("heat-1", "heat-2", "heat-3", "cold-1", "cold-2"):
        assert contrast(colours["ink"], colours[pale]) >= 4.5, pale
    for strong in ("heat-4", "heat-5", "heat-6", "cold-3"):
        assert contrast(colours["paper"], colours[strong]) >= 4.5, strong
