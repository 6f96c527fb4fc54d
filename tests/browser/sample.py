"""A review with every kind of chart, table, finding and section, for a real browser to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from livereview import glossary
from livereview.analysis import column, frame
from livereview.model import (
    Action,
    Campaign,
    Chart,
    Column,
    Finding,
    Frame,
    Gate,
    Impact,
    Logo,
    Look,
    Measure,
    Message,
    Rejection,
    Review,
    Score,
    Section,
    Source,
    SqlFile,
    Table,
    money,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import ChartKind, Severity, Status, Unit

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)><a href="javascript:alert(3)">'


def _framed(name: str, columns: tuple[str | Column, ...], rows: Sequence[tuple[Any, ...]]) -> Frame:
    schema = frame(*columns)
    named = {one.name: [row[place] for row in rows] for place, one in enumerate(schema)}
    sql = SqlFile(file=f"{name}.sql", text="select '" + "x" * 300 + "'\nfrom sessions")
    return Frame(name=name, columns=schema, rows=pl.DataFrame(named, strict=False), sql=(sql,))


def _chart(
    kind: ChartKind, of: str, x: str, *y: str, unit: Unit = "money", by: str | None = None
) -> Chart:
    title = text("A {kind} chart of {frame}", kind=kind, frame=of)
    return Chart(name=kind, kind=kind, frame=of, x=x, y=y, unit=unit, by=by, title=title)


def _finding(code: str, severity: Severity, headline: Message, value: float | None) -> Finding:
    return Finding(
        code=code, subject="one", severity=severity, grade="estimate", headline=headline,
        detail=text("Measured over all sessions of the campaign."),
        measures=(Measure(name="gmv_share", value=0.45, unit="share", low=0.4, high=0.5, n=87),),
        impact=None if value is None else Impact(value=value, low=value * 1.2, high=value * 0.8),
        advice=text("Give five mid anchors two prime-time slots each."),
    )  # fmt: skip


def _goals(name: str) -> Section:
    days = [date(2026, 11, 1) + timedelta(days=place) for place in range(11)]
    by_day = [(day, 1e7 * place, 1.1e7 * place) for place, day in enumerate(days, 1)]
    kpis = [("gmv", 1.2e9, 1.4e9, "act"), ("refund_rate", 0.25, 0.2, "watch"),
            ("new_buyers", 1.7e6, 1.6e6, "good")]  # fmt: skip
    effects = [("viewers_uv", 5e7), ("aov", -2e7), ("orders_per_buyer", 1e7)]
    return Section(
        slug="goals", chapter=1, order=10, title=text("Goals"), status="ok",
        question=text("Did GMV and each KPI reach their target?"),
        notes=(text("Daily targets are spread evenly."),),
        findings=(
            _finding("goals.short", "act", text("GMV is {gap} short", gap=money(2e8)), -2e8),
            _finding("goals.part", "watch", text("{name} misses its target", name=name), -8e7),
        ),
        frames={
            "by_day": _framed("by_day", ("day", "gmv", "target:money"), by_day),
            "kpis": _framed("kpis", ("metric", "actual", "target", "status"), kpis),
            "effects": _framed("effects", ("metric", column("effect", "money")), effects),
        },
        tables=(
            Table(frame="kpis", title=text("KPIs")),
            Table(frame="effects", title=text("Effects")),
        ),
        charts=(
            _chart("lines", "by_day", "day", "gmv", "target"),
            _chart("columns", "by_day", "day", "gmv", "target"),
            _chart("bullet", "kpis", "metric", "actual", "target", unit="number"),
            _chart("waterfall", "effects", "metric", "effect"),
        ),
    )  # fmt: skip


def _made(name: str) -> Message:
    return text("{name} makes {share} of GMV", name=name, share=share(0.45))


def _anchors(name: str) -> Section:
    rows = [
        (f"{100 + place}", f"{name} {place}", ("head", "mid", "tail")[place % 3], 9e7 / (place + 1),
         3e6 / (place + 1), 0.1 + place / 100, 0.02, 0.07, 0.2, 4.5, None if place == 3 else 5.0)
        for place in range(25)
    ]  # fmt: skip
    columns = "anchor_id anchor_name tier gmv gmv_per_hour interaction_rate view_pay_rate_uv \
        repurchase_rate refund_rate roi_total roi_ad"
    heat = [(tier, hour, 1e5 * hour) for tier in ("head", "tail") for hour in range(24)]
    return Section(
        slug="anchors", chapter=2, order=10, title=text("Anchors"), status="ok",
        question=text("Which tiers and anchors made the money, and how dependent are we on them?"),
        findings=(
            _finding("anchors.head", "act", _made(name), -9e7),
            _finding("anchors.note", "note", text("Own and influencer rooms are alike"), None),
        ),
        frames={
            "anchors": _framed("anchors", (columns,), rows),
            "heat": _framed("heat", ("tier", "hour", "gmv_per_hour"), heat),
        },
        tables=(Table(frame="anchors", title=text("League table"), limit=20),),
        charts=(
            _chart("bars", "anchors", "anchor_name", "gmv"),
            _chart("scatter", "anchors", "gmv_per_hour", "roi_ad", unit="ratio", by="tier"),
            _chart("heat", "heat", "hour", "gmv_per_hour", by="tier"),
        ),
    )  # fmt: skip


def _funnel() -> Section:
    steps = [("room_impressions", 10_000), ("viewers", 900), ("buyers", 30)]
    return Section(
        slug="funnel", chapter=3, order=10, title=text("Funnel"), status="ok",
        question=text("Where do viewers leak away?"),
        findings=(
            _finding("funnel.pay", "act", text("Payment leaks most"), -9.8e7),
            _finding("funnel.enter", "watch", text("Fewer enter the room"), -3e7),
        ),
        frames={"steps": _framed("steps", ("step", "users"), steps)},
        charts=(_chart("funnel", "steps", "step", "users", unit="persons"),),
    )  # fmt: skip


def _without_figures() -> tuple[Section, ...]:
    return (
        Section(slug="experiments", chapter=3, order=20, title=text("Experiments"), status="empty",
                question=text("Which fixes are proven?"), reason=text("needs experiments")),
        Section(slug="stability", chapter=4, order=10, title=text("Stability"), status="failed",
                question=text("Where did the stream stall?"), reason=text("a column is not there")),
    )  # fmt: skip


def _score(
    metric: str, value: float, target: float | None, met: float | None, status: Status
) -> Score:
    entry = glossary.metrics()[metric]
    return Score(
        metric=metric, label=entry.label, value=value, unit=entry.unit, target=target,
        attainment=met, previous=value * 0.9, change=0.111, status=status,
    )  # fmt: skip


def review(name: str = "Lumière 露美") -> Review:
    """Return the review; `name` stands wherever a name from the data does."""
    start, end = datetime(2026, 11, 1), datetime(2026, 11, 12)  # noqa: DTZ001 - local time
    as_of = datetime(2026, 11, 26, 9)  # noqa: DTZ001
    return Review(
        version="0.1.0", look=Look(title=f"Double 11 {name}", brand=name), as_of=as_of,
        campaign=Campaign(name=name, start=start, end=end, currency="CNY", gmv_level="gross",
                          timezone="Asia/Shanghai", refund_maturity_days=14),
        scorecard=(
            _score("gmv", 1.2e9, 1.4e9, 0.857, "act"),
            _score("viewers_uv", 2.1e8, 2.3e8, 0.934, "watch"),
            _score("new_buyers", 1.7e6, 1.6e6, 1.06, "good"),
            _score("gmv_net", 9.5e8, None, None, "none"),
        ),
        sections=(_goals(name), _anchors(name), _funnel(), *_without_figures()),
        notes=(text("Sums of viewers are person-sessions."),),
        gates=(
            Gate(name="g", metric="refund_rate", op="<=", limit=0.25, value=0.21, status="passed"),
            Gate(name="h", metric="goals.gmv.pace", op=">=", limit=1, value=0.9, status="failed"),
        ),
        actions=(
            Action(id="a", finding="", text=text("Ask {name}", name=name), owner_role="tech"),
        ),
        sources=(
            Source(path=f"exports/{name}.xlsx", kind="douyin.session_list", table="sessions",
                   campaign="current", rows=512, rejected=1, duplicates=4, dropped=1,
                   period=(start.date(), end.date()), encoding="xlsx", sha256="9f2c" * 16,
                   exported_at=as_of, unmapped=(name,),
                   rejections=(Rejection(path="x", row=3, column="gmv", value=name, reason="r"),)),
        ),
    )  # fmt: skip


NOTE = """# What we think

It **rained** in [the south](https://example.com), `code`, and:

1. first
2. second

> said by the anchor

| region | days |
|---|--:|
| East | 9 |
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><path d="M0 0h30v10H0z"/></svg>'


def owned(accent: str) -> Review:
    """Return the review with the look and the notes of its owner."""
    plain = review()
    logo = Logo(media="image/svg+xml", content=LOGO.encode())
    return replace(
        plain,
        look=replace(plain.look, accent=accent, logo=logo),
        remark=NOTE,
        sections=tuple(replace(section, remark=NOTE) for section in plain.sections),
    )
