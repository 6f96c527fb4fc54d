"""Did the campaign grow: against the earlier ones, like for like, and in what a new buyer costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from livereview.analyses.growth import acquisition, alike, answer, kpis, price
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.errors import AnalysisError
from livereview.model import Quantity, money, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from livereview.model import Finding, Message

_CENT = 0.01


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add changes to the figures and effects to the channels; check that anchors tie out."""
    rows = kpis.by_campaign(frames["campaigns"])
    for reference, parts in _parts(frames).items():
        moved = (rows["current"]["gmv"] or 0.0) - (rows[reference]["gmv"] or 0.0)
        if not math.isclose(sum(p["effect"] for p in parts.values()), moved, abs_tol=_CENT):
            raise AnalysisError(f"growth: anchors do not add up against {reference}", "")
    return {
        "kpis": kpis.table(frames["campaigns"], limits),
        "new_buyers": acquisition.table(frames["acquisition"], rows),
    }


def _parts(frames: Frames) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return, per reference, anchors by whether they were live in both campaigns."""
    parts: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in frames["like_for_like"].iter_rows(named=True):
        parts.setdefault(row["reference"], {})[row["presence"]] = row
    return parts


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say whether the campaign grew, who made the growth, what a new buyer cost, what to mind."""
    rows, parts = kpis.by_campaign(frames["campaigns"]), _parts(frames)
    return [
        answer.grew(rows, parts, limits),
        *answer.same_anchors(rows, parts, limits),
        *price.moved(frames["new_buyers"], rows, limits),
        *alike.warnings(rows, frames["makeup"], limits),
    ]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say from which day the campaign led, who made the change, what made new buyers dearer."""
    titles: dict[str, Message] = {}
    if (lead := _lead(frames["by_day_index"])) is not None:
        titles["pace"] = lead
    parts = _parts(frames).get("previous", {})
    both = parts.get("both")
    if both is not None:
        titles["like_for_like"] = text(
            "The same anchors: {same}; who joined or left: {others}",
            same=money(both["even_effect"], signed=True),
            others=money(
                sum(
                    parts[name]["even_effect"]
                    for name in ("only_now", "only_before")
                    if name in parts
                ),
                signed=True,
            ),
        )
    now, then, _ = acquisition.totals(kpis.by_campaign(frames["campaigns"]))
    if now is not None and then is not None:
        most = price.mover(frames["new_buyers"], now.cac - then.cac)
        if most is not None and most[0]["channel"] not in (acquisition.COUPONS, acquisition.REST):
            titles["cac"] = text(
                "Cost of a new buyer {moved}; {channel} moved it most",
                moved=money(now.cac - then.cac, signed=True),
                channel=most[0]["channel"],
            )
    return titles


def _lead(days: pl.DataFrame) -> Message | None:
    """Say from which day on the campaign ran ahead of the previous one, or behind it."""
    common = days.drop_nulls(("cum_gmv", "cum_previous"))
    ahead = (common["cum_gmv"] > common["cum_previous"]).to_list()
    if not ahead:
        return None
    start = next((n for n in range(len(ahead), 0, -1) if ahead[n - 1] != ahead[-1]), 0) + 1
    if start == 1:
        return (
            text("Ahead of the previous campaign from the first day on")
            if ahead[-1]
            else text("Behind the previous campaign from the first day on")
        )
    day = Quantity(start, "count")
    if ahead[-1]:
        return text("Ahead of the previous campaign from day {day} on", day=day)
    return text("Behind the previous campaign from day {day} on", day=day)


ANALYSIS = Analysis(
    title=text("Growth"),
    question=text("Did the campaign grow, and who made the growth?"),
    chapter=1,
    order=30,
    needs=("sessions.gmv", "previous_sessions.gmv|last_year_sessions.gmv"),
    wants={
        "last_year": ("last_year_sessions.gmv",),
        "previous": ("previous_sessions.gmv",),
        "cac": ("sessions.ad_cost", "sessions.new_buyers"),
        "new_buyers": ("traffic.new_buyers", "traffic.ad_cost"),
    },
    frames={
        "kpis": frame("metric", *kpis.COLUMNS),
        "like_for_like": frame(
            "reference presence anchors gmv previous:money change effect hours previous_hours",
            "per_day_change even_effect",
        ),
        "new_buyers": frame(
            "channel:term new_buyers cost cac previous:money change",
            column("effect", label=text("Effect on the cost of a new buyer")),
            "share_effect cost_effect method new_buyers_share previous_new_buyers previous_cost",
        ),
        "by_day_index": frame(
            """
            day_index day gmv previous_day previous:money last_year_day last_year:money cum_gmv
            cum_previous cum_last_year
            """
        ),
    },
    inner={
        "campaigns": frame(
            "campaign name:text days:count gmv gmv_net sessions:number anchors:number hours",
            "viewers_uv:number buyers:number orders:number new_buyers:number ad_cost gmv_per_hour",
            "view_pay_rate_uv aov refund_rate roi_ad cac cac_ads:money cac_coupons:money",
            "cac_new_buyers:number ad_cac_ads:money ad_cac_new_buyers:number known_gmv:share",
            "known_hours:share known_viewers_uv:share known_buyers:share known_orders:share",
            "known_new_buyers:share known_ad_cost:share",
        ),
        "makeup": frame("campaign dimension member:text days_share:share gmv"),
        "acquisition": frame("campaign channel:text new_buyers:number cost"),
    },
    limits={
        "complete": 0.95,  # share of sessions that has to know a total
        "min_anchors": 5,  # live in both campaigns, for a word on like for like
        "unknown_share": 0.20,  # of GMV without an anchor, at most
        "like_for_like": 0.05,  # growth of the same anchors against the campaign's
        "min_new_buyers": 100,
        "cac_change": 0.02,
        "cac_change_watch": 0.10,
        "phase_share": 0.10,  # of the days, between two campaigns
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    sources={"kpis": ("campaigns",), "new_buyers": ("acquisition", "campaigns")},
    tables=(
        Table(frame="kpis", title=text("This campaign and the earlier ones")),
        Table(
            frame="like_for_like",
            title=text("The same anchors, those who joined and those who left"),
            columns=(
                "reference",
                "presence",
                "anchors",
                "gmv",
                "previous",
                "change",
                "per_day_change",
                "even_effect",
                "hours",
                "previous_hours",
            ),
        ),
        Table(
            frame="new_buyers",
            title=text("New buyers by channel, and what moved their cost"),
            columns=(
                "channel",
                "new_buyers",
                "new_buyers_share",
                "cost",
                "cac",
                "previous",
                "change",
                "share_effect",
                "cost_effect",
                "effect",
            ),
        ),
    ),
    charts=(
        Chart(
            name="pace",
            kind="lines",
            frame="by_day_index",
            x="day_index",
            y=("cum_gmv", "cum_previous", "cum_last_year"),
            title=text("Cumulative GMV by day of the campaign"),
            unit="money",
        ),
        Chart(
            name="like_for_like",
            kind="waterfall",
            frame="like_for_like",
            x="presence",
            y=("even_effect",),
            where=(("reference", "previous"),),
            title=text("Change of GMV by whether anchors were live in both campaigns"),
            unit="money",
        ),
        Chart(
            name="cac",
            kind="waterfall",
            frame="new_buyers",
            x="channel",
            y=("effect",),
            title=text("What moved the cost of a new buyer"),
            unit="money",
            down=True,
        ),
    ),
)
