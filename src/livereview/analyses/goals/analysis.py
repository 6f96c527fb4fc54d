"""Did we make the target: the campaign, its KPIs, its days, its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from livereview import glossary
from livereview.analyses.goals import days, kpis, scopes
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import Chart, Finding, Message, Table, Term, money, share, text


def derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add attainment, status, cumulated targets and the unattributed rest."""
    return {
        "kpis": kpis.table(frames["measures"], limits),
        "by_day": days.table(frames["days"]),
        "by_scope": scopes.table(frames["members"]),
    }


def find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Judge the campaign's GMV first, then the other KPIs, the days and the parts."""
    return [
        *kpis.judge(frames["kpis"], limits),
        *days.judge(frames["by_day"], frames["days"], limits),
        *scopes.judge(frames["by_scope"], frames["members"], limits),
    ]


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say in each chart where the campaign stands against its target."""
    said = {}
    pace = frames["by_day"]["pace"].drop_nulls()
    if len(pace):
        said["pace"] = text(
            "GMV came to {pace} of the target that was due", pace=share(float(pace[-1]))
        )
    gaps = frames["by_scope"].drop_nulls("gap").filter(pl.col("scope") != scopes.REST)
    if gaps.height > 1:
        last = gaps.sort("gap", "scope_type", "scope").row(0, named=True)
        if last["gap"] < 0:
            said["parts"] = text(
                "{scope} is furthest below its target: {gap}",
                scope=Term(last["scope"], "scope"),
                gap=money(last["gap"]),
            )
        else:
            said["parts"] = text("Every part met its target")
    return said


ANALYSIS = Analysis(
    title=text("Targets"),
    question=text("Did the campaign make its targets?"),
    chapter=1,
    order=10,
    needs=("sessions.start_at",),
    wants={
        "by_scope": ("targets.scope",),
        "repurchase_rate": ("orders.user_key",),
    },
    inner={
        "measures": frame(
            "metric:term actual:number previous:number target:number direction:term "
            "known_share:share previous_known_share:share"
        ),
        "days": frame(
            "day day_index:count phase gmv previous_gmv:money day_target:money "
            "campaign_target:money"
        ),
        "members": frame(
            "scope_type scope gmv target:money seen:bool campaign_gmv:money campaign_target:money"
        ),
    },
    frames={
        "kpis": frame(
            "metric direction target actual gap attainment previous change status known_share"
        ),
        "by_day": frame("day phase gmv target:money cum_gmv cum_target pace"),
        "by_hour": frame("hour gmv cum_share previous:share"),
        "by_scope": frame(
            "scope_type scope:term gmv target:money gap:money attainment share_of_gap"
        ),
    },
    sources={"kpis": ("measures",), "by_day": ("days",), "by_scope": ("members",)},
    limits={
        "complete": 0.95,
        "good": 1.0,
        "watch": 0.9,
        "day_share": 0.15,
        "out_of_proportion": 0.1,
    },
    optional_limits=tuple(
        f"{metric}.{level}" for metric in glossary.metrics() for level in ("good", "watch")
    ),
    derive=derive,
    find=find,
    titles=titles,
    tables=(
        Table(
            frame="kpis",
            title=text("KPIs against target and previous campaign"),
            columns=("metric", "actual", "target", "attainment", "previous", "change", "status"),
        ),
        Table(
            frame="by_scope",
            title=text("GMV against target by part of the campaign"),
        ),
        Table(
            frame="by_day",
            title=text("GMV by business day"),
            columns=("day", "phase", "gmv", "target", "cum_gmv", "cum_target", "pace"),
            limit=40,
        ),
    ),
    charts=(
        Chart(
            name="pace",
            kind="lines",
            frame="by_day",
            x="day",
            y=("cum_gmv", "cum_target"),
            title=text("Cumulative GMV against target"),
            unit="money",
        ),
        Chart(
            name="parts",
            kind="bullet",
            frame="by_scope",
            x="scope",
            y=("gmv", "target"),
            by="scope_type",
            title=text("GMV against target by part"),
            unit="money",
        ),
    ),
)
