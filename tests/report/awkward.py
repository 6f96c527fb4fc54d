"""One canned review in which everything that can go wrong with a report is there."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from livereview.model import (
    Action,
    Campaign,
    Chart,
    Column,
    Finding,
    Frame,
    Gate,
    Impact,
    Look,
    Measure,
    Message,
    Phase,
    Rejection,
    Review,
    Score,
    Section,
    Source,
    SqlFile,
    Table,
    Term,
    Type,
    Unit,
    money,
    plural,
    share,
    text,
)

LONG_ID = "739162845501928374"
"""Eighteen digits: a float would lose the last two."""

NAMES = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "<script>alert(1)</script>",
    "</td></svg><img src=x onerror=alert(1)>",
    "a|b||c",
    "first\nsecond\r\n# third",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07bell\x07",
    "nul\x00 and \x0b and \ufffe",
    "[click](javascript:alert(1)) ![i](https://evil.example/x.png)",
    "`code` *bold* _it_ ~~no~~ ``` --- www.evil.example",
    "[bold red]markup[/] {name} {{ 7*7 }} {% raw %} %s",
    "\u202egnp.exe\u202c \u2066isolated\u2069",
    "مرحبا بالعالم",
    "李佳琦直播间|双11 &amp; <b>",
    "👩‍💻🎉 emoji",
    "# heading",
    "1. list",
    "---",
    "",
    "   ",
    "''quoted'' \"double\" \\back\\",
    "x" * 40_000,
)
"""Names as an export may hold them."""

START = datetime(2026, 11, 1, 20, 5)  # noqa: DTZ001 - local time, as in the store

NUMBERS = (
    1_200_000_000.0,
    -1_200_000_000.0,
    0.0,
    -0.0,
    1e-9,
    -1e-9,
    1e30,
    float("nan"),
    float("inf"),
    float("-inf"),
    None,
    0.005,
    999_999.995,
)


def column(name: str, type: Type, unit: Unit, label: str = "") -> Column:  # noqa: A002
    return Column(name=name, type=type, unit=unit, label=Message(label or f"_{name}"))


def _hostile_rows() -> Frame:
    count = len(NAMES)
    numbers = [NUMBERS[place % len(NUMBERS)] for place in range(count)]
    rows = pl.DataFrame(
        {
            "anchor_name": NAMES,
            "anchor_id": [LONG_ID] * count,
            "tier": ["head", "mid", None, "a|b<", *["tail"] * (count - 4)],
            "gmv": numbers,
            "viewers_uv": [None if place % 5 == 0 else 10**place for place in range(18)]
            + [0] * (count - 18),
            "refund_rate": [None if one is None else one / 1e9 for one in numbers],
            "gap": numbers,
            "roi_ad": numbers,
            "avg_watch_s": numbers,
            "estimated": [None if place % 3 == 0 else place % 3 == 1 for place in range(count)],
            "day": [None if place == 2 else date(2026, 11, 1) for place in range(count)],
            "start_at": [None if place == 2 else START for place in range(count)],
        },
        schema_overrides={"viewers_uv": pl.Int64, "estimated": pl.Boolean},
    )
    return Frame(
        name="anchors",
        columns=(
            column("anchor_name", "text", "text", "Anchor | name"),
            column("anchor_id", "text", "text"),
            column("tier", "text", "term"),
            column("gmv", "float", "money"),
            column("viewers_uv", "int", "persons"),
            column("refund_rate", "float", "share"),
            column("gap", "float", "points"),
            column("roi_ad", "float", "ratio"),
            column("avg_watch_s", "float", "seconds"),
            column("estimated", "bool", "bool"),
            column("day", "date", "date"),
            column("start_at", "datetime", "time"),
        ),
        rows=rows,
        sql=(SqlFile(file="anchors.sql", text="select '</script>' as x -- `|`\nfrom sessions"),),
    )


def _metrics() -> Frame:
    return Frame(
        name="kpis",
        columns=(
            column("metric", "text", "term"),
            column("actual", "float", "number"),
            column("target", "float", "number"),
            column("gap", "float", "number"),
            column("change", "float", "share"),
        ),
        rows=pl.DataFrame(
            {
                "metric": ["gmv", "refund_rate", "avg_watch_s"],
                "actual": [1_200_000_000.0, 0.25, 107.0],
                "target": [1_400_000_000.0, 0.20, None],
                "gap": [-200_000_000.0, 0.05, None],
                "change": [0.142857, -0.1, None],
            }
        ),
    )


def _nothing() -> Frame:
    return Frame(
        name="by_day",
        columns=(column("day", "date", "date"), column("gmv", "float", "money")),
        rows=pl.DataFrame(schema={"day": pl.Date, "gmv": pl.Float64}),
    )


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            code="anchors.dependency",
            subject="head",
            severity="act",
            grade="fact",
            headline=text(
                "{anchor} made {share} of GMV, {gmv}",
                anchor=NAMES[6],
                share=share(0.45),
                gmv=money(540_000_000),
            ),
            detail=text("Measured on {day} by {names}", day=date(2026, 11, 11), names=NAMES[:3]),
            measures=(
                Measure(name="cr1", value=0.12, unit="share", low=0.1, high=0.14, n=87),
                Measure(name="gmv", value=None, unit="money"),
            ),
            impact=Impact(value=Decimal("-84000000.25"), low=-90_000_000, high=-78_000_000),
            owner_role="operator",
            advice=text("Give {tier} anchors more hours", tier=Term("mid")),
            frame="anchors",
        ),
        Finding(
            code="anchors.hostile",
            subject="x",
            severity="watch",
            grade="hypothesis",
            headline=text("{a} and {b}", a=NAMES[8], b=NAMES[9]),
        ),
        Finding(
            code="anchors.count",
            subject="y",
            severity="note",
            grade="estimate",
            headline=plural("{n} session of {who}", "{n} sessions of {who}", 2, who=NAMES[12]),
            impact=Impact(value=float("nan")),
        ),
    )


def _sections() -> tuple[Section, ...]:
    charts = (
        Chart(name="by_anchor", kind="bars", frame="anchors", x="anchor_name", y=("gmv",),
              title=text("GMV by anchor"), unit="money"),
        Chart(name="empty", kind="columns", frame="by_day", x="day", y=("gmv",),
              title=text("GMV by day"), unit="money"),
    )  # fmt: skip
    return (
        Section(
            slug="goals", chapter=1, order=10, title=text("Goals"),
            question=text("Was the target met?"), status="ok",
            frames={"kpis": _metrics(), "by_day": _nothing()},
            tables=(
                Table(frame="kpis", title=text("Metrics")),
                Table(frame="by_day", title=text("Days")),
                Table(frame="absent", title=text("Absent")),
            ),
        ),
        Section(
            slug="anchors", chapter=2, order=10,
            title=Message("Anchors: [tiers] | / \\ ? * 'x' <b>"),
            question=text("Who made the money?"), status="ok",
            notes=(text("Column {c} is absent", c=NAMES[8]),), findings=_findings(),
            frames={"anchors": _hostile_rows(), "by_day": _nothing()},
            tables=(Table(frame="anchors", title=text("Anchors"), limit=24),), charts=charts,
        ),
        Section(
            slug="traffic", chapter=1, order=20, title=text("Traffic"),
            question=text("Where did viewers come from?"), status="empty",
            reason=text("Not run: needs {what}", what="traffic.channel"),
        ),
        Section(
            slug="support", chapter=4, order=10, title=text("Support"),
            question=text("Were questions answered?"), status="failed",
            reason=text("This analysis failed: {why}", why="<b>Traceback</b>\x1b[2J"),
        ),
    )  # fmt: skip


def _scores() -> tuple[Score, ...]:
    return (
        Score(metric="gmv", label=text("GMV"), value=Decimal("1200000000.00"), unit="money",
              target=1_400_000_000, attainment=0.857142857, previous=1_050_000_000,
              change=0.142857, status="act"),
        Score(metric="refund_rate", label=text("Refund rate"), value=0.25, unit="share",
              target=None, attainment=None, previous=None, change=None, status="none"),
        Score(metric="roi_ad", label=Message("ROI | ads"), value=None, unit="ratio",
              target=3, attainment=None, previous=float("nan"), change=float("inf"),
              status="watch"),
    )  # fmt: skip


def _gates() -> tuple[Gate, ...]:
    hostile = f'anchors."{NAMES[7]}|`{NAMES[10]}` {NAMES[15]}".gmv >= 5'
    return (
        Gate(name="refund_rate <= 0.25", metric="refund_rate", op="<=", limit=0.25, value=0.25,
             status="passed", unit="share"),
        Gate(name="goals.gmv.attainment >= 95%", metric="goals.gmv.attainment", op=">=",
             limit=0.95, value=0.857142857, status="failed", unit="share"),
        Gate(name=hostile, metric="x", op=">=", limit=5e8, value=Decimal("300000000.25"),
             status="failed", unit="money"),
        Gate(name="goals.gmv|x.attainment >= 1", metric="goals.gmv|x.attainment", op=">=",
             limit=0.95, value=None, status="missing",
             reason=text("There is no row {key}.", key=NAMES[7])),
        Gate(name="findings.act == 0", metric="findings.act", op="==", limit=0, value=2,
             status="failed", unit="count"),
        Gate(name="roi_ad >= 3", metric="roi_ad", op=">=", limit=3, value=None, status="skipped",
             unit="ratio"),
        Gate(name="anchors.x.gmv > 0", metric="anchors.x.gmv", op=">", limit=0, value=None,
             status="missing", reason=text("2 rows answer to it."), ambiguous=True),
    )  # fmt: skip


def review() -> Review:
    """Return the review; equal on every call."""
    start, end = datetime(2026, 10, 20, 6), datetime(2026, 11, 12, 6)  # noqa: DTZ001
    return Review(
        version="0.1.0",
        look=Look(title="双11 <review> | 2026"),
        campaign=Campaign(
            name=NAMES[6], start=start, end=end, currency="CNY", timezone="Asia/Shanghai",
            gmv_level="gross", refund_maturity_days=9,
            phases=(Phase(name=NAMES[0], kind="sale", start=start, end=end),),
        ),
        as_of=datetime(2026, 11, 21, 12, 30),  # noqa: DTZ001
        sources=(
            Source(
                path="exports/=1+1|<x>.csv", kind="douyin.session_list", table="sessions",
                campaign="current", rows=48_213, rejected=1, duplicates=2, dropped=3,
                period=(date(2026, 10, 20), date(2026, 11, 11)), encoding="gb18030",
                sha256="0" * 64, exported_at=datetime(2026, 11, 20, 9),  # noqa: DTZ001
                rejections=(Rejection(path="x", row=7, column="gmv", value=NAMES[0], reason="r"),),
            ),
            Source(
                path="no-period.csv", kind="canonical.anchors", table="anchors",
                campaign="current", rows=0, rejected=0, duplicates=0, dropped=0, period=None,
                encoding="utf-8", sha256="1" * 64, exported_at=None,
            ),
        ),
        scorecard=_scores(),
        sections=_sections(),
        notes=(text("The campaign's name is assumed: {name}", name=NAMES[13]),),
        actions=(
            Action(id="a1", finding="f", text=text("Move hours to {who}", who=NAMES[0]),
                   owner_role="operator", metric="refund_rate", baseline=0.25, target=0.2,
                   due=date(2026, 12, 1)),
            Action(id="a2", finding="f", text=text("Watch"), owner_role="tech"),
        ),
        gates=_gates(),
        previous_actions=(
            Action(id="p1", finding="f", text=text("Less refunds"), owner_role="merchandiser"),
        ),
    )  # fmt: skip
