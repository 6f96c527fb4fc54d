"""Did we make the target: the campaign, its KPIs, its days, its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from livereview import glossary
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import (
    Chart,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Status,
    Table,
    Term,
    money,
    share,
    text,
)

# Shown with or without a target, in this order; other metrics follow when they have a target.
SCORECARD = (
    "gmv",
    "gmv_net",
    "viewers_uv",
    "view_pay_rate_uv",
    "aov",
    "refund_rate",
    "roi_ad",
    "cac",
    "interaction_rate",
    "avg_watch_s",
    "repurchase_rate",
)
_WARM_UP = "warmup"


def derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add attainment, status, cumulated targets and the unattributed rest."""
    return {
        "kpis": _kpis(frames["measures"], limits),
        "by_day": _by_day(frames["days"]),
        "by_scope": _by_scope(frames["members"]),
    }


def _kpis(measures: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    by_metric = {row["metric"]: row for row in measures.iter_rows(named=True)}
    extra = sorted(m for m, row in by_metric.items() if row["target"] is not None)
    order = [m for m in SCORECARD if m in by_metric]
    order += [m for m in extra if m not in order]
    gmv_target = by_metric.get("gmv", {}).get("target")
    rows = []
    for metric in order:
        row = by_metric[metric]
        entry = glossary.metrics()[metric]
        direction = row["direction"] or ("down" if entry.better == "down" else "up")
        borrowed = metric == "gmv_net" and row["target"] is None
        target = gmv_target if borrowed else row["target"]
        actual, previous = row["actual"], row["previous"]
        if actual is None and target is None and metric != "gmv":
            continue
        value = attainment(actual, target, direction)
        rows.append(
            {
                "metric": metric,
                "direction": direction,
                "target": target,
                "actual": actual,
                "gap": None if actual is None or target is None else actual - target,
                "attainment": value,
                "previous": previous,
                "change": None
                if actual is None or not previous
                else (actual - previous) / abs(previous),
                "status": "none"
                if borrowed
                else status(metric, actual, target, value, direction, limits),
            }
        )
    return pl.DataFrame(rows, schema=_POLARS_KPIS)


_POLARS_KPIS = {
    "metric": pl.String,
    "direction": pl.String,
    "target": pl.Float64,
    "actual": pl.Float64,
    "gap": pl.Float64,
    "attainment": pl.Float64,
    "previous": pl.Float64,
    "change": pl.Float64,
    "status": pl.String,
}


def attainment(actual: float | None, target: float | None, direction: str) -> float | None:
    """Return actual / target, or target / actual where lower is better; None without either."""
    if actual is None or target is None:
        return None
    top, bottom = (target, actual) if direction == "down" else (actual, target)
    return None if bottom == 0 else top / bottom


def status(
    metric: str,
    actual: float | None,
    target: float | None,
    value: float | None,
    direction: str,
    limits: Limits,
) -> Status:
    """Return good, watch or act by the limits; a metric's own limit goes first."""
    if actual is None or target is None:
        return "none"
    if value is None or target <= 0 or actual < 0:
        # No meaningful ratio: only which side of the target the figure is on.
        met = actual <= target if direction == "down" else actual >= target
        return "good" if met else "act"
    if value >= limits.get(f"{metric}.good", limits["good"]):
        return "good"
    return "watch" if value >= limits.get(f"{metric}.watch", limits["watch"]) else "act"


def _by_day(days: pl.DataFrame) -> pl.DataFrame:
    targets = _spread(days)
    filled = days.with_columns(pl.Series("target", targets, dtype=pl.Float64))
    return filled.select(
        "day",
        "phase",
        "gmv",
        "target",
        pl.col("gmv").cum_sum().alias("cum_gmv"),
        pl.col("target").cum_sum().alias("cum_target"),
        pl.when(pl.col("target").cum_sum() > 0)
        .then(pl.col("gmv").cum_sum() / pl.col("target").cum_sum())
        .alias("pace"),
    )


def spread_by(days: pl.DataFrame) -> str:
    """Return how the campaign's target reaches the days: `days`, `previous`, `even` or `none`."""
    if not days.height:
        return "none"
    if days["day_target"].null_count() == 0:
        return "days"
    if days["campaign_target"][0] is None:
        return "none"
    if days["previous_gmv"].null_count() == 0 and _open_weight(days) > 0:
        return "previous"
    return "even"


def _open_weight(days: pl.DataFrame) -> float:
    """Return the previous GMV of the days without a target of their own."""
    return float(days.filter(pl.col("day_target").is_null())["previous_gmv"].sum())


def _spread(days: pl.DataFrame) -> list[float | None]:
    """Return a target per day: its own, else its part of what the campaign's target leaves."""
    how = spread_by(days)
    own: list[float | None] = days["day_target"].to_list()
    if how in ("days", "none"):
        return own
    left = days["campaign_target"][0] - sum(value for value in own if value is not None)
    weights = days["previous_gmv"].to_list() if how == "previous" else [1.0] * days.height
    total = sum(w for w, value in zip(weights, own, strict=True) if value is None)
    return [
        left * w / total if value is None else value for w, value in zip(weights, own, strict=True)
    ]


def _by_scope(members: pl.DataFrame) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for (scope_type,), group in members.group_by("scope_type", maintain_order=True):
        parts = [(row["scope"], row["gmv"], row["target"]) for row in group.iter_rows(named=True)]
        gmv, target = group["campaign_gmv"][0], group["campaign_target"][0]
        if gmv is not None and group["gmv"].null_count() == 0:
            rest = gmv - group["gmv"].sum()
            rest_target = None if target is None else target - group["target"].sum()
            if abs(rest) >= 0.005 or (rest_target is not None and abs(rest_target) >= 0.005):
                parts.append(("unattributed", rest, rest_target))
        gaps = [None if g is None or t is None else g - t for _, g, t in parts]
        total = sum(gap for gap in gaps if gap is not None)
        rows += [
            {
                "scope_type": scope_type,
                "scope": scope,
                "gmv": member_gmv,
                "target": member_target,
                "gap": gap,
                "attainment": attainment(member_gmv, member_target, "up"),
                "share_of_gap": gap / total if gap is not None and total else None,
            }
            for (scope, member_gmv, member_target), gap in zip(parts, gaps, strict=True)
        ]
    return pl.DataFrame(
        rows,
        schema={
            "scope_type": pl.String,
            "scope": pl.String,
            **dict.fromkeys(("gmv", "target", "gap", "attainment", "share_of_gap"), pl.Float64),
        },
    )


def find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Judge the campaign's GMV first, then the other KPIs, the days and the parts."""
    kpis = {row["metric"]: row for row in frames["kpis"].iter_rows(named=True)}
    found = [_gmv(kpis.get("gmv"))]
    found += [
        _kpi(row)
        for metric, row in kpis.items()
        if metric not in ("gmv", "gmv_net") and row["status"] in ("watch", "act")
    ]
    found += _unmeasured(kpis)
    found += _days(frames["by_day"], spread_by(frames["days"]), limits)
    found += _parts(frames["by_scope"], limits)
    return found


def _gmv(row: Mapping[str, Any] | None) -> Finding:
    if row is None or row["actual"] is None:
        return Finding(
            code="gmv_unknown",
            subject="gmv",
            severity="act",
            grade="fact",
            headline=text("GMV is not known: no session of the campaign carries it."),
            owner_role="analyst",
            advice=text("Export the sessions again with the GMV column."),
            frame="kpis",
        )
    actual = float(row["actual"])
    measures = [Measure(name="gmv", value=actual, unit="money")]
    if row["target"] is not None:
        measures.append(Measure(name="target", value=row["target"], unit="money"))
    measures += [
        Measure(name=name, value=row[name], unit="share")
        for name in ("attainment", "change")
        if row[name] is not None
    ]
    if row["target"] is None:
        return Finding(
            code="gmv_without_target",
            subject="gmv",
            severity="note",
            grade="fact",
            headline=text("GMV was {gmv}; no target is set to judge it by.", gmv=money(actual)),
            detail=_against_previous(row),
            measures=tuple(measures),
            owner_role="analyst",
            advice=text("Set `gmv` under [targets] in livereview.toml."),
            frame="kpis",
        )
    gap, target = float(row["gap"]), float(row["target"])
    met = gap >= 0
    headline = (
        text(
            "GMV reached {gmv}, {attainment} of the {target} target: {gap} over.",
            gmv=money(actual),
            attainment=share(row["attainment"]),
            target=money(target),
            gap=money(gap),
        )
        if met
        else text(
            "GMV reached {gmv}, {attainment} of the {target} target: {gap} short.",
            gmv=money(actual),
            attainment=share(row["attainment"]),
            target=money(target),
            gap=money(-gap),
        )
    )
    return Finding(
        code="gmv_met" if met else "gmv_missed",
        subject="gmv",
        severity="note"
        if row["status"] == "good"
        else "watch"
        if row["status"] == "watch"
        else "act",
        grade="fact",
        headline=headline,
        detail=_against_previous(row),
        measures=tuple(measures),
        impact=Impact(value=gap),
        frame="kpis",
    )


def _against_previous(row: Mapping[str, Any]) -> Message | None:
    if row["change"] is None:
        return None
    change, previous = float(row["change"]), money(float(row["previous"]))
    if change >= 0:
        return text(
            "That is {change} more than the previous campaign's {previous}.",
            change=share(change),
            previous=previous,
        )
    return text(
        "That is {change} less than the previous campaign's {previous}.",
        change=share(-change),
        previous=previous,
    )


_OWNERS = {
    "refund_rate": "merchandiser",
    "aov": "merchandiser",
    "units_per_order": "merchandiser",
    "discount_depth": "merchandiser",
    "avg_unit_price": "merchandiser",
    "roi_ad": "ads",
    "roi_media": "ads",
    "ad_cost": "ads",
    "cac": "ads",
    "new_buyers": "ads",
    "interaction_rate": "anchor",
    "avg_watch_s": "anchor",
    "bounce_rate": "anchor",
    "follow_rate": "anchor",
    "click_pay_rate_uv": "anchor",
    "view_pay_rate_uv": "anchor",
}


def _kpi(row: Mapping[str, Any]) -> Finding:
    metric = str(row["metric"])
    unit = glossary.metrics()[metric].unit
    return Finding(
        code="kpi_missed",
        subject=metric,
        severity="act" if row["status"] == "act" else "watch",
        grade="estimate" if metric == "repurchase_rate" else "fact",
        headline=text(
            "{metric}: {actual} against a target of {target}.",
            metric=Term(metric),
            actual=Quantity(float(row["actual"]), unit),
            target=Quantity(float(row["target"]), unit),
        ),
        detail=None
        if row["previous"] is None
        else text(
            "The previous campaign had {previous}.",
            previous=Quantity(float(row["previous"]), unit),
        ),
        measures=(
            Measure(name=metric, value=float(row["actual"]), unit=unit),
            Measure(name="target", value=float(row["target"]), unit=unit),
        ),
        owner_role=_OWNERS.get(metric, "operator"),  # type: ignore[arg-type]
        advice=text("Find the sessions furthest from the target before setting the next one."),
        frame="kpis",
    )


def _unmeasured(kpis: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    metrics = [
        m
        for m, row in kpis.items()
        if row["actual"] is None and row["target"] is not None and m not in ("gmv", "gmv_net")
    ]
    if not metrics:
        return []
    return [
        Finding(
            code="kpi_not_measured",
            subject=",".join(metrics),
            severity="watch",
            grade="fact",
            headline=text(
                "Targets without a figure to hold against them: {metrics}.",
                metrics=[Term(m) for m in metrics],
            ),
            owner_role="analyst",
            advice=text("Add the columns they are computed from, or drop the targets."),
            frame="kpis",
        )
    ]


def _days(by_day: pl.DataFrame, how: str, limits: Limits) -> list[Finding]:
    if how == "none" or by_day["gmv"].null_count():
        return []
    gaps = by_day.with_columns((pl.col("gmv") - pl.col("target")).alias("gap"))
    total = float(gaps["gap"].sum() or 0)
    worst = gaps.sort("gap", "day").row(0, named=True)
    best = gaps.sort("gap", "day", descending=[True, False]).row(0, named=True)
    basis = {
        "days": text("Daily targets are the ones that were set."),
        "previous": text("The target is spread over the days as the previous campaign ran."),
        "even": text("The target is spread evenly over the days."),
    }[how]
    if worst["gap"] >= 0:
        headline = text("Every day met its target; the best was {day}.", day=best["day"])
    else:
        headline = text(
            "{day} fell furthest behind its target: {gmv} of {target}, {gap} short.",
            day=worst["day"],
            gmv=money(worst["gmv"]),
            target=money(worst["target"]),
            gap=money(-worst["gap"]),
        )
    behind = int((gaps["gap"] < 0).sum())
    large = total < 0 and worst["gap"] < limits["day_share"] * total
    return [
        Finding(
            code="days_on_target" if worst["gap"] >= 0 else "worst_day",
            subject=str(worst["day"]),
            severity="watch" if large else "note",
            grade="fact" if how == "days" else "estimate",
            headline=headline,
            detail=text(
                "{behind} of {days} days stayed below target. {basis}",
                behind=Quantity(behind, "count"),
                days=Quantity(gaps.height, "count"),
                basis=basis,
            ),
            measures=(Measure(name="gap", value=worst["gap"], unit="money"),),
            impact=Impact(value=worst["gap"]) if worst["gap"] < 0 else None,
            frame="by_day",
        )
    ]


def _parts(by_scope: pl.DataFrame, limits: Limits) -> list[Finding]:
    """Name the one member, over all ways to split the campaign, that is most out of proportion."""
    behind = (
        by_scope.with_columns(
            (pl.col("gap") / pl.col("gap").sum().over("scope_type")).alias("part"),
            (pl.col("target") / pl.col("target").sum().over("scope_type")).alias("planned"),
            pl.col("gap").sum().over("scope_type").alias("total"),
        )
        .filter((pl.col("scope") != "unattributed") & (pl.col("gap") < 0) & (pl.col("total") < 0))
        .with_columns((pl.col("part") - pl.col("planned")).alias("out_of_proportion"))
        .filter(pl.col("out_of_proportion") > limits["out_of_proportion"])
        .sort("out_of_proportion", "scope_type", "scope", descending=[True, False, False])
    )
    if behind.is_empty():
        return []
    row = behind.row(0, named=True)
    return [
        Finding(
            code="scope_behind",
            subject=f"{row['scope_type']}={row['scope']}",
            severity="watch",
            grade="fact",
            headline=text(
                "By {scope_type}, {scope} explains most of the gap: planned for {planned} of the "
                "target, it makes {part} of the shortfall.",
                scope_type=Term(row["scope_type"]),
                scope=Term(row["scope"], "scope"),
                planned=share(row["planned"]),
                part=share(row["part"]),
            ),
            detail=text(
                "It reached {gmv}, {attainment} of its target, {gap} short.",
                gmv=money(row["gmv"]),
                attainment=share(row["attainment"]),
                gap=money(-row["gap"]),
            ),
            measures=(
                Measure(name="gap", value=row["gap"], unit="money"),
                Measure(name="share_of_gap", value=row["share_of_gap"], unit="share"),
            ),
            impact=Impact(value=row["gap"]),
            advice=text("Start with this part when you look for the reasons."),
            frame="by_scope",
        )
    ]


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
        "measures": frame("metric:term actual:number previous:number target:number direction:term"),
        "days": frame(
            "day day_index:count phase gmv previous_gmv:money day_target:money "
            "campaign_target:money"
        ),
        "members": frame(
            "scope_type scope gmv target:money campaign_gmv:money campaign_target:money"
        ),
    },
    frames={
        "kpis": frame("metric direction target actual gap attainment previous change status"),
        "by_day": frame("day phase gmv target:money cum_gmv cum_target pace"),
        "by_hour": frame("hour gmv cum_share previous:share"),
        "by_scope": frame(
            "scope_type scope:term gmv target:money gap:money attainment share_of_gap"
        ),
    },
    sources={"kpis": ("measures",), "by_day": ("days",), "by_scope": ("members",)},
    limits={"good": 1.0, "watch": 0.9, "day_share": 0.15, "out_of_proportion": 0.1},
    optional_limits=tuple(
        f"{metric}.{level}" for metric in glossary.metrics() for level in ("good", "watch")
    ),
    derive=derive,
    find=find,
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
